"""What may be set in `brain.yaml` about doors that decide by themselves while the brain is away?"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from doorbus.messages import LONGEST_CACHE_H, DoorName
from doorbus.settings import Settings


class AwaySettings(Settings):
    """Which doors get a cache of residents. A door's own `edge.yaml` must want it too.

    Attributes:
        doors: by name: `faces` for templates and PINs, `codes` for PINs alone. A door that is not
            named gets nothing.
        hours: how long a cache is good for.
    """

    doors: dict[DoorName, Literal["codes", "faces"]] = Field(default_factory=dict)
    hours: float = Field(default=24, ge=0.01, le=LONGEST_CACHE_H)
