"""What do the door's wires say, once they have settled? A thread looks at them all the time.

They are looked at, not listened to: edge detection of RPi.GPIO fails on newer kernels, and a
disturbance would wake the loop a thousand times. A thread of its own sees a button that is pressed
for a moment, however long the loop looks at a picture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from edge.core.debounce import Settled, look
from edge.core.senses import Sense
from edge.core.visit_events import SenseMoved
from edge.errors import SensorError
from edge.ports import Clock, Input

LOOK_EVERY_S: Final = 0.02
"""Seconds between two looks at every wire."""

STOP_S: Final = 2.0
"""Seconds that the thread gets to end."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SenseWire:
    """One wire of the door.

    Attributes:
        input: where it is felt.
        settle_s: seconds that it must show the same until it counts.
    """

    input: Input
    settle_s: float


class Senses:
    """Looks at all wires of a door and tells what has settled.

    Args of the constructor:
        wires: which there are; none, and nothing is started.
        put: hears each change, from a thread; the first of each wire tells how it is.
        clock: the edge's own time.
    """

    def __init__(
        self, wires: Mapping[Sense, SenseWire], put: Callable[[SenseMoved], None], clock: Clock
    ) -> None:
        self._wires = dict(wires)
        self._put = put
        self._clock = clock
        self._settled = dict.fromkeys(self._wires, Settled())
        self._lost: set[Sense] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Claim every wire and begin to look. Raises `SensorError` where one cannot be had."""
        try:
            for wire in self._wires.values():
                wire.input.start()
        except SensorError:
            self.stop()
            raise
        if not self._wires:
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="senses", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more and give every wire back. Twice is harmless."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(STOP_S)
            if thread.is_alive():
                _log.error("senses_stuck", do="look for a pin that another program holds")
        for wire in self._wires.values():
            wire.input.stop()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            for sense, wire in self._wires.items():
                try:
                    self._look(sense, wire)
                except Exception:  # noqa: BLE001  # one wire's library must not end the others
                    _log.exception("sense_failed", wire=sense.value)

    def _look(self, sense: Sense, wire: SenseWire) -> None:
        before = self._settled[sense]
        after = look(before, self._felt(sense, wire), self._clock.monotonic(), wire.settle_s)
        self._settled[sense] = after
        if after.active is not None and after.active is not before.active:
            self._put(SenseMoved(sense, after.active))

    def _felt(self, sense: Sense, wire: SenseWire) -> bool:
        """What the wire shows; one that cannot be read is as good as cut."""
        try:
            active = wire.input.active()
        except SensorError as error:
            if sense not in self._lost:
                _log.error("wire_unreadable", wire=sense.value, why=str(error))
            self._lost.add(sense)
            return wire.input.closed_loop or bool(self._settled[sense].active)
        self._lost.discard(sense)
        return active
