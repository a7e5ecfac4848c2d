"""Does office mode hold the door open now? Windows of the week, and perhaps somebody there first.

Office mode needs a date that can be trusted: while the clock has not been set since boot there is
none, and no office mode.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from doorbus.messages import EventKind
from doorbus.messages.schedules import Window, ends

BACK: Final = timedelta(minutes=1)
"""A clock set back by more than this begins a window anew: it may be another day's."""


@dataclass(frozen=True, slots=True)
class OfficeRule:
    """When the door stands open.

    Attributes:
        windows: of the week; none means never.
        first_person: it opens only after somebody was granted entry in the window.
        holidays: days on which only windows of holidays count.
    """

    windows: tuple[Window, ...] = ()
    first_person: bool = True
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Office:
    """Where office mode stands.

    Attributes:
        window: when the present window ends; None outside of all windows.
        seen: the time at the last look; None before the first.
        somebody: somebody was granted entry in this window.
        on: the door stands open for it.
        unsure: it was told that the clock cannot be trusted.
    """

    window: datetime | None = None
    seen: datetime | None = None
    somebody: bool = False
    on: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Office mode after an event, and what is told: kind and detail."""

    office: Office
    told: tuple[tuple[EventKind, str], ...] = ()


def at(office: Office, local: datetime | None, rule: OfficeRule) -> Step:
    """The time is `local`, aware and in the site's zone; None while the clock is not sure."""
    if not rule.windows:
        return Step(office)
    if local is None:
        after = _settled(replace(office, window=None, somebody=False), rule)
        if office.unsure:
            return _told(office, after)
        unsure = (EventKind.CLOCK_UNSURE, "no office mode until the clock is set")
        return _told(office, replace(after, unsure=True), unsure)
    window = ends(rule.windows, local, rule.holidays)
    # Windows that meet or overlap are one: whoever came first need not come again.
    goes_on = window is not None and _reached(local, office)
    after = replace(
        office, window=window, seen=local, somebody=office.somebody and goes_on, unsure=False
    )
    return _told(office, _settled(after, rule))


def entered(office: Office, rule: OfficeRule) -> Step:
    """Somebody was granted entry."""
    if office.window is None:
        return Step(office)
    return _told(office, _settled(replace(office, somebody=True), rule))


def locked_down(office: Office, rule: OfficeRule) -> Step:
    """A lock-down began: who was there first counts no more."""
    return _told(office, _settled(replace(office, somebody=False), rule))


def _reached(local: datetime, office: Office) -> bool:
    """Whether time ran on into `local` within or right after the last window, without a jump back.

    In UTC: times of one zone compare by what the clock on the wall reads, which may read it twice.
    """
    if office.window is None or office.seen is None:
        return False
    now = local.astimezone(UTC)
    return office.seen.astimezone(UTC) - BACK <= now <= office.window.astimezone(UTC)


def _settled(office: Office, rule: OfficeRule) -> Office:
    on = office.window is not None and (office.somebody or not rule.first_person)
    return replace(office, on=on)


def _told(before: Office, after: Office, *more: tuple[EventKind, str]) -> Step:
    if after.on is before.on:
        return Step(after, more)
    if not after.on:
        return Step(after, (*more, (EventKind.OFFICE_CLOSED, "")))
    until = "" if after.window is None else f"until {after.window:%H:%M}"
    return Step(after, (*more, (EventKind.OFFICE_OPEN, until)))
