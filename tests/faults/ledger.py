"""Do produced, acknowledged, stored and actuated agree? The ledger of a case.

Each transition of a lock to open must match one grant or unlock of the brain's audit, each at most
once, and each opening must end within its hold. What a door was told is stored must stand in the
brain's database, and what it made must be stored, waiting in its spool, or counted as dropped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.adapters.actuator_simulated import Transition

BEFORE_S: Final = 5.0
"""An opening follows its audit entry within so many seconds, on this machine's one clock."""

LEADS_S: Final = 1.5
"""An audit entry comes so many seconds before what it opens, mostly; the last visit's is older."""

CLOCK_SLACK_S: Final = 0.05
HOLD_SLACK_S: Final = 0.6


def audited_openings(database: Path, door: str) -> list[float]:
    """When the brain wrote down that it would let somebody in at a door, seconds since 1970."""
    query = "SELECT at FROM audit WHERE what IN ('grant', 'unlock') AND door = ? ORDER BY at"
    return [float(at) for (at,) in _read(database, query, door)]


def audit_lines(database: Path) -> int:
    """How long the audit is."""
    return int(next(iter(_read(database, "SELECT count(*) FROM audit")))[0])


def unexplained(transitions: Sequence[Transition], audited: Sequence[float]) -> list[Transition]:
    """Openings that no grant or unlock explains, each of which explains one.

    Args:
        transitions: a lock's own record.
        audited: seconds since 1970, rising.
    """
    left = list(audited)
    wrong = []
    for move in transitions:
        if move.state != "UNLOCKED":
            continue
        at = datetime.fromisoformat(move.wall).timestamp()
        cause = next((one for one in left if at - BEFORE_S <= one <= at + CLOCK_SLACK_S), None)
        if cause is None:
            wrong.append(move)
        else:
            left.remove(cause)
    return wrong


def held_too_long(
    transitions: Sequence[Transition], hold_s: float, audited: Sequence[float] | None = None
) -> list[Transition]:
    """Openings that lasted longer than a hold, or still last.

    Args:
        transitions: a lock's own record.
        hold_s: of each cause.
        audited: seconds since 1970 of the causes, where one may come while the lock is open for
            another: it opens for both, one hold after the other at most.
    """
    wrong = []
    opened: Transition | None = None
    for move in transitions:
        if move.state == "UNLOCKED":
            opened = opened or move
        elif opened is not None:
            causes = 1 if audited is None else max(1, _between(audited, opened, move))
            if move.monotonic - opened.monotonic > causes * hold_s + HOLD_SLACK_S:
                wrong.append(opened)
            opened = None
    return wrong if opened is None else [*wrong, opened]


def _between(audited: Sequence[float], opened: Transition, closed: Transition) -> int:
    first, last = (datetime.fromisoformat(move.wall).timestamp() for move in (opened, closed))
    return sum(first - LEADS_S <= one <= last for one in audited)


@dataclass(frozen=True, slots=True)
class Books:
    """What became of the items (events, frames) of a case, by their ids.

    Attributes:
        produced: made by a door.
        acknowledged: named as stored in an ack that the door got.
        stored: in the brain's database.
        waiting: still in the door's spool.
        dropped: how many the door says it had no room for.
    """

    produced: Collection[str]
    acknowledged: Collection[str]
    stored: Collection[str]
    waiting: Collection[str] = field(default_factory=tuple)
    dropped: int = 0

    @property
    def lost_though_acknowledged(self) -> set[str]:
        """Said to be stored, and not there: must be empty."""
        return set(self.acknowledged) - set(self.stored)

    @property
    def unaccounted(self) -> int:
        """Neither stored, nor waiting, nor dropped: must be 0."""
        gone = set(self.produced) - set(self.stored) - set(self.waiting)
        return max(0, len(gone) - self.dropped)

    @property
    def invented(self) -> set[str]:
        """Stored, and never produced: must be empty."""
        return set(self.stored) - set(self.produced)


def _read(database: Path, query: str, *values: str) -> Iterable[tuple[float, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()
