"""What do `enroll`, `reenroll` and `cancel` do, within one database transaction?"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from brain.core import enrolment as rules
from brain.core.access import Resident
from brain.core.enrolment import Enrolment
from brain.errors import RequestRefused
from brain.operations import Done, House, consent_noted, known, new_id, unknown_card
from brain.orders import unknown_door
from brain.store_ports import Work
from doorbus.messages import Cancel, Enroll, EnrolmentState, ErrorCode, OkResponse, Reenroll
from doorbus.topics import UPLOAD


def enroll(house: House, work: Work, request: Enroll) -> Done:
    """Open an enrolment, with the resident added where a name is given."""
    _check_door(house, request)
    resident = work.residents.by_card(request.card)
    if resident is None:
        if request.name is None:
            raise unknown_card("add the resident first, or give `name` in the same request")
        resident = Resident(new_id("r"), request.name, request.card)
        work.residents.add(resident)
    elif request.name is not None and request.name != resident.name:
        raise RequestRefused(
            ErrorCode.CARD_TAKEN, "this card belongs to a resident of another name"
        )
    _check_free(work, resident, request.door)
    if work.templates.count(resident.id, house.gallery.encoder):
        raise RequestRefused(
            ErrorCode.ALREADY_ENROLLED,
            "this card is enrolled; `reenroll` takes new templates, `remove` begins anew",
        )
    return _opened(house, work, resident, request)


def reenroll(house: House, work: Work, request: Reenroll) -> Done:
    """Open a new enrolment of a resident who has templates; those hold until it is trained."""
    _check_door(house, request)
    resident = known(work, request.card)
    if not work.templates.count(resident.id, house.gallery.encoder):
        raise RequestRefused(
            ErrorCode.NOT_ENROLLED, "this card has no templates to replace; `enroll` it"
        )
    _check_free(work, resident, request.door)
    return _opened(house, work, resident, request)


def cancel(house: House, work: Work, request: Cancel) -> Done:
    """End the open enrolment of a card."""
    resident = known(work, request.card)
    one = next((one for one in work.enrolments.of(resident.id) if one.state in rules.OPEN), None)
    if one is None:
        raise RequestRefused(ErrorCode.NO_ENROLMENT, "this card has no open enrolment")
    return Done(
        {"enrolment": one.id, "resident": resident.id, "state": EnrolmentState.CANCELLED.value},
        resident.id,
        one.door or None,
        (cancelled(house, work, one),),
    )


def cancelled(house: House, work: Work, one: Enrolment) -> Callable[[], object]:
    """End an open enrolment; what remains to be done once that is committed."""
    stored = len(work.enrolments.frames(one.id).stored)
    work.enrolments.set_state(one.id, EnrolmentState.CANCELLED)
    ended = rules.moved(one, EnrolmentState.CANCELLED)
    return lambda: house.enrolling.ended(ended, stored)


def again(house: House, work: Work, before: OkResponse) -> OkResponse:
    """The whole answer to an opening that is asked for once more.

    As it was kept where its token is not made of the brain's key: an earlier version drew lots.
    """
    one = work.enrolments.by_id(str(before.data.get("enrolment", "")))
    if one is None or one.token is None:
        return before
    token = house.passes.upload_token(one.id)
    if not hmac.compare_digest(one.token, digest_of(token)):
        return before
    return before.model_copy(update={"data": before.data | {"token": token}})


def digest_of(token: str) -> str:
    """What is kept of an upload's token: SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def _check_door(house: House, request: Enroll | Reenroll) -> None:
    if request.door is not None and request.door not in house.doors:
        raise unknown_door(request.door)


def _check_free(work: Work, resident: Resident, door: str | None) -> None:
    """Neither the card nor the door has an open enrolment. Raises `RequestRefused`."""
    if any(one.state in rules.OPEN for one in work.enrolments.of(resident.id)):
        raise RequestRefused(
            ErrorCode.ENROLMENT_OPEN, "this card has an open enrolment; cancel it, or wait for it"
        )
    if door is not None and work.enrolments.capturing_at(door) is not None:
        raise RequestRefused(
            ErrorCode.DOOR_BUSY, f"door {door} is busy with another enrolment; wait, or cancel it"
        )


def _opened(house: House, work: Work, resident: Resident, request: Enroll | Reenroll) -> Done:
    enrolment = new_id("e")
    token = house.passes.upload_token(enrolment) if request.door is None else None
    one = Enrolment(
        id=enrolment,
        resident=resident.id,
        door=request.door or "",
        count=request.count or house.count,
        created=house.clock.wall(),
        token=None if token is None else digest_of(token),
    )
    work.enrolments.add(one)
    data: dict[str, Any] = {"enrolment": one.id, "resident": resident.id}
    if token is None:
        data |= {"door": one.door, "count": one.count, "state": one.state.value}
    else:
        data |= {"count": one.count, "state": one.state.value, "topic": UPLOAD.name()}
    noted = consent_noted(request.consent, resident)
    return Done(
        data,
        resident.id,
        request.door,
        (lambda: house.enrolling.opened(one),),
        noted,
        # Whoever reads the database must not find there what lets photos in.
        unkept={} if token is None else {"token": token},
    )
