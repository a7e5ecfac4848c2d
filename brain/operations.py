"""What does each request of an administrator do, within one database transaction?

Error texts name no card and no name: they are kept with their transaction even after the resident
was removed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from brain.core import enrolment as rules
from brain.core.access import Resident
from brain.core.enrolment import Enrolment
from brain.core.lookalikes import lookalikes
from brain.doors import KnownDoors
from brain.enrolling import Enrolling
from brain.errors import RequestRefused
from brain.live_gallery import LiveGallery
from brain.orders import unknown_door
from brain.outgoing import Outgoing
from brain.ports import Clock, FrameStore
from brain.quarantine import Quarantine
from brain.reading import Reading
from brain.store_ports import PeopleStore, Work
from doorbus.messages import (
    Add,
    Cancel,
    Disable,
    Enable,
    Enroll,
    EnrolmentState,
    ErrorCode,
    ListResidents,
    Remove,
    Show,
    TakeDoorSnapshot,
    TakeSnapshot,
)
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
    clock: Clock
    quarantine: Quarantine
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
    """

    data: dict[str, Any]
    resident: str | None = None
    door: str | None = None
    after: tuple[Callable[[], object], ...] = field(default=())
    reason: str = ""


def add(_: House, work: Work, request: Add) -> Done:
    """Make a resident known."""
    if work.residents.by_card(request.card) is not None:
        raise RequestRefused(ErrorCode.CARD_TAKEN, "this card belongs to a resident already")
    resident = Resident(_new_id("r"), request.name, request.card)
    work.residents.add(resident)
    return Done({"resident": resident.id, "enabled": True}, resident.id)


def enroll(house: House, work: Work, request: Enroll) -> Done:
    """Open an enrolment at a door, with the resident added where a name is given."""
    if request.door not in house.doors:
        raise unknown_door(request.door)
    resident = work.residents.by_card(request.card)
    if resident is None:
        if request.name is None:
            raise _unknown_card("add the resident first, or give `name` in the same request")
        resident = Resident(_new_id("r"), request.name, request.card)
        work.residents.add(resident)
    elif request.name is not None and request.name != resident.name:
        raise RequestRefused(
            ErrorCode.CARD_TAKEN, "this card belongs to a resident of another name"
        )
    check_free(work, resident, request.door)
    if work.templates.count(resident.id, house.gallery.encoder):
        raise RequestRefused(
            ErrorCode.ALREADY_ENROLLED,
            "this card is enrolled; `reenroll` takes new templates, `remove` begins anew",
        )
    return opened(house, work, resident, request.door, request.count)


def opened(house: House, work: Work, resident: Resident, door: str, count: int | None) -> Done:
    """Open an enrolment of somebody known, at a door that is free."""
    one = Enrolment(
        id=_new_id("e"),
        resident=resident.id,
        door=door,
        count=count or house.count,
        created=house.clock.wall(),
    )
    work.enrolments.add(one)
    data = {
        "enrolment": one.id,
        "resident": resident.id,
        "door": one.door,
        "count": one.count,
        "state": one.state.value,
    }
    return Done(data, resident.id, one.door, (lambda: house.enrolling.opened(one),))


def cancel(house: House, work: Work, request: Cancel) -> Done:
    """End the open enrolment of a card."""
    resident = known(work, request.card)
    one = next((one for one in work.enrolments.of(resident.id) if one.state in rules.OPEN), None)
    if one is None:
        raise RequestRefused(ErrorCode.NO_ENROLMENT, "this card has no open enrolment")
    return Done(
        {"enrolment": one.id, "resident": resident.id, "state": EnrolmentState.CANCELLED.value},
        resident.id,
        one.door,
        (_cancelled(house, work, one),),
    )


def disable(_: House, work: Work, request: Disable) -> Done:
    """Let a resident in nowhere."""
    return _set_enabled(work, request.card, enabled=False)


def enable(_: House, work: Work, request: Enable) -> Done:
    """Undo `disable`."""
    return _set_enabled(work, request.card, enabled=True)


