"""What is done about a burst or a frame that broke what looked at it?"""

from __future__ import annotations

from brain.losses import LookingError, Loss
from brain.quarantine import Bars, Quarantine
from brain.worker import Job
from doorbus import codec
from doorbus.topics import ENROL_FRAME, RECOGNIZE


class Breakage:
    """Keeps samples of it, and bars doors that send more; from any thread.

    Args:
        bars: doors whose bursts are looked at no more for a while.
        quarantine: where samples go.
    """

    def __init__(self, bars: Bars, quarantine: Quarantine) -> None:
        self._bars = bars
        self._quarantine = quarantine

    def burst(self, job: Job, error: Exception) -> None:
        """A burst broke what looked at it; on a matching thread."""
        if isinstance(error, LookingError):
            if error.loss is Loss.ABSENT:
                return
            reason = error.loss.value
        else:
            reason = type(error).__name__
        self._bars.broke(job.door)
        # A PIN is nothing to keep samples of.
        shown = job.burst.model_copy(update={"second": None})
        burst = codec.encode(RECOGNIZE, shown, job.door).payload
        self._quarantine.note(RECOGNIZE.template, job.door, reason, burst)

    def frame(self, data: bytes, error: LookingError) -> None:
        """A frame broke what looked at it; on the trainer's thread."""
        self._quarantine.note(ENROL_FRAME.template, "", error.loss.value, data)
