"""Whom does somebody look for, and which part of a long answer is shown?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

PAGE: Final = 50
"""Rows of a page: few enough for a thumb."""

_DIGITS: Final = re.compile(r"[0-9][0-9 .-]*")
_CARD: Final = 12


def sought(words: str) -> dict[str, str]:
    """What is asked of `list` for what was typed into the one field of a search.

    Digits, however they are grouped, are a card or a part of one; all else is a part of a name.
    """
    typed = " ".join(words.split())
    if not typed:
        return {}
    if _DIGITS.fullmatch(typed):
        digits = re.sub(r"[^0-9]", "", typed)
        if len(digits) <= _CARD:
            return {"card": digits}
    return {"name": typed}


def card_of(words: str) -> str | None:
    """The whole card that was typed, however it is grouped; None where it is none."""
    found = sought(words).get("card", "")
    return found if len(found) == _CARD else None


def yes_no(word: str) -> bool | None:
    """A filter of three: `yes`, `no`, or anything else for either."""
    return {"yes": True, "no": False}.get(word)


def offset(word: str) -> int:
    """Where a page begins; the beginning for what is no number."""
    return int(word) if re.fullmatch(r"[0-9]{1,9}", word) else 0


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a long answer that a page shows.

    Attributes:
        first: how many come before.
        shown: how many are here.
        total: of all.
        size: how many are asked for.
    """

    first: int
    shown: int
    total: int
    size: int = PAGE

    @property
    def before(self) -> int | None:
        """Where the page before begins; None where there is none."""
        return max(0, self.first - self.size) if self.first > 0 else None

    @property
    def after(self) -> int | None:
        """Where the next page begins; None where there is none."""
        following = self.first + self.shown
        return following if self.shown and following < self.total else None

    @property
    def last(self) -> int:
        """The number of the last row that is shown."""
        return self.first + self.shown


def address(path: str, filters: Mapping[str, str], **more: object) -> str:
    """A page's address with what is not empty of a query."""
    told = {name: "" if value is None else str(value) for name, value in more.items()}
    query = {name: value for name, value in {**filters, **told}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path
