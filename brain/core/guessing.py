"""Does somebody try doors one after the other, or one door again and again?

Each door pauses by itself after refusals in a row. This looks across doors, and over longer times
than a door's pauses: it stops nobody, it calls somebody.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from doorbus.messages import Reason

COUNTED = frozenset(
    {Reason.UNKNOWN, Reason.AMBIGUOUS, Reason.NOT_ONE_PERSON, Reason.NO_LIFE, Reason.SPOOF}
)
"""Refusals that a guess brings; a dark or blurred picture, or a disabled resident, is none."""

MOST_MARKS = 4096
"""Refusals remembered; of more, the newest."""


@dataclass(frozen=True, slots=True)
class WatchRule:
    """How many refusals are too many.

    Attributes:
        window_s: seconds that are looked at.
        door: refusals at one door.
        site: refusals at several doors together.
        doors: at how many at least, each with two refusals or more.
        quiet_s: seconds until the same is told again.
    """

    window_s: float = 300.0
    door: int = 15
    site: int = 30
    doors: int = 3
    quiet_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """Too many refusals.

    Attributes:
        doors: where, by name.
        refusals: how many, within the window.
    """

    doors: tuple[str, ...]
    refusals: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What is remembered.

    Attributes:
        marks: when and at which door, in order of time; within the window.
        told: when an alarm was last told, by door; of several doors under no name.
    """

    marks: tuple[tuple[float, str], ...] = ()
    told: dict[str, float] = field(default_factory=dict)


def refused(
    before: Watched, door: str, now: float, rule: WatchRule
) -> tuple[Watched, tuple[Alarm, ...]]:
    """Somebody was refused at a door; what to tell now, most often nothing.

    Args:
        before: what is remembered.
        door: where.
        now: monotonic seconds, never less than before.
        rule: how many are too many.
    """
    recent = tuple(mark for mark in before.marks if now - mark[0] < rule.window_s)
    marks = (*recent, (now, door))[-MOST_MARKS:]
    told = {scope: at for scope, at in before.told.items() if now - at < rule.quiet_s}
    counts = Counter(place for _, place in marks)
    alarms: list[Alarm] = []
    if counts[door] >= rule.door and door not in told:
        alarms.append(Alarm((door,), counts[door]))
        told[door] = now
    # A door where one person was refused once says nothing of somebody who goes round.
    several = sorted(place for place, count in counts.items() if count >= 2)
    together = sum(counts[place] for place in several)
    if len(several) >= rule.doors and together >= rule.site and "" not in told:
        alarms.append(Alarm(tuple(several), together))
        told[""] = now
    return replace(before, marks=marks, told=told), tuple(alarms)
