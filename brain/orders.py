"""How does an administrator's order reach a door once, and surely a living one?

The brain asks for a challenge, the door gives one, the order carries it back within two seconds,
and the door says that it did. The request is noted before anything goes out, so that an order is
given at most once, whatever breaks.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace

from brain.answering import Answering, refused, unknown_outcome
from brain.doors import KnownDoors
from brain.errors import RequestRefused, StoreError
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.store_ports import PeopleStore
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import (
    AskChallenge,
    DoorEvent,
    ErrorCode,
    ErrorResponse,
    Evacuate,
    Lockdown,
    OkResponse,
    Order,
    OrderAction,
    Release,
    Unlock,
)
from doorbus.topics import CHALLENGE

PATIENCE_S = 3.0
"""How long a door may take to give a challenge, and again to say that it carried out an order."""

OrderRequest = Unlock | Lockdown | Evacuate | Release


@dataclass(frozen=True, slots=True)
class _Open:
    """An order on its way; `given` once it went out with its challenge."""

    principal: str
    request: OrderRequest
    epoch: int
    until: float
    given: bool = False


class Orders:
    """Carries orders to doors; on one thread.

    Args:
        hold_s: how long an unlocked door stays open where the request does not say.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        doors: KnownDoors,
        outgoing: Outgoing,
        answering: Answering,
        clock: Clock,
        hold_s: float,
    ) -> None:
        self._reading = reading
        self._store = store
        self._doors = doors
        self._outgoing = outgoing
        self._answering = answering
        self._clock = clock
        self._hold_s = hold_s
        self._open: dict[str, _Open] = {}

    def under_way(self, principal: str, transaction: str) -> bool:
        """Whether this request is being carried out, so that its answer will come."""
        return any(
            one.principal == principal and one.request.transaction == transaction
            for one in self._open.values()
        )

    def begin(self, principal: str, request: OrderRequest) -> None:
        """Ask the door for a challenge; the answer to the administrator comes later.

        Raises:
            RequestRefused: the door is unknown, or was never heard of.
        """
        door = request.door
        if door is None:
            raise RequestRefused(ErrorCode.UNKNOWN_GROUP, "no doors are known by this name")
        if door not in self._doors:
            raise unknown_door(door)
        epoch = self._reading.epoch(door)
        if epoch is None:
            raise RequestRefused(ErrorCode.DOOR_SILENT, _silent(door))
        order = f"o-{secrets.token_hex(8)}"
        with self._store.work() as work:
            self._answering.begin(work, principal, request)
            number = work.doors.next_number(door)
            self._answering.record(
                work, principal, f"{request.op}_asked", door=door, reason=request.reason
            )
        until = self._clock.monotonic() + PATIENCE_S
        self._open[order] = _Open(principal, request, epoch, until)
        if not self._outgoing.command(door, epoch, AskChallenge(number=number, order=order)):
            self._give_up(order)

    def take_challenge(self, wire: Wire) -> None:
        """A message on `door/<door>/challenge`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(CHALLENGE, wire)
        given = letter.content()
        one = self._open.get(given.order)
        if one is None or one.given or one.request.door != letter.door:
            raise MessageError(f"{wire.topic}: a challenge for no order")
        if letter.epoch != one.epoch:
            raise MessageError(f"{wire.topic}: a challenge of another boot of the door")
        request = one.request
        with self._store.work() as work:
            self._answering.record(
                work, one.principal, request.op, door=letter.door, reason=request.reason
            )
        order = Order(
            order=given.order,
            challenge=given.challenge,
            action=OrderAction(request.op),
            hold_s=self._seconds(request),
        )
        until = self._clock.monotonic() + PATIENCE_S
        self._open[given.order] = replace(one, given=True, until=until)
        if not self._outgoing.verdict(letter.door, letter.epoch, order):
            # It did not go out at all, so the answer can be a plain no.
            self._open[given.order] = one
            self._give_up(given.order)

    def confirmed(self, door: str, event: DoorEvent) -> None:
        """The door says what it did: `<action> <order>`, or `refused <action> <order> <why>`."""
        words = event.detail.split(" ")
        no = words[0] == "refused"
        action, order, *why = (*words[no:], "", "")
        one = self._open.get(order)
        if one is None or not one.given or (one.request.door, one.request.op) != (door, action):
            return  # of an order that was answered, or from before this run
        del self._open[order]
        transaction = one.request.transaction
        response: OkResponse | ErrorResponse
        if no:
            reason = why[0] or "no reason given"
            text = f"door {door} refused the order ({reason}); look at its events"
            response = refused(ErrorCode.DOOR_REFUSED, text, transaction)
        else:
            data = {"door": door, "action": action, "order": order}
            response = OkResponse(transaction=transaction, data=data)
        self._answering.settle(one.principal, response)

    def give_up_late(self) -> None:
        """Answer for doors that did not; note what could not be noted before."""
        now = self._clock.monotonic()
        for order, one in list(self._open.items()):
            if now >= one.until:
                self._give_up(order)
        with suppress(StoreError):  # told when it failed first; tried again soon
            self._answering.settle_late()

    def _give_up(self, order: str) -> None:
        one = self._open.pop(order)
        transaction = one.request.transaction
        if one.given:
            response = unknown_outcome(transaction)
        else:
            response = refused(ErrorCode.DOOR_SILENT, _silent(one.request.door or ""), transaction)
        self._answering.settle(one.principal, response)

    def _seconds(self, request: OrderRequest) -> float:
        if not isinstance(request, Unlock):
            return 0.0
        return self._hold_s if request.hold_s is None else request.hold_s


def unknown_door(door: str) -> RequestRefused:
    """The refusal for a door whose key is not here."""
    return RequestRefused(
        ErrorCode.UNKNOWN_DOOR,
        f"no door {door} is known here; make it with `doorctl door add <site> {door}` and "
        f"put its {door}.pub into the brain's folder of door keys",
    )


def _silent(door: str) -> str:
    return (
        f"door {door} does not answer, so nothing was sent to it; look at "
        f"door/{door}/availability, then try again with a new transaction"
    )
