"""How long does an order for several doors wait for one that is away?

A lock-down keeps shut, and a release only ends what was ordered: both wait as long as it takes. An
evacuation opens, and nobody expects a door to open by itself hours later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from doorbus.messages import OrderAction

EVACUATION_S: Final = 600.0
"""Seconds that an evacuation waits for a door."""


class Standing(Enum):
    """What has become of an order at one door."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    REPLACED = "replaced"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """The newest order for several doors, at one of them.

    Attributes:
        door: which.
        order: names it at all its doors.
        action: lock-down, evacuation or release.
        principal: who gave it.
        reason: for the audit.
        at: when it was given, seconds since 1970.
        state: what has become of it.
        detail: the door's own order where it is done, why where it was refused.
    """

    door: str
    order: str
    action: OrderAction
    principal: str
    reason: str
    at: float
    state: Standing = Standing.WAITING
    detail: str = ""


def after(order: StandingOrder, now: float) -> StandingOrder:
    """The order as it stands at `now`, seconds since 1970: an evacuation may have lapsed."""
    waits = order.state is Standing.WAITING and order.action is OrderAction.EVACUATE
    # Either way: a clock set back by days would keep it waiting for ever, and one that is set right
    # by a moment while people must come out is no reason to keep a door shut.
    if waits and abs(now - order.at) >= EVACUATION_S:
        return replace(order, state=Standing.LAPSED)
    return order
