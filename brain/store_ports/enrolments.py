"""Which enrolments are there, and what became of their frames?"""

from __future__ import annotations

from typing import Protocol

from brain.core.enrolment import Enrolment, FramesSoFar
from doorbus.messages import EnrolmentState


class Enrolments(Protocol):
    """Enrolments and the fate of their frames."""

    def add(self, enrolment: Enrolment) -> None:
        """Open one."""
        ...

    def by_id(self, enrolment: str) -> Enrolment | None:
        """One by its id."""
        ...

    def of(self, resident: str) -> list[Enrolment]:
        """Those of one resident, the latest first."""
        ...

    def capturing_at(self, door: str) -> Enrolment | None:
        """The one that is taking frames from a door."""
        ...

    def in_state(self, *states: EnrolmentState) -> list[Enrolment]:
        """All in one of these states, the oldest first."""
        ...

    def set_state(self, enrolment: str, state: EnrolmentState, reason: str = "") -> None:
        """Move one on."""
        ...

    def begin_round(self, enrolment: str) -> None:
        """Count one more round and forget which frames were refused."""
        ...

    def frames(self, enrolment: str) -> FramesSoFar:
        """What has become of its frames."""
        ...

    def frame_stored(self, enrolment: str, index: int) -> None:
        """Note that a frame is kept; it may have been refused before."""
        ...

    def frame_refused(self, enrolment: str, index: int, reason: str) -> None:
        """Note that a frame was unusable; a stored one stays stored."""
        ...
