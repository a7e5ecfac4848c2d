"""Was a task, drawn at random for this visit, done in time?

A recording cannot know what will be asked, and whoever is asked for several turns one after the
other needs as much luck as a coin that falls right every time. Turning the head needs no eyes: it
is also the way in for people whose blinks cannot be seen. To blink is no task: every video does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.core.sighting import Sighting


class Task(Enum):
    """What the person at the door may be asked to do."""

    TURN_LEFT = "turn left"
    TURN_RIGHT = "turn right"


TURNS = (Task.TURN_LEFT, Task.TURN_RIGHT)
"""What tasks are drawn from."""

LEAST_TURNS = 2
"""Turns that a visit asks for, one after the other; at random one more."""


class Answer(Enum):
    """How a task ended."""

    RIGHT = "right"
    WRONG = "wrong"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class ChallengeRule:
    """What counts as an answer. Seconds of the camera's time line, radians of head turn.

    Attributes:
        answer_s: time for it.
        reaction_s: nobody answers sooner; what happens before it was not an answer. It also shows
            where the head stands before the turn.
        turn: least turn from there, which `least_turned` sightings in a row must show.
        back: the head must come back so near to where it was: the brain knows faces from the front.
        least_turned: see `turn`.
        jump: most turn from one sighting to the next. Less than `turn`, so that a head is seen on
            its way, out and back: a picture changed for another one has none. Of 13 clips' living
            people who turn as they talk the quickest had 0.27: points are carried between checks.
    """

    answer_s: float = 7.0
    reaction_s: float = 0.2
    turn: float = 0.3
    back: float = 0.15
    least_turned: int = 3
    jump: float = 0.29


@dataclass(frozen=True, slots=True)
class Asked:
    """A task under way, or over.

    Attributes:
        task: what was asked.
        at: when, the camera's time; None until a sighting came after it.
        answer: how it ended; None while it is under way.
    """

    task: Task
    at: float | None = None
    answer: Answer | None = None


class ChallengeJudge:
    """Watches one track for the answer to one task at a time."""

    def __init__(self, rule: ChallengeRule | None = None) -> None:
        self._rule = rule or ChallengeRule()
        self._asked: Asked | None = None
        self._rest: list[float] = []
        self._turned: list[float] = []
        self._before: float | None = None
        self._unbroken = False
        self._turned_at: float | None = None

    @property
    def asked(self) -> Asked | None:
        """The task under way, or the last one; None where nothing was asked."""
        return self._asked

    def ask(self, task: Task) -> None:
        """Begin with the next sighting; whatever was asked before is void."""
        self.reset()
        self._asked = Asked(task)

    def reset(self) -> None:
        """Nothing is asked any more."""
        self._asked = None
        self._rest.clear()
        self._turned.clear()
        self._before = None
        self._unbroken = False
        self._turned_at = None

    def update(self, sighting: Sighting) -> Evidence | None:
        """Take the next sighting; evidence with the answer."""
        asked, face = self._asked, sighting.face
        if asked is None or asked.answer is not None or face is None or sighting.track is None:
            return None
        if asked.at is None:
            asked = self._asked = Asked(asked.task, sighting.at)
        since = sighting.at - (asked.at or 0.0)
        if since > self._rule.answer_s:
            return self._answered(sighting, Answer.LATE)
        if not np.isfinite(face.yaw):
            return None
        if since < self._rule.reaction_s or len(self._rest) < self._rule.least_turned:
            self._rest.append(face.yaw)
            return None
        answer = self._turned_head(sighting.at, face.yaw, asked.task)
        return None if answer is None else self._answered(sighting, answer)

    def _turned_head(self, at: float, yaw: float, task: Task) -> Answer | None:
        rule = self._rule
        turn = yaw - float(np.median(self._rest))
        if task is Task.TURN_RIGHT:
            turn = -turn
        jumped = self._before is not None and abs(turn - self._before) > rule.jump
        self._before = turn
        if jumped:
            # Begin again from the front.
            self._unbroken = False
            self._turned_at = None
        if abs(turn) <= rule.back:
            if self._turned_at is not None:
                return Answer.RIGHT
            self._unbroken = True
        if self._turned_at is not None:
            return None
        if self._turned and np.sign(self._turned[-1]) != np.sign(turn):
            self._turned.clear()
        if abs(turn) < rule.turn:
            self._turned.clear()
            return None
        self._turned.append(turn)
        if len(self._turned) < rule.least_turned:
            return None
        if turn < 0:
            return Answer.WRONG
        if self._unbroken:
            self._turned_at = at
        return None

    def _answered(self, sighting: Sighting, answer: Answer) -> Evidence | None:
        asked = self._asked
        if asked is None or asked.at is None or sighting.track is None:
            return None
        self._asked = Asked(asked.task, asked.at, answer)
        began = asked.at if self._turned_at is None else self._turned_at
        return Evidence(
            kind=EvidenceKind.CHALLENGE,
            track=sighting.track,
            start=began,
            at=sighting.at,
            end=sighting.at,
            strength=1.0 if answer is Answer.RIGHT else 0.0,
            finding=_FINDINGS[answer],
        )


_FINDINGS = {
    Answer.RIGHT: Finding.LIVE,
    Answer.WRONG: Finding.SPOOF,
    Answer.LATE: Finding.ABSTAINED,
}
