"""How is told of messages that moved nothing, without a flood of them becoming a flood of ours?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from doorbus.messages import MessageRefused

QUIET_S = 10.0
"""Seconds between two reports of the same refusal; those in between are counted."""

MOST_KINDS = 100
"""Refusals told apart; what comes on top is reported together."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(slots=True)
class _Tally:
    count: int
    next_report: float


class Refusals:
    """Counts refused messages, and reports each kind now and then; on one thread.

    Args:
        report: publishes on `brain/event`; False where it did not go out and is to be tried again.
        monotonic: seconds.
    """

    def __init__(
        self, report: Callable[[MessageRefused], bool], monotonic: Callable[[], float]
    ) -> None:
        self._report = report
        self._monotonic = monotonic
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self.total = 0

    def note(self, topic: str, reason: str) -> None:
        """Count one; the first of its kind is reported at once."""
        self.total += 1
        kind = (_line(topic), _line(reason.removeprefix(f"{topic}: ")))
        if kind not in self._tallies and len(self._tallies) >= MOST_KINDS:
            kind = ("(several)", "many kinds of refused messages")
        tally = self._tallies.setdefault(kind, _Tally(0, self._monotonic()))
        tally.count += 1
        self.flush()

    def flush(self) -> None:
        """Report what is due; forget kinds that have been quiet."""
        now = self._monotonic()
        for kind, tally in list(self._tallies.items()):
            if now < tally.next_report:
                continue
            if not tally.count:
                del self._tallies[kind]
                continue
            topic, reason = kind
            if self._report(MessageRefused(topic=topic, reason=reason, count=tally.count)):
                tally.count = 0
                tally.next_report = now + QUIET_S


def _line(text: str) -> str:
    return _CONTROL.sub(" ", text)[:200]
