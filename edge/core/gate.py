"""What may hold the lock open, and what keeps it shut? One table, highest row first.

`TABLE` is read from the top. A row that says shut ends the reading: nothing below it counts. A row
that holds is remembered, and the latest end among the remembered ones is the answer. So a row that
must open whatever else is ordered stands above those that shut, and adding one means: a field of
`Gate`, an event in `step`, a row at its rank (and the table in `docs/wiring.md`, which a test
compares).

Two kinds of rows hold: *passing* ones (a visit, a remote unlock) end by themselves, and *standing*
ones (fire, evacuation, office mode) have no end that is known. The lock never gets an endless
order: whoever carries out a standing hold renews it, `edge.core.standing`.

The caller keeps a `Gate`, feeds it events, asks `decide` after each event and now and then, and
tells the lock when the decision has changed: a passing `Hold` is one order, given once.
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

    FIRE = "fire release"
    EVACUATION = "evacuation"
    LOCK_DOWN = "lock-down"
    OFFICE = "office mode"
    VISIT = "granted visit"
    REMOTE = "remote unlock"
    NOTHING = "nothing holds it"


class Mode(Enum):
    """What a door is doing as a whole, for whoever watches it."""

    NORMAL = "normal"
    OFFICE = "office"
    LOCK_DOWN = "lockdown"
    EVACUATION = "evacuation"
    FIRE = "fire"


@dataclass(frozen=True, slots=True)
class Hold:
    """Open until `until`, monotonic seconds; `math.inf` while a standing row holds."""

    until: float
    reason: Reason

    @property
    def standing(self) -> bool:
        """Whether its end is not known."""
        return self.until == math.inf


@dataclass(frozen=True, slots=True)
class Shut:
    """Closed."""

    reason: Reason


Decision = Hold | Shut


@dataclass(frozen=True, slots=True)
class Granted:
    """Somebody was granted entry: hold for `seconds` from now. Replaces an earlier one's hold."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RemoteUnlock:
    """An administrator opens: hold for `seconds` from now. Replaces an earlier remote hold."""

    seconds: float


@dataclass(frozen=True, slots=True)
class FireAlarm:
    """The fire alarm's input began to call (`on`), or calls no more."""

    on: bool


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Office mode is to hold the door open (`on`), or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class Evacuate:
    """Hold open until released."""


@dataclass(frozen=True, slots=True)
class LockDown:
    """Keep shut until released; running passing holds are cancelled for good.

    Dropped during an evacuation: the door must stay open until that is released.
    """


@dataclass(frozen=True, slots=True)
class Release:
    """Lock-down and evacuation are over. Nothing opens by this alone but office mode."""


@dataclass(frozen=True, slots=True)
class Bolted:
    """The actuator reported that it closed, at `at` (monotonic seconds, when the report came in).

    Passing holds that began before are over: a lock that closed early (late heartbeat, restarted
    process) is not opened again for an order it has already dropped. Standing ones are not.
    """

    at: float


Event = Granted | RemoteUnlock | FireAlarm | OfficeHours | Evacuate | LockDown | Release | Bolted


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which one row holds: from `since` up to, not including, `until`."""

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything that bears on the lock.

    Attributes:
        fire: the fire alarm calls.
        evacuating: an evacuation is in force.
        locked_down: a lock-down is in force.
        office: office mode holds the door open.
        visit: hold of whoever was granted entry last.
        remote: hold of the latest remote unlock.
        longest: upper bound of one passing hold, seconds; the lock process keeps one by itself as
            well.
    """

    fire: bool = False
    evacuating: bool = False
    locked_down: bool = False
    office: bool = False
    visit: Span | None = None
    remote: Span | None = None
    longest: float = LONGEST_HOLD


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is called, what it means, and its say on a gate at a time.

    The say is `STANDING` or another end of a hold, `SHUT`, or None for no opinion.
    """

    reason: Reason
    means: str
    opinion: Callable[[Gate, float], float | None]


SHUT: Final = -math.inf
"""A hold that ended before time began."""

STANDING: Final = math.inf
"""A hold whose end is not known."""


def _fire(gate: Gate, _now: float) -> float | None:
    return STANDING if gate.fire else None


def _evacuation(gate: Gate, _now: float) -> float | None:
    return STANDING if gate.evacuating else None


def _lock_down(gate: Gate, _now: float) -> float | None:
    return SHUT if gate.locked_down else None


def _office(gate: Gate, _now: float) -> float | None:
    return STANDING if gate.office else None


def _running(span: Span | None, now: float) -> float | None:
    return span.until if span is not None and span.since <= now < span.until else None


def _visit(gate: Gate, now: float) -> float | None:
    return _running(gate.visit, now)


def _remote(gate: Gate, now: float) -> float | None:
    return _running(gate.remote, now)


def _nothing(_gate: Gate, _now: float) -> float | None:
    return SHUT


TABLE: Final[tuple[Row, ...]] = (
    Row(Reason.FIRE, "holds it open while the fire alarm calls", _fire),
    Row(Reason.EVACUATION, "holds it open until `release`", _evacuation),
    Row(Reason.LOCK_DOWN, "keeps it shut; cancels every hold of a visit or order", _lock_down),
    Row(Reason.OFFICE, "holds it open in its windows of the week", _office),
    Row(
        Reason.VISIT,
        "holds it open for the seconds of the verdict; a pass, a code or a match of the door's "
        "own counts alike",
        _visit,
    ),
    Row(Reason.REMOTE, "holds it open for the seconds of the order", _remote),
    Row(Reason.NOTHING, "keeps it shut", _nothing),
)

_MODES: Final = {
    Reason.FIRE: Mode.FIRE,
    Reason.EVACUATION: Mode.EVACUATION,
    Reason.LOCK_DOWN: Mode.LOCK_DOWN,
    Reason.OFFICE: Mode.OFFICE,
}


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


def mode(gate: Gate, now: float) -> Mode:
    """What the door is doing as a whole at `now`, monotonic seconds."""
    return _MODES.get(decide(gate, now).reason, Mode.NORMAL)


def passing(gate: Gate, now: float) -> bool:
    """Whether a visit's or an order's own hold runs at `now`, monotonic seconds.

    A standing hold above or below it does not count: this tells whether an unlock was taken.
    """
    return _visit(gate, now) is not None or _remote(gate, now) is not None


def step(gate: Gate, event: Event, now: float) -> Gate:
    """The gate after `event` at `now`, monotonic seconds.

    An unlock during a lock-down is dropped, not kept for later; so is one of no, negative or
    endless time.
    """
    match event:
        case Granted(seconds):
            after = replace(gate, visit=_span(gate, seconds, now) or gate.visit)
        case RemoteUnlock(seconds):
            after = replace(gate, remote=_span(gate, seconds, now) or gate.remote)
        case FireAlarm(on):
            after = replace(gate, fire=on)
        case OfficeHours(on):
            after = replace(gate, office=on)
        case Evacuate():
            after = replace(gate, evacuating=True)
        case LockDown() if gate.evacuating:
            after = gate
        case LockDown():
            after = replace(gate, locked_down=True, visit=None, remote=None)
        case Release():
            after = replace(gate, locked_down=False, evacuating=False)
        case Bolted(at):
            after = replace(gate, visit=_from(gate.visit, at), remote=_from(gate.remote, at))
    return after


def _span(gate: Gate, seconds: float, now: float) -> Span | None:
    if gate.locked_down or not (math.isfinite(seconds) and seconds > 0):
        return None
    return Span(now, now + min(seconds, gate.longest))


def _from(span: Span | None, at: float) -> Span | None:
    return span if span is not None and span.since >= at else None
