"""Which faults of what sees were told already?"""

from __future__ import annotations

import structlog

_log = structlog.get_logger(__name__)


class SightFaults:
    """Logs each kind of fault once: a broken part fails at every frame."""

    def __init__(self) -> None:
        self._told: set[tuple[str, type[Exception]]] = set()

    def tell(self, part: str, error: Exception) -> None:
        """One line, with the traceback, where this part has not failed in this way before."""
        kind = (part, type(error))
        if kind in self._told:
            return
        self._told.add(kind)
        _log.error(
            "sight_failed",
            part=part,
            why=f"{type(error).__name__}: {error}",
            do="the door goes on as if nothing was seen there; the same again is not logged",
            exc_info=error,
        )
