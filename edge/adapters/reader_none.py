"""What reads cards and PINs at a door without a reader? Nothing."""

from __future__ import annotations

from collections.abc import Callable

from doorbus.messages import SecondFactor


class NoReader:
    """The `CodeReader` port without anything behind it."""

    simulated = False

    def problem(self) -> str | None:
        """See `CodeReader.problem`."""
        return None

    def start(self, on_code: Callable[[SecondFactor], None]) -> None:
        """See `CodeReader.start`; `on_code` never hears anything."""

    def stop(self) -> None:
        """See `CodeReader.stop`."""
