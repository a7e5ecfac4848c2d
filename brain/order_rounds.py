"""How does one order reach one door once, and surely a living one?

The brain asks for a challenge, the door gives one, the order carries it back within two seconds,
and the door says that it did.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from brain.answering import Answering
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.store_ports import PeopleStore, Work
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import AskChallenge, DoorEvent, Order, OrderAction
from doorbus.topics import CHALLENGE

PATIENCE_S = 3.0
"""How long a door may take to give a challenge, and again to say that it carried out an order."""


class End(Enum):
    """How a round ended."""

    DONE = "the door says that it did"
    REFUSED = "the door says that it did not"
    SILENT = "the door gave no challenge, so nothing went out"
    UNKNOWN = "the order went out, and the door says nothing"


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a round.

    Attributes:
        order: the order's id at the door.
        epoch: the boot of the door that it was for.
        end: how.
        why: the door's reason, where it refused.
    """

    order: str
    epoch: int
    end: End
    why: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a door.

    Attributes:
        door: which.
        action: what.
        principal: who wants it.
        reason: for the audit.
        hold_s: seconds, for an unlock.
        given: hears, within the transaction that notes it, that the order is about to go out.
        ended: hears what came of it.
    """

    door: str
    action: OrderAction
    principal: str
    reason: str
    ended: Callable[[Ended], None]
    hold_s: float = 0.0
    given: Callable[[Work], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A round that is noted and may begin once that is committed."""

    order: str
    number: int
    epoch: int
    wish: Wish


@dataclass(frozen=True, slots=True)
class _Open:
    """A round on its way; `given` once the order went out with its challenge."""

    wish: Wish
    epoch: int
    until: float
    given: bool = False


class OrderRounds:
    """Carries orders to doors; on one thread."""

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        outgoing: Outgoing,
        answering: Answering,
        clock: Clock,
    ) -> None:
        self._reading = reading
        self._store = store
        self._outgoing = outgoing
        self._answering = answering
        self._clock = clock
        self._open: dict[str, _Open] = {}

    def prepare(self, work: Work, wish: Wish) -> Prepared | None:
        """Number a round; None for a door that was never heard of."""
        epoch = self._reading.epoch(wish.door)
        if epoch is None:
            return None
        return Prepared(f"o-{secrets.token_hex(8)}", work.doors.next_number(wish.door), epoch, wish)

    def begin(self, prepared: Prepared) -> None:
        """Ask the door for a challenge."""
        wish = prepared.wish
        until = self._clock.monotonic() + PATIENCE_S
        self._open[prepared.order] = _Open(wish, prepared.epoch, until)
        ask = AskChallenge(number=prepared.number, order=prepared.order)
        if not self._outgoing.command(wish.door, prepared.epoch, ask):
            self._end(prepared.order, End.SILENT)

    def take_challenge(self, wire: Wire) -> None:
        """A message on `door/<door>/challenge`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(CHALLENGE, wire)
        given = letter.content()
        one = self._open.get(given.order)
        if one is None or one.given or one.wish.door != letter.door:
            raise MessageError(f"{wire.topic}: a challenge for no order")
        if letter.epoch != one.epoch:
            raise MessageError(f"{wire.topic}: a challenge of another boot of the door")
        wish = one.wish
        with self._store.work() as work:
            self._answering.record(
                work, wish.principal, wish.action.value, door=wish.door, reason=wish.reason
            )
            wish.given(work)
        order = Order(
            order=given.order,
            challenge=given.challenge,
            action=wish.action,
            hold_s=wish.hold_s,
        )
        until = self._clock.monotonic() + PATIENCE_S
        self._open[given.order] = replace(one, given=True, until=until)
        if not self._outgoing.verdict(letter.door, letter.epoch, order):
            # It did not go out at all, so the answer can be a plain no.
            self._end(given.order, End.SILENT)

    def confirmed(self, door: str, event: DoorEvent) -> None:
        """The door says what it did: `<action> <order>`, or `refused <action> <order> <why>`."""
        words = event.detail.split(" ")
        no = words[0] == "refused"
        action, order, *why = (*words[no:], "", "")
        one = self._open.get(order)
        if one is None or not one.given or (one.wish.door, one.wish.action) != (door, action):
            return  # of an order that was answered, or from before this run
        self._end(order, End.REFUSED if no else End.DONE, why[0] if no else "")

    def give_up_late(self) -> None:
        """End the rounds of doors that did not answer in time."""
        now = self._clock.monotonic()
        for order, one in list(self._open.items()):
            if now >= one.until:
                self._end(order, End.UNKNOWN if one.given else End.SILENT)

    def _end(self, order: str, end: End, why: str = "") -> None:
        one = self._open.pop(order)
        one.wish.ended(Ended(order, one.epoch, end, why))
