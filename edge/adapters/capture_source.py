"""How is a video device or a network camera opened, and what is wrong where it cannot be?"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import cv2
from cv2.utils import logging as cv2_logging

from edge.errors import CameraError

OPEN_TIMEOUT_S = 5.0
"""For a network camera that does not answer."""

SILENT_S = 5.0
"""A camera that delivers nothing for so long is gone."""

_DEVICE = re.compile(r"(?:/dev/video)?(\d{1,3})")


class Source(Protocol):
    """Something that `cv2.VideoCapture` opens."""

    @property
    def label(self) -> str:
        """What to call it in messages and logs; holds no password."""
        ...

    def open(self) -> cv2.VideoCapture:
        """Open it. Raises `edge.errors.CameraError`."""
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """A camera at this machine.

    Attributes:
        index: number in /dev/video*.
        size: width and height asked for; the device may deliver another.
        fps: frames a second asked for; the device may deliver fewer.
    """

    index: int
    size: tuple[int, int]
    fps: float

    @property
    def label(self) -> str:
        """What to call it in messages and logs."""
        return f"camera {self.index} (/dev/video{self.index})"

    def open(self) -> cv2.VideoCapture:
        """Open the device, asking for MJPG: raw pictures do not reach 30 a second over USB 2.

        Raises:
            CameraError: there is none, it may not be opened, or it is in use.
        """
        node = Path(f"/dev/video{self.index}")
        if not node.exists():
            raise CameraError(f"{self.label}: there is no such device; {_devices()}")
        if not os.access(node, os.R_OK | os.W_OK):
            raise CameraError(
                f"{self.label}: this user may not open it; add the user to the group `video` and "
                "log in again"
            )
        capture = _quietly(self.index, cv2.CAP_V4L2, [])
        if not capture.isOpened():
            capture.release()
            raise CameraError(
                f"{self.label}: it cannot be opened; another program may use it (`fuser {node}` "
                f"says which), or it is no camera; {_devices()}"
            )
        # In this order: the format decides which sizes and rates there are.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.size[1])
        capture.set(cv2.CAP_PROP_FPS, self.fps)
        return capture


@dataclass(frozen=True, slots=True)
class NetworkCamera:
    """A camera with an address.

    Attributes:
        address: `rtsp://user:password@host/path` or the like.
    """

    address: str

    @property
    def label(self) -> str:
        """The address without user, password and query, which may hold one too."""
        parts = urlsplit(self.address)
        return f"camera {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def open(self) -> cv2.VideoCapture:
        """Connect.

        Raises:
            CameraError: it does not answer, or not with a video.
        """
        capture = _quietly(
            self.address,
            cv2.CAP_FFMPEG,
            [
                *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1000 * OPEN_TIMEOUT_S)),
                *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1000 * SILENT_S)),
            ],
        )
        if not capture.isOpened():
            capture.release()
            raise CameraError(
                f"{self.label}: no video from there within {OPEN_TIMEOUT_S:.0f} s; try the address "
                "in a video player, and check user, password and path"
            )
        return capture


def live_source(named: int | str, size: tuple[int, int], fps: float) -> Source | None:
    """What `named` stands for: an index or /dev/video* a device, an address a network camera.

    Returns:
        None for anything else, which is a file's path.
    """
    if found := _DEVICE.fullmatch(str(named)):
        return Device(int(found[1]), size, fps)
    if "://" in str(named):
        return NetworkCamera(str(named))
    return None


def _devices() -> str:
    nodes = sorted(str(node) for node in Path("/dev").glob("video*"))
    if not nodes:
        return "there is no /dev/video* at all: plug the camera in, or enable it"
    return f"there are {', '.join(nodes)}"


def _quietly(source: int | str, backend: int, parameters: list[int]) -> cv2.VideoCapture:
    # OpenCV logs what our message says, and would log an address with its password.
    before = cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_SILENT)
    try:
        return cv2.VideoCapture(source, backend, parameters)
    finally:
        cv2_logging.setLogLevel(before)
