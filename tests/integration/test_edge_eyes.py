"""A door with its real eyes: an animated portrait before a scene camera, real models, real lock."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_world import Scene, World

from doorbus.messages import EventKind
from edge.adapters.camera_scene import SceneCamera
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.adapters.presence_motion import MotionPresence
from edge.ports import FaceTracker
from faces import jpeg, models

MISSING = next(
    (why for name in ("yunet", "landmarks68", "obama.jpg") if (why := models.problem(name))), None
)
pytestmark = pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")


def show(folder: Path, **scene: object) -> None:
    fresh = folder / "scene.new"
    fresh.write_text(json.dumps(scene))
    fresh.replace(folder / "scene.json")


def eyes(_: Scene) -> FaceTracker:
    return DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    show(tmp_path, kind="empty")
    with World(
        tmp_path,
        camera=lambda _: SceneCamera(tmp_path / "scene.json"),
        tracker=eyes,
        presence=lambda _: MotionPresence(),
        visit={"answer_s": 3.0, "no_life_s": 6.0, "absence_s": 2.0},
    ) as world:
        world.brain.answer = world.brain.grant
        time.sleep(1.0)  # the empty room is what presence compares with
        yield world


def test_a_portrait_that_walks_up_and_blinks_opens_the_lock(world: World) -> None:
    show(world.folder, kind="animated", portrait="obama", blink_every_s=2)

    burst = world.brain.wait(lambda heard: heard.bursts, seconds=30)[0]
    world.wait_locked(openings=1)

    assert 8 <= len(burst.crops) <= 20
    blink = burst.liveness.blinks[-1]
    assert any(blink.start_ms <= crop.at_ms <= blink.end_ms for crop in burst.crops)
    pictures = [jpeg.decode(crop.jpeg) for crop in burst.crops]
    for crop, picture in zip(burst.crops, pictures, strict=True):
        assert crop.points is not None
        assert all(0 <= x < picture.shape[1] and 0 <= y < picture.shape[0] for x, y in crop.points)
    assert world.brain.wait_event(EventKind.WOKE).visit == 1


def test_a_printed_portrait_is_never_sent(world: World) -> None:
    show(world.folder, kind="still", portrait="obama")

    world.brain.wait(
        lambda heard: [e for e in heard.events if e.kind is EventKind.NO_BLINK], seconds=30
    )

    assert world.brain.heard.bursts == []
    assert world.openings() == 0


def test_a_scene_that_names_nothing_there_is_a_lost_camera_and_comes_back(world: World) -> None:
    world.stop_door()
    show(world.folder, kind="animated", portrait="nobody")
    world.start_door()
    lost = world.brain.wait_event(EventKind.CAMERA_LOST)

    show(world.folder, kind="animated", portrait="obama", blink_every_s=2)

    assert "nobody" in lost.detail
    world.brain.wait_event(EventKind.CAMERA_BACK)
