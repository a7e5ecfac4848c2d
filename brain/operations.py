"""What do an administrator's requests work on, and what comes of them?

Each is carried out within one database transaction, by a function of `brain.*_operations`. Error
texts name no card and no name: they are kept with their transaction even after the resident was
removed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from brain.core.access import Resident
from brain.doors import KnownDoors
from brain.enrolling import Enrolling
from brain.erasing import Erasing
from brain.errors import RequestRefused
from brain.live_gallery import LiveGallery
from brain.orders import unknown_door
from brain.outgoing import Outgoing
from brain.passes import PassOffice
from brain.ports import Clock, FrameStore
from brain.quarantine import Quarantine
from brain.reading import Reading
from brain.rules_admission import Admission
from brain.store_ports import PeopleStore, Work
from doorbus.messages import ErrorCode, Note, TakeDoorSnapshot, TakeSnapshot
from doorbus.topics import SNAPSHOT


@dataclass(frozen=True, slots=True)
class House:
    """What operations work on besides the database transaction."""

    store: PeopleStore
    frames: FrameStore
    doors: KnownDoors
    reading: Reading
    outgoing: Outgoing
    gallery: LiveGallery
    enrolling: Enrolling
    erasing: Erasing
    clock: Clock
    quarantine: Quarantine
    admission: Admission
    all_doors: Callable[[Work], frozenset[str]]
    passes: PassOffice
    count: int
    """Frames of an enrolment where the request does not say."""


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that was carried out.

    Attributes:
        data: for the response; no card, no name.
        resident: whom it concerned, for the audit.
        door: where, for the audit.
        after: what remains to be done once it is committed.
        reason: for the audit.
        what: for the audit, where that is not the request's `op`.
        unkept: more of the response, which is not kept with it.
    """

    data: dict[str, Any]
    resident: str | None = None
    door: str | None = None
    after: tuple[Callable[[], object], ...] = field(default=())
    reason: str = ""
    what: str = ""
    unkept: dict[str, Any] = field(default_factory=dict)


def snapshot(house: House, work: Work, request: TakeDoorSnapshot) -> Done:
    """Have a door publish one picture."""
    door = request.door
    if door not in house.doors:
        raise unknown_door(door)
    epoch = house.reading.epoch(door)
    if epoch is None:
        raise RequestRefused(
            ErrorCode.DOOR_SILENT, f"door {door} was never heard of; start its edge, then try again"
        )
    command = TakeSnapshot(number=work.doors.next_number(door), command=new_id("c"))
    data = {"door": door, "command": command.command, "topic": SNAPSHOT.name(door)}
    after = (lambda: house.outgoing.command(door, epoch, command),)
    return Done(data, None, door, after)


def note(_: House, __: Work, request: Note) -> Done:
    """Write into the audit what happened at a console."""
    return Done({}, reason=request.about or "", what=request.what.value)


def known(work: Work, card: str) -> Resident:
    """Who has this card. Raises `RequestRefused`."""
    resident = work.residents.by_card(card)
    if resident is None:
        raise unknown_card("`list` shows who is known")
    return resident


def unknown_card(advice: str) -> RequestRefused:
    """Nobody has the card; what to do about it."""
    return RequestRefused(ErrorCode.UNKNOWN_CARD, f"nobody here has this card; {advice}")


def new_id(kind: str) -> str:
    """An opaque id that nobody can guess; it begins with a letter for what it names."""
    return f"{kind}-{secrets.token_hex(8)}"


def consent_noted(consent: str, resident: Resident) -> str:
    """A consent as the audit keeps it, which outlives the resident. Raises `RequestRefused`."""
    if not consent:
        return ""
    plain = consent.casefold()
    if resident.name.casefold() in plain or resident.card in plain:
        raise RequestRefused(
            ErrorCode.BAD_REQUEST,
            "consent: holds the resident's name or card, and the audit is never erased; say where "
            "the consent is kept instead",
        )
    return f"consent: {consent}"
