"""What is each code of the contract called, and what does it mean? By the name of its enum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.words import codes_brain, codes_doors, codes_verdicts

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    **codes_doors.WORDS,
    **codes_verdicts.WORDS,
    **codes_brain.WORDS,
}
"""In a few words."""

EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {
    **codes_doors.EXPLAINED,
    **codes_verdicts.EXPLAINED,
    **codes_brain.EXPLAINED,
}
"""In a sentence, where the few words do not say it all."""
