"""How do photos become templates, whatever breaks on the way?

Photos are shown to the brain one at a time, so that each word of the brain belongs to one photo;
what is good is trained once somebody asks for it. What the brain told while it, or the broker, was
away is missed: then the enrolment that was open is ended, and the work done anew.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

import structlog
from pydantic import BaseModel

from console.core.enrolment_shown import ended
from console.core.photo_draft import Draft, Fate, Photo, Stage, fate_of
from console.core.site_view import SiteView
from console.core.visitor import Visitor
from console.errors import BrainAway, NotDone
from console.line import Line
from console.ports import Clock
from console.words.marked import N_
from doorbus import messages as m

LOOK_S: Final = 30.0
"""Seconds for the brain's word on one photo; and for each photo when templates are made."""

AWAY_S: Final = 300.0
"""Seconds for which broker and brain are waited for."""

TRIES: Final = 5
"""How often something is begun anew because the line broke in the middle."""

TRIAL: Final = m.MAX_PHOTOS
"""Photos that an enrolment is opened for in which they are only looked at."""

MOST_SHOWN: Final = TRIAL - 50
"""Photos after which another such enrolment is opened: this one must never become complete."""

_POLL_S: Final = 0.05
_log = structlog.get_logger()


@dataclass(slots=True)
class Work:
    """A draft, in whose name it goes on, and what is under way.

    Attributes:
        draft: as it is now.
        account: in whose name the brain is asked.
        changed: called at each change.
        touched: when somebody last did something with it, monotonic seconds.
        version: rises with every change.
        shown: photos shown in the enrolment that is open.
        enrolments: every one that was opened for it.
        task: that does what there is to do.
    """

    draft: Draft
    account: Visitor
    changed: Callable[[], object]
    touched: float
    version: int = 0
    shown: int = 0
    enrolments: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None

    def now(self, draft: Draft) -> None:
        """Something changed."""
        if self.draft != draft:
            self.draft = draft
            self.version += 1
            self.changed()


