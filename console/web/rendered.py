"""How is a piece of a page filled in once for everybody who sees it alike?"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final

from starlette.requests import Request

from console import words
from console.web import pages

MOST_KEPT: Final = 4000
"""Pieces: 50 doors, three roles, two languages, and as many again."""


class Rendered:
    """Keeps the newest of each piece, by role and language; on the event loop."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, str]] = {}

    def once(
        self, key: Hashable, version: Hashable, request: Request, make: Callable[[], str]
    ) -> str:
        """A piece as it was made for this version; made where nobody has asked for it yet.

        What is made must not hold a token, a transaction or an account: others get it too.

        Args:
            key: which piece.
            version: of what it shows; whatever else it depends on belongs in here.
            request: for whom; those of the same role and language share it.
            make: fills it in.
        """
        who = pages.visitor(request)
        place = (key, who.role if who else None, words.current().language)
        kept = self._kept.pop(place, None)
        if kept is None or kept[0] != version:
            kept = (version, make())
        # Put in again at the end: what was asked for longest ago stands first.
        self._kept[place] = kept
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept[1]
