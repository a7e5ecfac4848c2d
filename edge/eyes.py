"""What does the door see in a frame, what of it speaks for life, and which pictures show it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorbus import signing
from doorbus.messages import Liveness
from edge.core.burst import BurstRule, choose, unbroken_run
from edge.core.liveness import LivenessPolicy, Witness
from edge.core.sighting import Sighting
from edge.core.visit_events import Seen
from edge.messages_out import liveness
from edge.ports import FaceTracker, Frame
from edge.recent_faces import Cutting, RecentFaces


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

    Attributes:
        newest: the newest picture, looked at or not; None before the first.
    """

    def __init__(
        self,
        tracker: FaceTracker,
        policy: LivenessPolicy,
        rule: BurstRule,
        models: Mapping[str, str],
    ) -> None:
        self._tracker = tracker
        self._witness = Witness(policy)
        self._recent = RecentFaces()
        self._rule = rule
        self._models = models
        self.newest: Frame | None = None

    def look(self, frame: Frame) -> Sighting:
        """What stands before the camera."""
        return self._tracker.observe(frame)

    def judge(self, frame: Frame, sighting: Sighting) -> Seen:
        """Take a sighting as part of a visit."""
        self._recent.add(frame, sighting)
        self._witness.observe(sighting)
        alive = self._witness.alive
        return Seen(
            sighting=sighting,
            alive=alive,
            frames=len(unbroken_run(self._recent.sightings)) if alive else 0,
            light=float(frame.image[::16, ::16].mean()),
            nonce=signing.nonce(),
        )

    def evidenced(self) -> Evidenced | None:
        """The burst of the current track; None where its pictures do not show the life seen."""
        evidence, recent = self._witness.evidence, self._recent.sightings
        chosen = choose(recent, evidence, self._rule)
        if not chosen:
            return None
        policy = self._witness.policy.name
        life = liveness(policy, evidence, chosen, unbroken_run(recent), self._models)
        return Evidenced(self._recent.cut(chosen), life)

    def restart(self) -> None:
        """Nothing seen so far counts any more."""
        self._witness.reset()
        self._recent.clear()

    def forget(self) -> None:
        """Another camera session: the next face is a new one."""
        self._tracker.reset()
        self.restart()
