"""How often is it told that a message was refused? At once, then now and then with a count.

Whoever floods a door with forged messages must not fill its spool with events about them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

EVERY_S = 10.0
"""Seconds between two events about the same reason."""

MOST_REASONS = 16
"""Reasons told apart at once; more are counted together."""

OTHER = "several other reasons"


@dataclass(frozen=True, slots=True)
class Tally:
    """One reason: when it was last told, and how often it came since."""

    why: str
    told_at: float
    untold: int = 0


@dataclass(frozen=True, slots=True)
class Refusals:
    """Everything refused lately."""

    tallies: tuple[Tally, ...] = ()


def note(refusals: Refusals, why: str, now: float) -> tuple[Refusals, tuple[str, ...]]:
    """One more was refused; what to tell now, mostly once per reason."""
    known = {tally.why for tally in refusals.tallies}
    if why not in known and len(known) >= MOST_REASONS:
        why = OTHER
    if why not in known:
        return Refusals((*refusals.tallies, Tally(why, now))), (why,)
    counted = tuple(
        replace(tally, untold=tally.untold + 1) if tally.why == why else tally
        for tally in refusals.tallies
    )
    return due(Refusals(counted), now)


def due(refusals: Refusals, now: float) -> tuple[Refusals, tuple[str, ...]]:
    """What has waited long enough to be told; reasons that did not come again are forgotten."""
    kept: list[Tally] = []
    told: list[str] = []
    for tally in refusals.tallies:
        if now - tally.told_at < EVERY_S:
            kept.append(tally)
        elif tally.untold:
            told.append(f"{tally.why} ({tally.untold} more)")
            kept.append(Tally(tally.why, now))
    return Refusals(tuple(kept)), tuple(told)
