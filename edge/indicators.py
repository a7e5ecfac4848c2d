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
        each: none, one or several. One that cannot be claimed keeps the door from starting; one
            that fails later is logged, once, and left dark: prompts are no reason to keep people
            out.
    """

    def __init__(self, each: Sequence[Indicator]) -> None:
        self._each = tuple(each)
        self._failed: set[int] = set()

    def start(self) -> None:
        """Claim all of them. Raises `IndicatorError` where one cannot be had."""
        self._failed.clear()
        try:
            for indicator in self._each:
                indicator.start()
        except IndicatorError:
            self.stop()
            raise
        self.show(Prompt.IDLE)

    def show(self, prompt: Prompt) -> None:
        """Show a prompt on each of them until the next one."""
        for place, indicator in enumerate(self._each):
            if place in self._failed:
                continue
            try:
                indicator.show(prompt)
            except IndicatorError as error:
                self._failed.add(place)
                _log.error("indicator_failed", kind=type(indicator).__name__, why=str(error))

    def stop(self) -> None:
        """Show nothing any more. Twice is harmless."""
        for indicator in self._each:
            indicator.stop()
