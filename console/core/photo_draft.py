"""Which photos has somebody put together for a person, what became of each, and what comes next?

An enrolment by upload says beforehand how many photos will come, and each that is taken in is one
of them, whether it shows one face or none. So photos are first shown to the brain in an enrolment
for more photos than ever come, which says of each what it is worth; then that one is cancelled, and
another is opened for exactly those that are good. A photo of nobody costs nothing, more can be
added until the end, and nothing stays half-done: either the second enrolment is trained, or nothing
is kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Final

from doorbus import messages as m

MOST_PHOTOS: Final = 40
"""Photos of one person at a time: ten templates are made of them, and memory is not endless."""

LONGEST_NAME: Final = 80


class Fate(StrEnum):
    """What became of a photo."""

    WAITS = "waits"
    """It is to be shown to the brain."""
    SHOWN = "shown"
    """The brain looks at it."""
    GOOD = "good"
    USELESS = "useless"
    """The brain cannot use it."""
    UNREADABLE = "unreadable"
    """It is no picture, or the same as another: it never left the console."""


class Stage(Enum):
    """Where a draft stands."""

    GATHERING = "gathering"
    """Photos are added, and looked at."""
    TRAINING = "training"
    """Those that are good are on their way to become templates."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo.

    Attributes:
        number: by which pages name it, from 1; never given twice in a draft.
        name: what its file was called.
        jpeg: as the brain gets it; empty where the file was unreadable.
        fate: see there.
        why: the brain's words, or the console's; empty where all is well.
    """

    number: int
    name: str
    jpeg: bytes = field(repr=False)
    fate: Fate
    why: str = ""

    @property
    def digest(self) -> bytes:
        """Tells it from others."""
        return hashlib.sha256(self.jpeg).digest()


@dataclass(frozen=True, slots=True)
class Draft:
    """Somebody's photos, and where they stand.

    Attributes:
        id: the first enrolment; by it pages name the draft to its end.
        card, name: whose photos these are.
        again: whether they have templates already, which hold until these are trained.
        consent: what they agreed to, for the audit.
        enrolment, token: the enrolment that is open; empty where none is.
        photos: in the order in which they came.
        stage: see there.
        result: how the last try to train ended; None before.
        problem: what went wrong besides; for people.
        added: how many were ever added.
    """

    id: str
    card: str
    name: str
    again: bool = False
    consent: str = ""
    enrolment: str = ""
    token: str = field(default="", repr=False)
    photos: tuple[Photo, ...] = ()
    stage: Stage = Stage.GATHERING
    result: m.EnrolmentChanged | None = None
    problem: str = ""
    added: int = 0

    @property
    def good(self) -> tuple[Photo, ...]:
        """Photos that can be trained."""
        return tuple(one for one in self.photos if one.fate is Fate.GOOD)

    @property
    def unseen(self) -> tuple[Photo, ...]:
        """Photos of which nobody knows yet what they are worth."""
        return tuple(one for one in self.photos if one.fate in {Fate.WAITS, Fate.SHOWN})

    @property
    def may_train(self) -> bool:
        """Whether training can begin now."""
        return self.stage is Stage.GATHERING and bool(self.good) and not self.unseen

    def photo(self, number: int) -> Photo | None:
        """The photo of that number."""
        return next((one for one in self.photos if one.number == number), None)

    def with_photo(self, name: str, jpeg: bytes) -> Draft:
        """One more photo, made ready; the same picture twice is told so."""
        digest = hashlib.sha256(jpeg).digest()
        twin = next((one for one in self.photos if one.jpeg and one.digest == digest), None)
        if twin is not None:
            return self._more(name, b"", Fate.UNREADABLE, f"same as {twin.number}")
        return self._more(name, jpeg, Fate.WAITS, "")

    def with_useless(self, name: str, why: str) -> Draft:
        """One more file, of which no photo could be made."""
        return self._more(name, b"", Fate.UNREADABLE, why)

    def without(self, number: int) -> Draft:
        """A photo is taken out."""
        return replace(self, photos=tuple(one for one in self.photos if one.number != number))

    def fated(self, number: int, fate: Fate, why: str = "") -> Draft:
        """What became of a photo; one that was taken out meanwhile stays out."""
        return replace(
            self,
            photos=tuple(
                replace(one, fate=fate, why=why) if one.number == number else one
                for one in self.photos
            ),
        )

    def opened(self, enrolment: str, token: str) -> Draft:
        """An enrolment is open for its photos."""
        return replace(self, enrolment=enrolment, token=token)

    def closed(self) -> Draft:
        """No enrolment is open; what was under way is to be shown again."""
        return replace(
            self,
            enrolment="",
            token="",
            photos=tuple(
                replace(one, fate=Fate.WAITS) if one.fate is Fate.SHOWN else one
                for one in self.photos
            ),
        )

    def training(self) -> Draft:
        """Training began."""
        return replace(self, stage=Stage.TRAINING, result=None, problem="")

    def ended(self, result: m.EnrolmentChanged) -> Draft:
        """Training ended: well, or so that photos can be changed and it be tried again."""
        done = result.state is m.EnrolmentState.TRAINED
        return replace(
            self,
            enrolment="",
            token="",
            stage=Stage.DONE if done else Stage.GATHERING,
            result=result,
            # Nobody needs the pictures any more.
            photos=tuple(replace(one, jpeg=b"") for one in self.photos) if done else self.photos,
        )

    def stuck(self, problem: str) -> Draft:
        """It could not go on; photos stay, and it may be tried again."""
        return replace(self.closed(), stage=Stage.GATHERING, problem=problem)

    def _more(self, name: str, jpeg: bytes, fate: Fate, why: str) -> Draft:
        number = self.added + 1
        one = Photo(number, name[:LONGEST_NAME], jpeg, fate, why)
        return replace(self, photos=(*self.photos, one), added=number)


def fate_of(look: m.PhotoLooked) -> tuple[Fate, str] | None:
    """What the brain's word on a photo means; None where the enrolment takes none any more."""
    if look.usable:
        return Fate.GOOD, ""
    if look.code is m.PhotoRefusal.BAD_TOKEN:
        return None
    return Fate.USELESS, look.reason
