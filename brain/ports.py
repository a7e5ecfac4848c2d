"""What the brain needs from the world: one protocol for each kind of store or library.

Adapters in `brain.adapters` implement these; `brain.__main__` alone chooses among them, by the
names in the configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brain.core.access import Resident
from brain.core.enrolment import Enrolment, FramesSoFar
from brain.core.freshness import Mark
from brain.core.gallery import Vectors
from doorbus.messages import DoorEvent, EnrolmentState, Verdict

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), uint8, blue-green-red as OpenCV has it."""

Points = NDArray[np.float32]
"""Five landmarks, shape (5, 2), pixels of the picture they belong to: right eye, left eye, nose
tip, right mouth corner, left mouth corner, as the person has them (YuNet's order)."""


class Encoder(Protocol):
    """Turns a face into a vector. One instance belongs to one thread."""

    @property
    def name(self) -> str:
        """Names network and preprocessing; vectors of different names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        ...

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        """Embed one face: BGR picture and its five points; unit length, shape (dimensions,)."""
        ...


class FoundFace(Protocol):
    """One face that a detector found."""

    @property
    def points(self) -> Points:
        """Its five landmarks."""
        ...

    @property
    def area(self) -> float:
        """Of its box, square pixels."""
        ...


class Detector(Protocol):
    """Finds faces. One instance belongs to one thread."""

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def detect(self, image: Image) -> Sequence[FoundFace]:
        """Every face in a BGR picture, the largest first."""
        ...


class Clock(Protocol):
    """The brain's own time."""

    def monotonic(self) -> float:
        """Seconds, never running backwards; only differences mean anything."""
        ...

    def wall(self) -> float:
        """Seconds since 1970, for records that people read, never for a decision."""
        ...


class FrameStore(Protocol):
    """Keeps enrolment pictures. What `write` returned from survives a power cut."""

    def start(self) -> None:
        """Make the place ready. Raises `FrameStoreError`."""
        ...

    def write(self, enrolment: str, index: int, jpeg: bytes) -> None:
        """Keep a picture, replacing an older one of that index. Raises `FrameStoreError`."""
        ...

    def read(self, enrolment: str, index: int) -> bytes:
        """Give a picture back. Raises `FrameStoreError`."""
        ...

    def enrolments(self) -> set[str]:
        """Every enrolment of which there is something."""
        ...

    def erase(self, enrolment: str) -> int:
        """Delete all pictures of an enrolment, and say how many there were."""
        ...


class Residents(Protocol):
    """The people."""

    def add(self, resident: Resident) -> None:
        """Make somebody known; the card must be free."""
        ...

    def by_card(self, card: str) -> Resident | None:
        """Who has this card."""
        ...

    def by_id(self, resident: str) -> Resident | None:
        """Who has this opaque id."""
        ...

    def page(self, offset: int, limit: int) -> list[tuple[Resident, EnrolmentState | None]]:
        """Some of them by name, each with the state of the latest enrolment."""
        ...

    def count(self) -> int:
        """How many there are."""
        ...

    def set_enabled(self, resident: str, *, enabled: bool) -> None:
        """Let somebody in, or keep them out."""
        ...

    def erase(self, resident: str) -> None:
        """Delete the person with templates and enrolments."""
        ...


class Enrolments(Protocol):
    """Enrolments and the fate of their frames."""

    def add(self, enrolment: Enrolment) -> None:
        """Open one."""
        ...

    def by_id(self, enrolment: str) -> Enrolment | None:
        """One by its id."""
        ...

    def of(self, resident: str) -> list[Enrolment]:
        """Those of one resident, the latest first."""
        ...

    def capturing_at(self, door: str) -> Enrolment | None:
        """The one that is taking frames from a door."""
        ...

    def in_state(self, *states: EnrolmentState) -> list[Enrolment]:
        """All in one of these states, the oldest first."""
        ...

    def set_state(self, enrolment: str, state: EnrolmentState, reason: str = "") -> None:
        """Move one on."""
        ...

    def begin_round(self, enrolment: str) -> None:
        """Count one more round and forget which frames were refused."""
        ...

    def frames(self, enrolment: str) -> FramesSoFar:
        """What has become of its frames."""
        ...

    def frame_stored(self, enrolment: str, index: int) -> None:
        """Note that a frame is kept; it may have been refused before."""
        ...

    def frame_refused(self, enrolment: str, index: int, reason: str) -> None:
        """Note that a frame was unusable; a stored one stays stored."""
        ...


