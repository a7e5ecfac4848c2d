"""An animated portrait moves, blinks and is noticed; a still one never blinks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.adapters.camera_scene import SceneCamera
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.adapters.portrait import AnimatedPortrait, Pose
from edge.adapters.portrait_cutout import FACE_CENTRE, PLATE_SIZE, Cutout, Floats
from edge.adapters.portrait_lids import STEPS, falling_lids
from edge.adapters.portrait_motion import APPROACH_S, Blinking, Standing
from edge.core.liveness import BlinkDetector
from edge.core.sighting import Sighting
from edge.ports import Image
from faces import models

SIZE = (640, 480)
SKIN = (120, 150, 190)
EYE_WHITE = (250, 250, 250)
ROOM = np.full((SIZE[1], SIZE[0], 3), 80, dtype=np.uint8)
FRONTAL = Pose(x=320, y=220, face_height=240)


def drawn_landmarks() -> Floats:
    """68 points of a face drawn with a ruler, at the plate's usual place."""
    x, y = FACE_CENTRE
    points = np.full((68, 2), (x, y), dtype=np.float32)
    angles = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([x + 90 * np.cos(angles), y + 130 * np.sin(angles)], axis=1)
    for first, brow, middle in ((36, 17, x - 42), (42, 22, x + 42)):
        points[brow : brow + 5] = [(middle + dx, y - 62) for dx in (-26, -13, 0, 13, 26)]
        eye = ((-24, 0), (-8, -8), (8, -8), (24, 0), (8, 8), (-8, 8))
        points[first : first + 6] = [(middle + dx, y - 30 + dy) for dx, dy in eye]
    points[30] = (x, y + 20)
    return points


def drawn_face() -> Cutout:
    """A skin-coloured disc with white eyes and a dark nose, on a red ground."""
    landmarks = drawn_landmarks()
    plate = np.full((PLATE_SIZE[1], PLATE_SIZE[0], 3), (0, 0, 255), dtype=np.uint8)
    centre = (round(FACE_CENTRE[0]), round(FACE_CENTRE[1]))
    cv2.ellipse(plate, centre, (100, 140), 0, 0, 360, SKIN, -1)
    for eye in (landmarks[36:42], landmarks[42:48]):
        cv2.fillPoly(plate, [eye.astype(np.int32)], EYE_WHITE)
    cv2.circle(plate, (int(landmarks[30, 0]), int(landmarks[30, 1])), 6, (0, 0, 0), -1)
    alpha = np.zeros((PLATE_SIZE[1], PLATE_SIZE[0]), dtype=np.float32)
    cv2.ellipse(alpha, centre, (100, 140), 0, 0, 360, (1.0,), -1)
    held = np.zeros_like(alpha)
    held[centre[1] - 180 : centre[1] + 180, centre[0] - 160 : centre[0] + 160] = 1
    return Cutout(plate, alpha, held, landmarks)


def white(image: Image) -> int:
    return int(np.count_nonzero(image.min(axis=2) > 225))


def nose(image: Image) -> float:
    """Column of the dark nose; lashes are higher up."""
    below_the_eyes = image[215:]
    return float(np.nonzero(below_the_eyes.max(axis=2) < 60)[1].mean())


@pytest.fixture(scope="module")
def face() -> Cutout:
    return drawn_face()


def test_an_open_lid_is_the_portrait_untouched(face: Cutout) -> None:
    lids = falling_lids(face.plate, face.landmarks)

    for lid in lids:
        height, width = lid.stages[0].shape[:2]
        here = face.plate[lid.top : lid.top + height, lid.left : lid.left + width]
        assert np.array_equal(lid.stages[0], here)


def test_a_falling_lid_hides_the_eye_step_by_step_until_nothing_shows(face: Cutout) -> None:
    lids = falling_lids(face.plate, face.landmarks)

    for lid in lids:
        shown = [white(stage) for stage in lid.stages]
        assert len(shown) == STEPS + 1
        assert shown[0] > 200
        assert shown == sorted(shown, reverse=True)
        assert shown[-1] == 0


def test_a_falling_lid_leaves_no_seam_around_the_eye(face: Cutout) -> None:
    lids = falling_lids(face.plate, face.landmarks)

    for lid in lids:
        change = np.abs(lid.stages[-1].astype(int) - lid.stages[0]).max(axis=2)
        border = np.concatenate([change[0], change[-1], change[:, 0], change[:, -1]])
        assert change.max() > 50
        assert border.max() <= 3


def test_after_a_blink_the_eye_is_as_it_was(face: Cutout) -> None:
    portrait = AnimatedPortrait(face)
    before = portrait.draw(ROOM, FRONTAL)

    shut = portrait.draw(ROOM, FRONTAL, closed=1.0)
    after = portrait.draw(ROOM, FRONTAL)

    assert white(shut) == 0
    assert np.array_equal(before, after)


def test_drawing_leaves_the_room_as_it_was_and_shows_it_beside_the_person(face: Cutout) -> None:
    room = ROOM.copy()

    picture = AnimatedPortrait(face).draw(room, FRONTAL)

    assert np.array_equal(room, ROOM)
    assert np.array_equal(picture[:, :150], ROOM[:, :150])
    assert tuple(picture[300, 320]) == pytest.approx(SKIN, abs=2)


