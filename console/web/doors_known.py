"""What does the brain know of doors that nobody has told the console: groups, and what was?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from console.core.recalled import STANDING_KINDS, recall
from console.errors import NotDone
from console.web.asking import ask
from console.web.services import services
from doorbus import messages as m

PATIENCE_S: Final = 2.5
"""Seconds that a page waits for what it can do without."""

BACK_S: Final = 24 * 3600.0
"""How far back is looked for what still holds at a door."""


class DoorsKnown:
    """Asks for it whenever a page needs it, and remembers it for when the brain is away."""

    def __init__(self) -> None:
        self._groups: Mapping[str, tuple[str, ...]] = {}
        self._others: frozenset[str] = frozenset()
        self._recalled: int | None = None

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Groups of doors, as they were known last."""
        return self._groups

    def doors(self, request: Request) -> list[str]:
        """Every door that was heard, or that the brain names; by name."""
        grouped = {door for doors in self._groups.values() for door in doors}
        return sorted({*services(request).view.doors, *grouped, *self._others})

    def has(self, request: Request, door: str) -> bool:
        """Whether there is such a door."""
        return door in self.doors(request)

    async def refresh(self, request: Request) -> None:
        """Ask for groups, and once after each gap for what was missed; go on without it."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._learn(await ask(request, m.ListNames))
                await self._recall(request)
        except (NotDone, TimeoutError):
            return

    def _learn(self, told: Mapping[str, Any]) -> None:
        self._groups = {name: tuple(doors) for name, doors in sorted(told["doors"].items())}
        areas = [area[side] for area in told["passback"].values() for side in ("inside", "outside")]
        self._others = frozenset({*told["defaults"], *(door for doors in areas for door in doors)})

    async def _recall(self, request: Request) -> None:
        house = services(request)
        gap = house.view.gaps
        if self._recalled == gap:
            return
        now = house.clock.wall()
        since = max(0.0, now - BACK_S)
        kinds = [kind.value for kind in STANDING_KINDS]
        standing = await ask(request, m.ReadEvents, kinds=kinds, since=since, limit=m.MOST_EVENTS)
        newest = await ask(request, m.ReadEvents, limit=m.MOST_EVENTS)
        recall(house.view, standing["entries"], newest["entries"], now)
        self._recalled = gap
        house.live.wake()
