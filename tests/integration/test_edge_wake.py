"""From an empty place to awake: clip, sleeping capture and motion presence together."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.adapters.camera_cv2 import Cv2Camera
from edge.adapters.presence_motion import MotionPresence
from edge.capture import Capture
from edge.core.visit_events import CameraChanged

FPS = 30
ENTERS = 62
"""Frame in which somebody steps in; in no step with the frames that a sleeping door looks at."""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds of an empty place with sensor noise, then somebody walks in from the left."""
    path = tmp_path / "enters.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (640, 480))
    rng = np.random.default_rng(7)
    for index in range(ENTERS + FPS):
        picture = np.full((480, 640, 3), 110, np.float32)
        picture[:, 200:210] = 60
        if index >= ENTERS:
            x = 20 + 8 * (index - ENTERS)
            cv2.ellipse(picture, (x, 220), (55, 75), 0, 0, 360, (150, 170, 210), -1)
            cv2.ellipse(picture, (x, 420), (120, 120), 0, 0, 360, (70, 50, 40), -1)
        noisy = picture + rng.normal(0, 4, picture.shape)
        writer.write(np.clip(noisy, 0, 255).astype(np.uint8))
    writer.release()
    return path


def test_a_sleeping_door_wakes_within_300_ms_of_somebody_stepping_in(clip: Path) -> None:
    arrived = threading.Semaphore(0)
    ended = threading.Event()

    def changed(_: CameraChanged) -> None:
        ended.set()
        arrived.release()

    presence = MotionPresence()
    presence.start()
    capture = Capture(Cv2Camera(clip, pacing="every"), arrived.release, changed, lossless=True)
    noticed: list[tuple[float, bool]] = []

    capture.start()
    try:
        while not ended.is_set():
            assert arrived.acquire(timeout=20)
            frame = capture.take()
            if frame is not None:
                noticed.append((frame.at, presence.present(frame)))
    finally:
        capture.stop()

    woken_at = next(at for at, someone in noticed if someone)
    assert len(noticed) < (ENTERS + FPS) / 3  # it slept: most frames were not decoded
    assert 0 <= woken_at - ENTERS / FPS <= 0.3
