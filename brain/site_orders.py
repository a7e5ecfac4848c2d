"""How does an order for several doors reach each of them, also those that are away?

It stands in the database, for each door, until the door has said that it did. So neither a restart
of the brain nor of a door loses it, and each of a site's brains carries it to the doors it serves.
A door that comes back gets it anew: with a challenge of that moment, and a signature for that boot.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import structlog

from brain.answering import Answering
from brain.core.standing import Standing, StandingOrder, after
from brain.doors import KnownDoors
from brain.errors import RequestRefused, StoreError
from brain.order_rounds import End, Ended, OrderRounds, Wish
from brain.ports import Clock
from brain.store_ports import PeopleStore, Work
from doorbus.messages import (
    ALL_DOORS,
    ErrorCode,
    Evacuate,
    Lockdown,
    OkResponse,
    OrderAction,
    Release,
)

LOOK_EVERY_S = 1.0
"""Seconds between two looks at what waits; another brain may have put it there."""

TRY_EVERY_S = 30.0
"""Seconds after which a door that seems to be there and did not answer is asked again."""

RESPONSE_S = 7.0
"""Seconds after which the response says of what is still under way that it waits."""

_log = structlog.get_logger()

SiteRequest = Lockdown | Evacuate | Release


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request whose response is to come."""

    principal: str
    request: SiteRequest
    order: str
    until: float


