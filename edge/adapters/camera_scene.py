"""How can a door be tried without a camera, and without anybody standing before it?

A simulated camera that shows an empty room, somebody holding up a printed portrait, an animated
portrait, or a clip, as a *scene file* says (see `edge.adapters.scene_file`). Any process may direct
the scene by renaming a new file onto it.

What it shows is by nature an attack: a portrait that moves and blinks is what liveness is there to
refuse, and one day it will. So it serves doors with the liveness policy `demo` and simulated locks
only; it reports `simulated`, which the edge refuses beside a real lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import structlog

from edge.adapters.clip import Clip
from edge.adapters.paper import paper
from edge.adapters.portrait import AnimatedPortrait
from edge.adapters.portrait_cutout import Cutout, Cutter
from edge.adapters.portrait_motion import Blinking, Standing
from edge.adapters.room import Sensor, empty_room
from edge.adapters.scene_file import (
    AnimatedScene,
    ClipScene,
    PaperScene,
    Scene,
    SceneFile,
    StillScene,
)
from edge.errors import CameraError
from edge.ports import Frame, Image
from faces.errors import ModelError

_log = structlog.get_logger(__name__)

Pacing = Literal["live", "every"]
"""`live`: real time, a late reader misses frames; `every`: each frame, at the reader's own pace."""

Draw = Callable[[Image, float], Image]
"""Draws a scene before the given room, at a time in seconds since the scene began."""


class SceneCamera:
    """A camera that shows what a scene file says.

    Args of the constructor:
        path: the scene file.
        pacing: `live` stamps frames by the machine's monotonic clock; `every` by index over `fps`.
        size: width and height of the frames, multiples of 8.
        fps: frames a second.
    """

    simulated = True

    def __init__(
        self,
        path: Path,
        *,
        pacing: Pacing = "live",
        size: tuple[int, int] = (640, 480),
        fps: float = 30.0,
    ) -> None:
        self._file = SceneFile(path)
        self._pacing = pacing
        self._size = size
        self._fps = fps
        self._stopped = threading.Event()
        # The stage must not be cleared while a frame is being drawn on it.
        self._drawing = threading.Lock()
        self._stage: _Stage | None = None
        self._began = 0.0
        self._index = -1

    @property
    def fps(self) -> float:
        """Frames a second, as asked for."""
        return self._fps

    def start(self) -> None:
        """Read the scene file, load models, prepare the scene.

        Raises:
            CameraError: no scene file or a wrong one (says what one looks like), something it names
                is not there, or a model is not fetched (names the command). Or started already.
        """
        if self._stage is not None:
            raise CameraError(f"the simulated camera on {self._file.path} was started already")
        stage = _Stage(self._file, self._size, wait=self._pacing == "every")
        try:
            stage.start()
        except ModelError as error:
            raise CameraError(f"the simulated camera lacks a file: {error}") from error
        self._stage = stage
        self._index = -1
        self._began = time.monotonic()
        self._stopped.clear()
        _log.warning(
            "camera is simulated",
            scene=str(self._file.path),
            hint="an animated portrait is an attack: for the policy demo and simulated locks only",
        )

    def read(self) -> Frame | None:
        """The next frame; None once stopped. The scene itself never ends."""
        index, at = self._due()
        with self._drawing:
            if self._stage is None:
                return None
            image = self._stage.picture(at)
        self._index = index
        return Frame(image=image, at=at, index=index)

    def skip(self) -> bool:
        """Let one frame pass undrawn; False once stopped."""
        self._index, _ = self._due()
        return not self._stopped.is_set()

    def stop(self) -> None:
        """Leave the stage; twice is harmless."""
        self._stopped.set()
        with self._drawing:
            stage, self._stage = self._stage, None
        if stage is not None:
            stage.stop()

    def _due(self) -> tuple[int, float]:
        """Wait for the next frame's time, where there is one; its index and time."""
        index = self._index + 1
        if self._pacing == "every":
            return index, index / self._fps
        elapsed = time.monotonic() - self._began
        index = max(index, int(elapsed * self._fps))
        at = self._began + index / self._fps
        self._stopped.wait(max(0.0, at - time.monotonic()))
        return index, at


