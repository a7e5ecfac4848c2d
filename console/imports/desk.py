"""Where do imports lie, and who carries them out when their page is left?"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from console.core.list_encoding import UnknownEncoding, decoded
from console.core.visitor import Visitor
from console.errors import NotDone
from console.imports.run import Import, Phase
from console.imports.unpacking import PHOTO_SUFFIXES, Sent, UnpackingRefused, unpack
from console.imports.work import ImportWork, Work
from console.live import Live
from console.ports import Clock
from console.words import _
from console.words.imports import of_list
from console.words.marked import N_
from doorctl.conversation import RequestRefused
from doorctl.errors import PeopleFileRefused
from doorctl.people_file import Person, find_photos, read_people, unmatched

MOST_LIST: Final = 4 << 20
"""Bytes of a list."""

MOST_ROWS: Final = 5000
MOST_RUNS: Final = 6
KEPT_S: Final = 24 * 3600.0
"""Seconds for which an import and its report are kept."""

UNPACKED: Final = {
    "unreadable": N_("This archive cannot be read. Pack the photos anew as a zip file."),
    "encrypted": N_("This archive is locked by a password. Pack the photos without one."),
    "too_many": N_("These are too many files. Import the list in parts."),
    "too_large": N_("These photos are too large. Import the list in parts."),
    "disk_full": N_("The console's disk is full."),
}
_log = structlog.get_logger()


class Imports:
    """Keeps imports in memory, their photos on disk; on the event loop.

    Args:
        doing: what becomes of them.
        live: woken at each change.
        clock: the console's.
        folder: for photos; what lies in it is deleted.
    """

    def __init__(self, doing: ImportWork, live: Live, clock: Clock, folder: Path) -> None:
        self._doing = doing
        self._live = live
        self._clock = clock
        self._folder = folder
        self._works: dict[str, Work] = {}

    def start(self) -> None:
        """Delete what an earlier run of the console left behind."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def stop(self) -> None:
        """End everything after the row that is under way. Twice is harmless."""
        for work in self._works.values():
            work.stopping = True
        tasks = [work.task for work in self._works.values() if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def all(self) -> list[Import]:
        """Those that are kept, the newest first."""
        self.tidy()
        return [work.run for work in reversed(self._works.values())]

    def find(self, number: str) -> Import | None:
        """One of them."""
        work = self._works.get(number)
        return None if work is None else work.run

    def version(self, number: str) -> int:
        """Rises with every change of it."""
        work = self._works.get(number)
        return 0 if work is None else work.version

    async def begin(
        self, name: str, people: bytes, encoding: str, photos: Sequence[Sent], who: Visitor
    ) -> Import:
        """Take a list and photos, and begin to look at them; nothing is sent.

        Args:
            name: of the list.
            people: its content.
            encoding: one of `list_encoding.ENCODINGS`; empty: found out.
            photos: files and archives; without any, people are made known and not enrolled.
            who: in whose name it goes on.

        Raises:
            NotDone: with what is wrong beside `people` or `photos`; nothing is kept.
        """
        self.tidy()
        if len(self._works) >= MOST_RUNS:
            raise NotDone(_("Too many imports are kept. Forget one of them first."))
        rows, found = _rows(people, encoding)
        number = secrets.token_hex(8)
        folder = self._folder / number
        (folder / "sent").mkdir(parents=True, mode=0o700)
        (folder / "made").mkdir(mode=0o700)
        try:
            left_out = await asyncio.to_thread(unpack, photos, folder / "sent")
            source = folder / "sent" if photos else None
            rows = await asyncio.to_thread(find_photos, rows, source, PHOTO_SUFFIXES)
            nobodys = await asyncio.to_thread(unmatched, rows, folder / "sent", PHOTO_SUFFIXES)
        except UnpackingRefused as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _wrong("photos", _(UNPACKED[error.code])) from None
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            _log.error("an import cannot be kept", why=str(error))
            raise _wrong("photos", _("The console cannot keep these files.")) from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        run = Import(
            number,
            name,
            found,
            self._clock.wall(),
            who.account,
            tuple(rows),
            photos=bool(photos),
            nobodys=tuple(str(one.relative_to(folder / "sent")) for one in nobodys),
            left_out=left_out,
        )
        work = self._works[number] = Work(run, who, folder, self._live.wake)
        self._go_on(work, self._doing.look(work))
        return run

    def carry_out(self, number: str, who: Visitor) -> None:
        """Send every good row; goes on by itself. Twice is harmless."""
        work = self._works.get(number)
        if work is not None and work.run.phase is Phase.READY:
            work.who = who
            work.now(phase=Phase.RUNNING, problem="")
            self._go_on(work, self._doing.send(work))

    def look_again(self, number: str, who: Visitor) -> None:
        """Ask once more who is known, where that came to nothing."""
        work = self._works.get(number)
        if work is not None and work.run.phase is Phase.LOOKING and work.run.problem:
            work.who = who
            work.now(problem="")
            self._go_on(work, self._doing.look(work))

    def end(self, number: str) -> None:
        """Send no more rows, after the one that is under way."""
        work = self._works.get(number)
        if work is not None:
            work.stopping = True
            work.now()

    async def forget(self, number: str) -> None:
        """Delete it, its photos and its report; what was sent stays."""
        work = self._works.get(number)
        if work is None:
            return
        work.stopping = True
        if work.task is not None and work.run.phase is Phase.LOOKING:
            work.task.cancel()
        if work.task is not None:
            await asyncio.gather(work.task, return_exceptions=True)
        self._works.pop(number, None)
        shutil.rmtree(work.folder, ignore_errors=True)
        self._live.wake()

    def _go_on(self, work: Work, doing: Any) -> None:
        async def whole() -> None:
            try:
                await doing
            except asyncio.CancelledError:
                raise
            except RequestRefused as error:
                work.now(problem=str(error), waiting=False)
            except Exception:  # noqa: BLE001  # nobody waits for it: whoever looks is to be told
                _log.exception("import_stumbled")
                work.now(problem=N_("The console stumbled; its log says why."))

        work.task = asyncio.create_task(whole(), name=f"import {work.run.id}")

    def tidy(self) -> None:
        """Forget what is kept for too long already."""
        now = self._clock.wall()
        for number, work in list(self._works.items()):
            busy = work.task is not None and not work.task.done()
            if not busy and now - work.run.at > KEPT_S:
                shutil.rmtree(work.folder, ignore_errors=True)
                del self._works[number]


def _rows(people: bytes, encoding: str) -> tuple[list[Person], str]:
    """The rows of a list, and in which encoding it was read. Raises `NotDone`."""
    if len(people) > MOST_LIST:
        raise _wrong("people", _("This list is too large. Import it in parts."))
    try:
        text, found = decoded(people, encoding)
        rows = read_people(text)
    except UnknownEncoding:
        text = _("This is no list in that encoding. Save it as CSV in UTF-8.")
        raise _wrong("people", text) from None
    except PeopleFileRefused as error:
        raise _wrong("people", of_list(str(error))) from None
    if not rows:
        raise _wrong("people", _("This list has a head and no rows."))
    if len(rows) > MOST_ROWS:
        text = _("At most %(most)s rows at once. Import the list in parts.", most=MOST_ROWS)
        raise _wrong("people", text)
    return rows, found


def _wrong(field: str, text: str) -> NotDone:
    return NotDone(_("Something has to be mended first."), fields={field: text})
