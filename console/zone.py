"""In which zone does the site tell the time? As the brain said last, also while it is away."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any


class SiteZone:
    """The name of the site's zone, kept over restarts.

    Args:
        kept: the file that keeps it; None keeps it nowhere.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self._kept = kept
        self._name: str | None = None

    @property
    def name(self) -> str:
        """Such as `Europe/Berlin`; empty while the brain has never told it."""
        if self._name is None:
            self._name = ""
            if self._kept is not None:
                with contextlib.suppress(OSError, UnicodeDecodeError):
                    self._name = self._kept.read_text("utf-8").strip()
        return self._name

    def learn(self, data: dict[str, Any]) -> None:
        """Take it out of an answer of the brain, where it is in there."""
        told = data.get("timezone")
        if not isinstance(told, str) or told == self.name:
            return
        self._name = told
        if self._kept is not None:
            # Not kept, it is asked for again after the next start.
            with contextlib.suppress(OSError):
                self._kept.write_text(told, "utf-8")