class _Stage:
    """Follows the scene file and draws what it says."""

    def __init__(self, file: SceneFile, size: tuple[int, int], *, wait: bool) -> None:
        self._file = file
        self._size = size
        self._wait = wait
        self._room = empty_room(size)
        self._sensor = Sensor(size)
        self._cutter = Cutter()
        self._cutouts: dict[Path, Cutout] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="scene")
        self._coming: Future[tuple[Scene, Draw]] | None = None
        self._scene: Scene | None = None
        self._draw: Draw = _nobody
        self._since: float | None = None

    def start(self) -> None:
        self._cutter.start()
        self._scene, self._draw = self._prepared()

    def picture(self, at: float) -> Image:
        """What the camera sees at a time of its own time line."""
        self._follow()
        if self._since is None:
            self._since = at
        return self._sensor.exposed(self._draw(self._room, at - self._since))

    def stop(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _follow(self) -> None:
        """Take over a new scene as soon as it is prepared; portraits take a third of a second."""
        if self._coming is None and self._file.changed():
            self._coming = self._worker.submit(self._prepared)
        if self._coming is None or not (self._wait or self._coming.done()):
            return
        coming, self._coming = self._coming, None
        try:
            scene, draw = coming.result()
        except (CameraError, ModelError) as error:
            _log.warning("scene refused, the old one goes on", reason=str(error))
            return
        if scene == self._scene:
            return
        self._scene, self._draw, self._since = scene, draw, None
        _log.info("scene changed", kind=scene.kind)

    def _prepared(self) -> tuple[Scene, Draw]:
        scene = self._file.read()
        if isinstance(scene, StillScene | AnimatedScene):
            return scene, self._person(scene)
        if isinstance(scene, ClipScene):
            clip = Clip(scene.path, scene.first, scene.last)
            clip.open()
            return scene, _Projection(clip, self._size, loop=scene.loop)
        if isinstance(scene, PaperScene):
            return scene, paper(scene, self._size)
        return scene, _nobody

    def _person(self, scene: StillScene | AnimatedScene) -> Draw:
        path = self._file.portrait(scene.portrait)
        if path not in self._cutouts:
            self._cutouts[path] = self._cutter.cut(path)
        blinking: Blinking | None = None
        if isinstance(scene, AnimatedScene):
            blinking = Blinking(scene.seed, scene.blink_every_s)
        still = blinking is None
        figure = AnimatedPortrait(self._cutouts[path], printed=still)
        standing = Standing(scene.seed, self._size, still=still)

        def draw(room: Image, seconds: float) -> Image:
            closed = blinking.closed(seconds) if blinking else 0.0
            return figure.draw(room, standing.pose(seconds), closed)

        return draw


def _nobody(room: Image, _: float) -> Image:
    return room


class _Projection:
    """An opened clip in place of the room, fitted into the frame."""

    def __init__(self, clip: Clip, size: tuple[int, int], *, loop: bool) -> None:
        self._clip = clip
        self._loop = loop
        self._size = size
        self._shown = -1
        self._picture: Image | None = None

    def __call__(self, room: Image, seconds: float) -> Image:
        wanted = int(seconds * self._clip.fps + 1e-6)
        while self._shown < wanted:
            self._shown += 1
            image = self._clip.read()
            if image is None and self._loop:
                self._clip.open()
                image = self._clip.read()
            if image is None:
                self._clip.close()
                # Or it would show again between two frames that the clip no longer has.
                self._picture = None
                return room
            self._picture = _fitted(image, self._size)
        return room if self._picture is None else self._picture


def _fitted(image: Image, size: tuple[int, int]) -> Image:
    """Scaled to lie within `size`, black around it."""
    height, width = image.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    inner = (round(width * scale), round(height * scale))
    scaled = cv2.resize(image, inner, interpolation=cv2.INTER_AREA)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    frame = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    frame[top : top + inner[1], left : left + inner[0]] = scaled
    return frame
