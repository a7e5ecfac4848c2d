"""What may the door believe of a message from the bus?

Only what the brain signed for this door in this boot. Nothing of the payload is read before that.
"""

from __future__ import annotations

from typing import Any, cast

from doorbus import codec, signing
from doorbus.bus import Subscription, Wire
from doorbus.errors import MessageError, SignatureRefused
from doorbus.messages import (
    Ack,
    AskChallenge,
    Availability,
    CacheNews,
    CachePart,
    Forget,
    Order,
    RevokedPasses,
    StartEnrolment,
    StopEnrolment,
    TakeSnapshot,
    Verdict,
)
from doorbus.topics import ACK, BRAIN_AVAILABILITY, CACHE, COMMAND, VERDICT, Topic

Believed = (
    Verdict
    | Order
    | AskChallenge
    | StartEnrolment
    | StopEnrolment
    | TakeSnapshot
    | RevokedPasses
    | Forget
    | Ack
    | CacheNews
    | CachePart
    | Availability
)

_SIGNED: tuple[Topic[Any], ...] = (VERDICT, COMMAND, ACK, CACHE)


class NotBelieved(Exception):  # noqa: N818  # reads as what happened
    """A message moves nothing; the text says why, and holds nothing of its payload."""


class Reader:
    """Reads what comes for one door in one boot."""

    def __init__(self, stamp: signing.Stamp, brain_key: signing.Verifier) -> None:
        self._stamp = stamp
        self._brain_key = brain_key

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """What the bus must bring."""
        names = [topic.name(self._stamp.door) for topic in _SIGNED]
        return tuple(Subscription(name, 1) for name in (*names, BRAIN_AVAILABILITY.name()))

    def read(self, wire: Wire) -> Believed:
        """What `wire` says.

        Raises:
            NotBelieved: it is retained, forged, for another door or boot, or not as the contract
                has it.
        """
        if BRAIN_AVAILABILITY.matches(wire.topic):
            return _decoded(BRAIN_AVAILABILITY, wire)
        topic = next((one for one in _SIGNED if one.matches(wire.topic)), None)
        if topic is None:
            raise NotBelieved(f"{wire.topic}: not for doors")
        if wire.retain:
            raise NotBelieved(f"{wire.topic}: retained")
        try:
            stamp = signing.verify(wire, topic, lambda _: self._brain_key)
        except SignatureRefused as error:
            raise NotBelieved(str(error)) from None
        if stamp.door != self._stamp.door:
            raise NotBelieved(f"{wire.topic}: signed for another door")
        if stamp.epoch != self._stamp.epoch:
            raise NotBelieved(f"{wire.topic}: signed for another boot of this door")
        return _decoded(topic, wire)


def _decoded(topic: Topic[Any], wire: Wire) -> Believed:
    try:
        return cast(Believed, codec.decode(topic, wire))
    except MessageError as error:
        raise NotBelieved(str(error)) from None
