"""How do several indicators show one prompt? In turn, and none spoils it for the others."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from edge.errors import IndicatorError
from edge.ports import Indicator, Prompt

_log = structlog.get_logger(__name__)


class Indicators:
    """All indicators of a door as one.

    Args of the constructor:
        each: none, one or several. One that cannot be claimed, or fails later, is logged, once,
            and left dark: a loose wire of a display is no reason to keep people out.
        strict: `start` fails where one cannot be claimed, for whoever wants to know.
    """

    def __init__(self, each: Sequence[Indicator], *, strict: bool = False) -> None:
        self._each = tuple(each)
        self._strict = strict
        self._failed: set[int] = set()

    def start(self) -> None:
        """Claim all of them. Raises `IndicatorError` where one cannot be had, if strict."""
        self._failed.clear()
        for place, indicator in enumerate(self._each):
            try:
                indicator.start()
            except IndicatorError as error:
                if self._strict:
                    self.stop()
                    raise
                self._fail(place, error)
        self.show(Prompt.IDLE)

    def show(self, prompt: Prompt) -> None:
        """Show a prompt on each of them until the next one."""
        for place, indicator in enumerate(self._each):
            if place in self._failed:
                continue
            try:
                indicator.show(prompt)
            except IndicatorError as error:
                self._fail(place, error)

    def stop(self) -> None:
        """Show nothing any more. Twice is harmless."""
        for indicator in self._each:
            indicator.stop()

    def _fail(self, place: int, error: IndicatorError) -> None:
        self._failed.add(place)
        kind = type(self._each[place]).__name__
        _log.error("indicator_failed", kind=kind, why=str(error), do="`python -m edge check`")
