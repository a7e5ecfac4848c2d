"""How does an import, which waits for each answer, talk over a line that lives on the event loop?

From a thread of its own. Where the line breaks in the middle of a row nobody knows how far that row
came: `Interrupted`, and the row is settled once the line is back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import CancelledError
from typing import Any, Final, TypeVar

from console.core.site_view import SiteView
from console.core.visitor import Visitor
from console.errors import BrainAway, NotDone
from console.line import Line
from doorbus.messages import BrainEvent, Enroll, Request, UploadFrame
from doorctl.conversation import RequestRefused

T = TypeVar("T")

POLL_S: Final = 0.05
PATIENCE_S: Final = 30.0
"""Seconds beyond those of the line itself for the event loop to answer."""


class Interrupted(Exception):  # noqa: N818  # reads as what happened
    """The line broke, and nobody knows how far a row came."""


class Refused(RequestRefused):
    """The brain refused something.

    Attributes:
        code: why; None where the console itself did.
    """

    def __init__(self, why: NotDone) -> None:
        super().__init__(str(why))
        self.code = why.code


class LineTalk:
    """A conversation (`doorctl.talking.Talks`) over the console's line; for one thread of its own.

    Args:
        loop: on which the line lives.
        line: to the brain.
        view: what was heard of enrolments.
        who: in whose name is asked.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, line: Line, view: SiteView, who: Visitor
    ) -> None:
        self._loop = loop
        self._line = line
        self._view = view
        self._who = who
        self._gaps = view.gaps
        self._enrolment = ""

    def begin(self) -> None:
        """A row begins: what broke before is of no matter to it."""
        self._gaps = self._view.gaps
        self._enrolment = ""

    def ask(self, request: Request) -> dict[str, Any]:
        """The data of the response. Raises `RequestRefused`, `Interrupted`."""
        try:
            data = self._done(self._line.ask(request, self._who.account, self._who.role))
        except BrainAway:
            raise Interrupted from None
        except NotDone as error:
            raise Refused(error) from None
        if isinstance(request, Enroll):
            self._enrolment = str(data.get("enrolment", ""))
        return data

    def upload(self, photo: UploadFrame) -> None:
        """Send a photo. Raises `RequestRefused`, `Interrupted`."""
        try:
            self._done(self._line.upload(photo))
        except BrainAway:
            raise Interrupted from None
        except NotDone as error:
            raise Refused(error) from None

    def events(self, silence_s: float) -> Iterator[BrainEvent]:
        """What is told of the enrolment that was opened last. Raises `Interrupted`."""
        looks, changed = 0, None
        silent_until = time.monotonic() + silence_s
        while time.monotonic() < silent_until:
            heard = self._view.enrolments.of(self._enrolment)
            news: list[BrainEvent] = list(heard.looks[looks:])
            looks = len(heard.looks)
            if heard.changed is not None and heard.changed is not changed:
                changed = heard.changed
                news.append(changed)
            if news:
                silent_until = time.monotonic() + silence_s
                yield from news
            elif self._view.gaps != self._gaps:
                raise Interrupted
            else:
                time.sleep(POLL_S)

    def _done(self, doing: Coroutine[Any, Any, T]) -> T:
        waiting = asyncio.run_coroutine_threadsafe(doing, self._loop)
        try:
            return waiting.result(PATIENCE_S)
        except (TimeoutError, CancelledError):
            raise Interrupted from None
