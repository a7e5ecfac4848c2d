"""What was heard of enrolments: progress, the newest picture, photos, what the door waits for?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from doorbus import messages as m

OPEN: Final = frozenset({m.EnrolmentState.CAPTURING, m.EnrolmentState.TRAINING})
"""States in which something still comes."""

MOST_KEPT: Final = 64
"""Enrolments that are remembered; the one that was silent for longest goes first."""

MOST_LOOKS: Final = 400
"""Photos of one enrolment that are remembered: 200 taken in and 200 that were not."""


@dataclass(frozen=True, slots=True)
class Waits:
    """What a door told the person before it, as no frame could be taken.

    Attributes:
        prompt: what they were shown.
        stored: how many frames there were then; with more of them it is over.
    """

    prompt: m.DoorPrompt
    stored: int


@dataclass(frozen=True, slots=True)
class EnrolmentHeard:
    """One enrolment as it was heard of last; what was missed while the line was down is not here.

    Attributes:
        version: rises with every change of anything here.
        door: whose camera takes the pictures; empty for photos, or where that was not heard.
        changed: the newest progress or result.
        came: frames of the door that came by, in this console's own counting.
        picture: the newest frame, JPEG as the door sent it; None once the enrolment is over.
        waits: why the door takes none now; None while it does.
        failed: the door's own words where it ended the capture too early.
        looks: what became of photos, in the order in which it was told.
    """

    enrolment: str
    version: int = 0
    door: str = ""
    changed: m.EnrolmentChanged | None = None
    came: int = 0
    picture: bytes | None = field(default=None, repr=False)
    waits: Waits | None = None
    failed: str = ""
    looks: tuple[m.PhotoLooked, ...] = ()

    @property
    def stored(self) -> int:
        """Frames that the brain has, as far as it told."""
        return 0 if self.changed is None else self.changed.stored

    @property
    def open(self) -> bool:
        """Whether something still comes, as far as was told."""
        return self.changed is None or self.changed.state in OPEN


class EnrolmentsHeard:
    """Every enrolment that was heard of; on one thread."""

    def __init__(self) -> None:
        self._all: dict[str, EnrolmentHeard] = {}
        self._version = 0

    def of(self, enrolment: str) -> EnrolmentHeard:
        """What is known of one; nothing, if it was never heard of."""
        return self._all.get(enrolment) or EnrolmentHeard(enrolment)

    def at(self, door: str) -> EnrolmentHeard | None:
        """The enrolment that a door is busy with."""
        return next(
            (one for one in reversed(self._all.values()) if one.door == door and _busy(one)), None
        )

    def changed(self, told: m.EnrolmentChanged) -> None:
        """The brain told of progress or of an end."""
        before = self.of(told.enrolment)
        further = told.stored > before.stored
        over = told.state not in OPEN
        self._keep(
            before,
            changed=told,
            door=told.door or before.door,
            picture=None if over else before.picture,
            waits=None if over or further else before.waits,
            failed="" if further else before.failed,
        )

    def looked(self, told: m.PhotoLooked) -> None:
        """The brain told what became of a photo."""
        before = self.of(told.enrolment)
        self._keep(before, looks=(*before.looks, told)[-MOST_LOOKS:])

    def frame(self, door: str, frame: m.EnrolFrame) -> None:
        """A frame of a door came by; nobody has checked its signature, so it is only for eyes."""
        before = self.of(frame.enrolment)
        if _may_be_at(before, door):
            self._keep(
                before,
                door=before.door or door,
                came=before.came + 1,
                picture=frame.jpeg,
                waits=None,
            )

    def door_told(self, door: str, event: m.DoorEvent) -> None:
        """A door told something; what is of no enrolment is passed over."""
        if event.kind is m.EventKind.ENROLLING_WAITS and event.prompt is not None:
            before = self.of(event.detail.partition(" ")[0])
            if _may_be_at(before, door):
                self._keep(before, door=door, waits=Waits(event.prompt, before.stored))
        elif event.kind is m.EventKind.ENROLMENT_FAILED:
            enrolment, _, why = event.detail.partition(" ")
            one = self.of(enrolment)
            if _may_be_at(one, door):
                self._keep(one, door=door, failed=why or "-")

    def _keep(self, before: EnrolmentHeard, **changes: object) -> None:
        self._version += 1
        after = replace(before, version=self._version, **changes)  # type: ignore[arg-type]
        self._all.pop(before.enrolment, None)
        self._all[before.enrolment] = after
        while len(self._all) > MOST_KEPT:
            # What doors alone have told goes first: one of them may make up as many as it likes.
            unsure = (name for name, one in self._all.items() if one.changed is None)
            del self._all[next(unsure, next(iter(self._all)))]


def _may_be_at(one: EnrolmentHeard, door: str) -> bool:
    """Whether a door may tell of an enrolment: none tells of another's, nor of one by photos."""
    by_photos = bool(one.looks) or (one.changed is not None and one.changed.door is None)
    return one.open and one.door in {"", door} and not by_photos


def _busy(one: EnrolmentHeard) -> bool:
    return one.changed is not None and one.changed.state is m.EnrolmentState.CAPTURING
