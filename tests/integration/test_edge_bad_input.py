"""What real eyes make of bad pictures: no crash, and nobody let in.

Portraits that move and blink are let in under the demo's policy, so each picture here is spoilt in
one way only; the first test shows that the unspoilt ones pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.camera_scene import SceneCamera
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.adapters.surface_cv2 import Cv2SurfaceReader
from edge.attacks.presentation import Outcome, Stand, play
from edge.attacks.shared_looks import SharedTracker
from edge.core.burst import BurstRule
from edge.core.policies import POLICIES, Challenging, Wanted, equipped
from edge.eyes import Eyes
from edge.ports import Image
from faces import models

MISSING = next(
    (why for name in ("yunet", "landmarks68", "obama.jpg") if (why := models.problem(name))), None
)
pytestmark = pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")

FPS = 30.0


@cache
def tracker() -> DlibFaceTracker:
    made = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    made.start()
    return made


@pytest.fixture(scope="module")
def blinking(tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    """Three seconds and a half of a portrait that blinks at 1.5 s or so, and again."""
    folder: Path = tmp_path_factory.mktemp("scene")
    scene = {"kind": "animated", "portrait": "obama", "blink_every_s": 1.5}
    (folder / "scene.json").write_text(json.dumps(scene))
    camera = SceneCamera(folder / "scene.json", pacing="every", size=(640, 480), fps=FPS)
    camera.start()
    frames = [frame.image for _ in range(105) if (frame := camera.read()) is not None]
    camera.stop()
    return frames


def shown(images: Iterable[Image], fps: float = FPS, policy: str = "demo") -> Outcome:
    policies = equipped(
        POLICIES[policy],
        close_looks=True,
        networks=False,
        texture=Wanted.OFF,
        challenge=Challenging.OFF,
    )
    eyes = Eyes(SharedTracker(tracker()), policies, BurstRule(), {}, surface=Cv2SurfaceReader())
    return play(images, fps, [Stand("door", eyes)])["door"].outcome


def test_unspoilt_the_portrait_passes(blinking: list[Image]) -> None:
    assert shown(blinking) is Outcome.ACCEPTED


def five_a_second(images: list[Image]) -> Iterator[Image]:
    yield from images[::6]


def frozen(images: list[Image]) -> Iterator[Image]:
    yield from [images[10]] * len(images)


def black(images: list[Image]) -> Iterator[Image]:
    yield from [np.zeros_like(images[0])] * len(images)


def no_face(images: list[Image]) -> Iterator[Image]:
    rng = np.random.default_rng(1)
    for image in images:
        yield rng.integers(0, 256, image.shape, dtype=np.uint8)


def two_faces(images: list[Image]) -> Iterator[Image]:
    for image in images:
        half = np.asarray(image[:, 160:480])
        yield np.hstack([half, half[:, ::-1]])


def leaving(images: list[Image]) -> Iterator[Image]:
    """There for half a second, gone for half a second: no blink is ever whole within a track."""
    for i, image in enumerate(images):
        yield image if (i // 12) % 2 == 0 else np.zeros_like(image)


def torn(images: list[Image]) -> Iterator[Image]:
    """Every other frame upside down, as a broken stream may have it: the landmarks jump."""
    for i, image in enumerate(images):
        yield np.asarray(image if i % 2 else image[::-1])


def dark(images: list[Image]) -> Iterator[Image]:
    for image in images:
        yield (image // 16).astype(np.uint8)


def tiny(images: list[Image]) -> Iterator[Image]:
    yield from (np.ascontiguousarray(image[::60, ::60]) for image in images)


@pytest.mark.parametrize(
    ("spoil", "fps"),
    [
        (five_a_second, 5.0),
        (frozen, FPS),
        (black, FPS),
        (no_face, FPS),
        (two_faces, FPS),
        (leaving, FPS),
        (torn, FPS),
        (dark, FPS),
        (tiny, FPS),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_spoilt_nobody_is_let_in(
    blinking: list[Image], spoil: Callable[[list[Image]], Iterator[Image]], fps: float
) -> None:
    outcome = shown(list(spoil(blinking)), fps)

    assert outcome is not Outcome.ACCEPTED


def test_a_still_that_is_held_is_not_let_in_under_any_policy(blinking: list[Image]) -> None:
    rng = np.random.default_rng(2)
    noisy = [
        np.clip(blinking[10] + rng.normal(0, 2, blinking[10].shape), 0, 255).astype(np.uint8)
        for _ in range(90)
    ]

    assert shown(noisy, policy="demo") is not Outcome.ACCEPTED
    assert shown(noisy, policy="standard") is not Outcome.ACCEPTED
