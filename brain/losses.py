"""What became of a process that was to look at pictures?"""

from __future__ import annotations

from enum import Enum

from brain.errors import BrainError


class Loss(Enum):
    """How it ended, or that there was none."""

    DIED = "died"
    HUNG = "hung"
    MEMORY = "memory"
    FAILED = "failed"
    ABSENT = "absent"


class LookingError(BrainError):
    """Pictures could not be looked at: whoever was to be judged by them is not let in.

    Attributes:
        loss: what became of the process.
    """

    def __init__(self, loss: Loss, text: str) -> None:
        super().__init__(text)
        self.loss = loss
