"""Which frame is the newest? A thread of its own reads the camera, the main thread takes.

Asleep, it decodes only as many frames as presence needs; awake, every one. It tells when the
camera is gone, frozen, or good again, and opens a camera that went away anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import numpy as np
import structlog

from edge.core.visit_events import CameraChanged, CameraState
from edge.errors import CameraError, EdgeError
from edge.ports import Camera, Frame, Image
from faces.errors import FacesError

ASLEEP_FPS: Final = 8.0
"""Frames a second looked at while nobody is there: woken within 300 ms with one to spare."""

FROZEN_S: Final = 2.0
"""Seconds of identical pictures after which a camera counts as frozen; a living sensor's noise
differs in every frame."""

RETRY_S: Final = (1.0, 2.0, 5.0)
"""Seconds between attempts to open a camera that is gone; the last one goes on."""

JOIN_S: Final = 5.0

_log = structlog.get_logger(__name__)


class Capture:
    """Reads one camera on its own thread.

    Args:
        camera: the source; nobody else may touch it between `start` and `stop`.
        on_frame: told, on the capture thread, that `take` has something new; must return at once.
        on_state: told of every change of the camera's state, on the capture thread.
        lossless: for recordings: wait until each frame was taken, instead of keeping the newest.
    """

    def __init__(
        self,
        camera: Camera,
        on_frame: Callable[[], None],
        on_state: Callable[[CameraChanged], None],
        *,
        lossless: bool = False,
    ) -> None:
        self._camera = camera
        self._on_frame = on_frame
        self._on_state = on_state
        self._lossless = lossless
        self._awake = False
        self._slot: Frame | None = None
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._state = CameraState.GOOD
        self._stillness = _Stillness()

    def start(self) -> None:
        """Begin reading; returns at once, whether or not there is a camera."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and release the camera. Twice is harmless.

        Raises:
            EdgeError: the thread is stuck inside the camera's driver.
        """
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.join(JOIN_S)
        if thread.is_alive():
            raise EdgeError(
                f"the camera's driver does not return since {JOIN_S:.0f} s; unplug the camera"
            )

    def set_awake(self, awake: bool) -> None:
        """Look at every frame, or only as often as presence needs it."""
        self._awake = awake

    def take(self) -> Frame | None:
        """The newest frame that was not taken yet, None where there is none."""
        with self._changed:
            frame, self._slot = self._slot, None
            self._changed.notify_all()
            return frame

    def _run(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            try:
                self._camera.start()
                attempt = 0
                self._read_all()
            except (CameraError, FacesError) as error:
                # A made-up scene needs models too; whatever it is, it is tried again.
                self._tell(CameraState.LOST, str(error))
            except Exception:  # noqa: BLE001  # a driver may raise anything, and must not blind us
                _log.exception("capture_stumbled")
                self._tell(CameraState.LOST, "an unforeseen error; see the log")
            finally:
                self._camera.stop()
            if self._stopping.wait(RETRY_S[min(attempt, len(RETRY_S) - 1)]):
                return
            attempt += 1

    def _read_all(self) -> None:
        """Read until asked to stop. Raises CameraError when the camera is gone or has ended."""
        while not self._stopping.is_set():
            if not self._awake and not self._skip():
                break
            frame = self._camera.read()
            if frame is None:
                break
            if self._stillness.lasts(frame):
                self._tell(
                    CameraState.FROZEN,
                    f"the same picture for {FROZEN_S:.0f} s; check the camera and its cable",
                )
            else:
                self._tell(CameraState.GOOD, "")
            self._put(frame)
        if not self._stopping.is_set():
            self._tell(CameraState.LOST, "the recording has ended")
            self._stopping.wait()

    def _skip(self) -> bool:
        """Let frames pass as the sleeping rate asks; False at the end of a recording."""
        frames = round(self._camera.fps / ASLEEP_FPS) - 1
        for _ in range(frames):
            if self._awake or self._stopping.is_set():
                return True
            if not self._camera.skip():
                return False
        return True

    def _put(self, frame: Frame) -> None:
        with self._changed:
            while self._lossless and self._slot is not None and not self._stopping.is_set():
                self._changed.wait(0.5)
            self._slot = frame
        self._on_frame()

    def _tell(self, state: CameraState, detail: str) -> None:
        if state is self._state:
            return
        self._state = state
        _log.warning("camera", state=state.value, detail=detail)
        self._on_state(CameraChanged(state, detail))


class _Stillness:
    """Notices the same picture again and again."""

    def __init__(self) -> None:
        self._sample: Image | None = None
        self._since = 0.0

    def lasts(self, frame: Frame) -> bool:
        """Whether the picture has not changed for too long, as of this frame."""
        sample = frame.image[::8, ::8]
        if self._sample is None or not np.array_equal(sample, self._sample):
            # A copy: the view would keep the whole picture alive.
            self._sample, self._since = sample.copy(), frame.at
        return frame.at - self._since >= FROZEN_S
