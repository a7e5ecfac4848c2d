"""What does the brain ask of its database? One protocol for each aggregate, one over all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from brain.code_ports import Passes, Pins
from brain.core.access import Resident
from brain.core.audit_chain import Checked, Head
from brain.core.enrolment import Enrolment, FramesSoFar
from brain.core.freshness import Mark
from brain.core.standing import Standing, StandingOrder
from brain.rules_ports import AccessTables
from brain.statistics_ports import Order, Scores, Wanted
from doorbus.messages import DoorEvent, EnrolmentState, Verdict
from matching.gallery import Vectors


@dataclass(frozen=True, slots=True)
class Selection:
    """Which residents are meant; what is None narrows nothing down.

    Attributes:
        name: a part of the name; capital or small does not matter.
        card: some digits of the card, in a row.
        enabled: let in at all, or not.
        among: opaque ids of which they are.
        outside: opaque ids of which they are not.
    """

    name: str | None = None
    card: str | None = None
    enabled: bool | None = None
    among: frozenset[str] | None = None
    outside: frozenset[str] = frozenset()


EVERYBODY = Selection()


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

    def page(
        self, offset: int, limit: int, which: Selection = EVERYBODY
    ) -> list[tuple[Resident, EnrolmentState | None]]:
        """Some of them by name, each with the state of the latest enrolment."""
        ...

    def count(self, which: Selection = EVERYBODY) -> int:
        """How many there are."""
        ...

    def rename(self, resident: str, name: str, card: str) -> None:
        """Give somebody this name and card; the card must be free or theirs."""
        ...

    def enabled(self) -> frozenset[str]:
        """Opaque ids of all who are not disabled."""
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


@dataclass(frozen=True, slots=True, eq=False)
class TemplateSet:
    """What one enrolment gave for a resident.

    Attributes:
        encoder: whose vectors they are.
        vectors: unit length, shape (n, dimensions), float32.
        chosen: the frames that they are of; empty where that was not written down.
        enrolment: which one; empty where it does not matter.
    """

    encoder: str
    vectors: Vectors
    chosen: tuple[int, ...] = ()
    enrolment: str = ""


class Templates(Protocol):
    """What training chose, and which encoder the gallery is of."""

    def all(self, encoder: str) -> dict[str, Vectors]:
        """Each resident's templates made by this encoder, shape (n, dimensions), float32."""
        ...

    def parts(self, encoder: str, damaged: set[str]) -> Iterator[dict[str, Vectors]]:
        """The same, some residents at a time; whose do not open is put into `damaged`."""
        ...

    def of(self, resident: str, encoder: str) -> TemplateSet | None:
        """One resident's templates made by this encoder."""
        ...

    def count(self, resident: str, encoder: str | None = None) -> int:
        """How many one resident has; without `encoder`, of the one that has most."""
        ...

    def replace(self, resident: str, new: TemplateSet) -> None:
        """Set one resident's templates; those of other encoders are of older frames, and go."""
        ...

    def add(self, resident: str, new: TemplateSet) -> None:
        """Set one resident's templates of one encoder, beside those of others."""
        ...

    def chosen(self, resident: str) -> tuple[int, ...]:
        """The frames that the resident's templates are of; empty where that is unknown."""
        ...

    def holders(self, encoder: str) -> int:
        """How many residents have templates made by this encoder."""
        ...

    def enrolled(self, encoder: str) -> frozenset[str]:
        """Who has templates made by this encoder."""
        ...

    def residents(self, *, without: str) -> list[str]:
        """Who has templates, but none made by this encoder."""
        ...

    def encoder(self) -> str | None:
        """Which encoder the gallery is of; None before it was first written down."""
        ...

    def set_encoder(self, encoder: str, recipe: str) -> None:
        """Have the gallery be of this encoder, and keep how to make that encoder again."""
        ...

    def recipe(self, encoder: str) -> str | None:
        """How to make an encoder again."""
        ...

    def adopt(self, name: str, encoder: str) -> None:
        """Call templates that bear a name by this encoder's identity from now on."""
        ...

    def forget_others(self, encoder: str) -> None:
        """Delete other encoders' templates of everybody who has some of this one."""
        ...

    def version(self) -> int:
        """Version of the gallery."""
        ...

    def next_version(self) -> int:
        """Raise the version and return it."""
        ...


class FormerTemplates(Protocol):
    """The templates that a resident had before the last re-enrolment; one set each at most."""

    def keep(self, resident: str, old: TemplateSet, at: float) -> None:
        """Keep a set instead of an older one."""
        ...

    def of(self, resident: str) -> TemplateSet | None:
        """The set that can be put back."""
        ...

    def drop(self, resident: str) -> None:
        """Give it up."""
        ...

    def enrolments(self) -> set[str]:
        """Enrolments whose sets are kept, and whose frames therefore are."""
        ...

    def forget_others(self, encoder: str) -> list[str]:
        """Give up the sets of other encoders; the enrolments that they were of."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Renewed:
    """A template that a confirmed visit gave.

    Attributes:
        vector: unit length, shape (dimensions,), float32.
        at: when, seconds since 1970.
        door: where.
        visit: the visit's number there.
    """

    vector: Vectors
    at: float
    door: str
    visit: int


class Renewals(Protocol):
    """Templates that confirmed visits gave, apart from enrolled ones."""

    def all(self, encoder: str, damaged: set[str]) -> dict[str, Vectors]:
        """Each resident's, the oldest first, shape (n, dimensions), float32.

        Whose do not open is put into `damaged`.
        """
        ...

    def of(self, resident: str, encoder: str) -> list[Renewed]:
        """One resident's, the oldest first."""
        ...

    def add(self, resident: str, encoder: str, new: Renewed, most: int) -> None:
        """Add one; the oldest beyond `most` go."""
        ...

    def take_back(self, resident: str, since: float) -> int:
        """Delete those made since then, and say how many they were."""
        ...

    def drop(self, resident: str) -> int:
        """Delete all of a resident's, and say how many they were."""
        ...

    def forget_others(self, encoder: str) -> None:
        """Delete those of other encoders."""
        ...


