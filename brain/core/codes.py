"""Does somebody guess at codes, at one door or all over the site, and which doors rest for it?

Each door counts wrong codes in a row and pauses by itself. This counts within a window, so that a
right code in between helps nobody, and over all doors: codes alone are guessed against everybody at
once. Faces go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MOST_MARKS = 4096
"""Wrong codes remembered; of more, the newest."""

SITE = ""
"""In the place of a door: every door together."""


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """How many wrong codes are too many.

    Attributes:
        window_s: seconds that are looked at.
        door: wrong codes at one door, from which codes rest there.
        site: at all doors together, from which codes alone rest everywhere.
        rest_s: for how long.
    """

    window_s: float = 600.0
    door: int = 20
    site: int = 60
    rest_s: float = 300.0


@dataclass(frozen=True, slots=True)
class WrongCodes:
    """What is remembered; times are monotonic seconds.

    Attributes:
        marks: when and at which door, in order of time.
        rest: until when codes rest, by door; under `SITE` everywhere.
    """

    marks: tuple[tuple[float, str], ...] = ()
    rest: Mapping[str, float] = field(default_factory=dict)


def rests(before: WrongCodes, door: str, now: float, *, alone: bool) -> bool:
    """Whether codes count for nothing now.

    Args:
        before: what is remembered.
        door: where.
        now: monotonic seconds.
        alone: without a face; beside a face nobody guesses who is not known by it.
    """
    places = (door, SITE) if alone else (door,)
    return any(now < before.rest.get(place, now) for place in places)


def wrong(
    before: WrongCodes, door: str, now: float, limits: CodeLimits
) -> tuple[WrongCodes, tuple[str, ...]]:
    """One more wrong code; the places, doors or `SITE`, that begin to rest for it.

    After a rest the count there begins anew.
    """
    recent = tuple(mark for mark in before.marks if now - mark[0] < limits.window_s)
    marks = (*recent, (now, door))[-MOST_MARKS:]
    rest = {place: until for place, until in before.rest.items() if now < until}
    begun: list[str] = []
    if door not in rest and sum(at == door for _, at in marks) >= limits.door:
        begun.append(door)
    if SITE not in rest and len(marks) >= limits.site:
        begun.append(SITE)
    rest |= dict.fromkeys(begun, now + limits.rest_s)
    if SITE in begun:
        marks = ()
    elif door in begun:
        marks = tuple(mark for mark in marks if mark[1] != door)
    return replace(before, marks=marks, rest=rest), tuple(begun)
