"""What may hold the lock open, and what keeps it shut? One table, highest row first.

`TABLE` is read from the top. A row that says shut ends the reading: nothing below it counts. A row
that holds is remembered, and the latest end among the remembered ones is the answer. So a row that
must open whatever else is ordered stands above those that shut, and adding one means: a field of
`Gate`, an event in `step`, a row at its rank (and the table in `docs/wiring.md`, which a test
compares).

The caller keeps a `Gate`, feeds it events, asks `decide` after each event and now and then, and
tells the lock when the decision has changed: a `Hold` is one order, given once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from edge.core.bolt import LONGEST_HOLD


class Reason(Enum):
    """The rows of the table by name, for the log and the door's events."""

    LOCK_DOWN = "lock-down"
    VISIT = "granted visit"
    REMOTE = "remote unlock"
    NOTHING = "nothing holds it"


@dataclass(frozen=True, slots=True)
class Hold:
    """Open until `until`, monotonic seconds."""

    until: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Shut:
    """Closed."""

    reason: Reason


Decision = Hold | Shut


@dataclass(frozen=True, slots=True)
class Granted:
    """A visit was granted: hold for `seconds` from now. Replaces an earlier visit's hold."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RemoteUnlock:
    """An administrator opens: hold for `seconds` from now. Replaces an earlier remote hold."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LockDown:
    """Keep shut until released; running holds are cancelled for good."""


@dataclass(frozen=True, slots=True)
class Release:
    """The lock-down is over. Nothing opens by this alone."""


@dataclass(frozen=True, slots=True)
class Bolted:
    """The actuator reported that it closed, at `at` (monotonic seconds, when the report came in).

    Holds that began before are over: a lock that closed early (late heartbeat, restarted process)
    is not opened again for an order it has already dropped.
    """

    at: float


Event = Granted | RemoteUnlock | LockDown | Release | Bolted


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which one row holds: from `since` up to, not including, `until`."""

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything that bears on the lock.

    Attributes:
        locked_down: a lock-down is in force.
        visit: hold of the latest granted visit.
        remote: hold of the latest remote unlock.
        longest: upper bound of one hold, seconds; the lock process keeps one by itself as well.
    """

    locked_down: bool = False
    visit: Span | None = None
    remote: Span | None = None
    longest: float = LONGEST_HOLD


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is called, what it means, and its say on a gate at a time.

    The say is `math.inf` or another end of a hold, `SHUT`, or None for no opinion.
    """

    reason: Reason
    means: str
    opinion: Callable[[Gate, float], float | None]


SHUT: Final = -math.inf
"""A hold that ended before time began."""


def _lock_down(gate: Gate, _now: float) -> float | None:
    return SHUT if gate.locked_down else None


def _running(span: Span | None, now: float) -> float | None:
    return span.until if span is not None and span.since <= now < span.until else None


def _visit(gate: Gate, now: float) -> float | None:
    return _running(gate.visit, now)


def _remote(gate: Gate, now: float) -> float | None:
    return _running(gate.remote, now)


def _nothing(_gate: Gate, _now: float) -> float | None:
    return SHUT


TABLE: Final[tuple[Row, ...]] = (
    Row(Reason.LOCK_DOWN, "keeps it shut; cancels every running hold", _lock_down),
    Row(Reason.VISIT, "holds it open for the seconds of the verdict", _visit),
    Row(Reason.REMOTE, "holds it open for the seconds of the order", _remote),
    Row(Reason.NOTHING, "keeps it shut", _nothing),
)


def decide(gate: Gate, now: float) -> Decision:
    """What the lock should do at `now`, monotonic seconds.

    The reason of a hold is the row whose end is the latest; among equals, the highest.
    """
    hold: Hold | None = None
    for row in TABLE:
        until = row.opinion(gate, now)
        if until == SHUT:
            return hold or Shut(row.reason)
        if until is not None and (hold is None or until > hold.until):
            hold = Hold(until, row.reason)
    return hold or Shut(Reason.NOTHING)


def step(gate: Gate, event: Event, now: float) -> Gate:
    """The gate after `event` at `now`, monotonic seconds.

    An unlock during a lock-down is dropped, not kept for later; so is one of no, negative or
    endless time.
    """
    match event:
        case Granted(seconds):
            return replace(gate, visit=_span(gate, seconds, now) or gate.visit)
        case RemoteUnlock(seconds):
            return replace(gate, remote=_span(gate, seconds, now) or gate.remote)
        case LockDown():
            return replace(gate, locked_down=True, visit=None, remote=None)
        case Release():
            return replace(gate, locked_down=False)
        case Bolted(at):
            return replace(gate, visit=_from(gate.visit, at), remote=_from(gate.remote, at))


def _span(gate: Gate, seconds: float, now: float) -> Span | None:
    if gate.locked_down or not (math.isfinite(seconds) and seconds > 0):
        return None
    return Span(now, now + min(seconds, gate.longest))


def _from(span: Span | None, at: float) -> Span | None:
    return span if span is not None and span.since >= at else None
