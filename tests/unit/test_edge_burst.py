"""Which frames go into a burst."""

from __future__ import annotations

from dataclasses import replace

from edge_sightings import face, sighting
from hypothesis import given
from hypothesis import strategies as st

from edge.core.burst import BurstRule, choose, quality, unbroken_run
from edge.core.liveness import Evidence, EvidenceKind
from edge.core.sighting import Sighting

RULE = BurstRule()


def blink(start: float = 0.9, at: float = 1.0, end: float = 1.1, track: int = 1) -> Evidence:
    return Evidence(EvidenceKind.BLINK, track, start, at, end, 0.6)


def track_of(count: int, track: int = 1, first: int = 0) -> list[Sighting]:
    return [sighting(first + i, track=track) for i in range(count)]


def test_a_burst_has_twenty_frames_in_order_of_time_with_open_and_closed_eyes() -> None:
    chosen = choose(track_of(60), [blink()], RULE)

    times = [s.at for s in chosen]
    during = [at for at in times if 0.9 < at < 1.1]
    assert len(chosen) == 20
    assert times == sorted(times)
    assert len(set(times)) == 20
    assert len(during) == 4
    assert min(times) < 0.5
    assert max(times) > 1.5


def test_frames_of_an_earlier_track_are_never_sent() -> None:
    sightings = track_of(30, track=1) + track_of(30, track=2, first=30)

    chosen = choose(sightings, [blink(1.2, 1.3, 1.4, track=2)], RULE)

    assert {s.track for s in chosen} == {2}


def test_frames_before_a_second_face_came_are_never_sent() -> None:
    sightings = track_of(60)
    sightings[20] = replace(sightings[20], faces=2)

    chosen = choose(sightings, [blink()], RULE)

    assert min(s.index for s in chosen) > 20


def test_nothing_is_sent_when_the_blink_is_not_among_the_frames() -> None:
    sightings = track_of(60)

    assert choose(sightings, [blink(track=2)], RULE) == ()
    assert choose(sightings, [blink(5.0, 5.1, 5.2)], RULE) == ()
    assert choose(sightings, [], RULE) == ()
    assert choose([], [blink()], RULE) == ()
    assert choose([sighting(0, track=None)], [blink()], RULE) == ()


def test_frames_far_from_the_blink_are_left_out() -> None:
    chosen = choose(track_of(300), [blink(4.9, 5.0, 5.1)], RULE)

    assert all(1.9 <= s.at <= 8.1 for s in chosen)


def test_a_frozen_picture_counts_once() -> None:
    still = face()
    sightings = [sighting(i, seen=still) for i in range(30)]

    assert len(unbroken_run(sightings)) == 1


def test_the_sharper_of_neighbours_is_chosen() -> None:
    sightings = [
        sighting(i, seen=face(sharpness=(400.0 if i % 3 == 0 else 5.0) + i)) for i in range(60)
    ]

    chosen = choose(sightings, [blink(0.9, 1.0, 1.05)], RULE)

    beside = [s.index for s in chosen if not 0.9 < s.at < 1.05]
    assert all(index % 3 == 0 for index in beside)


def test_a_sharp_large_frontal_sure_face_is_better() -> None:
    good = quality(sighting(seen=face(sharpness=300.0, width=160.0)), RULE)

    for worse in (
        face(sharpness=20.0, width=160.0),
        face(sharpness=300.0, width=60.0),
        face(sharpness=300.0, width=160.0, yaw=0.8),
        face(sharpness=300.0, width=160.0, score=0.3),
    ):
        assert quality(sighting(seen=worse), RULE) < good
    assert quality(sighting(track=None), RULE) == 0.0


@given(
    tracks=st.lists(st.sampled_from([None, 1, 1, 1, 1, 1, 2]), max_size=80),
    faces=st.lists(st.sampled_from([1, 1, 1, 1, 1, 1, 1, 1, 2]), min_size=80, max_size=80),
    size=st.integers(min_value=1, max_value=40),
    at=st.floats(min_value=0, max_value=3),
    width=st.floats(min_value=0, max_value=0.5),
)
def test_a_burst_is_always_of_one_unbroken_track_that_holds_the_blink(
    tracks: list[int | None], faces: list[int], size: int, at: float, width: float
) -> None:
    sightings = [
        sighting(i, track=track, faces=together)
        for i, (track, together) in enumerate(zip(tracks, faces, strict=False))
    ]

    chosen = choose(sightings, [blink(at - width, at, at + width)], replace(RULE, size=size))

    assert len(chosen) <= size
    assert {s.track for s in chosen} <= {1}
    assert [s.index for s in chosen] == sorted({s.index for s in chosen})
    if chosen:
        # All between the first chosen and the newest frame is that track, with one face.
        assert all(s.track == 1 and s.faces == 1 for s in sightings[chosen[0].index :])
        assert sightings[0].at <= at <= sightings[-1].at
        run = unbroken_run(sightings)
        assert run[0].at <= at
        assert len(chosen) == min(size, len(run))