@pytest.mark.parametrize("yaw", [-0.2, 0.2])
def test_a_turning_head_moves_its_nose_and_keeps_its_outline(face: Cutout, yaw: float) -> None:
    portrait = AnimatedPortrait(face)
    frontal = portrait.draw(ROOM, FRONTAL)

    turned = portrait.draw(ROOM, Pose(x=320, y=220, face_height=240, yaw=yaw))

    outline = [np.count_nonzero((image != ROOM).any(axis=2)) for image in (frontal, turned)]
    assert (nose(turned) - nose(frontal)) / yaw > 60
    assert outline[1] == pytest.approx(outline[0], rel=0.03)


def test_a_print_shows_the_ground_of_the_portrait_too(face: Cutout) -> None:
    cut = AnimatedPortrait(face).draw(ROOM, FRONTAL)
    printed = AnimatedPortrait(face, printed=True).draw(ROOM, FRONTAL)

    corner = (220 - 160, 320 - 140)
    assert tuple(cut[corner]) == (80, 80, 80)
    assert tuple(printed[corner]) == (0, 0, 255)


def test_blinks_come_every_two_to_four_seconds_and_are_the_same_for_the_same_seed() -> None:
    begins = Blinking(seed=5).begins(120)

    pauses = np.diff(begins)
    assert begins == Blinking(seed=5).begins(120)
    assert begins != Blinking(seed=6).begins(120)
    assert pauses.min() >= 2
    assert pauses.max() <= 4
    assert np.ptp(pauses) > 0.5


def test_blinks_come_as_often_as_asked() -> None:
    assert np.diff(Blinking(seed=5, every=1.5).begins(60)) == pytest.approx(1.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_blink_shuts_the_eye_for_150_to_300_ms(seed: int) -> None:
    blinking = Blinking(seed)
    step = 0.001

    for begin in blinking.begins(20):
        closed = np.array([blinking.closed(begin + step * i) for i in range(-100, 500)])
        low = np.count_nonzero(closed > 1 / 3) * step
        assert closed[0] == closed[-1] == 0
        assert closed.max() == 1
        assert 0.15 <= low <= 0.3


@pytest.mark.parametrize("still", [False, True])
def test_a_person_walks_in_from_aside_and_stays_before_the_door(still: bool) -> None:
    standing = Standing(1, SIZE, still=still)

    away = standing.pose(0)
    there = [standing.pose(APPROACH_S + 0.1 * i) for i in range(300)]

    assert away.x < 0 or away.x > SIZE[0]
    assert away.face_height < 0.85 * there[0].face_height
    assert all(abs(pose.x - SIZE[0] / 2) < 20 for pose in there)


def test_a_held_print_hardly_moves_and_never_turns() -> None:
    standing = Standing(1, SIZE, still=True)

    poses = [standing.pose(APPROACH_S + 0.03 * i) for i in range(300)]

    assert 1 < np.ptp([pose.x for pose in poses]) < 12
    assert {(pose.yaw, pose.pitch, pose.roll) for pose in poses} == {(0.0, 0.0, 0.0)}


def test_an_animated_person_turns_their_head_to_both_sides() -> None:
    standing = Standing(1, SIZE, still=False)

    turns = [standing.pose(APPROACH_S + 0.1 * i).yaw for i in range(300)]

    assert min(turns) < -0.08
    assert max(turns) > 0.08


def sightings(scene: Path, seconds: float) -> list[Sighting]:
    """What the edge's own tracker sees of a scene."""
    camera = SceneCamera(scene, pacing="every")
    tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    camera.start()
    tracker.start()
    frames = (camera.read() for _ in range(round(30 * seconds)))
    seen = [tracker.observe(frame) for frame in frames if frame is not None]
    camera.stop()
    return seen


def need(*names: str) -> None:
    for name in names:
        if problem := models.problem(name):
            pytest.skip(problem)


@pytest.mark.parametrize("portrait", ["obama", "biden"])
def test_the_edge_sees_an_animated_portrait_blink(tmp_path: Path, portrait: str) -> None:
    need("yunet", "landmarks68", f"{portrait}.jpg")
    scene = tmp_path / "scene.yaml"
    scene.write_text(f"kind: animated\nportrait: {portrait}\nblink_every_s: 1\nseed: 1\n")
    detector = BlinkDetector()

    seen = sightings(scene, 4.5)
    found = [blink for one in seen if (blink := detector.update(one)) is not None]

    # Blinks begin 1, 2 and 3 seconds after the person has come.
    ears = [one.face.ear or 0.0 for one in seen if one.face and one.at > APPROACH_S + 0.2]
    assert len({one.track for one in seen if one.at > APPROACH_S}) == 1
    assert min(ears) <= np.quantile(ears, 0.8) * 2 / 3
    assert len(found) >= 2


def test_the_edge_sees_no_blink_in_a_held_print(tmp_path: Path) -> None:
    need("yunet", "landmarks68", "obama.jpg")
    scene = tmp_path / "scene.yaml"
    scene.write_text("kind: still\nportrait: obama\n")
    detector = BlinkDetector()

    seen = sightings(scene, 4)

    assert sum(one.face is not None for one in seen) > 90
    assert not any(detector.update(one) for one in seen)
