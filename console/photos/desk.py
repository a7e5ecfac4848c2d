"""Where do photos lie that people put together at this console, and what may be done with them?

Each draft (`console.core.photo_draft`) lies in memory, and has one task (`console.photos.work`)
while there is something to do.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from console.core.photo_draft import MOST_PHOTOS, Draft, Stage
from console.core.visitor import Visitor
from console.errors import NotDone
from console.live import Live
from console.photos.darkroom import Darkroom, PhotoUseless
from console.photos.work import PhotoWork, Work
from console.ports import Clock
from console.words import _

KEPT_S: Final = 1800.0
"""Seconds after which a draft that nobody touched is forgotten, with its photos."""

MOST_DRAFTS: Final = 20
"""At a time: the photos of all lie in memory."""


class PhotoDesk:
    """Keeps drafts in memory, and works on them; on the event loop.

    Args:
        doing: what becomes of them.
        darkroom: makes photos ready.
        live: woken at each change.
        clock: the console's.
    """

    def __init__(self, doing: PhotoWork, darkroom: Darkroom, live: Live, clock: Clock) -> None:
        self._doing = doing
        self._live = live
        self._clock = clock
        self._darkroom = darkroom
        self._works: dict[str, Work] = {}

    async def stop(self) -> None:
        """Leave everything as it is. Twice is harmless."""
        tasks = [work.task for work in self._works.values() if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def full(self) -> bool:
        """Whether no more drafts are taken."""
        self.tidy()
        return len(self._works) >= MOST_DRAFTS

    def begin(self, draft: Draft, account: Visitor) -> Draft:
        """Keep a draft, whose first enrolment was just opened.

        Raises:
            NotDone: there are too many.
        """
        if self.full:
            raise NotDone(
                _("Too many people are being enrolled by photos. Finish some of them first.")
            )
        self._works[draft.id] = Work(
            draft, account, self._live.wake, self._clock.monotonic(), enrolments={draft.enrolment}
        )
        return draft

    def find(self, enrolment: str) -> Draft | None:
        """The draft to which an enrolment belongs or belonged."""
        work = self._work(enrolment)
        return None if work is None else work.draft

    def version(self, enrolment: str) -> int:
        """Rises with every change of a draft."""
        work = self._work(enrolment)
        return 0 if work is None else work.version

    async def add(self, enrolment: str, name: str, file: bytes, who: Visitor) -> None:
        """One more file, from whichever device; what becomes of it stands in the draft.

        Raises:
            NotDone: it takes no more.
        """
        work = self._open(enrolment)
        if len(work.draft.photos) >= MOST_PHOTOS:
            raise NotDone(_("At most %(most)s photos. Take some out first.", most=MOST_PHOTOS))
        try:
            jpeg = await self._darkroom.ready(file)
        except PhotoUseless as error:
            work.now(work.draft.with_useless(name, str(error)))
            return
        self._open(enrolment)  # while the photo was made ready, it may have ended
        work.account = who
        work.now(work.draft.with_photo(name, jpeg))
        self._go_on(work)

    def take_out(self, enrolment: str, number: int) -> None:
        """Without this photo. Raises `NotDone`."""
        work = self._open(enrolment)
        work.now(work.draft.without(number))

    def train(self, enrolment: str, who: Visitor) -> None:
        """Make templates of the good photos; goes on by itself. Twice is harmless.

        Raises:
            NotDone: there is nothing to make them of, or photos are still looked at.
        """
        work = self._work(enrolment)
        if work is not None and work.draft.stage is not Stage.GATHERING:
            return
        work = self._open(enrolment)
        if not work.draft.good:
            raise NotDone(_("None of these photos can be used. Add one that shows one face."))
        if work.draft.unseen:
            raise NotDone(_("Some photos are still being looked at. Wait a moment."))
        work.account = who  # whoever has it done stands in the audit, not who began
        work.now(work.draft.training())
        self._go_on(work)

    def retry(self, enrolment: str, who: Visitor) -> None:
        """Go on after something went wrong."""
        work = self._work(enrolment)
        if work is not None and work.draft.stage is Stage.GATHERING:
            work.account = who
            self._go_on(work)

    async def leave(self, enrolment: str, who: Visitor) -> None:
        """End it; nothing of it is kept. Raises `NotDone`."""
        work = self._work(enrolment)
        if work is None:
            return
        work.account = who
        task, work.task = work.task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if work.draft.enrolment:
            await self._doing.end(work)
        self._works.pop(work.draft.id, None)
        self._live.wake()

    # --- drafts ----------------------------------------------------------------------------------

    def _work(self, enrolment: str) -> Work | None:
        found = self._works.get(enrolment)
        if found is not None:
            return found
        return next((one for one in self._works.values() if enrolment in one.enrolments), None)

    def _open(self, enrolment: str) -> Work:
        work = self._work(enrolment)
        if work is None:
            raise NotDone(_("These photos are no longer here. Begin again."), status=404)
        work.touched = self._clock.monotonic()
        if work.draft.stage is not Stage.GATHERING:
            raise NotDone(_("This enrolment takes no more photos."), status=409)
        return work

    def tidy(self) -> None:
        """Forget what is kept for too long already."""
        now = self._clock.monotonic()
        for key, work in list(self._works.items()):
            busy = work.task is not None and not work.task.done()
            if not busy and now - work.touched > KEPT_S:
                del self._works[key]

    def _go_on(self, work: Work) -> None:
        if work.task is None or work.task.done():
            work.now(replace(work.draft, problem=""))
            work.task = asyncio.create_task(self._doing.run(work), name=f"photos {work.draft.id}")
