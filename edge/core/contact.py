"""Was the door forced, or is it held open? What its contact says, beside lock and exit button."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from doorbus.messages import EventKind

JUST_LOCKED_S: Final = 1.0
"""Seconds after the lock closed in which an opening is still that of whoever was let in."""


@dataclass(frozen=True, slots=True)
class ContactRule:
    """The figures; seconds.

    Attributes:
        held_open_s: how long the door may stand open after it opened, or after whatever held it
            open as a whole (fire, evacuation, office mode) was over.
        exit_s: how long after the exit button an opening is an exit.
        forced: whether an opening that nothing explains is told; False where people leave by a
            handle that no exit contact sees.
    """

    held_open_s: float = 30.0
    exit_s: float = 10.0
    forced: bool = True


@dataclass(frozen=True, slots=True)
class Around:
    """What else is known at the time.

    Attributes:
        locked: what the actuator last reported; None before the first report.
        standing: fire, evacuation or office mode holds the door open as a whole.
    """

    locked: bool | None
    standing: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """The leaf of the door.

    Attributes:
        open: whether it stands open; None before the contact was first read.
        since: since when it may count as held open, monotonic seconds.
        forced: this opening was told as forced.
        held: this opening was told as held open.
        locked_at: when the lock last reported closing, monotonic seconds.
        exit_at: when the exit button was last pressed or let go.
        exiting: the exit button is pressed.
    """

    open: bool | None = None
    since: float = -math.inf
    forced: bool = False
    held: bool = False
    locked_at: float = -math.inf
    exit_at: float = -math.inf
    exiting: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """The contact: the door stands open, or is shut."""

    open: bool


@dataclass(frozen=True, slots=True)
class ExitPressed:
    """The exit button: pressed, or let go."""

    on: bool


@dataclass(frozen=True, slots=True)
class Locked:
    """The actuator reported that it closed."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Time has passed."""


Event = Moved | ExitPressed | Locked | Passed


@dataclass(frozen=True, slots=True)
class Step:
    """The leaf after an event, and what is told: kind and detail."""

    contact: Contact
    told: tuple[tuple[EventKind, str], ...] = ()


def step(contact: Contact, event: Event, around: Around, rule: ContactRule, now: float) -> Step:
    """One event at `now`, monotonic seconds."""
    match event:
        case Moved(is_open):
            if is_open is contact.open:
                return Step(contact)
            return _opened(contact, around, rule, now) if is_open else _shut(contact)
        case ExitPressed(on):
            if on is contact.exiting:
                return Step(contact)  # the first look finds it as it is
            after = replace(contact, exiting=on, exit_at=now)
            return Step(after, ((EventKind.EXIT, ""),) if on else ())
        case Locked():
            return Step(replace(contact, locked_at=now))
        case Passed():
            return _waited(contact, around, rule, now)


def _opened(contact: Contact, around: Around, rule: ContactRule, now: float) -> Step:
    after = replace(contact, open=True, since=now)
    # The first look may find a door that has stood open for hours.
    explained = contact.open is None or _unlocked(contact, around, rule, now)
    if explained or not rule.forced:
        return Step(after)
    return Step(replace(after, forced=True), ((EventKind.FORCED_OPEN, ""),))


def _unlocked(contact: Contact, around: Around, rule: ContactRule, now: float) -> bool:
    return (
        around.locked is not True
        or around.standing
        or now - contact.locked_at < JUST_LOCKED_S
        or contact.exiting
        or now - contact.exit_at < rule.exit_s
    )


def _shut(contact: Contact) -> Step:
    after = replace(contact, open=False, forced=False, held=False)
    if not (contact.forced or contact.held):
        return Step(after)
    after_what = "forced" if contact.forced else "held open"
    return Step(after, ((EventKind.CLOSED_AGAIN, after_what),))


def _waited(contact: Contact, around: Around, rule: ContactRule, now: float) -> Step:
    if around.standing:
        # Whoever opened it may leave it so; the time begins when this is over.
        return Step(replace(contact, since=now))
    late = contact.open is True and not contact.held and now - contact.since >= rule.held_open_s
    if not late:
        return Step(contact)
    told = (EventKind.HELD_OPEN, f"for more than {rule.held_open_s:g} s")
    return Step(replace(contact, held=True), (told,))
