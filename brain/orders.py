"""How is an administrator's order for a door answered?

The request is noted before anything goes out, so that an order is given at most once, whatever
breaks; `brain.order_rounds` says how it reaches the door. Orders for several doors are kept by
`brain.site_orders`.
"""

from __future__ import annotations

from contextlib import suppress

from brain.answering import Answering, refused, unknown_outcome
from brain.core.standing import Standing
from brain.doors import KnownDoors
from brain.errors import RequestRefused, StoreError
from brain.order_rounds import End, Ended, OrderRounds, Wish
from brain.site_orders import SiteOrders
from brain.store_ports import PeopleStore, Work
from doorbus.messages import (
    ErrorCode,
    ErrorResponse,
    Evacuate,
    Lockdown,
    OkResponse,
    OrderAction,
    Release,
    Unlock,
)

OrderRequest = Unlock | Lockdown | Evacuate | Release


class Orders:
    """Takes requests for orders; on one thread.

    Args:
        hold_s: how long an unlocked door stays open where the request does not say.
    """

    def __init__(
        self,
        *,
        rounds: OrderRounds,
        site: SiteOrders,
        store: PeopleStore,
        doors: KnownDoors,
        answering: Answering,
        hold_s: float,
    ) -> None:
        self._rounds = rounds
        self._site = site
        self._store = store
        self._doors = doors
        self._answering = answering
        self._hold_s = hold_s
        self._open: set[tuple[str, str]] = set()

    def under_way(self, principal: str, transaction: str) -> bool:
        """Whether this request is being carried out, so that its answer will come."""
        return (principal, transaction) in self._open or self._site.under_way(
            principal, transaction
        )

    def begin(self, principal: str, request: OrderRequest) -> None:
        """Begin to carry out an order; the answer to the administrator comes later.

        Raises:
            RequestRefused: door or group is unknown, or the door was never heard of.
        """
        door = request.door
        if door is not None:
            self._begin(principal, request, door)
        elif not isinstance(request, Unlock):
            self._site.begin(principal, request)

    def give_up_late(self) -> None:
        """Answer for doors that did not; note what could not be noted before."""
        self._rounds.give_up_late()
        with suppress(StoreError):  # told when it failed first; tried again soon
            self._answering.settle_late()
        self._site.tick()

    def _begin(self, principal: str, request: OrderRequest, door: str) -> None:
        if door not in self._doors:
            raise unknown_door(door)
        wish = Wish(
            door,
            OrderAction(request.op),
            principal,
            request.reason,
            lambda ended: self._answer(principal, request, door, ended),
            self._seconds(request),
            lambda work: _replace_standing(work, request, door),
        )
        with self._store.work() as work:
            prepared = self._rounds.prepare(work, wish)
            if prepared is None:
                raise RequestRefused(ErrorCode.DOOR_SILENT, _silent(door))
            self._answering.begin(work, principal, request)
            self._answering.record(
                work, principal, f"{request.op}_asked", door=door, reason=request.reason
            )
        self._open.add((principal, request.transaction))
        self._rounds.begin(prepared)

    def _answer(self, principal: str, request: OrderRequest, door: str, ended: Ended) -> None:
        transaction = request.transaction
        self._open.discard((principal, transaction))
        response: OkResponse | ErrorResponse
        match ended.end:
            case End.DONE:
                data = {"door": door, "action": request.op, "order": ended.order}
                response = OkResponse(transaction=transaction, data=data)
            case End.REFUSED:
                why = ended.why or "no reason given"
                text = f"door {door} refused the order ({why}); look at its events"
                response = refused(ErrorCode.DOOR_REFUSED, text, transaction)
            case End.SILENT:
                response = refused(ErrorCode.DOOR_SILENT, _silent(door), transaction)
            case End.UNKNOWN:
                response = unknown_outcome(transaction)
        self._answering.settle(principal, response)

    def _seconds(self, request: OrderRequest) -> float:
        if not isinstance(request, Unlock):
            return 0.0
        return self._hold_s if request.hold_s is None else request.hold_s


def _replace_standing(work: Work, request: OrderRequest, door: str) -> None:
    """An order for one door takes the place of one for several that still waits for it."""
    if not isinstance(request, Unlock):
        work.site_orders.end(door, None, Standing.REPLACED)


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
