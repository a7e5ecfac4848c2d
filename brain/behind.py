"""Who lacks templates of the coming encoder, and which kept frames can give them some?"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from brain.ports import FrameStore
from brain.store_ports import PeopleStore, Work
from doorbus.messages import EnrolmentState

AT_ONCE = 50
"""Residents who are read in one transaction: no message waits longer for it than a moment."""

_log = structlog.get_logger()


@dataclass(slots=True)
class Wanted:
    """A resident whose frames are to be embedded.

    Attributes:
        resident: opaque id.
        every: numbers of all frames of the enrolment that holds.
        chosen: those to look at.
        uploaded: whether they are photos that an administrator sent.
    """

    resident: str
    every: tuple[int, ...]
    chosen: tuple[int, ...]
    uploaded: bool = False


class Behind:
    """Goes through everybody who has templates, but none of one encoder; on one thread.

    Args:
        encoder: identity of the coming one.
    """

    def __init__(self, store: PeopleStore, frames: FrameStore, encoder: str) -> None:
        self._store = store
        self._frames = frames
        self._encoder = encoder
        self._left_out: dict[str, None] = {}
        self._waiting: list[str] = []
        self.residents = 0

    @property
    def left_out(self) -> tuple[str, ...]:
        """Who can only be enrolled again; opaque ids."""
        return tuple(self._left_out)

    @property
    def waiting(self) -> int:
        """How many were not handed out by `some` yet."""
        return len(self._waiting)

    def look(self) -> bool:
        """Whether anybody is behind who was not left out before. Raises `StoreError`."""
        with self._store.work() as work:
            behind = work.templates.residents(without=self._encoder)
            self.residents = work.templates.holders(self._encoder) + len(behind)
        # Who was removed or enrolled again is left out no longer.
        still = set(behind)
        before = self._left_out
        self._left_out = {one: None for one in before if one in still}
        self._waiting = [one for one in behind if one not in before]
        return bool(self._waiting)

    def some(self) -> dict[str, Wanted]:
        """The next few of them, by enrolment; whose frames are gone is left out.

        Raises `StoreError`, `FrameStoreError`; then they are still waiting.
        """
        some, there = self._waiting[:AT_ONCE], self._frames.enrolments()
        with self._store.work() as work:
            found = {
                resident: _frames_of(work, resident, there)
                for resident in some
                if work.templates.count(resident)  # not removed meanwhile
            }
        del self._waiting[:AT_ONCE]
        for resident in (name for name, one in found.items() if one is None):
            self.leave_out(resident, "their frames are not kept")
        return dict(one for one in found.values() if one is not None)

    def leave_out(self, resident: str, why: str) -> None:
        """Somebody cannot be recognised by the coming encoder until they are enrolled again."""
        self._left_out[resident] = None
        _log.error(
            "a resident cannot be recognised by the configured encoder; enrol them again",
            resident=resident,
            why=why,
        )


def _frames_of(work: Work, resident: str, there: set[str]) -> tuple[str, Wanted] | None:
    """The enrolment whose templates a resident has, and its frames; None where none are."""
    for one in work.enrolments.of(resident):
        if one.state is EnrolmentState.TRAINED and one.id in there:
            every = tuple(sorted(work.enrolments.frames(one.id).stored))
            chosen = work.templates.chosen(resident)
            return one.id, Wanted(resident, every, chosen or every, one.uploaded)
    return None