class SiteOrders:
    """Keeps what stands, and carries it out; on one thread.

    Args:
        epoch: the newest boot of a door.
        all_doors: every door of the site, as far as it is known here.
        group: the doors of a group; None where no group is called so.
    """

    def __init__(
        self,
        *,
        rounds: OrderRounds,
        store: PeopleStore,
        doors: KnownDoors,
        answering: Answering,
        clock: Clock,
        epoch: Callable[[str], int | None],
        all_doors: Callable[[Work], Collection[str]],
        group: Callable[[Work, str], Collection[str] | None],
    ) -> None:
        self._rounds = rounds
        self._store = store
        self._doors = doors
        self._answering = answering
        self._clock = clock
        self._epoch = epoch
        self._all_doors = all_doors
        self._group = group
        self._asked: list[_Asked] = []
        self._trying: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._look_at = 0.0

    def under_way(self, principal: str, transaction: str) -> bool:
        """Whether this request's answer is still to come."""
        return any(
            one.principal == principal and one.request.transaction == transaction
            for one in self._asked
        )

    def begin(self, principal: str, request: SiteRequest) -> None:
        """Have an order stand for doors, and begin to carry it out; the answer comes later.

        Raises:
            RequestRefused: no group is called so, or there is no door.
        """
        assert request.doors is not None  # noqa: S101  # the caller's question
        order = f"s-{secrets.token_hex(8)}"
        with self._store.work() as work:
            doors = self._named(work, request.doors)
            self._answering.begin(work, principal, request)
            self._answering.record(
                work,
                principal,
                f"{request.op}_asked",
                reason=f"{request.doors}: {request.reason}"[:200],
            )
            for door in doors:
                work.site_orders.put(
                    StandingOrder(
                        door,
                        order,
                        OrderAction(request.op),
                        principal,
                        request.reason,
                        self._clock.wall(),
                    )
                )
        until = self._clock.monotonic() + RESPONSE_S
        self._asked.append(_Asked(principal, request, order, until))
        for door in doors:
            self._not_before.pop(door, None)
        self._look()

    def there(self, door: str) -> None:
        """A door has started or come back."""
        self._not_before.pop(door, None)
        if self._trying.get(door) != self._epoch(door):
            self._trying.pop(door, None)  # asked in a boot that is over; that answers nobody
        self._look_at = 0.0

    def tick(self) -> None:
        """Look at what is due; logs what the database cannot do at this moment."""
        now = self._clock.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        try:
            self._look()
            self._answer()
        except StoreError as error:
            _log.error("standing orders wait", why=str(error))

    # --- carrying out ----------------------------------------------------------------------------

    def _look(self) -> None:
        now = self._clock.monotonic()
        with self._store.work() as work:
            waiting = [self._lapsed(work, one) for one in work.site_orders.waiting()]
            due = [
                one
                for one in waiting
                if one.state is Standing.WAITING
                and one.door in self._doors
                and one.door not in self._trying
                and now >= self._not_before.get(one.door, 0.0)
            ]
            prepared = [self._rounds.prepare(work, self._wish(one)) for one in due]
        for one, ready in zip(due, prepared, strict=True):
            self._not_before[one.door] = now + TRY_EVERY_S
            if ready is not None:
                self._trying[one.door] = ready.epoch
                self._rounds.begin(ready)

    def _lapsed(self, work: Work, order: StandingOrder) -> StandingOrder:
        now = after(order, self._clock.wall())
        # Another brain of the site may have noted it by now.
        if now.state is Standing.LAPSED and work.site_orders.end(
            order.door, order.order, Standing.LAPSED
        ):
            self._answering.record(
                work,
                order.principal,
                f"{order.action.value}_lapsed",
                door=order.door,
                reason=order.reason,
            )
        return now

    def _wish(self, order: StandingOrder) -> Wish:
        return Wish(
            order.door,
            order.action,
            order.principal,
            order.reason,
            lambda ended: self._ended(order, ended),
        )

    def _ended(self, order: StandingOrder, ended: Ended) -> None:
        if self._trying.get(order.door) == ended.epoch:
            del self._trying[order.door]
        match ended.end:
            case End.DONE:
                done = replace(order, state=Standing.DONE, detail=ended.order)
            case End.REFUSED:
                done = replace(order, state=Standing.REFUSED, detail=ended.why or "no reason given")
            case End.SILENT | End.UNKNOWN:
                self._answer()
                return  # tried again when it comes back, or after a while
        try:
            with self._store.work() as work:
                work.site_orders.end(order.door, order.order, done.state, done.detail)
        except StoreError as error:
            # It stands on, and is done once more: lock-down, evacuation and release bear that.
            _log.error("what became of an order is not noted", door=order.door, why=str(error))
        # One of a newer request may wait for this very door by now.
        self._not_before.pop(order.door, None)
        self._look_at = 0.0
        self._answer()

    # --- responses -------------------------------------------------------------------------------

    def _answer(self) -> None:
        now = self._clock.monotonic()
        for asked in list(self._asked):
            with self._store.work() as work:
                standing = work.site_orders.of(asked.order)
            under_way = any(
                one.state is Standing.WAITING
                and (one.door in self._trying or one.door not in self._doors)
                for one in standing
            )
            if under_way and now < asked.until:
                continue
            self._asked.remove(asked)
            data = {
                "action": asked.request.op,
                "doors": {one.door: _result(one) for one in standing},
            }
            response = OkResponse(transaction=asked.request.transaction, data=data)
            self._answering.settle(asked.principal, response)

    def _named(self, work: Work, name: str) -> list[str]:
        doors = self._all_doors(work) if name == ALL_DOORS else self._group(work, name)
        if doors is None:
            raise RequestRefused(
                ErrorCode.UNKNOWN_GROUP,
                f"no group of doors is called {name}; `all` is every door of the site",
            )
        if not doors:
            raise RequestRefused(ErrorCode.UNKNOWN_DOOR, f"there is no door in {name}")
        return sorted(doors)


def _result(order: StandingOrder) -> dict[str, Any]:
    match order.state:
        case Standing.DONE:
            return {"result": "done", "order": order.detail}
        case Standing.REFUSED:
            return {"result": "refused", "reason": order.detail}
        case Standing.WAITING:
            return {"result": "waiting"}
        case Standing.REPLACED | Standing.LAPSED:
            return {"result": "refused", "reason": order.state.value}
