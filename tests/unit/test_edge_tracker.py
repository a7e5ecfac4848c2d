"""One face followed: whose track, how many faces, how open the eyes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.face_motion import counted, overlap
from edge.adapters.faces_dlib import DlibFaceTracker, eye_aspect_ratio
from edge.adapters.faces_iris import IrisFaceTracker
from edge.core.sighting import Sighting
from edge.ports import FaceTracker, Frame
from faces import models

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def portrait() -> Picture:
    problem = models.problem("astronaut.png")
    if problem:
        pytest.skip(problem)
    image = cv2.imread(str(models.path("astronaut.png")))
    assert image is not None
    return np.asarray(image[:300, 60:360], np.uint8)


MODELS = {"dlib68": ("yunet", "landmarks68"), "iris": ("yunet", "iris_landmark")}


def made(lids: str) -> FaceTracker:
    for name in MODELS[lids]:
        problem = models.problem(name)
        if problem:
            pytest.skip(problem)
    detector, landmarks = (models.path(name) for name in MODELS[lids])
    tracker: FaceTracker
    if lids == "iris":
        tracker = IrisFaceTracker(detector, landmarks)
    else:
        tracker = DlibFaceTracker(detector, landmarks)
    tracker.start()
    return tracker


@pytest.fixture(params=["dlib68", "iris"])
def tracker(request: pytest.FixtureRequest) -> FaceTracker:
    return made(request.param)


def picture(portrait: Picture, *places: tuple[int, int, float]) -> Picture:
    """A grey room with the portrait at each x, y, scale."""
    room = np.full((480, 640, 3), 120, np.uint8)
    for x, y, scale in places:
        small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        room[y : y + small.shape[0], x : x + small.shape[1]] = small
    return room


def look(tracker: FaceTracker, image: Picture, at: float) -> Sighting:
    return tracker.observe(Frame(image, at, round(at * 30)))


def test_an_empty_room_shows_nobody(tracker: FaceTracker, portrait: Picture) -> None:
    seen = look(tracker, picture(portrait), 0.0)

    assert (seen.faces, seen.track, seen.face) == (0, None, None)


def test_a_face_is_measured(tracker: FaceTracker, portrait: Picture) -> None:
    seen = look(tracker, picture(portrait, (150, 90, 1.0)), 0.0)

    assert seen.faces == 1
    assert seen.face is not None
    assert seen.face.ear is not None
    assert 0.2 < seen.face.ear < 0.45
    assert abs(seen.face.yaw) < 0.5
    assert 40 < seen.face.brightness < 230
    assert len(seen.face.points) == 5


def test_a_face_that_moves_a_little_keeps_its_track(
    tracker: FaceTracker, portrait: Picture
) -> None:
    tracks = {
        look(tracker, picture(portrait, (100 + 6 * step, 90, 1.0)), step / 15).track
        for step in range(12)
    }

    assert len(tracks) == 1


@pytest.mark.parametrize(
    "second",
    [
        pytest.param((330, 90, 1.0), id="elsewhere"),
        pytest.param((60, 90, 0.5), id="another size"),
    ],
)
def test_a_face_that_jumps_begins_a_new_track(
    tracker: FaceTracker, portrait: Picture, second: tuple[int, int, float]
) -> None:
    first = look(tracker, picture(portrait, (40, 90, 1.0)), 0.0)
    after = look(tracker, picture(portrait, second), 0.033)

    assert after.track is not None
    assert after.track != first.track


def test_a_gap_of_a_third_of_a_second_ends_the_track(
    tracker: FaceTracker, portrait: Picture
) -> None:
    image = picture(portrait, (150, 90, 1.0))

    tracks = [look(tracker, image, at).track for at in (0.0, 0.2, 0.55)]

    assert tracks[0] == tracks[1] != tracks[2]


def test_a_reset_begins_a_new_track(tracker: FaceTracker, portrait: Picture) -> None:
    image = picture(portrait, (150, 90, 1.0))
    first = look(tracker, image, 0.0)

    tracker.reset()

    assert look(tracker, image, 0.033).track != first.track


def test_a_second_face_is_counted_and_never_takes_the_track_over(
    tracker: FaceTracker, portrait: Picture
) -> None:
    alone = look(tracker, picture(portrait, (20, 90, 0.8)), 0.0)
    both = look(tracker, picture(portrait, (20, 90, 0.8), (320, 90, 1.0)), 0.033)

    assert both.faces == 2
    assert both.track == alone.track
    assert both.face is not None
    assert both.face.box[0] < 320


def test_a_face_far_behind_is_not_counted(tracker: FaceTracker, portrait: Picture) -> None:
    seen = look(tracker, picture(portrait, (20, 90, 1.2), (470, 40, 0.4)), 0.0)

    assert seen.faces == 1


def test_somebody_much_nearer_is_counted_beside_the_small_face_that_is_followed(
    tracker: FaceTracker, portrait: Picture
) -> None:
    small = (20, 90, 0.55)
    alone = look(tracker, picture(portrait, small), 0.0)

    later = [
        look(tracker, picture(portrait, small, (210, 20, 1.42)), at) for at in (0.033, 0.1, 0.2)
    ]

    assert (alone.faces, {one.track for one in later}) == (1, {alone.track})
    assert [one.faces for one in later] == [2, 2, 2]


@pytest.mark.parametrize(
    ("subject", "others", "count"),
    [
        (100.0, [], 1),
        (100.0, [100.0], 2),
        (100.0, [50.0], 2),
        (100.0, [30.0], 1),
        (30.0, [100.0], 2),
        (30.0, [100.0, 30.0], 2),
        (50.0, [100.0, 60.0], 3),
    ],
)
def test_who_is_followed_counts_and_whoever_does_not_stand_far_behind(
    subject: float, others: list[float], count: int
) -> None:
    found = [(10.0 * i, 0.0, width, width) for i, width in enumerate([subject, *others])]

    assert counted(found[0], found) == count


def test_the_eye_aspect_ratio_is_height_over_width() -> None:
    eye = np.array([(0, 0), (10, -3), (20, -3), (30, 0), (20, 3), (10, 3)], np.float64)

    assert eye_aspect_ratio(eye) == pytest.approx(6 / 30)
    assert eye_aspect_ratio(eye * 4 + 100) == pytest.approx(6 / 30)
    assert eye_aspect_ratio(np.zeros((6, 2))) is None


def test_overlap_is_intersection_over_union() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == pytest.approx(1)
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (20, 0, 10, 10)) == 0


def test_a_face_followed_without_the_detector_keeps_its_points_on_it(
    tracker: FaceTracker, portrait: Picture
) -> None:
    seen = [
        look(tracker, picture(portrait, (100 + 4 * step, 90, 1.0)), step / 30) for step in range(4)
    ]

    first, last = seen[0].face, seen[-1].face
    assert first is not None
    assert last is not None
    moved = np.array(last.points) - np.array(first.points)
    eyes = float(np.linalg.norm(np.subtract(first.points[0], first.points[1])))
    assert np.linalg.norm(moved - [12, 0], axis=1).mean() < 0.12 * eyes
    assert last.box[0] - first.box[0] == pytest.approx(12, abs=5)


def test_a_face_that_leaves_is_gone_in_the_next_frame(
    tracker: FaceTracker, portrait: Picture
) -> None:
    look(tracker, picture(portrait, (150, 90, 1.0)), 0.0)

    gone = look(tracker, picture(portrait), 0.033)

    assert (gone.faces, gone.track, gone.face) == (0, None, None)


def test_another_face_in_the_same_place_begins_a_new_track(
    tracker: FaceTracker, portrait: Picture
) -> None:
    problem = models.problem("obama.jpg")
    if problem:
        pytest.skip(problem)
    whole = cv2.imread(str(models.path("obama.jpg")))
    assert whole is not None
    first = look(tracker, picture(portrait, (150, 90, 1.0)), 0.0)
    assert first.face is not None
    finder = made("dlib68")
    other = finder.observe(Frame(np.asarray(whole, np.uint8), 0.0, 0)).face
    assert other is not None
    eyes, theirs = (np.array(face.points[:3], np.float32) for face in (first.face, other))
    warp = cv2.estimateAffinePartial2D(theirs, eyes)[0]
    room = cv2.warpAffine(whole, warp, (640, 480), borderValue=(120, 120, 120))

    after = look(tracker, np.asarray(room, np.uint8), 0.033)

    assert after.face is not None
    assert after.track != first.track
