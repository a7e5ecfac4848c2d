"""What reads passes at a door that takes none? Nothing."""

from __future__ import annotations

from edge.ports import Image


class NoPassReader:
    """The `PassReader` port without anything behind it."""

    def start(self) -> None:
        """See `PassReader.start`."""

    def show(self, image: Image) -> None:
        """See `PassReader.show`."""

    def take(self) -> str | None:
        """See `PassReader.take`; never anything."""
        return None

    def stop(self) -> None:
        """See `PassReader.stop`."""
