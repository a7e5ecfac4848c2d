"""What does the door make of one presentation? One visit, on the clip's own time line.

The door's own state machine, eyes and burst choice run as they do at a door; only the time is the
clip's, and whoever stands there is noticed in every frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np

from doorbus.messages import EventKind, Liveness
from edge.core.evidence import MOMENTS, Finding
from edge.core.sighting import Sighting
from edge.core.visit import step
from edge.core.visit_effects import Effect, Emit, RestartLiveness, SendBurst, SetTask
from edge.core.visit_events import BusUp, Event, Noticed, NotSent
from edge.core.visit_state import Door, VisitRule, Watching
from edge.eyes import Evidenced, Eyes
from edge.ports import Frame, Image


class Outcome(Enum):
    """How a presentation ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    ENDED = "ended"
    NO_FACE = "no face"


@dataclass(frozen=True, slots=True)
class Ending:
    """How one visit went.

    Attributes:
        outcome: how it ended.
        why: what kept the burst back: the signs that spoke against life, else the door's own word
            for it, or `undecided` where lids moved and that was not enough; empty for a burst.
        at: when, seconds of the clip.
        reopened: when the eyes of the blink that the burst carries were half open again; None
            without a burst or a blink.
        burst: indices of the burst's frames; empty without one.
    """

    outcome: Outcome
    why: str
    at: float
    reopened: float | None = None
    burst: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stand:
    """One configuration of the door, ready to look.

    Attributes:
        name: in tables.
        eyes: its tracker is a `SharedTracker`, common to all stands.
        rule: of the visit.
    """

    name: str
    eyes: Eyes
    rule: VisitRule = field(default_factory=VisitRule)


class Observer(Protocol):
    """Hears of a burst that went out, for whoever wants to take it on to a brain."""

    def __call__(self, stand: str, evidenced: Evidenced) -> None:
        """A burst of the stand of that name."""
        ...


def play(
    images: Iterable[Image],
    fps: float,
    stands: Sequence[Stand],
    on_burst: Observer | None = None,
) -> dict[str, Ending]:
    """Let one presentation walk up to the door, once for each configuration.

    Args:
        images: every frame, BGR.
        fps: frames a second.
        stands: the configurations, with one shared tracker.
        on_burst: told of each burst.

    Returns:
        How the visit ended, by the stand's name.
    """
    visits = [_Visit(stand, on_burst) for stand in stands]
    for visit in visits:
        visit.begin()
    index = -1
    for index, image in enumerate(images):
        frame = Frame(image, index / fps, index)
        for visit in visits:
            if visit.ending is None:
                visit.look(frame)
        if all(visit.ending is not None for visit in visits):
            break
    return {visit.name: visit.ended((index + 1) / fps) for visit in visits}


class _Visit:
    """One visit under one configuration."""

    def __init__(self, stand: Stand, on_burst: Observer | None) -> None:
        self.name = stand.name
        self.ending: Ending | None = None
        self._eyes = stand.eyes
        self._on_burst = on_burst
        self._door = Door(rule=stand.rule)
        self._seen: list[Sighting] = []
        self._now = 0.0
        self._against: set[str] = set()
        self._blinked = False

    def begin(self) -> None:
        """Somebody comes, with eyes that remember nobody."""
        self._eyes.forget()
        self._apply(BusUp())
        self._apply(Noticed(someone=True))

    def look(self, frame: Frame) -> None:
        """One frame, as `edge.app` has it."""
        self._now = frame.at
        self._apply(Noticed(someone=True))
        if self.ending is not None or not self._door.awake:
            return
        sighting = self._eyes.look(frame)
        self._seen.append(sighting)
        seen = self._eyes.judge(frame, sighting)
        report = self._eyes.report
        if seen.against is not None:
            self._against |= {one.kind.value for one in report if one.finding is Finding.SPOOF}
        self._blinked |= any(one.kind in MOMENTS for one in report)
        self._apply(seen)

    def ended(self, at: float) -> Ending:
        """How it ended, where the clip was over before the door had decided too."""
        if self.ending is not None:
            return self.ending
        if not any(sighting.face is not None for sighting in self._seen):
            return Ending(Outcome.NO_FACE, EventKind.NO_FACE.value, at)
        phase = self._door.phase
        several = isinstance(phase, Watching) and phase.several
        why = EventKind.SEVERAL_FACES if several else EventKind.NO_BLINK
        return Ending(Outcome.ENDED, self._why(why), at)

    def _why(self, kind: EventKind) -> str:
        """What kept the burst back: the signs against life, or what the door says of the visit."""
        if self._against:
            return "+".join(sorted(self._against))
        if kind is EventKind.NO_BLINK and self._blinked:
            # The lids moved, and that was not enough.
            return "undecided"
        return kind.value

    def _apply(self, event: Event) -> None:
        waiting = deque([event])
        while waiting and self.ending is None:
            self._door, effects = step(self._door, waiting.popleft(), self._now)
            for effect in effects:
                waiting.extend(self._carry_out(effect))

    def _carry_out(self, effect: Effect) -> tuple[Event, ...]:
        match effect:
            case RestartLiveness():
                self._eyes.restart()
            case SetTask(task):
                self._eyes.ask(task)
            case SendBurst(visit, _):
                evidenced = self._eyes.evidenced()
                if evidenced is None:
                    return (NotSent(visit, "burst"),)
                self._accept(evidenced)
            case Emit(kind) if kind in _ENDINGS and self.ending is None:
                self.ending = Ending(_ENDINGS[kind], self._why(kind), self._now)
            case _:
                pass
        return ()

    def _accept(self, evidenced: Evidenced) -> None:
        if self._on_burst is not None:
            self._on_burst(self.name, evidenced)
        indices = tuple(cutting.sighting.index for cutting in evidenced.cuttings)
        first = evidenced.cuttings[0].sighting.at
        self.ending = Ending(
            Outcome.ACCEPTED,
            "",
            self._now,
            reopening(self._seen, evidenced.life, first),
            indices,
        )


_ENDINGS = {
    EventKind.NO_FACE: Outcome.NO_FACE,
    EventKind.TOO_DARK: Outcome.NO_FACE,
    EventKind.FACE_LOST: Outcome.TIMED_OUT,
    EventKind.NO_BLINK: Outcome.TIMED_OUT,
    EventKind.SPOOF: Outcome.REFUSED,
    EventKind.NO_ANSWER: Outcome.REFUSED,
}
"""What the door says when a visit is over without a burst."""


def reopening(seen: Sequence[Sighting], life: Liveness, first: float) -> float | None:
    """When the eyes of a burst's newest blink were half open again.

    Measured on the eye aspect ratios themselves, not by when the detector was sure.

    Args:
        seen: all sightings of the visit so far.
        life: what the burst carries.
        first: time of the burst's first frame, from which `life` counts.
    """
    if not life.blinks:
        return None
    closed = first + life.blinks[-1].closed_ms / 1000
    lids = [(s.at, s.face.ear) for s in seen if s.face is not None and s.face.ear is not None]
    before = [ear for at, ear in lids if closed - 2 <= at < closed]
    shut = [ear for at, ear in lids if abs(at - closed) < 0.02]
    if not before or not shut:
        return None
    half = (float(np.quantile(before, 0.7)) + min(shut)) / 2
    return next((at for at, ear in lids if at >= closed and ear >= half), None)
