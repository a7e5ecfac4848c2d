"""Does the audit say what happened, all of it, and nothing else?

The story writes down what must stand there, chapter by chapter; the comparison is exact. A chapter
is a stretch of time: what the audit has of that time must be those lines and no others, in their
order, or in any order where several doors acted at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from brain.adapters.sql_audit import MOST_REASON
from brain.store_ports import AuditEntry
from doorbus.messages import Burst
from matching.life import in_words


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit, without its time.

    Attributes:
        actor: who.
        what: the operation or decision.
        resident: whom it concerned: a resident's name in the story, for their opaque id.
        door: where.
        reason: code or words.
    """

    actor: str
    what: str
    resident: str | None = None
    door: str | None = None
    reason: str = ""

    def __str__(self) -> str:
        words = [self.actor, self.what, self.resident or "-", self.door or "-", self.reason]
        return " | ".join(words)


@dataclass(slots=True)
class Chapter:
    """What must stand in the audit of a stretch of time.

    Attributes:
        title: what it tells.
        begins: seconds since 1970; it ends where the next one begins.
        together: whether its lines may come in any order.
        lines: what must stand there.
    """

    title: str
    begins: float
    together: bool = False
    lines: list[Line] = field(default_factory=list)


def life_line(burst: Burst) -> str:
    """What the audit says of the life that a door saw, by the door's own burst."""
    return in_words(burst.liveness)[:MOST_REASON]


def differences(
    chapters: Sequence[Chapter], found: Iterable[AuditEntry], names: Mapping[str, str]
) -> list[str]:
    """What the audit has that the story has not, and the other way round; empty where all agrees.

    Args:
        chapters: the story, in order.
        found: the audit, oldest first.
        names: residents' names in the story, by opaque id.
    """
    wrong: list[str] = []
    parts: list[list[Line]] = [[] for _ in chapters]
    latest = float("-inf")
    for entry in found:
        line = _line(entry, names)
        place = sum(chapter.begins <= entry.at for chapter in chapters) - 1
        if place < 0:
            wrong.append(f"before the story: {line}")
            continue
        if entry.at < latest:
            wrong.append(f"{chapters[place].title}: earlier than the line before it: {line}")
        latest = max(latest, entry.at)
        parts[place].append(line)
    for chapter, lines in zip(chapters, parts, strict=True):
        wrong += _compared(chapter, lines)
    return wrong


def _compared(chapter: Chapter, found: list[Line]) -> list[str]:
    if found == chapter.lines:
        return []
    missing = Counter(chapter.lines) - Counter(found)
    extra = Counter(found) - Counter(chapter.lines)
    wrong = [f"{chapter.title}: not in the audit: {line}" for line in missing.elements()]
    wrong += [f"{chapter.title}: not in the story: {line}" for line in extra.elements()]
    if not wrong and not chapter.together:
        place = next(
            at
            for at, (one, other) in enumerate(zip(found, chapter.lines, strict=True))
            if one != other
        )
        wrong.append(f"{chapter.title}: in another order, from line {place + 1}: {found[place]}")
    return wrong


def _line(entry: AuditEntry, names: Mapping[str, str]) -> Line:
    line = Line(entry.actor, entry.what, entry.resident, entry.door, entry.reason)
    if entry.resident is not None:
        line = replace(line, resident=names.get(entry.resident, entry.resident))
    return line
