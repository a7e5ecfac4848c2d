"""How well do an enrolment's frames come in, while they do?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from doorbus.messages import EnrolmentHint

NEWEST: Final = 10
"""Looks that a hint speaks of."""


@dataclass(slots=True)
class FrameLooks:
    """What was seen of an enrolment's frames so far.

    Attributes:
        flaws: what is wrong with each, by its index, in the order of the looks; None where
            nothing is.
        told: what was told last: how many were usable, and the hint.
    """

    flaws: dict[int, EnrolmentHint | None] = field(default_factory=dict)
    told: tuple[int | None, EnrolmentHint | None] = (None, None)

    def add(self, index: int, flaw: EnrolmentHint | None) -> None:
        """A frame was looked at, perhaps once more."""
        self.flaws.pop(index, None)
        self.flaws[index] = flaw

    @property
    def usable(self) -> int | None:
        """How many are good enough; None before the first look."""
        return sum(flaw is None for flaw in self.flaws.values()) if self.flaws else None

    @property
    def hint(self) -> EnrolmentHint | None:
        """What is wrong with most of the newest; None where half of them are well, or more."""
        newest = list(self.flaws.values())[-NEWEST:]
        wrong = Counter(flaw for flaw in newest if flaw is not None)
        if 2 * wrong.total() <= len(newest):
            return None
        return wrong.most_common(1)[0][0]
