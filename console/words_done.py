"""What is said after something was done? By the code that the address of the next page carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.words_marked import N_

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved."),
}
