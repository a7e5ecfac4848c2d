"""Blinks and liveness policies, on eyes drawn in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from edge.core.liveness import POLICIES, Blink, BlinkDetector, EvidenceKind, Witness
from edge.core.sighting import Face, Sighting

OPEN = 0.3
CLOSES_AT = 1.5

Shape = Callable[[float], float]


def falling(seconds: float, depth: float = 0.6, begin: float = CLOSES_AT) -> Shape:
    """Share of the open eye left over time: down in a third of `seconds`, up in the rest."""

    def share(at: float) -> float:
        part = (at - begin) / seconds
        if not 0 <= part <= 1:
            return 1.0
        return 1 - depth * (part * 3 if part < 1 / 3 else (1 - part) * 1.5)

    return share


def steady(_: float) -> float:
    return 1.0


def sightings(
    left: Shape,
    right: Shape | None = None,
    *,
    fps: float = 30,
    seconds: float = 3,
    pitch: Shape | None = None,
    open_ear: float = OPEN,
    track: int = 1,
    begin: float = 0.0,
    seed: int = 1,
) -> list[Sighting]:
    """One face, with a landmark's jitter of 2 % in each eye."""
    noise = np.random.default_rng(seed)
    seen = []
    for index in range(round(seconds * fps)):
        at = index / fps
        jitter = noise.normal(1, 0.02, 2)
        face = Face(
            box=(200, 120, 150, 190),
            points=((250, 190), (320, 190), (285, 230), (255, 270), (315, 270)),
            left_ear=float(open_ear * left(at) * jitter[0]),
            right_ear=float(open_ear * (right or left)(at) * jitter[1]),
            yaw=0.02,
            pitch=pitch(at) if pitch else -0.2,
            roll=0.0,
            brightness=120 + float(noise.normal()),
            sharpness=300.0,
            score=0.9,
        )
        seen.append(Sighting(at=begin + at, index=index, faces=1, track=track, face=face))
    return seen


def blinks(seen: list[Sighting]) -> list[Blink]:
    detector = BlinkDetector()
    return [blink for one in seen if (blink := detector.update(one)) is not None]


def with_faces(seen: list[Sighting], change: Callable[[Face], Face]) -> Iterator[Sighting]:
    for one in seen:
        assert one.face is not None
        yield replace(one, face=change(one.face))


@pytest.mark.parametrize("fps", [15, 20, 24, 30, 60])
@pytest.mark.parametrize("seconds", [0.2, 0.3, 0.4])
def test_one_blink_is_seen_once_at_any_frame_rate(fps: float, seconds: float) -> None:
    found = blinks(sightings(falling(seconds), fps=fps))

    assert len(found) == 1
    assert found[0].closed_at == pytest.approx(CLOSES_AT + seconds / 3, abs=1.01 / fps)
    assert found[0].start < found[0].closed_at < found[0].end
    assert found[0].track == 1


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_blink_is_told_within_300_ms_of_the_eyes_being_open_again(fps: float) -> None:
    (blink,) = blinks(sightings(falling(0.3), fps=fps))

    assert blink.end - (CLOSES_AT + 0.3) <= 0.3


@pytest.mark.parametrize("open_ear", [0.18, 0.25, 0.4])
def test_narrow_and_wide_eyes_are_measured_by_themselves(open_ear: float) -> None:
    found = blinks(sightings(falling(0.3), open_ear=open_ear))

    assert len(found) == 1
    assert found[0].depth == pytest.approx(0.6, abs=0.12)


def test_every_blink_of_several_is_seen() -> None:
    first, second, third = (falling(0.3, begin=begin) for begin in (1.0, 1.8, 2.9))

    found = blinks(sightings(lambda at: min(first(at), second(at), third(at)), seconds=4))

    assert [round(blink.closed_at, 1) for blink in found] == [1.1, 1.9, 3.0]


@pytest.mark.parametrize("seed", range(5))
def test_steady_eyes_never_blink(seed: int) -> None:
    assert blinks(sightings(steady, seconds=20, seed=seed)) == []


def test_a_shallow_dip_is_no_blink() -> None:
    assert blinks(sightings(falling(0.3, depth=0.12))) == []


def test_eyes_that_stay_shut_for_a_second_have_not_blinked() -> None:
    def shut(at: float) -> float:
        return 0.4 if 1.5 < at < 2.5 else 1.0

    assert blinks(sightings(shut, seconds=4)) == []


def test_eyes_that_close_and_stay_closed_have_not_blinked() -> None:
    assert blinks(sightings(lambda at: 1.0 if at < 1.5 else 0.4, seconds=4)) == []


def test_slowly_narrowing_eyes_are_no_blink() -> None:
    def slow(at: float) -> float:
        return 1 - 0.5 * math.exp(-(((at - 3) / 0.8) ** 2))

    assert blinks(sightings(slow, seconds=6)) == []


def test_a_wink_is_no_blink() -> None:
    assert blinks(sightings(falling(0.3), steady)) == []


def test_a_nod_that_narrows_the_eyes_is_no_blink() -> None:
    dip = falling(0.4)

    assert blinks(sightings(dip, pitch=lambda at: -0.2 - 0.6 * (1 - dip(at)))) == []


def test_a_blink_of_a_head_that_drifts_is_seen() -> None:
    assert len(blinks(sightings(falling(0.3), pitch=lambda at: -0.2 + 0.1 * at))) == 1