def remove(house: House, work: Work, request: Remove) -> Done:
    """Erase a resident. Pictures go first: what is said to be erased is erased."""
    resident = known(work, request.card)
    enrolments = work.enrolments.of(resident.id)
    templates = work.templates.count(resident.id)
    in_gallery = work.templates.count(resident.id, house.gallery.encoder)
    after: list[Callable[[], object]] = [
        _cancelled(house, work, one) for one in enrolments if one.state in rules.OPEN
    ]
    frames = sum(house.frames.erase(one.id) for one in enrolments)
    work.residents.erase(resident.id)
    if in_gallery:
        version = work.templates.next_version()
        after.append(lambda: house.gallery.drop(version, resident.id))
    after.append(house.store.scrub)
    after.append(house.quarantine.clear)
    erased = {"name": True, "card": True, "frames": frames, "templates": templates}
    return Done({"resident": resident.id, "erased": erased}, resident.id, None, tuple(after))


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
    command = TakeSnapshot(number=work.doors.next_number(door), command=_new_id("c"))
    data = {"door": door, "command": command.command, "topic": SNAPSHOT.name(door)}
    after = (lambda: house.outgoing.command(door, epoch, command),)
    return Done(data, None, door, after)


def list_residents(house: House, work: Work, request: ListResidents) -> dict[str, Any]:
    """Who is known, by name."""
    page = work.residents.page(request.offset, request.limit)
    alike = _lookalikes(house, [resident.id for resident, _ in page])
    return {
        "total": work.residents.count(),
        "offset": request.offset,
        "residents": [
            _plain(resident)
            | {"enrolment": state.value if state else None, "lookalikes": alike[resident.id]}
            for resident, state in page
        ],
    }


def show(house: House, work: Work, request: Show) -> dict[str, Any]:
    """One resident with the latest enrolment."""
    resident = known(work, request.card)
    encoder = house.gallery.encoder
    latest = next(iter(work.enrolments.of(resident.id)), None)
    enrolment = None
    if latest is not None:
        enrolment = {
            "enrolment": latest.id,
            "door": latest.door,
            "state": latest.state.value,
            "stored": len(work.enrolments.frames(latest.id).stored),
            "count": latest.count,
            "reason": latest.reason,
            "created": latest.created,
        }
    former = work.former.of(resident.id)
    undoable = former is not None and former.encoder == encoder
    return _plain(resident) | {
        "templates": work.templates.count(resident.id, encoder),
        "renewals": len(work.renewals.of(resident.id, encoder)),
        "former": len(former.vectors) if former is not None and undoable else 0,
        "lookalikes": _lookalikes(house, [resident.id])[resident.id],
        "enrolment": enrolment,
    }


def _lookalikes(house: House, residents: list[str]) -> dict[str, list[str]]:
    """Lookalikes in the gallery as it is now, by the threshold that holds now."""
    now = house.gallery.standing()
    found = lookalikes(residents, now.gallery, now.rule.threshold)
    return {resident: list(alike) for resident, alike in found.items()}


def check_free(work: Work, resident: Resident, door: str) -> None:
    """Neither the card nor the door has an open enrolment. Raises `RequestRefused`."""
    if any(one.state in rules.OPEN for one in work.enrolments.of(resident.id)):
        raise RequestRefused(
            ErrorCode.ENROLMENT_OPEN, "this card has an open enrolment; cancel it, or wait for it"
        )
    if work.enrolments.capturing_at(door) is not None:
        raise RequestRefused(
            ErrorCode.DOOR_BUSY, f"door {door} is busy with another enrolment; wait, or cancel it"
        )


def _cancelled(house: House, work: Work, one: Enrolment) -> Callable[[], object]:
    stored = len(work.enrolments.frames(one.id).stored)
    work.enrolments.set_state(one.id, EnrolmentState.CANCELLED)
    ended = rules.moved(one, EnrolmentState.CANCELLED)
    return lambda: house.enrolling.ended(ended, stored)


def _set_enabled(work: Work, card: str, *, enabled: bool) -> Done:
    resident = known(work, card)
    work.residents.set_enabled(resident.id, enabled=enabled)
    return Done({"resident": resident.id, "enabled": enabled}, resident.id)


def known(work: Work, card: str) -> Resident:
    """Who has this card. Raises `RequestRefused`."""
    resident = work.residents.by_card(card)
    if resident is None:
        raise _unknown_card("`list` shows who is known")
    return resident


def _unknown_card(advice: str) -> RequestRefused:
    return RequestRefused(ErrorCode.UNKNOWN_CARD, f"nobody here has this card; {advice}")


def _plain(resident: Resident) -> dict[str, Any]:
    return {
        "resident": resident.id,
        "name": resident.name,
        "card": resident.card,
        "enabled": resident.enabled,
    }


def _new_id(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(8)}"
