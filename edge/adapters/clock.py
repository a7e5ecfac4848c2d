"""What time is it, for measuring how long something lasted?"""

from __future__ import annotations

import time


class SystemClock:
    """The machine's monotonic clock: seconds since some point, shared by all its processes."""

    def monotonic(self) -> float:
        """Seconds, never running backwards; only differences mean anything."""
        return time.monotonic()
