"""How much of each case is played: the short form of `make test`, or all of `make faults`?"""

from __future__ import annotations

import os
from typing import Final

FULL: Final = os.environ.get("DOORWARD_FAULTS") == "full"
"""Whether `make faults` runs."""


def many(short: int, full: int) -> int:
    """How often, in this form."""
    return full if FULL else short
