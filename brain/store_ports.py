"""What does the brain ask of its database? One protocol for each aggregate, one over all."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from brain.core.access import Resident
from brain.core.enrolment import Enrolment, FramesSoFar
from brain.core.freshness import Mark
from brain.core.gallery import Vectors
from doorbus.messages import DoorEvent, EnrolmentState, Verdict


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
