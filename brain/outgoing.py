"""How does the brain speak: signed to doors, plainly to everybody else?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import codec, topics
from doorbus.bus import Bus, Wire
from doorbus.errors import BusError, NotConnectedError
from doorbus.messages import (
    Ack,
    AckItem,
    Alarm,
    AskChallenge,
    CacheNews,
    CachePart,
    EncoderChanging,
    EnrolmentChanged,
    Forget,
    GalleryChanged,
    ManyRefusals,
    MessageRefused,
    Order,
    Outcome,
    PassbackBroken,
    PhotoLooked,
    RevokedPasses,
    StartEnrolment,
    StopEnrolment,
    TakeSnapshot,
    Verdict,
    VisitDecided,
)
from doorbus.signing import Stamp, sign
from doorbus.topics import Topic

T = TypeVar("T")
_log = structlog.get_logger()


class Outgoing:
    """Publishes for the brain. What cannot go out now is dropped: whoever waits for it asks again.

    Args:
        key: the brain's signing key.
        main: the session for everybody but doors.
        door_bus: the session of a door, None for one that is not known.
        watched: hears each event, also those that cannot go out.
    """

    def __init__(
        self,
        key: Ed25519PrivateKey,
        main: Bus,
        door_bus: Callable[[str], Bus | None],
        watched: Callable[[object], None] = lambda _: None,
    ) -> None:
        self._key = key
        self._main = main
        self._door_bus = door_bus
        self._watched = watched

    def verdict(self, door: str, epoch: int, answer: Verdict | Order) -> bool:
        """Answer a visit, or give an order; False where it did not go out."""
        return self._to_door(topics.VERDICT, door, epoch, answer)

    def command(
        self,
        door: str,
        epoch: int,
        command: AskChallenge
        | StartEnrolment
        | StopEnrolment
        | TakeSnapshot
        | RevokedPasses
        | Forget
        | CacheNews,
    ) -> bool:
        """Command a door; False where it did not go out."""
        return self._to_door(topics.COMMAND, door, epoch, command)

    def ack(self, door: str, epoch: int, item: str, refusal: str | None = None) -> bool:
        """Tell a door that something is stored, or refused with a reason."""
        outcome = Outcome.STORED if refusal is None else Outcome.REFUSED
        one = AckItem(id=item, outcome=outcome, reason=(refusal or "")[:200])
        return self._to_door(topics.ACK, door, epoch, Ack(items=(one,)))

    def cache(self, door: str, epoch: int, part: CachePart) -> bool:
        """Send a door a part of its cache; False where it did not go out."""
        return self._to_door(topics.CACHE, door, epoch, part)

    def event(
        self,
        event: EnrolmentChanged
        | PhotoLooked
        | VisitDecided
        | GalleryChanged
        | EncoderChanging
        | MessageRefused
        | ManyRefusals
        | Alarm
        | PassbackBroken,
    ) -> bool:
        """Tell whoever watches."""
        self._watched(event)
        return self.publish(topics.BRAIN_EVENT, event)

    def publish(self, topic: Topic[T], value: T, level: str | None = None) -> bool:
        """Publish unsigned on the main session."""
        return _publish(self._main, codec.encode(topic, value, level))

    def _to_door(self, topic: Topic[Any], door: str, epoch: int, value: object) -> bool:
        bus = self._door_bus(door)
        if bus is None:
            return False
        wire = sign(codec.encode(topic, value, door), topic, Stamp(door, epoch), self._key)
        return _publish(bus, wire)


def _publish(bus: Bus, wire: Wire) -> bool:
    try:
        future = bus.publish(wire)
    except NotConnectedError:
        return False
    except BusError as error:
        _log.warning("not published", topic=wire.topic, reason=str(error))
        return False
    future.add_done_callback(lambda done: _look_at(done, wire.topic))
    return True


def _look_at(done: Future[None], topic: str) -> None:
    error = None if done.cancelled() else done.exception()
    if error is not None and not isinstance(error, NotConnectedError):
        _log.warning("not published", topic=topic, reason=str(error))
