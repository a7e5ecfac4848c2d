"""Whose message is next? Each lane in turn, so that a flooding door delays nobody else."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from brain.core import pace
from brain.core.pace import Pace, PaceRule

T = TypeVar("T")

LANE_LIMIT = 64
"""Most messages that wait in one lane. The broker's window keeps quality 1 far below; what comes
with quality 0 has no window, and is dropped here."""


class Inbox(Generic[T]):
    """A queue of many lanes, taken in turn, and one urgent lane before all; from any thread.

    Each lane has its allowance (`brain.core.pace`): one that has spent it waits while others go on.
    One thread takes, and says what each thing cost.
    """

    def __init__(
        self,
        lane_limit: int = LANE_LIMIT,
        rule: PaceRule | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = lane_limit
        self._rule = rule or PaceRule()
        self._monotonic = monotonic
        self._lanes: dict[str, deque[T]] = {}
        self._paces: dict[str, Pace] = {}
        self._turn: deque[str] = deque()
        self._urgent: deque[T] = deque()
        self._taken = ""
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
        until = time.monotonic() + timeout_s
        with self._change:
            while True:
                self._taken = ""
                if self._urgent:
                    return self._urgent.popleft()
                lane, due_s = self._next()
                if lane is not None:
                    return self._take(lane)
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self._change.wait(left if due_s is None else min(left, due_s))

    def charge(self, cost: float) -> None:
        """Say what the item that was taken last cost its lane; nothing for an urgent one."""
        with self._change:
            if not self._taken:
                return
            now = self._monotonic()
            before = self._paces.get(self._taken) or pace.begun(now, self._rule)
            self._paces[self._taken] = pace.spent(before, cost, now, self._rule)

    def _next(self) -> tuple[str | None, float | None]:
        """The lane whose turn it is; or None, and in how many seconds one may be taken."""
        now, soonest = self._monotonic(), None
        for lane in self._turn:
            had = self._paces.get(lane)
            wait = 0.0 if had is None else pace.wait_s(had, now, self._rule)
            if wait <= 0:
                return lane, None
            soonest = wait if soonest is None else min(soonest, wait)
        return None, soonest

    def _take(self, lane: str) -> T:
        self._turn.remove(lane)
        waiting = self._lanes[lane]
        item = waiting.popleft()
        if waiting:
            self._turn.append(lane)
        else:
            del self._lanes[lane]
        self._taken = lane
        return item
