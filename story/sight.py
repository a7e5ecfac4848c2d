"""What does a door of the story see? A scene that the story sets, through the camera's ports."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from edge.core.sighting import Face, Sighting
from edge.ports import Frame
from story.people import SIDE, look, points

FPS = 30.0
WIDTH, HEIGHT = 480, 360
LEFT, TOP = 184, 124
REMEMBERED = 120
BLINK_EVERY_S = 0.6
OPEN_EYE, SHUT_EYE = 0.3, 0.1
_NOISE = np.random.default_rng(7).integers(90, 120, (8, HEIGHT, WIDTH, 3), dtype=np.uint8)


class Scene:
    """Who stands before one door. Set by the story, looked at by camera, tracker and sensor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._who: int | None = None
        self._track = 0
        self._shown: OrderedDict[int, tuple[int | None, int, bool]] = OrderedDict()
        self._blinks = True
        self._paper: NDArray[np.uint8] | None = None

    def stands(self, number: int, *, blinks: bool = True) -> None:
        """Somebody steps up: to the door it is somebody new."""
        with self._lock:
            self._who, self._track, self._blinks = number, self._track + 1, blinks
            self._paper = None

    def holds_up(self, paper: NDArray[np.uint8]) -> None:
        """Somebody holds a picture, such as a pass, before the camera."""
        with self._lock:
            self._who, self._paper = None, paper

    def leaves(self) -> None:
        """Nobody stands there any more."""
        with self._lock:
            self._who = self._paper = None

    @property
    def someone(self) -> bool:
        """Whether somebody stands there."""
        with self._lock:
            return self._who is not None or self._paper is not None

    def picture(self, index: int) -> NDArray[np.uint8]:
        """What the camera sees, and remember what that was."""
        image: NDArray[np.uint8] = _NOISE[index % len(_NOISE)].copy()
        with self._lock:
            who, track, blinks, paper = self._who, self._track, self._blinks, self._paper
            self._shown[index] = (who, track, blinks)
            while len(self._shown) > REMEMBERED:
                self._shown.popitem(last=False)
        if who is not None:
            left, top = place(index)
            image[top : top + SIDE, left : left + SIDE] = look(who, index)
        elif paper is not None:
            height, width = paper.shape[:2]
            image[:height, :width] = paper
        return image

    def seen(self, index: int) -> tuple[int | None, int, bool]:
        """Who was in a picture, in which track, and whether they blink."""
        with self._lock:
            return self._shown.get(index, (None, 0, False))


def place(index: int) -> tuple[int, int]:
    """Where the plate is: nobody stands quite still."""
    return LEFT + index * 7 % 5 - 2, TOP + index * 3 % 5 - 2


class SceneCamera:
    """The camera's port over a scene."""

    simulated = True
    fps = FPS

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._index = 0

    def start(self) -> None:
        """Nothing to open."""

    def read(self) -> Frame | None:
        """The next picture."""
        time.sleep(1 / FPS)
        self._index += 1
        return Frame(self._scene.picture(self._index), time.monotonic(), self._index)

    def skip(self) -> bool:
        """Let one pass."""
        time.sleep(1 / FPS)
        self._index += 1
        return True

    def stop(self) -> None:
        """Nothing to close."""


class SceneTracker:
    """The tracker's port over a scene: eyes close for a fifth of a second now and then."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def start(self) -> None:
        """Nothing to load."""

    def reset(self) -> None:
        """Tracks begin and end with the scene."""

    def observe(self, frame: Frame) -> Sighting:
        """What the scene showed when this picture was taken."""
        who, track, blinks = self._scene.seen(frame.index)
        if who is None:
            return Sighting(frame.at, frame.index, 0, None, None)
        left, top = place(frame.index)
        phase = frame.at % BLINK_EVERY_S
        closed = max(0.0, 1 - abs(phase - 0.4) / 0.1) if blinks else 0.0
        ear = OPEN_EYE - (OPEN_EYE - SHUT_EYE) * closed
        right_eye, left_eye, nose, right_mouth, left_mouth = (
            (float(x), float(y)) for x, y in points(left, top)
        )
        face = Face(
            box=(float(left), float(top), float(SIDE), float(SIDE)),
            points=(right_eye, left_eye, nose, right_mouth, left_mouth),
            left_ear=ear,
            right_ear=ear,
            yaw=0.0,
            pitch=0.0,
            roll=0.0,
            brightness=120.0,
            sharpness=100.0 + frame.index * 0.01,
            score=0.9,
        )
        return Sighting(frame.at, frame.index, 1, track, face)


class ScenePresence:
    """The presence sensor's port over a scene."""

    needs_frames = False

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def start(self) -> None:
        """Nothing to claim."""

    def present(self, frame: Frame | None) -> bool:  # noqa: ARG002  # the port's signature
        """Whether somebody stands there."""
        return self._scene.someone

    def stop(self) -> None:
        """Nothing to give back."""
