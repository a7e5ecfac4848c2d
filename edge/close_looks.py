"""When is a close look at a face due, so that it costs no blink?

A close look takes its time, and frames that come meanwhile are not looked at. On a slow board that
is longer than two sightings of a blink may lie apart, so looks are spaced by what they cost, and
one that falls due while lids are low waits until they are up again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Final

from edge.core.sighting import Sighting
from edge.core.surface import Surface
from edge.ports import Frame, SurfaceReader
from edge.sight_faults import SightFaults

LOOK_EVERY_S: Final = 0.2
"""Least seconds between two close looks: what is on a screen or on paper stays so."""

SHARE: Final = 0.1
"""Most share of the time that close looks may take."""

LONGEST_S: Final = 0.8
"""Most seconds between two looks, whatever they cost: four of them decide, and a visit is short."""

LOW: Final = 0.85
"""Share of the open eye under which lids are low, as `BlinkRule.max_closed` has it."""

WAIT_S: Final = 0.5
"""Most seconds that a look waits for lids to rise: half-closed eyes are looked at, too."""

_LIDS_S: Final = 1.0
"""Seconds of a track from whose median the open eye is taken."""


def no_time() -> float:
    """The clock of whoever plays recordings: looks cost nothing, so that a run can be repeated."""
    return 0.0


class CloseLooks:
    """Looks closely at one face, at once where it is new, then now and then.

    Args of the constructor:
        reader: started by whoever owns it; None for a door that does not look closely.
        faults: told of a reader that fails; there is no look then.
        clock: seconds of a monotonic clock, to measure what a look costs.
    """

    def __init__(
        self,
        reader: SurfaceReader | None,
        faults: SightFaults,
        clock: Callable[[], float] = no_time,
    ) -> None:
        self._reader = reader
        self._faults = faults
        self._clock = clock
        self._track: int | None = None
        self._at = -math.inf
        self._costs: deque[float] = deque(maxlen=5)
        self._lids: deque[tuple[float, float]] = deque()

    @property
    def every_s(self) -> float:
        """Seconds between two looks, by what the latest ones cost."""
        cost = median(self._costs) if self._costs else 0.0
        return min(LONGEST_S, max(LOOK_EVERY_S, cost / SHARE))

    def look(self, frame: Frame, sighting: Sighting) -> Surface | None:
        """A close look at a face alone, where one is due."""
        face, at = sighting.face, sighting.at
        if face is None or sighting.track is None or sighting.faces != 1:
            return None
        if sighting.track != self._track:
            self._track, self._at = sighting.track, -math.inf
            self._lids.clear()
        low = self._lids_low(at, face.ear)
        since = at - self._at
        if self._reader is None or 0 <= since < self.every_s:
            return None
        if low and 0 <= since < self.every_s + WAIT_S:
            return None
        self._at = at
        began = self._clock()
        try:
            return self._reader.look(frame, face)
        except Exception as error:  # noqa: BLE001  # a door outlives whatever a library throws
            self._faults.tell("close look", error)
            return None
        finally:
            self._costs.append(self._clock() - began)

    def _lids_low(self, at: float, ear: float | None) -> bool:
        if ear is None or not math.isfinite(ear):
            return False
        while self._lids and not at - _LIDS_S <= self._lids[0][0] <= at:
            self._lids.popleft()
        self._lids.append((at, ear))
        return ear < LOW * median(value for _, value in self._lids)
