"""Where does work lie that goes on when its page is left? Photos, enrolments, imports."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from console.core.site_view import SiteView
from console.enrolment_book import EnrolmentBook
from console.imports.desk import Imports
from console.imports.work import ImportWork
from console.line import Line
from console.live import Live
from console.photos.darkroom import Darkroom
from console.photos.desk import PhotoDesk
from console.photos.work import PhotoWork
from console.ports import Clock

TIDY_S: Final = 300.0
"""Seconds between two looks for what is kept for too long: nobody has to come by for that."""


@dataclass(frozen=True, slots=True)
class Desks:
    """All of it; nothing runs before somebody begins something.

    Attributes:
        darkroom: makes photos ready.
        book: whose enrolments are.
        photos: that people put together.
        imports: of lists of people.
    """

    darkroom: Darkroom
    book: EnrolmentBook
    photos: PhotoDesk
    imports: Imports
    _tidying: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def of(cls, line: Line, view: SiteView, live: Live, clock: Clock, data_dir: Path) -> Self:
        """Those of a console."""
        darkroom = Darkroom()
        return cls(
            darkroom,
            EnrolmentBook(line, view, live),
            PhotoDesk(PhotoWork(line, view, clock), darkroom, live, clock),
            Imports(ImportWork(line, view, clock, darkroom), live, clock, data_dir / "imports"),
        )

    def start(self) -> None:
        """Delete what an earlier run left behind, and whatever lies for too long from now on."""
        self.imports.start()
        self._tidying.append(asyncio.create_task(self._tidy(), name="tidy desks"))

    async def stop(self) -> None:
        """Leave everything as it is. Twice is harmless."""
        for task in self._tidying:
            task.cancel()
        await asyncio.gather(*self._tidying, return_exceptions=True)
        self._tidying.clear()
        await self.imports.stop()
        await self.photos.stop()
        await self.book.stop()
        await self.darkroom.stop()

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            self.imports.tidy()
            self.photos.tidy()
