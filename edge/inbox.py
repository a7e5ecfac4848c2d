"""What do other threads have to tell the main loop?"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from doorbus.bus import BusEvent, Delivery
from edge.core.visit_events import CameraChanged, CodeTyped, NotSent, SenseMoved
from edge.local_matching import FoundHere
from edge.ports import LockState

MOST_AT_ONCE: Final = 50
"""News taken before the next look at the camera."""

MOST_WAITING: Final = 1000
"""News that may wait before messages of quality 0, which have no window, are dropped."""


@dataclass(frozen=True, slots=True)
class LockMoved:
    """The actuator reported `state` at `at`, monotonic seconds."""

    state: LockState
    at: float


@dataclass(frozen=True, slots=True)
class FrameWaits:
    """The capture thread has a frame."""


News = (
    SenseMoved | BusEvent | CameraChanged | LockMoved | NotSent | CodeTyped | FoundHere | FrameWaits
)


class Inbox:
    """Filled by any thread, emptied by the main loop."""

    def __init__(self) -> None:
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._frame_told = threading.Event()

    def put(self, news: News) -> None:
        """Tell the loop, in order; a flood of messages of quality 0 is cut off."""
        flood = isinstance(news, Delivery) and not news.wire.qos
        if flood and self._news.qsize() >= MOST_WAITING:
            return
        self._news.put(news)

    def put_frame(self) -> None:
        """Tell the loop that a frame waits; told once until the loop looks."""
        if not self._frame_told.is_set():
            self._frame_told.set()
            self._news.put(FrameWaits())

    def take(self, seconds: float) -> list[News]:
        """What there is, after waiting for the first piece for at most `seconds`."""
        news: list[News] = []
        with suppress(queue.Empty):
            news.append(self._news.get(timeout=seconds))
            while len(news) < MOST_AT_ONCE:
                news.append(self._news.get_nowait())
        # Before the loop takes the frame: one that comes in between is told once too often.
        self._frame_told.clear()
        return news
