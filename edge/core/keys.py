"""Which card or PIN do keys make? Digits, then Enter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from doorbus.messages import CodeKind, SecondFactor

LONGEST: Final = 12
"""Digits of a card; a PIN has 4 to 11."""

SHORTEST: Final = 4

PAUSE_S: Final = 10.0
"""Seconds without a key, after which what was begun is forgotten."""


class Key(Enum):
    """The keys that mean something beside the digits."""

    ENTER = "enter"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Keys:
    """What was typed so far.

    Attributes:
        digits: in no text of it.
        at: when the last key came, monotonic seconds.
        spoilt: too many digits came: nothing counts until Enter.
    """

    digits: str = field(default="", repr=False)
    at: float = -math.inf
    spoilt: bool = False


def press(keys: Keys, key: str | Key, now: float) -> tuple[Keys, SecondFactor | None]:
    """One key; what it completes.

    Args:
        keys: what was typed so far.
        key: one digit, or what it means.
        now: monotonic seconds.
    """
    if now - keys.at >= PAUSE_S:
        keys = Keys()
    if key is Key.CLEAR:
        return Keys(), None
    if isinstance(key, Key):
        return Keys(), None if keys.spoilt else _made(keys.digits)
    if keys.spoilt or len(keys.digits) >= LONGEST:
        return Keys(at=now, spoilt=True), None
    return Keys(keys.digits + key, now), None


def _made(digits: str) -> SecondFactor | None:
    if len(digits) == LONGEST:
        return SecondFactor(kind=CodeKind.CARD, value=digits)
    if len(digits) >= SHORTEST:
        return SecondFactor(kind=CodeKind.PIN, value=digits)
    return None
