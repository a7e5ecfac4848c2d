"""Whose message is next? Each lane in turn, so that a flooding door delays nobody else."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")

LANE_LIMIT = 64
"""Most messages that wait in one lane. The broker's window keeps quality 1 far below; what comes
with quality 0 has no window, and is dropped here."""


class Inbox(Generic[T]):
    """A queue of many lanes, taken in turn, and one urgent lane before all; from any thread."""

    def __init__(self, lane_limit: int = LANE_LIMIT) -> None:
        self._limit = lane_limit
        self._lanes: dict[str, deque[T]] = {}
        self._turn: deque[str] = deque()
        self._urgent: deque[T] = deque()
        self._change = threading.Condition()

    def put(self, lane: str, item: T) -> bool:
        """Append to a lane; False, and nothing kept, where it is full."""
        with self._change:
            waiting = self._lanes.setdefault(lane, deque())
            if len(waiting) >= self._limit:
                return False
            if not waiting:
                self._turn.append(lane)
            waiting.append(item)
            self._change.notify()
            return True

    def put_urgent(self, item: T) -> None:
        """Append to the lane that goes first: results of work that was bounded before."""
        with self._change:
            self._urgent.append(item)
            self._change.notify()

    def get(self, timeout_s: float) -> T | None:
        """Take the next item; None where none came in time."""
        with self._change:
            if not self._change.wait_for(lambda: self._urgent or self._turn, timeout_s):
                return None
            if self._urgent:
                return self._urgent.popleft()
            lane = self._turn.popleft()
            waiting = self._lanes[lane]
            item = waiting.popleft()
            if waiting:
                self._turn.append(lane)
            else:
                del self._lanes[lane]
            return item