class PhotoWork:
    """Talks with the brain about drafts; on the event loop.

    Args:
        line: to the brain.
        view: what was heard of enrolments.
        clock: the console's.
    """

    def __init__(self, line: Line, view: SiteView, clock: Clock) -> None:
        self._line = line
        self._view = view
        self._clock = clock

    async def run(self, work: Work) -> None:
        """Do what there is to do for a draft; what goes wrong stands in it."""
        try:
            while work.draft.stage is not Stage.DONE:
                waiting = next((p for p in work.draft.photos if p.fate is Fate.WAITS), None)
                if waiting is not None:
                    await self._look(work, waiting)
                elif work.draft.stage is Stage.TRAINING:
                    await self._train(work)
                    return
                else:
                    return
        except NotDone as error:
            work.now(work.draft.stuck(str(error)))
        except Exception:  # noqa: BLE001  # nobody waits for it: whoever looks is to be told
            _log.exception("photos_stumbled")
            work.now(work.draft.stuck(N_("The console stumbled; its log says why.")))

    async def _look(self, work: Work, photo: Photo) -> None:
        """Have the brain say what a photo is worth. Raises `NotDone`."""
        for _ in range(TRIES):
            if work.shown >= MOST_SHOWN:
                await self.end(work)
                work.now(work.draft.closed())
            if not work.draft.enrolment:
                await self._begin(work, TRIAL)
                work.shown = 0
            enrolment, before = work.draft.enrolment, self._looks(work.draft.enrolment)
            work.now(work.draft.fated(photo.number, Fate.SHOWN))
            work.shown += 1
            sent = await self._sent(work, photo)
            if sent and await self._until(lambda: self._looks(enrolment) > before, enrolment):  # noqa: B023  # called here
                fate = fate_of(self._view.enrolments.of(enrolment).looks[before])
                if fate is not None:
                    work.now(work.draft.fated(photo.number, *fate))
                    return
            await self.end(work)
            work.now(work.draft.closed())
            if work.draft.photo(photo.number) is None:
                return
        raise NotDone(N_("The brain says nothing of this photo. Is it well?"))

    async def _train(self, work: Work) -> None:
        """Make templates of what is good. Raises `NotDone`."""
        chosen = work.draft.good
        for _ in range(TRIES):
            if work.draft.enrolment:
                await self.end(work)
            enrolment = await self._begin(work, len(chosen))
            sent = True
            for photo in chosen:
                sent = sent and await self._sent(work, photo)

            def over(enrolment: str = enrolment) -> bool:
                return not self._view.enrolments.of(enrolment).open

            patience_s = LOOK_S + len(chosen)
            if sent and await self._until(over, enrolment, patience_s, over=True):
                result = self._view.enrolments.of(enrolment).changed
            else:
                result = await self._looked_up(work, enrolment)
            if result is not None:
                work.now(work.draft.ended(result))
                return
        raise NotDone(N_("The line broke again and again. Try once more."))

    async def _looked_up(self, work: Work, enrolment: str) -> m.EnrolmentChanged | None:
        """How it ended, where that was missed; None where it is open. Raises `NotDone`."""
        data = await self._asked(work, m.Show(op="show", card=work.draft.card))
        return ended(data, enrolment)

    async def _begin(self, work: Work, count: int) -> str:
        """Open an enrolment for so many photos. Raises `NotDone`."""
        draft = work.draft
        kind: type[m.Enroll | m.Reenroll] = m.Reenroll if draft.again else m.Enroll
        request = kind.model_validate(
            {
                "op": "reenroll" if draft.again else "enroll",
                "card": draft.card,
                "source": "upload",
                "count": count,
                "consent": draft.consent,
                "transaction": secrets.token_hex(16),
            }
        )
        try:
            data = await self._asked(work, request)
        except NotDone as error:
            if error.code is not m.ErrorCode.ENROLMENT_OPEN:
                raise
            # Most likely one of this draft that could not be ended while the brain was away.
            shown = await self._asked(work, m.Show(op="show", card=draft.card))
            if (shown.get("enrolment") or {}).get("enrolment") not in work.enrolments:
                raise
            await self.end(work)
            request = request.model_copy(update={"transaction": secrets.token_hex(16)})
            data = await self._asked(work, request)
        enrolment = str(data["enrolment"])
        work.enrolments.add(enrolment)
        work.now(work.draft.opened(enrolment, str(data["token"])))
        return enrolment

    async def end(self, work: Work) -> None:
        """Cancel what is open for this person; where nothing is, well. Raises `NotDone`."""
        cancel = m.Cancel(op="cancel", card=work.draft.card, transaction=secrets.token_hex(16))
        try:
            await self._asked(work, cancel)
        except NotDone as error:
            if error.code not in {m.ErrorCode.NO_ENROLMENT, m.ErrorCode.UNKNOWN_CARD}:
                raise

    async def _sent(self, work: Work, photo: Photo) -> bool:
        """Send a photo; False where it did not go out."""
        draft = work.draft
        try:
            await self._line.upload(
                m.UploadFrame(jpeg=photo.jpeg, enrolment=draft.enrolment, token=draft.token)
            )
        except BrainAway:
            return False
        return True

    async def _asked(self, work: Work, request: BaseModel) -> dict[str, Any]:
        """Ask until somebody answers; the transaction makes that safe. Raises `NotDone`."""
        who = work.account
        give_up_at = self._clock.monotonic() + AWAY_S
        while True:
            try:
                return await self._line.ask(cast(m.Request, request), who.account, who.role)
            except BrainAway:
                if self._clock.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(0.5)

    async def _until(
        self,
        there: Callable[[], bool],
        enrolment: str,
        patience_s: float = LOOK_S,
        *,
        over: bool = False,
    ) -> bool:
        """Wait for a word of the brain; False where it was missed, or will not come."""
        gaps = self._view.gaps
        give_up_at = self._clock.monotonic() + patience_s
        while not there():
            if self._view.gaps != gaps or self._clock.monotonic() > give_up_at:
                return False
            if not over and not self._view.enrolments.of(enrolment).open:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    def _looks(self, enrolment: str) -> int:
        return len(self._view.enrolments.of(enrolment).looks)