def test_a_dropped_frame_does_not_hide_a_blink() -> None:
    seen = sightings(falling(0.3))
    dropped = [one for one in seen if not 1.62 < one.at < 1.65]

    assert len(blinks(dropped)) == 1
    assert len(dropped) < len(seen)


def test_a_dip_with_a_hole_in_it_is_no_blink() -> None:
    seen = [one for one in sightings(falling(0.4)) if not 1.55 < one.at < 1.75]

    assert blinks(seen) == []


def test_a_blink_across_two_tracks_is_none() -> None:
    seen = [
        replace(one, track=2) if one.at > CLOSES_AT + 0.12 else one
        for one in sightings(falling(0.3))
    ]

    assert blinks(seen) == []


def test_an_eye_that_was_not_seen_blinks_not() -> None:
    seen = with_faces(sightings(falling(0.3)), lambda face: replace(face, right_ear=None))

    assert blinks(list(seen)) == []


def test_the_same_picture_again_adds_nothing() -> None:
    seen = sightings(falling(0.3))
    doubled = [
        copy for one in seen for copy in (one, replace(one, at=one.at + 0.01, index=one.index))
    ]

    assert blinks(doubled) == blinks(seen)


def test_a_few_frozen_pictures_repeated_never_blink() -> None:
    faces = [one.face for one in sightings(falling(0.3)) if 1.4 < one.at < 1.9]
    looped = [
        Sighting(at=i / 30, index=i, faces=1, track=1, face=faces[i % len(faces)])
        for i in range(600)
    ]

    # The first time round the pictures are new, and too few to tell an open eye by.
    assert [blink for blink in blinks(looped) if blink.start > 0.6] == []


def test_time_that_runs_backwards_adds_nothing() -> None:
    seen = sightings(falling(0.3))

    assert blinks(list(reversed(seen))) == []


def test_the_open_eye_is_known_only_after_a_moment() -> None:
    detector = BlinkDetector()
    seen = sightings(steady)

    detector.update(seen[0])
    early = detector.open_ear
    for one in seen[1:]:
        detector.update(one)

    assert early is None
    assert detector.open_ear == pytest.approx(OPEN, rel=0.05)


@pytest.mark.parametrize("name", ["standard", "demo"])
def test_one_blink_satisfies_both_policies_and_is_kept_as_evidence(name: str) -> None:
    witness = Witness(POLICIES[name])

    new = [piece for one in sightings(falling(0.3)) for piece in witness.observe(one)]

    assert witness.alive
    assert witness.evidence == tuple(new)
    assert [piece.kind for piece in new] == [EvidenceKind.BLINK]
    assert new[0].start < new[0].at < new[0].end
    assert 0 < new[0].strength <= 1


@pytest.mark.parametrize("name", ["standard", "demo"])
def test_nobody_is_alive_without_a_blink(name: str) -> None:
    witness = Witness(POLICIES[name])

    for one in sightings(steady, seconds=10):
        witness.observe(one)

    assert not witness.alive


def test_life_seen_in_one_track_says_nothing_about_the_next() -> None:
    witness = Witness(POLICIES["standard"])
    for one in sightings(falling(0.3)):
        witness.observe(one)

    witness.observe(sightings(steady, track=2, begin=10)[0])

    assert not witness.alive
    assert witness.evidence == ()


def test_life_is_gone_when_the_face_is_lost() -> None:
    witness = Witness(POLICIES["standard"])
    for one in sightings(falling(0.3)):
        witness.observe(one)

    witness.observe(Sighting(at=3.1, index=99, faces=0, track=None, face=None))

    assert not witness.alive


def test_a_new_visit_begins_without_evidence() -> None:
    witness = Witness(POLICIES["standard"])
    for one in sightings(falling(0.3)):
        witness.observe(one)

    witness.reset()

    assert not witness.alive
    assert witness.evidence == ()


def test_only_the_demo_policy_is_kept_from_real_locks() -> None:
    assert {name: policy.real_lock for name, policy in POLICIES.items()} == {
        "standard": True,
        "demo": False,
    }
    assert all(policy.name == name for name, policy in POLICIES.items())


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_no_number_ends_nothing_and_hides_no_blink(odd: float) -> None:
    seen = sightings(falling(0.3))
    detector = BlinkDetector()

    odd_ones = (replace(seen[0], at=odd), *seen[:20], replace(seen[20], at=odd), *seen[20:])
    found = [detector.update(one) for one in odd_ones]

    assert sum(blink is not None for blink in found) == 1


def paused(begin: float, length: float) -> int:
    """Blinks found where no frame was looked at for a while, at 25 frames a second."""
    detector = BlinkDetector()
    seen = [s for s in sightings(falling(0.3), fps=25) if not begin < s.at < begin + length]
    return sum(detector.update(one) is not None for one in seen)


def test_a_close_look_on_a_slow_board_just_before_or_after_a_blink_does_not_lose_it() -> None:
    assert paused(CLOSES_AT - 0.22, 0.19) == 1
    assert paused(CLOSES_AT + 0.31, 0.19) == 1


def test_a_pause_within_the_lids_fall_or_longer_than_any_look_loses_the_blink() -> None:
    assert paused(CLOSES_AT + 0.02, 0.19) == 0
    assert paused(CLOSES_AT - 0.32, 0.3) == 0
