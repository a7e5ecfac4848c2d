"""Pictures on command, and a door in shadow mode, with a real lock process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from edge_world import BOX, NoiseCamera, World

from doorbus.errors import ConfigError
from doorbus.messages import AskChallenge, EventKind, OrderAction, TakeSnapshot
from edge import config
from edge.adapters.face_finder import YuNetFinder
from edge.core.privacy import Box
from edge.ports import Frame, Image
from faces import jpeg, models


class PlayedFinder:
    """Finds a face where the played tracker says it is, or breaks."""

    def __init__(self, *, broken: bool = False) -> None:
        self._broken = broken

    def start(self) -> None:
        pass

    def find(self, image: Image) -> Sequence[Box]:
        assert image.shape == (240, 320, 3)
        if self._broken:
            raise cv2.error("as a library breaks")
        return [BOX]


class WhiteCamera(NoiseCamera):
    """A white wall, a little darker with every frame, so that it is not frozen."""

    def read(self) -> Frame | None:
        frame = super().read()
        assert frame is not None
        return Frame(np.full((240, 320, 3), 255 - frame.index % 5, np.uint8), frame.at, frame.index)


def picture(world: World) -> Image:
    world.brain.wait_event(EventKind.STARTED)
    time.sleep(0.3)  # for the camera to have shown something
    world.brain.command(TakeSnapshot(number=world.brain.number(), command="c-1"))
    return jpeg.decode(world.brain.wait(lambda heard: heard.snapshots)[0])


def test_what_is_masked_is_black_in_the_jpeg_that_left_the_door(tmp_path: Path) -> None:
    mask = {"mask": [[0.0, 0.0, 0.5, 1.0], [0.75, 0.5, 1.0, 1.0]]}

    with World(tmp_path, camera=WhiteCamera, snapshot=mask) as world:
        shown = picture(world)

    assert shown[:, :152].max() < 24
    assert shown[128:, 248:].max() < 24
    assert shown[:112, 168:].min() > 200


@pytest.mark.parametrize(("faces", "darkest"), [("hide", 0), ("blur", 200)])
def test_faces_are_taken_out_of_the_jpeg_that_left_the_door(
    tmp_path: Path, faces: str, darkest: int
) -> None:
    with World(tmp_path, snapshot={"faces": faces}, finder=PlayedFinder()) as world:
        shown = picture(world)

    x, y, w, h = (round(value) for value in BOX)
    inside, outside = shown[y : y + h, x : x + w], shown[:20, :60]
    assert outside.std() > 25, "noise outside stays noise"
    assert inside.std() < 12, "and what was a face is flat"
    assert inside.mean() < 24 if darkest == 0 else inside.mean() > 60


@pytest.mark.parametrize("finder", [None, PlayedFinder(broken=True)])
def test_no_picture_leaves_where_its_faces_cannot_be_looked_for(
    tmp_path: Path, finder: PlayedFinder | None
) -> None:
    with World(tmp_path, snapshot={"faces": "blur"}, finder=finder) as world:
        world.brain.wait_event(EventKind.STARTED)
        time.sleep(0.3)
        world.brain.command(TakeSnapshot(number=world.brain.number(), command="c-1"))
        # The door goes on, and what comes after is carried out.
        world.brain.command(AskChallenge(number=world.brain.number(), order="o-1"))
        world.brain.wait(lambda heard: heard.challenges)

        assert world.brain.heard.snapshots == []


def test_the_real_finder_finds_a_real_face_small_and_doubtful_ones_too() -> None:
    finder = YuNetFinder(models.path("yunet"))
    finder.start()
    face = cv2.imread(str(models.path("astronaut.png")))
    assert face is not None
    small = np.full((480, 640, 3), 127, np.uint8)
    small[200:328, 300:428] = cv2.resize(face, (128, 128))

    found = finder.find(small)

    assert any(300 <= x <= 428 and 200 <= y <= 328 for x, y, _, _ in found)


@pytest.mark.parametrize(
    ("mask", "wrong"),
    [
        ([[0.5, 0, 0.5, 1]], "left before right"),
        ([[0, 0, 1.5, 1]], "less than or equal to 1"),
        ([[0, 0, 1]], "mask"),
    ],
)
def test_a_mask_that_is_no_area_is_refused_with_its_place(
    tmp_path: Path, mask: list[list[float]], wrong: str
) -> None:
    file = tmp_path / "edge.yaml"
    file.write_text(
        "door: front\nbroker: {host: h, port: 1, ca: a, cert: b, key: c}\n"
        "keys: {door: d, brain: b}\nstate_dir: s\n"
        f"snapshot: {{mask: {mask}}}\n"
    )

    with pytest.raises(ConfigError, match=wrong) as refused:
        config.read(file)

    assert "snapshot.mask" in str(refused.value)


# --- shadow mode ----------------------------------------------------------------------------------


def test_a_shadow_door_decides_tells_and_never_moves_the_lock(tmp_path: Path) -> None:
    with World(tmp_path, shadow=True) as world:
        world.brain.answer = world.brain.grant
        started = world.brain.wait_event(EventKind.STARTED)
        world.scene.someone = True

        told = world.brain.wait_event(EventKind.WOULD_OPEN)
        world.brain.wait_event(EventKind.GRANTED)
        time.sleep(1.0)

    assert "shadow mode" in started.detail
    assert told.detail == "granted visit, 0.6 s"
    assert [move.state for move in world.ledger()] == ["LOCKED"] * len(world.ledger())
    assert world.openings() == 0


def test_a_shadow_door_obeys_an_unlock_by_telling(tmp_path: Path) -> None:
    with World(tmp_path, shadow=True) as world:
        world.brain.wait_event(EventKind.STARTED)
        world.brain.command(AskChallenge(number=world.brain.number(), order="o-1"))
        challenge = world.brain.wait(lambda heard: heard.challenges)[0]
        world.brain.order(challenge, OrderAction.UNLOCK)

        told = world.brain.wait_event(EventKind.WOULD_OPEN)

        assert told.detail.startswith("remote unlock")
        assert world.openings() == 0


def test_a_door_out_of_the_shadow_opens_and_tells_nothing_of_it(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.brain.answer = world.brain.grant
        world.scene.someone = True

        world.wait_locked(1)

        assert not [e for e in world.brain.heard.events if e.kind is EventKind.WOULD_OPEN]
