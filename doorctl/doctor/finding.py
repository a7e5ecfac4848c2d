"""What does the doctor say of each thing that it looked at?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; it is well where there is no remedy to give.

    Attributes:
        subject: what was looked at, such as `doors/front/client.crt`.
        says: how it is.
        remedy: what to do about it; empty where all is well.
    """

    subject: str
    says: str
    remedy: str = ""

    @property
    def problem(self) -> bool:
        """Whether something must be done."""
        return bool(self.remedy)
