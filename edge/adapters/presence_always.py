"""What if a door should never sleep? Then somebody is always there."""

from __future__ import annotations

from edge.ports import Frame


class AlwaysPresent:
    """Says yes: for doors without a sensor whose camera may work all day, and for recordings."""

    needs_frames = False

    def start(self) -> None:
        """Nothing to claim."""

    def present(self, frame: Frame | None) -> bool:  # noqa: ARG002  # the port's signature
        """Always true."""
        return True

    def stop(self) -> None:
        """Nothing to give back."""
