"""How is an import looked at, and then sent row by row, though the line breaks in the middle?"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from console.core.site_view import SiteView
from console.core.visitor import Visitor
from console.imports.rows import settled
from console.imports.run import Import, Phase
from console.imports.talk import Interrupted, LineTalk
from console.line import Line
from console.photos.darkroom import Darkroom, PhotoUseless
from console.ports import Clock
from console.words.marked import N_
from doorctl.conversation import RequestRefused
from doorctl.importing import against, known_people
from doorctl.people_file import Person

AWAY_S: Final = 1800.0
"""Seconds for which a broken line is waited for."""


@dataclass(slots=True)
class Work:
    """An import, in whose name it goes on, and what is under way.

    Attributes:
        run: as it is now.
        who: in whose name the brain is asked.
        folder: of its photos.
        changed: called at each change.
        version: rises with every change.
        task: that does what there is to do.
        stopping: whether it ends after the row that is under way.
    """

    run: Import
    who: Visitor
    folder: Path
    changed: Callable[[], object]
    version: int = 0
    task: asyncio.Task[None] | None = None
    stopping: bool = False

    def now(self, **changes: Any) -> None:
        """Something changed."""
        self.run = replace(self.run, **changes)
        self.version += 1
        self.changed()


class ImportWork:
    """Talks with the brain about imports; on the event loop, rows in threads of their own.

    Args:
        line: to the brain.
        view: what was heard of enrolments.
        clock: the console's.
        darkroom: makes photos ready.
    """

    def __init__(self, line: Line, view: SiteView, clock: Clock, darkroom: Darkroom) -> None:
        self._line = line
        self._view = view
        self._clock = clock
        self._darkroom = darkroom

    async def look(self, work: Work) -> None:
        """Make every photo ready, and see who is known. Raises `RequestRefused`."""
        made: dict[Path, Path] = dict(work.run.made)
        people = list(work.run.people)
        for index in range(work.run.looked, len(people)):
            people[index] = await self._looked(people[index], work.folder, made)
            work.now(looked=index + 1, people=tuple(people), made=dict(made))
        loop = asyncio.get_running_loop()
        talk = LineTalk(loop, self._line, self._view, work.who)
        known = None
        while known is None:
            try:
                known = await asyncio.to_thread(known_people, talk)
            except Interrupted:
                work.now(waiting=True)
                if not await self._back():
                    raise RequestRefused(N_("The brain cannot be reached.")) from None
                talk.begin()
        work.now(
            people=tuple(against(people, known)),
            known=known,
            phase=Phase.READY,
            waiting=False,
        )

    async def _looked(self, one: Person, folder: Path, made: dict[Path, Path]) -> Person:
        wrong = list(one.wrong)
        for photo in one.photos:
            if photo in made:
                continue
            try:
                content = await asyncio.to_thread(photo.read_bytes)
                jpeg = await self._darkroom.ready(content)
            except PhotoUseless as error:
                wrong.append(f"photo: {photo.relative_to(folder / 'sent')}: {error}")
                continue
            made[photo] = folder / "made" / f"{len(made)}.jpg"
            await asyncio.to_thread(made[photo].write_bytes, jpeg)
        return replace(one, wrong=tuple(wrong))

    async def send(self, work: Work) -> None:
        """Send every good row, one after the other."""
        loop = asyncio.get_running_loop()
        talk = LineTalk(loop, self._line, self._view, work.who)

        def back() -> bool:
            waiting = asyncio.run_coroutine_threadsafe(self._waited(work), loop)
            try:
                return waiting.result(AWAY_S + 10)
            except TimeoutError:
                return False

        for one in work.run.good:
            if work.stopping:
                break
            result = await asyncio.to_thread(
                settled, talk, one, work.run.known, work.run.made, back
            )
            work.now(results=(*work.run.results, result))
        whole = len(work.run.results) == len(work.run.good)
        work.now(phase=Phase.DONE if whole else Phase.STOPPED, waiting=False)
        shutil.rmtree(work.folder, ignore_errors=True)

    async def _waited(self, work: Work) -> bool:
        work.now(waiting=True)
        back = await self._back()
        work.now(waiting=False)
        return back and not work.stopping

    async def _back(self) -> bool:
        """Wait until broker and brain are there; False where that takes too long."""
        give_up_at = self._clock.monotonic() + AWAY_S
        while self._line.away:
            if self._clock.monotonic() > give_up_at:
                return False
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.3)
        return True
