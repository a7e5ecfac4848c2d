"""Which level of a wire counts? One that has stayed for a while: contacts bounce, wires crackle."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Settled:
    """A wire as it counts.

    Attributes:
        active: what counts; None before anything has stayed for long enough.
        seen: the last look.
        since: when looks began to show `seen`, monotonic seconds.
    """

    active: bool | None = None
    seen: bool | None = None
    since: float = 0.0


def look(settled: Settled, active: bool, now: float, patience_s: float) -> Settled:
    """One look at `now` (monotonic seconds): what counts after it.

    A level counts once every look of the last `patience_s` seconds, and at least two of them, have
    shown it. So a shorter disturbance changes nothing, whenever it comes.
    """
    if active is not settled.seen:
        return replace(settled, seen=active, since=now)
    if now - settled.since < patience_s:
        return settled
    return replace(settled, active=active)
