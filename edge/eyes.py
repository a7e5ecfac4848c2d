"""What does the door see in a frame, what of it speaks for life, and which pictures show it?"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from doorbus import signing
from doorbus.messages import Liveness
from edge.close_looks import CloseLooks, no_time
from edge.core.burst import BurstRule, choose, unbroken_run
from edge.core.challenge import TURNS, Task
from edge.core.evidence import Evidence
from edge.core.liveness import LivenessPolicy, Witness
from edge.core.sighting import Sighting
from edge.core.visit_events import Seen
from edge.messages_out import liveness
from edge.ports import FaceTracker, Frame, Landmarks, SurfaceReader
from edge.recent_faces import Cutting, RecentFaces
from edge.sight_faults import SightFaults


@dataclass(frozen=True, slots=True)
class Evidenced:
    """The frames of a burst and what they prove."""

    cuttings: Sequence[Cutting]
    life: Liveness


class Eyes:
    """Tracker, witness and memory of one camera. For the main loop alone.

    Nothing that a tracker, a reader or a picture throws gets out of `look` and `judge`: the door
    has seen nothing then, logs it once, and stays shut.

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
        clock: seconds of a monotonic clock, by which close looks are spaced; without one they cost
            nothing, and a recording that is played twice is seen alike.

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
        clock: Callable[[], float] = no_time,
    ) -> None:
        self._tracker = tracker
        self._witness = Witness(policy)
        self._recent = RecentFaces()
        self._rule = rule
        self._models = models
        self._faults = SightFaults()
        self._close = CloseLooks(surface, self._faults, clock)
        self._landmarks = landmarks
        self._draw = draw
        self.newest: Frame | None = None

    def look(self, frame: Frame) -> Sighting:
        """What stands before the camera; nobody where the tracker fails."""
        try:
            return self._tracker.observe(frame)
        except Exception as error:  # noqa: BLE001  # a door outlives whatever a library throws
            self._faults.tell("tracker", error)
            return Sighting(at=frame.at, index=frame.index, faces=0, track=None, face=None)

    def judge(self, frame: Frame, sighting: Sighting) -> Seen:
        """Take a sighting as part of a visit."""
        try:
            self._recent.add(frame, sighting)
            self._witness.observe(sighting, self._close.look(frame, sighting))
        except Exception as error:  # noqa: BLE001  # a door outlives whatever a library throws
            self._faults.tell("witness", error)
            self.restart()
            sighting = replace(sighting, faces=0, track=None, face=None)
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

    def forget(self) -> None:
        """Another camera session: the next face is a new one."""
        self._tracker.reset()
        self.restart()
