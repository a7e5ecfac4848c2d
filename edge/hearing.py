"""What follows from a message that came in?"""

from __future__ import annotations

import structlog

from doorbus import signing
from doorbus.bus import Wire
from doorbus.errors import BusError
from doorbus.messages import (
    Ack,
    AskChallenge,
    Availability,
    CacheNews,
    CachePart,
    Challenge,
    Forget,
    Order,
    RevokedPasses,
    StartEnrolment,
    StopEnrolment,
    TakeSnapshot,
    Verdict,
)
from doorbus.topics import CHALLENGE
from edge.core import orders
from edge.core.orders import Orders
from edge.core.visit_events import Answered, BrainMoved, Event, Ordered
from edge.enrolment import Enroller
from edge.forgetting import Forgetting
from edge.messages_in import NotBelieved, Reader
from edge.messages_out import Speaker
from edge.on_its_own import OnItsOwn
from edge.resident_cache import CacheRefused
from edge.sender import Sender
from edge.showing import Showing
from edge.snapshots import Snapshots

_log = structlog.get_logger(__name__)


class Hearing:
    """Takes what the bus brings. For the main loop alone.

    Args of the constructor:
        reader: says what may be believed.
        speaker: answers.
        sender: hears acks.
        enroller: hears commands about enrolments.
        snapshots: hear commands for pictures.
        away: takes what the door needs for itself.
        forgetting: erases residents who were removed.
        showing: hears which passes count no more.
    """

    def __init__(
        self,
        reader: Reader,
        speaker: Speaker,
        sender: Sender,
        enroller: Enroller,
        snapshots: Snapshots,
        *,
        away: OnItsOwn,
        forgetting: Forgetting,
        showing: Showing,
    ) -> None:
        self._reader = reader
        self._speaker = speaker
        self._sender = sender
        self._enroller = enroller
        self._snapshots = snapshots
        self._away = away
        self._forgetting = forgetting
        self._showing = showing
        self._orders = Orders()

    def hear(self, wire: Wire, now: float) -> Event | None:
        """What the visit has to know of this message; None for what is dealt with here.

        Raises:
            NotBelieved: it moves nothing; says why.
        """
        match self._reader.read(wire):
            case Verdict() as verdict:
                return Answered(verdict)
            case Order() as order:
                self._keep(orders.take_order(self._orders, order, now))
                return Ordered(order)
            case Ack() as ack:
                self._sender.acked(ack, now)
            case CachePart() as part:
                self._take_part(part, now)
            case Availability() as said:
                if said is Availability.ONLINE and not wire.retain:
                    # A kept one comes with every connection, which sends what waits anyway.
                    self._sender.brain_came(now)
                    self._away.ask_anew(now)
                return BrainMoved(online=said is Availability.ONLINE)
            case command:
                self._keep(orders.take_command(self._orders, command.number))
                return self._obey(command, now)
        return None

    def disconnected(self) -> None:
        """The broker went away: challenges given are void."""
        self._orders = orders.disconnected(self._orders)

    def _keep(self, taken: orders.Taken) -> None:
        self._orders = taken.orders
        if taken.refusal is not None:
            raise NotBelieved(taken.refusal)

    def _obey(
        self,
        command: AskChallenge
        | StartEnrolment
        | StopEnrolment
        | TakeSnapshot
        | RevokedPasses
        | CacheNews
        | Forget,
        now: float,
    ) -> Event | None:
        match command:
            case StartEnrolment():
                return self._enroller.start(command)
            case StopEnrolment():
                return self._enroller.stop(command.enrolment, now)
            case AskChallenge():
                challenge = signing.nonce()
                self._orders = orders.challenged(self._orders, command.order, challenge, now)
                self._answer_challenge(Challenge(order=command.order, challenge=challenge))
            case TakeSnapshot():
                self._snapshots.take(command.command)
            case RevokedPasses():
                self._showing.revoke(command.revoked)
            case CacheNews():
                self._away.ask_anew(now)
            case Forget():
                return self._forgetting.forget(command, now)
        return None

    def _take_part(self, part: CachePart, now: float) -> None:
        try:
            self._away.take(part, now)
        except CacheRefused as why:
            raise NotBelieved(str(why)) from None

    def _answer_challenge(self, challenge: Challenge) -> None:
        try:
            self._speaker.say(CHALLENGE, challenge)
        except BusError as error:
            _log.warning("challenge_not_sent", why=str(error))