class Templates(Protocol):
    """What training chose."""

    def all(self, encoder: str) -> dict[str, Vectors]:
        """Each resident's templates made by this encoder, shape (n, dimensions), float32."""
        ...

    def count(self, resident: str) -> int:
        """How many one resident has, of whatever encoder."""
        ...

    def replace(self, resident: str, encoder: str, vectors: Vectors) -> None:
        """Set one resident's templates of one encoder."""
        ...

    def version(self) -> int:
        """Version of the gallery."""
        ...

    def next_version(self) -> int:
        """Raise the version and return it."""
        ...


@dataclass(frozen=True, slots=True)
class DoorRecord:
    """What the brain remembers of a door.

    Attributes:
        epoch: its newest boot heard of; None before any message.
        last: the newest visit answered.
        verdict: the answer to it.
    """

    epoch: int | None = None
    last: Mark | None = None
    verdict: Verdict | None = None


class DoorLedger(Protocol):
    """What each door said last, and what it was told."""

    def get(self, door: str) -> DoorRecord:
        """The record of a door; an empty one for a door that never spoke."""
        ...

    def use_key(self, door: str, fingerprint: str) -> None:
        """Note which key a door has; with another key its epochs and visits begin anew."""
        ...

    def heard(self, door: str, epoch: int) -> None:
        """Keep the highest epoch."""
        ...

    def decided(self, door: str, mark: Mark, verdict: Verdict) -> None:
        """Keep the newest visit with its verdict."""
        ...

    def next_number(self, door: str) -> int:
        """A command number above all before."""
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """A request that came before.

    Attributes:
        digest: of the request, so that another one under the same transaction is told apart.
        response: the answer as JSON; None while it is being carried out.
    """

    digest: str
    response: str | None


class Transactions(Protocol):
    """Requests that change something, with their answers."""

    def find(self, principal: str, transaction: str) -> Remembered | None:
        """What is known of a transaction."""
        ...

    def begin(self, principal: str, transaction: str, digest: str, at: float) -> None:
        """Note a new one, not answered yet."""
        ...

    def answer(self, principal: str, transaction: str, response: str) -> None:
        """Keep the answer."""
        ...

    def pending(self) -> list[tuple[str, str]]:
        """Principal and transaction of all that are not answered."""
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit: no name, no card, no score.

    Attributes:
        at: seconds since 1970.
        actor: `admin.alice`, `shared`, `brain`, or `door:<name>`.
        what: the operation or decision.
        resident: opaque id; stays when the resident is removed.
        door: where.
        reason: code or words.
    """

    at: float
    actor: str
    what: str
    resident: str | None = None
    door: str | None = None
    reason: str = ""


class AuditLog(Protocol):
    """Grows only."""

    def append(self, entry: AuditEntry) -> None:
        """Add a line."""
        ...

    def latest(self, limit: int) -> list[AuditEntry]:
        """The last lines, the newest first."""
        ...


class Events(Protocol):
    """What doors told of themselves."""

    def store(self, door: str, event: DoorEvent, at: float) -> bool:
        """Keep an event; False where its id was kept before."""
        ...


class Work(Protocol):
    """One database transaction, and everything that can be done in it."""

    @property
    def residents(self) -> Residents:
        """The people."""
        ...

    @property
    def enrolments(self) -> Enrolments:
        """Enrolments and frames."""
        ...

    @property
    def templates(self) -> Templates:
        """Templates and the gallery's version."""
        ...

    @property
    def doors(self) -> DoorLedger:
        """Doors."""
        ...

    @property
    def transactions(self) -> Transactions:
        """Administrators' requests."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit."""
        ...

    @property
    def events(self) -> Events:
        """Doors' events."""
        ...


class PeopleStore(Protocol):
    """The database."""

    def start(self) -> None:
        """Open it and bring its tables up to date. Raises `StoreError`."""
        ...

    def stop(self) -> None:
        """Close it. Twice is harmless."""
        ...

    def work(self) -> AbstractContextManager[Work]:
        """Do something all or nothing: durable once the block ended, undone where it raised.

        Raises `StoreError` where the database cannot do it.
        """
        ...

    def scrub(self) -> None:
        """Leave no trace of what was erased in files kept beside the database."""
        ...
