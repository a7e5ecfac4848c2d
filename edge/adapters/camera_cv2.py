"""How do frames come from a device, a network camera or a recorded clip? All through OpenCV."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import structlog

from edge.adapters.capture_source import SILENT_S, Source, live_source
from edge.adapters.clip import Clip
from edge.errors import CameraError
from edge.ports import Frame, Image

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
            self._reader = _Live(live)
        self._started = False

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

    def stop(self) -> None:
        """Release the source; twice is harmless."""
        if self._started:
            self._started = False
            self._reader.stop()


class _Reader(Protocol):
    def start(self) -> None: ...

    def read(self) -> Frame | None: ...

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

    def start(self) -> None:
        self._stopped.clear()
        self._clip.open()
        self._index = -1
        self._began = time.monotonic()

    def read(self) -> Frame | None:
        index = self._index + 1
        if self._paced:
            elapsed = time.monotonic() - self._began
            index = max(index, int(elapsed * self._clip.fps))
            if self._stopped.wait(max(0.0, index / self._clip.fps - elapsed)):
                return None
        with self._decoding:
            if self._stopped.is_set():
                return None
            image = self._forward(index - self._index)
        if image is None:
            return None
        self._index = index
        return Frame(image=image, at=index / self._clip.fps, index=index)

    def stop(self) -> None:
        self._stopped.set()
        with self._decoding:
            self._clip.close()

    def _forward(self, count: int) -> Image | None:
        """The frame `count` frames on, through the end and over again where looping."""
        image: Image | None = None
        for step in range(1, count + 1):
            image = self._one(wanted=step == count)
            if image is None and step == count:
                return None
        return image

    def _one(self, *, wanted: bool) -> Image | None:
        if not wanted and self._clip.skip(1):
            return None
        image = self._clip.read()
        if image is None and self._loop:
            self._clip.open()
            image = self._clip.read()
        return image


class _Live:
    """The newest frame of a device or network camera, read by a thread that owns the capture."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._session: _Session | None = None

    def start(self) -> None:
        self._session = _Session(self._source)
        self._session.start()

    def read(self) -> Frame | None:
        session = self._session
        return session.read() if session is not None else None

    def stop(self) -> None:
        if self._session is not None:
            self._session.stop()


class _Session:
    """One opened source, from `start` to `stop`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._news = threading.Condition()
        self._newest: Frame | None = None
        self._taken = -1
        self._gone = False
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        capture = self._source.open()
        self._thread = threading.Thread(
            target=self._pump, args=(capture,), name="camera", daemon=True
        )
        self._thread.start()

    def read(self) -> Frame | None:
        with self._news:
            self._news.wait_for(self._is_news, timeout=SILENT_S)
            if self._stopped:
                return None
            if self._newest is None or self._newest.index == self._taken:
                raise CameraError(
                    f"{self._source.label}: no pictures come any more; check its cable or network, "
                    "then start it again"
                )
            self._taken = self._newest.index
            return self._newest

    def stop(self) -> None:
        with self._news:
            self._stopped = True
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
            if self._thread.is_alive():
                _log.warning("camera thread is stuck in the driver", camera=self._source.label)

    def _is_news(self) -> bool:
        fresh = self._newest is not None and self._newest.index != self._taken
        return self._stopped or self._gone or fresh

    def _pump(self, capture: cv2.VideoCapture) -> None:
        index = 0
        try:
            while not self._stopped:
                good, image = capture.read()
                at = time.monotonic()
                if not good:
                    break
                with self._news:
                    self._newest = Frame(np.asarray(image, dtype=np.uint8), at, index)
                    self._news.notify_all()
                index += 1
        finally:
            # Released here and nowhere else: OpenCV crashes when another thread does it in a read.
            capture.release()
            with self._news:
                self._gone = True
                self._news.notify_all()
