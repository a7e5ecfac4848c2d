"""What can be set in `brain.yaml` about cards and PINs: what a door must ask for, and limits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from brain.core.codes import CodeLimits
from doorbus.settings import Settings


class DoorCodeSettings(Settings):
    """What one door needs beside a face, or without one; a door cannot ask for less.

    Attributes:
        second: what must be shown beside the face.
        codes: whether a PIN of 6 digits or more opens alone.
    """

    second: Literal["none", "card", "pin"] = "none"
    codes: bool = False


class CodeLimitSettings(Settings):
    """When wrong codes are too many.

    Attributes:
        window_s: seconds that are looked at.
        door: wrong codes at one door, from which codes rest there.
        site: at all doors together, from which codes alone rest everywhere.
        rest_s: for how long.
    """

    window_s: float = Field(default=600, ge=10, le=86_400)
    door: int = Field(default=20, ge=3, le=1000)
    site: int = Field(default=60, ge=3, le=4000)
    rest_s: float = Field(default=300, ge=30, le=86_400)

    @property
    def rule(self) -> CodeLimits:
        """The figures for `brain.core.codes`."""
        return CodeLimits(self.window_s, self.door, self.site, self.rest_s)
