"""Did somebody go in who never came out, or the other way round?

An area has doors that lead inside and doors that lead outside. Who came in through one of the first
must leave through one of the second before coming in again, so that a card, a twin or a face shown
twice lets nobody else in behind a resident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """What happens to whoever does not come out first."""

    HARD = "hard"
    """They are refused."""
    SOFT = "soft"
    """They are let in, and it is told."""


@dataclass(frozen=True, slots=True)
class Passback:
    """An area that is watched.

    Attributes:
        name: what administrators call it by.
        inside: doors that lead into it.
        outside: doors that lead out of it; none of them leads into it too.
        mode: what happens.
        forget_s: seconds after which it is forgotten where somebody is.
    """

    name: str
    inside: frozenset[str]
    outside: frozenset[str]
    mode: Mode
    forget_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """On which side of an area's doors somebody is.

    Attributes:
        inside: in it, or out of it.
        at: since when, seconds since 1970.
    """

    inside: bool
    at: float


def broken(
    areas: Iterable[Passback], door: str, standings: Mapping[str, Standing], now: float
) -> tuple[Passback, ...]:
    """The areas whose order somebody would break at this door; in the order given.

    Args:
        areas: all that the door belongs to, or more.
        door: where.
        standings: where this person is, by area; whose side is not known goes either way.
        now: seconds since 1970.
    """
    return tuple(
        area
        for area in areas
        if (standing := standings.get(area.name)) is not None
        and door in (area.inside if standing.inside else area.outside)
        # Either way: a clock that was wrong for a while must not lock somebody out for years.
        and abs(now - standing.at) < area.forget_s
    )


def passed(areas: Iterable[Passback], door: str, now: float) -> dict[str, Standing]:
    """Where somebody is, by area, who was let through this door."""
    return {
        area.name: Standing(door in area.inside, now)
        for area in areas
        if door in area.inside or door in area.outside
    }
