"""What time does the machine's clock show, whoever set it?"""

from __future__ import annotations

from datetime import UTC, datetime


class SystemWallClock:
    """The `WallClock` port for machines whose clock is right by other means, as with a battery."""

    def now(self) -> datetime:
        """See `WallClock.now`; never None."""
        return datetime.now(UTC)
