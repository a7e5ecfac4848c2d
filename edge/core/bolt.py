"""May the bolt be drawn right now? The lock process's decisions, without its hardware.

The bolt opens through `Hold` and through nothing else, and it closes for every other reason there
is: the hold is over, the heartbeat is late, a line made no sense, the edge or the process ends.
With a fail-safe wiring there is one exception: without current the door is open, and nobody gives
current once this process has ended; so the end opens, and says so.
A new hold replaces the running one, whether it ends earlier or later: the last order counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

LONGEST_HOLD: Final = 30.0
"""Seconds; no single order keeps the bolt open longer, whatever it asks for."""

PATIENCE: Final = 1.0
"""Seconds without a sign of life from the edge until the bolt closes."""

STALE_AFTER: Final = 1.0
"""Seconds an order may wait unread; an older one was meant for a moment that has passed."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Open for `seconds`, counted from `sent` on the machine's monotonic clock.

    Both processes run on one machine, where that clock is the same for all.
    """

    seconds: float
    sent: float


@dataclass(frozen=True, slots=True)
class Close:
    """Close now."""


@dataclass(frozen=True, slots=True)
class Beat:
    """The edge's main loop is alive."""


@dataclass(frozen=True, slots=True)
class Garbled:
    """A line that is no order."""

    line: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The end: the edge went away, or a signal asks the process to stop. Nothing opens after it."""

    why: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event = Hold | Close | Beat | Garbled | Gone | Tick


@dataclass(frozen=True, slots=True)
class Bolt:
    """What the lock process knows.

    Attributes:
        longest: upper bound of one hold, seconds.
        open_until: end of the running hold, monotonic seconds; None while closed.
        heard_at: time of the edge's last well-formed line, monotonic seconds.
        over: the end has come.
        rests_open: fail-safe wiring: once the end has come, the door is open.
    """

    longest: float = LONGEST_HOLD
    open_until: float | None = None
    heard_at: float = -math.inf
    over: bool = False
    rests_open: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the bolt should be drawn."""
        return self.open_until is not None or (self.over and self.rests_open)

    @property
    def closes_at(self) -> float | None:
        """When it closes if nothing more is heard, monotonic seconds; None while closed."""
        if self.open_until is None:
            return None
        return min(self.open_until, self.heard_at + PATIENCE)


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an event, and a remark for the log where something was amiss."""

    bolt: Bolt
    remark: str | None = None


def step(bolt: Bolt, event: Event, now: float) -> Step:
    """One event at `now` (monotonic seconds); what has run out by then is closed first."""
    expired = _expire(bolt, now)
    bolt = expired.bolt
    match event:
        case Hold():
            after = _hold(bolt, event, now)
        case Beat():
            after = Step(replace(bolt, heard_at=now))
        case Close():
            after = Step(replace(_shut(bolt), heard_at=now))
        case Garbled(line):
            after = Step(_shut(bolt), f"closed: {line!r} is no order; restart the edge")
        case Gone(why):
            after = Step(replace(_shut(bolt), over=True), _farewell(bolt, why))
        case Tick():
            after = Step(bolt)
    return after if after.remark else replace(after, remark=expired.remark)


def _farewell(bolt: Bolt, why: str) -> str | None:
    if bolt.rests_open:
        return None if bolt.over else f"open from now on, being wired fail-safe: {why}"
    return f"closed, for this is the end: {why}" if bolt.is_open else None


def _shut(bolt: Bolt) -> Bolt:
    return replace(bolt, open_until=None)


def _expire(bolt: Bolt, now: float) -> Step:
    if bolt.open_until is None:
        return Step(bolt)
    if now >= bolt.open_until:
        return Step(_shut(bolt))
    if now >= bolt.heard_at + PATIENCE:
        return Step(_shut(bolt), f"closed: no heartbeat for {now - bolt.heard_at:.2f} s")
    return Step(bolt)


def _hold(bolt: Bolt, hold: Hold, now: float) -> Step:
    if bolt.over:
        return Step(bolt, "refused a hold: this lock process is ending")
    if not (math.isfinite(hold.seconds) and hold.seconds > 0):
        return Step(_shut(bolt), f"closed: refused a hold of {hold.seconds} seconds")
    if not 0 <= now - hold.sent <= STALE_AFTER:
        age = now - hold.sent
        return Step(_shut(bolt), f"closed: refused a hold that was sent {age:.2f} s ago")
    seconds = min(hold.seconds, bolt.longest)
    opened = replace(bolt, open_until=hold.sent + seconds, heard_at=now)
    if seconds < hold.seconds:
        return Step(opened, f"a hold of {hold.seconds:g} s was cut to {seconds:g} s, the longest")
    return Step(opened) if now < hold.sent + seconds else Step(_shut(opened))
