"""What becomes of a message that comes over the line? It is understood, kept, and shown."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from console.core.site_view import SiteView, State
from console.line import HEARD, SETTLE_S
from console.live import Live
from console.ports import Clock
from doorbus import topics
from doorbus.bus import Wire
from doorbus.codec import decode
from doorbus.errors import MessageError
from doorbus.topics import Topic

TIDY_S: Final = 5.0
"""Seconds between two looks for what has become too old."""

_STATES: Final[Mapping[Topic[Any], State]] = {
    topics.DOOR_AVAILABILITY: "online",
    topics.LOCK_STATE: "lock",
    topics.CONTACT: "contact",
    topics.DOOR_HEALTH: "health",
}

_log = structlog.get_logger()


class Hearing:
    """Feeds the view of the site, and wakes the pages; on the event loop.

    Args:
        view: what is fed.
        live: who is woken.
        clock: the console's.
    """

    def __init__(self, view: SiteView, live: Live, clock: Clock) -> None:
        self._view = view
        self._live = live
        self._clock = clock
        self._settling: asyncio.TimerHandle | None = None
        self._tidying: asyncio.Task[None] | None = None
        self._complained: set[str] = set()

    async def start(self) -> None:
        """Begin to forget what becomes too old."""
        self._tidying = asyncio.create_task(self._tidy(), name="tidy")

    async def stop(self) -> None:
        """End that. Twice is harmless."""
        self._cancel_settling()
        task, self._tidying = self._tidying, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def heard(self, wire: Wire) -> None:
        """A message; one that is not understood is told once in the log, and moves nothing."""
        before = self._view.version
        try:
            self._take(wire)
        except (MessageError, ValueError) as error:
            kind = next((topic.template for topic in HEARD if topic.matches(wire.topic)), "")
            if kind not in self._complained:
                self._complained.add(kind)
                _log.warning("a message is not understood", topic=wire.topic, why=str(error))
        if self._view.version != before:
            self._live.wake()

    def connected(self) -> None:
        """The broker is there; what it keeps follows."""
        self._cancel_settling()
        self._settling = asyncio.get_running_loop().call_later(SETTLE_S, self._settled)
        self._live.wake()

    def lost(self) -> None:
        """The broker went away."""
        self._cancel_settling()
        self._view.lost()
        self._live.wake()

    def _settled(self) -> None:
        self._view.settled()
        self._live.wake()  # even without a change there: the brain may by now be known to be away

    def _cancel_settling(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            before = self._view.version
            self._view.expire(self._clock.wall())
            if self._view.version != before:
                self._live.wake()

    def _take(self, wire: Wire) -> None:
        now, view = self._clock.wall(), self._view
        topic, door = _found(wire.topic)
        if topic is None:
            return
        if topic in _STATES and door is not None:
            value = decode(topic, wire) if wire.payload else None
            view.state(door, _STATES[topic], value, now, live=not wire.retain)
        elif topic is topics.BRAIN_AVAILABILITY:
            view.brain_is(decode(topics.BRAIN_AVAILABILITY, wire) if wire.payload else None)
        elif not wire.retain:
            # Nothing else is ever kept by the broker; what is has been put there by somebody.
            _EVENTS[topic](view, door or "", decode(topic, wire), now)


@functools.lru_cache(maxsize=8192)
def _found(name: str) -> tuple[Topic[Any] | None, str | None]:
    for topic in HEARD:
        if topic.matches(name):
            return topic, topic.level(name)
    return None, None


_EVENTS: Final[Mapping[Topic[Any], Callable[[SiteView, str, Any, float], object]]] = {
    topics.DOOR_EVENT: lambda view, door, event, now: view.told(door, event, now),
    topics.SNAPSHOT: lambda view, door, picture, now: view.snapshot(door, picture, now),
    topics.ENROL_FRAME: lambda view, door, frame, now: view.frame(door, frame, now),
    topics.BRAIN_HEALTH: lambda view, _, health, now: view.brain_health(health, now),
    topics.BRAIN_EVENT: lambda view, _, event, now: view.brain_told(event, now),
    topics.ADMIN_EVENTS: lambda view, _, visit, now: view.came(visit, now),
}
