"""What can be set about how long things are kept?"""

from __future__ import annotations

from pydantic import Field

from brain.core.retention import RetentionRule
from doorbus.settings import Settings


class RetentionSettings(Settings):
    """How long things are kept; None for as long as they are of use.

    Attributes:
        frames_days: days that an enrolment's pictures are kept. Without them a resident is left out
            when the encoder changes, and must be enrolled again; templates stay.
        events_months: months that doors' events are kept. The audit is kept for ever.
    """

    frames_days: int | None = Field(default=None, ge=1, le=36_500)
    events_months: int | None = Field(default=None, ge=1, le=1200)

    @property
    def rule(self) -> RetentionRule:
        """The same for the core."""
        return RetentionRule(self.frames_days, self.events_months)
