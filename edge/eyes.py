"""What does the door see in a frame, what of it speaks for life, and which pictures show it?"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from doorbus import signing
from doorbus.messages import Liveness
from edge.core.burst import BurstRule, choose, unbroken_run
from edge.core.challenge import TURNS, Task
from edge.core.evidence import Evidence
from edge.core.liveness import LivenessPolicy, Witness
from edge.core.sighting import Sighting
from edge.core.surface import Surface
from edge.core.visit_events import Seen
from edge.messages_out import liveness
from edge.ports import FaceTracker, Frame, Landmarks, SurfaceReader
from edge.recent_faces import Cutting, RecentFaces

LOOK_EVERY_S: Final = 0.2
"""Seconds between two close looks at a face's pixels: what is on a screen or on paper stays so."""


@dataclass(frozen=True, slots=True)
class Evidenced:
    """The frames of a burst and what they prove."""

    cuttings: Sequence[Cutting]
    life: Liveness


class Eyes:
    """Tracker, witness and memory of one camera. For the main loop alone.

    Args of the constructor:
        tracker: started by whoever owns it.
        policy: what counts as life.
        rule: how a burst is chosen.
        models: names of the models that look, for the brain's records.
        surface: looks closely at the face; started by whoever owns it; None for a door that
            does not.
        landmarks: looks again at where the eyes, nose and mouth of the chosen pictures are; started
            by whoever owns it; None where the tracker's points are good enough.
        draw: draws a task at random, in case this visit wants one.

    Attributes:
        newest: the newest picture, looked at or not; None before the first.
    """

    def __init__(
        self,
        tracker: FaceTracker,
        policy: LivenessPolicy,
        rule: BurstRule,
        models: Mapping[str, str],
        *,
        surface: SurfaceReader | None = None,
        landmarks: Landmarks | None = None,
        draw: Callable[[Sequence[Task]], Task] = secrets.choice,
    ) -> None:
        self._tracker = tracker
        self._witness = Witness(policy)
        self._recent = RecentFaces()
        self._rule = rule
        self._models = models
        self._surface = surface
        self._landmarks = landmarks
        self._draw = draw
        self._looked = (-1, -math.inf)
        self.newest: Frame | None = None

    def look(self, frame: Frame) -> Sighting:
        """What stands before the camera."""
        return self._tracker.observe(frame)

    def judge(self, frame: Frame, sighting: Sighting) -> Seen:
        """Take a sighting as part of a visit."""
        self._recent.add(frame, sighting)
        self._witness.observe(sighting, self._look_closely(frame, sighting))
        alive = self._witness.alive
        against, asked = self._witness.against, self._witness.asked
        return Seen(
            sighting=sighting,
            alive=alive,
            frames=len(unbroken_run(self._recent.sightings)) if alive else 0,
            light=float(frame.image[::16, ::16].mean()),
            nonce=signing.nonce(),
            against=against,
            answer=None if asked is None else asked.answer,
            task=self._draw(tuple(Task)),
            turn=self._draw(TURNS),
        )

    def ask(self, task: Task) -> None:
        """The person at the door is set a task, from the next frame on."""
        self._witness.ask(task)

    @property
    def report(self) -> tuple[Evidence, ...]:
        """What each sign came to in the current track so far, for life, against it or undecided."""
        return self._witness.report

    def evidenced(self) -> Evidenced | None:
        """The burst of the current track; None where its pictures do not show the life seen."""
        recent = self._recent.sightings
        chosen = choose(recent, self._witness.evidence, self._rule)
        if not chosen or not self._witness.alive:
            return None
        witness = self._witness
        life = liveness(
            witness.policy.name,
            witness.report,
            chosen,
            unbroken_run(recent),
            self._models,
            asked=witness.asked,
        )
        return Evidenced(self._recent.cut(chosen, self._landmarks), life)

    def restart(self) -> None:
        """Nothing seen so far counts any more."""
        self._witness.reset()
        self._recent.clear()

    def _look_closely(self, frame: Frame, sighting: Sighting) -> Surface | None:
        """A close look, where one is due; at once at a face that is new."""
        face, track = sighting.face, sighting.track
        if self._surface is None or face is None or track is None or sighting.faces != 1:
            return None
        before, at = self._looked
        if track == before and 0 <= sighting.at - at < LOOK_EVERY_S:
            return None
        self._looked = (track, sighting.at)
        return self._surface.look(frame, face)

    def forget(self) -> None:
        """Another camera session: the next face is a new one."""
        self._tracker.reset()
        self.restart()
