"""The capture thread: newest frame, two rates, and a camera that goes, freezes and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from edge.capture import Capture
from edge.core.visit_events import CameraChanged, CameraState
from edge.errors import CameraError
from edge.ports import Frame


class ScriptedCamera:
    """Plays steps: an image number, the same number again for a frozen one, or an error."""

    simulated = True
    fps = 32.0

    def __init__(self, *sessions: list[int | Exception]) -> None:
        self._sessions = list(sessions)
        self._steps: list[int | Exception] = []
        self.starts = 0
        self.stops = 0
        self.skipped = 0
        self.read_count = 0

    def start(self) -> None:
        self.starts += 1
        if not self._sessions:
            raise CameraError("camera 7 is not there")
        self._steps = list(self._sessions.pop(0))
        self._index = 0

    def read(self) -> Frame | None:
        step = self._next()
        if step is None:
            return None
        self.read_count += 1
        image = np.full((16, 16, 3), step, np.uint8)
        return Frame(image, (self._index - 1) / self.fps, self._index - 1)

    def skip(self) -> bool:
        if self._next() is None:
            return False
        self.skipped += 1
        return True

    def stop(self) -> None:
        self.stops += 1

    def _next(self) -> int | None:
        if not self._steps:
            return None
        step = self._steps.pop(0)
        self._index += 1
        if isinstance(step, Exception):
            raise step
        return step


class Listener:
    """Collects what the capture says."""

    def __init__(self) -> None:
        self.frames = threading.Semaphore(0)
        self.states: list[CameraChanged] = []
        self.changed = threading.Condition()

    def state(self, news: CameraChanged) -> None:
        with self.changed:
            self.states.append(news)
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[list[CameraState]], object]) -> list[CameraState]:
        with self.changed:
            assert self.changed.wait_for(
                lambda: condition([news.state for news in self.states]), timeout=10
            ), self.states
            return [news.state for news in self.states]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def captures(listener: Listener) -> Iterator[Callable[..., Capture]]:
    made: list[Capture] = []

    def make(camera: ScriptedCamera, *, lossless: bool = False) -> Capture:
        capture = Capture(camera, listener.frames.release, listener.state, lossless=lossless)
        made.append(capture)
        return capture

    yield make
    for capture in made:
        capture.stop()


def test_a_recording_is_delivered_whole_and_in_order(
    captures: Callable[..., Capture], listener: Listener
) -> None:
    camera = ScriptedCamera(list(range(40)))
    capture = captures(camera, lossless=True)
    capture.set_awake(True)

    capture.start()
    seen = []
    for _ in range(40):
        assert listener.frames.acquire(timeout=10)
        frame = capture.take()
        assert frame is not None
        seen.append(frame.index)

    assert seen == list(range(40))
    assert listener.wait_for(bool) == [CameraState.LOST]
    assert "ended" in listener.states[0].detail


def test_a_live_camera_keeps_only_the_newest_frame(
    captures: Callable[..., Capture], listener: Listener
) -> None:
    capture = captures(ScriptedCamera(list(range(40))))
    capture.set_awake(True)

    capture.start()
    listener.wait_for(lambda states: CameraState.LOST in states)
    frame = capture.take()

    assert frame is not None
    assert frame.index == 39
    assert capture.take() is None


def test_asleep_it_decodes_one_frame_in_four_of_32_a_second(
    captures: Callable[..., Capture], listener: Listener
) -> None:
    camera = ScriptedCamera(list(range(80)))

    captures(camera).start()
    listener.wait_for(lambda states: CameraState.LOST in states)

    assert (camera.read_count, camera.skipped) == (20, 60)


def test_the_same_picture_for_two_seconds_is_frozen_until_it_changes(
    captures: Callable[..., Capture], listener: Listener
) -> None:
    camera = ScriptedCamera([*range(5), *([9] * 80), 10, 11])
    capture = captures(camera)
    capture.set_awake(True)

    capture.start()
    states = listener.wait_for(lambda states: CameraState.LOST in states)

    assert states == [CameraState.FROZEN, CameraState.GOOD, CameraState.LOST]


def test_a_repeated_picture_of_less_than_two_seconds_is_not_frozen(
    captures: Callable[..., Capture], listener: Listener
) -> None:
    camera = ScriptedCamera([*([9] * 60), 10])
    capture = captures(camera)
    capture.set_awake(True)

    capture.start()

    assert listener.wait_for(bool) == [CameraState.LOST]


def test_a_camera_that_goes_is_told_once_and_opened_again(
    captures: Callable[..., Capture], listener: Listener
) -> None:
    camera = ScriptedCamera([1, CameraError("unplugged"), 2], [3, 4])
    capture = captures(camera)
    capture.set_awake(True)

    capture.start()
    states = listener.wait_for(lambda states: states.count(CameraState.LOST) == 2)

    assert states == [CameraState.LOST, CameraState.GOOD, CameraState.LOST]
    assert camera.starts == 2
    assert listener.states[0].detail == "unplugged"


def test_no_camera_at_start_is_a_state_and_stop_ends_the_retries(listener: Listener) -> None:
    camera = ScriptedCamera()
    capture = Capture(camera, listener.frames.release, listener.state)

    capture.start()
    listener.wait_for(lambda states: states == [CameraState.LOST])
    capture.stop()
    capture.stop()
    starts = camera.starts
    time.sleep(0.05)

    assert camera.starts == starts
    assert camera.stops >= 1
    assert listener.states[0].detail == "camera 7 is not there"
