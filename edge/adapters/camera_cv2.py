"""How do frames come from a device, a network camera or a recorded clip? All through OpenCV."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import structlog

from edge.adapters.capture_source import SILENT_S, Source, live_source
from edge.adapters.clip import Clip
from edge.errors import CameraError
from edge.ports import Frame

_log = structlog.get_logger(__name__)

Pacing = Literal["live", "every"]
"""For files. `live`: real time, a late reader misses frames as with a device; `every`: each frame,
at the reader's own pace."""

_JOIN_S = 2.0


class Cv2Camera:
    """A device, a network camera or a file, told apart by what `source` looks like.

    Devices and network cameras are read by a thread of their own, so that a slow reader gets the
    newest frame and `stop` never waits for hardware. Can be started again after `stop`.

    Args of the constructor:
        source: a device (`0`, `"0"` or `"/dev/video0"`), an address (`rtsp://...`), or a file.
        size: width and height asked of a device; it may deliver another.
        fps: frames a second asked of a device; it may deliver fewer.
        pacing: for files.
        loop: for files: begin again at the end; indexes and times run on.
        first: first frame of a file to play, from 0.
        last: last frame of a file to play; None is the end.

    Frames of devices and network cameras carry the machine's monotonic clock at their arrival,
    frames of files their index over the file's frame rate.
    """

    def __init__(
        self,
        source: int | str | Path,
        *,
        size: tuple[int, int] = (640, 480),
        fps: float = 30.0,
        pacing: Pacing = "live",
        loop: bool = False,
        first: int = 0,
        last: int | None = None,
    ) -> None:
        live = None if isinstance(source, Path) else live_source(source, size, fps)
        self.simulated = live is None
        self._reader: _Reader
        if live is None:
            clip = Clip(Path(source if isinstance(source, Path) else str(source)), first, last)
            self._reader = _Recorded(clip, paced=pacing == "live", loop=loop)
        else:
            self._reader = _Live(live, fps)
        self._started = False

    @property
    def fps(self) -> float:
        """Nominal frames a second; known once started."""
        return self._reader.fps

    def start(self) -> None:
        """Open the source.

        Raises:
            CameraError: it cannot be opened, or was started already; says which and what to do. The
                password of an address is never in the message.
        """
        if self._started:
            raise CameraError("the camera was started already; stop it first")
        self._reader.start()
        self._started = True

    def read(self) -> Frame | None:
        """The next frame; None at the end of a file and after `stop`.

        Raises:
            CameraError: a device or network camera delivers nothing any more.
        """
        return self._reader.read() if self._started else None

    def skip(self) -> bool:
        """Let one frame pass undecoded; False at the end of a file and after `stop`.

        Raises:
            CameraError: a device or network camera delivers nothing any more.
        """
        return self._started and self._reader.skip()

    def stop(self) -> None:
        """Release the source; twice is harmless."""
        if self._started:
            self._started = False
            self._reader.stop()


class _Reader(Protocol):
    @property
    def fps(self) -> float: ...

    def start(self) -> None: ...

    def read(self) -> Frame | None: ...

    def skip(self) -> bool: ...

    def stop(self) -> None: ...


