"""What is each code of the contract called, and what does it mean?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {}
EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {}