class Marks(Protocol):
    """What tells one state of a resident's templates from another."""

    def all(self, encoder: str) -> dict[str, bytes]:
        """A mark for each resident with templates made by this encoder.

        It is another one after every change, also of what visits gave.
        """
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

    def key(self, door: str) -> str | None:
        """The fingerprint of the key that a door has; None for a door that is not known yet."""
        ...

    def names(self) -> list[str]:
        """Every door that was ever known, by name."""
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


class SiteOrders(Protocol):
    """The newest order for several doors, at each of them."""

    def put(self, order: StandingOrder) -> None:
        """Keep the newest order of a door; it takes the place of the one before."""
        ...

    def waiting(self) -> list[StandingOrder]:
        """All that wait for a door, by the door's name."""
        ...

    def of(self, order: str) -> list[StandingOrder]:
        """One order at all doors where it is the newest, by the door's name."""
        ...

    def end(self, door: str, order: str | None, state: Standing, detail: str = "") -> bool:
        """Note what became of an order that waits for a door; False where none does.

        Args:
            door: which.
            order: which one; None for whichever.
            state: what became of it.
            detail: see `StandingOrder`.
        """
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
    """Grows only; each line is chained to the one before (`brain.core.audit_chain`)."""

    def append(self, entry: AuditEntry) -> None:
        """Add a line."""
        ...

    def latest(self, limit: int) -> list[AuditEntry]:
        """The last lines, the newest first."""
        ...

    def about(self, resident: str, limit: int) -> list[AuditEntry]:
        """The last lines about one resident, the newest first."""
        ...

    def count_about(self, resident: str) -> int:
        """How many lines there are about one resident."""
        ...

    def find(
        self, wanted: Wanted, limit: int, order: Order = Order.NEWEST
    ) -> list[tuple[int, AuditEntry]]:
        """Some of those that are looked for, each with its number."""
        ...

    def head(self) -> Head:
        """The end of the chain."""
        ...

    def check(self, noted: Head | None = None) -> Checked:
        """Go through the whole chain; `noted` is a head of it that was noted elsewhere."""
        ...


class Events(Protocol):
    """What doors told of themselves."""

    def store(self, door: str, event: DoorEvent, at: float) -> bool:
        """Keep an event; False where its id was kept before."""
        ...

    def forget_before(self, at: float) -> int:
        """Delete those that came before a time, and say how many they were."""
        ...


@dataclass(frozen=True, slots=True)
class Erasure:
    """A door that has yet to confirm that it erased somebody.

    Attributes:
        resident: opaque id.
        door: which.
        enrolments: those that this door took pictures for.
        at: when the resident was removed, seconds since 1970.
    """

    resident: str
    door: str
    enrolments: tuple[str, ...]
    at: float


class Erasures(Protocol):
    """Who was removed, and which doors may still hold something of them."""

    def begin(self, erasure: Erasure) -> None:
        """Note that a door has to erase somebody."""
        ...

    def open(self, door: str | None = None) -> list[Erasure]:
        """Those that are not confirmed, of one door or of all, the oldest first."""
        ...

    def confirm(self, resident: str, door: str) -> bool:
        """A door has erased somebody; False where that was not waited for."""
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
    def former(self) -> FormerTemplates:
        """Templates before the last re-enrolment."""
        ...

    @property
    def renewals(self) -> Renewals:
        """Templates of confirmed visits."""
        ...

    @property
    def marks(self) -> Marks:
        """Whose templates are not what they were."""
        ...

    @property
    def doors(self) -> DoorLedger:
        """Doors."""
        ...

    @property
    def site_orders(self) -> SiteOrders:
        """Orders for several doors."""
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
    def scores(self) -> Scores:
        """Counts of scores."""
        ...

    @property
    def events(self) -> Events:
        """Doors' events."""
        ...

    @property
    def erasures(self) -> Erasures:
        """What doors have yet to erase."""
        ...

    @property
    def access(self) -> AccessTables:
        """Access rules, and where people are."""
        ...

    @property
    def pins(self) -> Pins:
        """PINs of residents."""
        ...

    @property
    def passes(self) -> Passes:
        """Visitors' passes."""
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

    def size(self) -> int:
        """Bytes that it takes. Raises `StoreError` where it cannot say."""
        ...

    def scrub(self) -> None:
        """Leave no trace of what was erased in files kept beside the database."""
        ...
