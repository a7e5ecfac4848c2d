"""One presentation is one visit, on the clip's own time line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from edge_sightings import face, sighting

from doorbus.messages import BlinkSeen, Liveness
from edge.attacks.presentation import Ending, Outcome, Stand, play, reopening
from edge.attacks.shared_looks import SharedTracker
from edge.core.burst import BurstRule
from edge.core.liveness import POLICIES
from edge.core.sighting import Sighting
from edge.core.visit_state import VisitRule
from edge.eyes import Evidenced, Eyes
from edge.ports import Frame, Image

FPS = 30.0
Script = Callable[[int], Sighting]


class ScriptedTracker:
    """Sees what a script says, whatever the picture."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.looks = 0

    def start(self) -> None:
        """Nothing to load."""

    def observe(self, frame: Frame) -> Sighting:
        self.looks += 1
        return self._script(frame.index)

    def reset(self) -> None:
        """Nothing to forget."""


def pictures(seconds: float) -> list[Image]:
    return [np.full((160, 200, 3), 120, dtype=np.uint8) for _ in range(round(seconds * FPS))]


def lids(index: int, closed: int) -> float:
    """A blink of a quarter of a second around one frame, else an open eye that jitters."""
    away = abs(index - closed)
    return 0.3 + 0.002 * (index % 3) if away > 4 else 0.06 + 0.05 * away


def blinking(closed: int) -> Script:
    return lambda index: sighting(
        index, seen=face(ear=lids(index, closed), sharpness=100 + index * 0.01)
    )


def staring(index: int) -> Sighting:
    return sighting(index, seen=face(ear=0.3 + 0.002 * (index % 3), sharpness=100 + index * 0.01))


def visit(script: Script, seconds: float, rule: VisitRule | None = None) -> Ending:
    eyes = Eyes(SharedTracker(ScriptedTracker(script)), POLICIES["standard"], BurstRule(), {})
    stand = Stand("one", eyes, rule or VisitRule())
    return play(pictures(seconds), FPS, [stand])["one"]


def test_who_blinks_is_accepted_soon_after_the_eyes_are_open_again() -> None:
    ending = visit(blinking(60), 6.0)

    assert ending.outcome is Outcome.ACCEPTED
    assert ending.reopened is not None
    assert 60 / FPS < ending.reopened < 64 / FPS
    assert ending.reopened <= ending.at < ending.reopened + 0.5
    assert any(abs(index - 60) <= 4 for index in ending.burst)


def test_who_never_blinks_runs_out_of_the_visits_time() -> None:
    ending = visit(staring, 6.0, VisitRule(no_life_s=4.0))

    assert (ending.outcome, ending.why) == (Outcome.TIMED_OUT, "no_blink")
    assert ending.at == pytest.approx(4.0, abs=0.1)


def test_a_clip_that_is_over_before_the_door_decides_has_ended() -> None:
    ending = visit(staring, 2.0)

    assert (ending.outcome, ending.why) == (Outcome.ENDED, "no_blink")
    assert ending.at == pytest.approx(2.0)


@pytest.mark.parametrize("seconds", [3.0, 10.0])
def test_nobody_is_no_face_however_long_the_clip(seconds: float) -> None:
    ending = visit(lambda index: sighting(index, track=None), seconds)

    assert ending.outcome is Outcome.NO_FACE


def test_two_faces_are_never_accepted_though_one_blinks() -> None:
    def script(index: int) -> Sighting:
        return sighting(index, faces=2, seen=face(ear=lids(index, 60), sharpness=100 + index))

    ending = visit(script, 5.0)

    assert (ending.outcome, ending.why) == (Outcome.ENDED, "several_faces")


def test_several_configurations_share_one_look_at_each_frame() -> None:
    tracker = ScriptedTracker(blinking(60))
    shared = SharedTracker(tracker)
    stands = [
        Stand(name, Eyes(shared, POLICIES["standard"], BurstRule(), {}), rule)
        for name, rule in (("usual", VisitRule()), ("hasty", VisitRule(no_life_s=1.0)))
    ]

    endings = play(pictures(6.0), FPS, stands)

    assert endings["usual"].outcome is Outcome.ACCEPTED
    assert endings["hasty"].outcome is Outcome.TIMED_OUT
    assert tracker.looks == round(endings["usual"].at * FPS) + 1


def test_a_visit_remembers_nothing_of_the_one_before() -> None:
    """The blink comes in the first visit's last moments: the second has none of its own."""
    tracker = SharedTracker(ScriptedTracker(blinking(59)))
    eyes = Eyes(tracker, POLICIES["standard"], BurstRule(), {})
    stand = Stand("one", eyes, VisitRule())

    first = play(pictures(2.0), FPS, [stand])["one"]
    second = play(pictures(1.5), FPS, [stand])["one"]

    assert (first.outcome, second.outcome) == (Outcome.ENDED, Outcome.ENDED)


def test_a_burst_is_handed_on_with_the_name_of_the_configuration() -> None:
    heard: list[tuple[str, Evidenced]] = []
    eyes = Eyes(SharedTracker(ScriptedTracker(blinking(60))), POLICIES["standard"], BurstRule(), {})

    ending = play(
        pictures(6.0),
        FPS,
        [Stand("one", eyes, VisitRule())],
        on_burst=lambda name, burst: heard.append((name, burst)),
    )["one"]

    ((name, burst),) = heard
    assert name == "one"
    assert tuple(cutting.sighting.index for cutting in burst.cuttings) == ending.burst


def test_reopening_is_measured_on_the_lids_not_by_when_the_detector_was_sure() -> None:
    seen = [blinking(60)(index) for index in range(120)]
    first = 1.0
    late = Liveness(
        policy="standard",
        fps=30,
        blinks=(BlinkSeen(start_ms=800, closed_ms=1000, end_ms=1900, depth=0.8),),
    )

    at = reopening(seen, late, first)

    # Half open lies between the second and the third frame after the least.
    assert at == pytest.approx(63 / FPS)


def test_a_burst_without_a_blink_has_no_reopening() -> None:
    assert reopening([], Liveness(policy="standard", fps=30, blinks=()), 0.0) is None
