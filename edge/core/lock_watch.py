"""Does the lock do what it was told? Its own reports say; silence after an order is a fault."""

from __future__ import annotations

from dataclasses import dataclass, replace

PATIENCE_S = 1.5
"""Seconds for an order to be reported as done; the lock process answers within milliseconds."""


@dataclass(frozen=True, slots=True)
class LockWatch:
    """What was ordered and what was heard.

    Attributes:
        locked: the actuator's last report; None before the first.
        wanted: state that the last order asked for, while its report is awaited.
        due: when that report is late, monotonic seconds.
    """

    locked: bool | None = None
    wanted: bool | None = None
    due: float = 0.0


def ordered(watch: LockWatch, *, locked: bool, now: float) -> LockWatch:
    """The lock was told to close or to open."""
    if watch.locked is locked:
        return replace(watch, wanted=None)
    return replace(watch, wanted=locked, due=now + PATIENCE_S)


def reported(watch: LockWatch, *, locked: bool) -> LockWatch:
    """The actuator moved."""
    return LockWatch(locked, None if watch.wanted is locked else watch.wanted, watch.due)


def overdue(watch: LockWatch, now: float) -> tuple[LockWatch, str | None]:
    """What is wrong, told once; None while nothing is."""
    if watch.wanted is None or now < watch.due:
        return watch, None
    deed = "close" if watch.wanted else "open"
    return replace(watch, wanted=None), f"the lock was told to {deed} and did not report it"