class _Recorded:
    """Frames of a file, in real time or as fast as they are asked for."""

    def __init__(self, clip: Clip, *, paced: bool, loop: bool) -> None:
        self._clip = clip
        self._paced = paced
        self._loop = loop
        self._stopped = threading.Event()
        # The file must not be closed while a frame is being decoded.
        self._decoding = threading.Lock()
        self._index = -1
        self._began = 0.0

    @property
    def fps(self) -> float:
        return self._clip.fps

    def start(self) -> None:
        self._stopped.clear()
        self._clip.open()
        self._index = -1
        self._began = time.monotonic()

    def read(self) -> Frame | None:
        index = self._due()
        with self._decoding:
            if not self._passed(index - self._index - 1):
                return None
            image = self._clip.read()
            if image is None and self._again():
                image = self._clip.read()
        if image is None:
            return None
        self._index = index
        return Frame(image=image, at=index / self._clip.fps, index=index)

    def skip(self) -> bool:
        index = self._due()
        with self._decoding:
            if not self._passed(index - self._index):
                return False
        self._index = index
        return True

    def stop(self) -> None:
        self._stopped.set()
        with self._decoding:
            self._clip.close()

    def _due(self) -> int:
        """Wait for the next frame's time, where there is one; its index."""
        index = self._index + 1
        if self._paced:
            elapsed = time.monotonic() - self._began
            index = max(index, int(elapsed * self._clip.fps))
            self._stopped.wait(max(0.0, index / self._clip.fps - elapsed))
        return index

    def _passed(self, count: int) -> bool:
        """Leave out frames, through the end and over again where looping."""
        return not self._stopped.is_set() and all(
            self._clip.skip(1) or (self._again() and self._clip.skip(1)) for _ in range(count)
        )

    def _again(self) -> bool:
        if self._loop and not self._stopped.is_set():
            self._clip.open()
            return True
        return False


class _Live:
    """A device or network camera: one session from each `start` to `stop`."""

    def __init__(self, source: Source, fps: float) -> None:
        self._source = source
        self._session: _Session | None = None
        self.fps = fps

    def start(self) -> None:
        capture = self._source.open()
        self.fps = capture.get(cv2.CAP_PROP_FPS) or self.fps
        self._session = _Session(capture, self._source.label)
        self._session.start()

    def read(self) -> Frame | None:
        return self._session.read() if self._session is not None else None

    def skip(self) -> bool:
        return self._session is not None and self._session.skip()

    def stop(self) -> None:
        if self._session is not None:
            self._session.stop()


class _Session:
    """A thread that owns an opened capture, and decodes the frames that somebody waits for."""

    def __init__(self, capture: cv2.VideoCapture, label: str) -> None:
        self._capture = capture
        self._label = label
        self._news = threading.Condition()
        self._grabbed = 0
        self._wanted = False
        self._frame: Frame | None = None
        self._gone = False
        self._stopped = False
        self._thread = threading.Thread(target=self._pump, name="camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def read(self) -> Frame | None:
        with self._news:
            self._frame = None
            self._wanted = True
            self._wait(lambda: self._frame is not None)
            return self._frame

    def skip(self) -> bool:
        with self._news:
            before = self._grabbed
            self._wait(lambda: self._grabbed > before)
            return not self._stopped

    def stop(self) -> None:
        with self._news:
            self._stopped = True
            self._frame = None
            self._news.notify_all()
        self._thread.join(_JOIN_S)
        if self._thread.is_alive():
            _log.warning("camera thread is stuck in the driver", camera=self._label)

    def _wait(self, came: Callable[[], bool]) -> None:
        """Wait until it came or `stop` was called. Raises `CameraError` when the camera is gone."""
        self._news.wait_for(lambda: self._stopped or self._gone or came(), timeout=SILENT_S)
        if not self._stopped and not came():
            raise CameraError(
                f"{self._label}: no pictures come any more; check its cable or network, then start "
                "it again"
            )

    def _pump(self) -> None:
        try:
            while not self._stopped and self._capture.grab():
                at = time.monotonic()
                with self._news:
                    index = self._grabbed
                    self._grabbed += 1
                    wanted = self._wanted
                    self._news.notify_all()
                if wanted:
                    self._deliver(at, index)
        finally:
            # Released here and nowhere else: OpenCV crashes when another thread does it in a read.
            self._capture.release()
            with self._news:
                self._gone = True
                self._news.notify_all()

    def _deliver(self, at: float, index: int) -> None:
        good, image = self._capture.retrieve()
        if not good:
            return
        with self._news:
            if not self._stopped:
                self._frame = Frame(np.asarray(image, dtype=np.uint8), at, index)
                self._wanted = False
                self._news.notify_all()
