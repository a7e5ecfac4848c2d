"""Whose is an enrolment, and how does it stand, though its address names nobody?

What was begun here is remembered; what was begun elsewhere, or before this console started, is
looked for among the residents whose enrolment is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from console.core.enrolment_shown import as_told, is_news
from console.core.enrolments_heard import OPEN
from console.core.site_view import SiteView
from console.core.visitor import Visitor
from console.errors import NotDone
from console.line import Line
from console.live import Live
from doorbus import messages as m

MOST_KEPT: Final = 256
"""Enrolments of which it is remembered whose they are."""

PAGE: Final = 500
"""Residents asked for at once."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose enrolment it is.

    Attributes:
        card, name: as they were when it was opened.
        again: whether they had templates before.
    """

    card: str
    name: str
    again: bool = False


class EnrolmentBook:
    """Remembers whose enrolments are, and looks up what was missed; on the event loop.

    Args:
        line: to the brain.
        view: what was heard of enrolments; what is looked up goes there as well.
        live: woken where something was looked up.
    """

    def __init__(self, line: Line, view: SiteView, live: Live) -> None:
        self._line = line
        self._view = view
        self._live = live
        self._subjects: dict[str, Subject] = {}
        self._names: dict[str, Subject] = {}
        self._looked_at: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Look nothing up any more. Twice is harmless."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def note(self, enrolment: str, subject: Subject) -> None:
        """It is known whose this one is."""
        _keep(self._subjects, enrolment, subject)

    def name_of(self, resident: str) -> Subject | None:
        """Who an opaque id stands for, where that was looked up already."""
        return self._names.get(resident)

    def known(self, enrolment: str) -> Subject | None:
        """Whose it is, where that was found out already."""
        return self._subjects.get(enrolment)

    async def whose(self, enrolment: str, who: Visitor) -> Subject | None:
        """Whose it is; None where nobody has it open, and nobody opened it here.

        Raises:
            NotDone: the brain did not say.
        """
        if enrolment not in self._subjects:
            async for one in self._residents(who):
                if one["enrolment"] not in OPEN:
                    continue
                shown = await self._ask(who, m.Show(op="show", card=one["card"]))
                newest = shown.get("enrolment") or {}
                again = bool(shown.get("templates"))
                if newest:
                    self.note(newest["enrolment"], Subject(one["card"], one["name"], again))
                if newest.get("enrolment") == enrolment:
                    break
        return self._subjects.get(enrolment)

    async def look_up(self, enrolment: str, who: Visitor) -> None:
        """Ask how it stands, for whatever was missed. Raises `NotDone`."""
        gaps = self._view.gaps
        subject = self._subjects.get(enrolment)
        if subject is None:
            return
        shown = await self._ask(who, m.Show(op="show", card=subject.card))
        told = as_told(shown)
        heard = self._view.enrolments.of(enrolment).changed
        if told is not None and told.enrolment == enrolment and is_news(told, heard):
            self._view.enrolments.changed(told)
            self._live.wake()
        self._looked_at.pop(enrolment, None)
        self._looked_at[enrolment] = gaps
        if len(self._looked_at) > MOST_KEPT:
            del self._looked_at[next(iter(self._looked_at))]
        changed = self._view.enrolments.of(enrolment).changed
        if changed is not None:
            await self._look_up_names(changed.lookalikes, who)

    def keep_fresh(self, enrolment: str, who: Visitor) -> None:
        """Look up soon what was missed since the last time, or is not known yet."""
        if self._line.away:
            return
        changed = self._view.enrolments.of(enrolment).changed
        missed = self._looked_at.get(enrolment) != self._view.gaps
        nameless = changed is not None and any(one not in self._names for one in changed.lookalikes)
        if (missed or nameless) and not any(task.get_name() == enrolment for task in self._tasks):
            task = asyncio.create_task(self._freshen(enrolment, who), name=enrolment)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _freshen(self, enrolment: str, who: Visitor) -> None:
        try:
            await self.look_up(enrolment, who)
        except NotDone as error:
            _log.info("an enrolment was not looked up", why=str(error))
            await asyncio.sleep(1)
        self._live.wake()

    async def _look_up_names(self, residents: Iterable[str], who: Visitor) -> None:
        wanted = {one for one in residents if one not in self._names}
        if not wanted:
            return
        async for one in self._residents(who):
            if one["resident"] in wanted:
                _keep(self._names, one["resident"], Subject(one["card"], one["name"]))
                wanted.discard(one["resident"])
                if not wanted:
                    return
        for gone in wanted:
            _keep(self._names, gone, Subject("", ""))

    async def _residents(self, who: Visitor) -> AsyncIterator[Mapping[str, Any]]:
        offset = 0
        while True:
            data = await self._ask(who, m.ListResidents(op="list", offset=offset, limit=PAGE))
            for one in data["residents"]:
                yield one
            offset += len(data["residents"])
            if not data["residents"] or offset >= data["total"]:
                return

    async def _ask(self, who: Visitor, request: m.Request) -> dict[str, Any]:
        return await self._line.ask(request, who.account, who.role)


def _keep(book: dict[str, Subject], key: str, subject: Subject) -> None:
    book.pop(key, None)
    book[key] = subject
    if len(book) > MOST_KEPT:
        del book[next(iter(book))]
