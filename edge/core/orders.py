"""Which commands and orders still count? Fresh ones, each once.

Commands carry a number that rises within the door's epoch. An order without a visit needs more:
the door gives a challenge for it, and only an order that brings it back within two seconds counts,
once. Called after signature, door and epoch were checked, so that nobody else can use anything up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from doorbus.messages import Order

VALID_S = 2.0
"""Seconds that a challenge is good for, on the door's monotonic clock."""

MOST_OUTSTANDING = 8
"""Challenges kept at once; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A challenge that waits for its order."""

    order: str
    challenge: str
    until: float


@dataclass(frozen=True, slots=True)
class Orders:
    """What has been taken and what is awaited, within one epoch: each boot begins anew.

    Attributes:
        last_number: number of the last command taken in this epoch.
        outstanding: challenges given and not yet used, oldest first.
    """

    last_number: int = -1
    outstanding: tuple[Outstanding, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """The state after a message, and why it was refused; None where it counts."""

    orders: Orders
    refusal: str | None = None


def take_command(orders: Orders, number: int) -> Taken:
    """A command of `number`."""
    if number <= orders.last_number:
        return Taken(orders, "a repeated or overtaken command")
    return Taken(replace(orders, last_number=number))


def challenged(orders: Orders, order: str, challenge: str, now: float) -> Orders:
    """A challenge was given for `order` at `now`; a second one for the same order replaces it."""
    kept = [one for one in orders.outstanding if one.order != order and now < one.until]
    kept.append(Outstanding(order, challenge, now + VALID_S))
    return replace(orders, outstanding=tuple(kept[-MOST_OUTSTANDING:]))


def take_order(orders: Orders, order: Order, now: float) -> Taken:
    """An order at `now`; one that counts uses its challenge up."""
    for one in orders.outstanding:
        if (one.order, one.challenge) == (order.order, order.challenge):
            rest = tuple(other for other in orders.outstanding if other is not one)
            used = replace(orders, outstanding=rest)
            return Taken(used) if now < one.until else Taken(used, "an order that came too late")
    return Taken(orders, "an order without a challenge of this door")


def disconnected(orders: Orders) -> Orders:
    """The broker went away: every challenge is void."""
    return replace(orders, outstanding=())
