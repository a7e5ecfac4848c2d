"""What does `undo` do, within one database transaction?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from brain.core.access import Resident
from brain.core.enrolment import Enrolment
from brain.errors import RequestRefused
from brain.operations import Done, House, known
from brain.renewing import in_force
from brain.store_ports import Work
from doorbus.messages import EnrolmentState, ErrorCode, Undo


def undo(house: House, work: Work, request: Undo) -> Done:
    """Put back the templates before the last re-enrolment, or forget what visits taught."""
    resident = known(work, request.card)
    if request.since is None and request.visit is None:
        return _put_back(house, work, resident, request.reason)
    encoder = house.gallery.encoder
    since = request.since
    if request.visit is not None:
        # A door counts its visits anew after each boot. Where several bear this number, the oldest
        # is meant with all that came after it: rather too much is given up than too little.
        since = next(
            (
                one.at
                for one in work.renewals.of(resident.id, encoder)
                if (one.door, one.visit) == (request.visit.door, request.visit.visit)
            ),
            None,
        )
    gone = 0 if since is None else work.renewals.take_back(resident.id, since)
    if not gone:
        raise RequestRefused(
            ErrorCode.NOTHING_TO_UNDO,
            "nothing was learnt from this visit, or since then; `show` tells how much was learnt",
        )
    now = _in_force(work, resident.id)
    data = _told(resident, now, work.templates.count(resident.id, encoder), gone)
    door = None if request.visit is None else request.visit.door
    named = "" if request.visit is None else f"visit {request.visit.visit}: "
    after = _stand(house, work, resident)
    return Done(data, resident.id, door, after, f"{named}{gone} taken back; {request.reason}")


def _put_back(house: House, work: Work, resident: Resident, reason: str) -> Done:
    former = work.former.of(resident.id)
    if former is None or former.encoder != house.gallery.encoder:
        raise RequestRefused(
            ErrorCode.NOTHING_TO_UNDO,
            "there is no earlier set of templates that this encoder can read; `reenroll` takes new "
            "ones",
        )
    newer = _in_force(work, resident.id)
    if newer is not None:
        work.enrolments.set_state(newer.id, EnrolmentState.UNDONE)
    work.enrolments.set_state(former.enrolment, EnrolmentState.TRAINED)
    work.templates.replace(resident.id, replace(former, enrolment=""))
    work.former.drop(resident.id)
    gone = work.renewals.drop(resident.id)
    after = list(_stand(house, work, resident))
    if newer is not None:
        undone = newer.id
        after.append(lambda: house.frames.erase(undone))
    data = _told(resident, _in_force(work, resident.id), len(former.vectors), gone)
    return Done(data, resident.id, None, tuple(after), f"re-enrolment taken back; {reason}")


def _stand(house: House, work: Work, resident: Resident) -> tuple[Callable[[], object], ...]:
    """What makes the templates that are in the database now hold."""
    version = work.templates.next_version()
    if not work.templates.count(resident.id, house.gallery.encoder):
        return ()
    vectors = in_force(work, resident.id, house.gallery.encoder)
    return (lambda: house.gallery.put(version, resident.id, vectors),)


def _in_force(work: Work, resident: str) -> Enrolment | None:
    """The enrolment whose templates hold."""
    return next(
        (one for one in work.enrolments.of(resident) if one.state is EnrolmentState.TRAINED), None
    )


def _told(
    resident: Resident, now: Enrolment | None, templates: int, renewals: int
) -> dict[str, Any]:
    return {
        "resident": resident.id,
        "enrolment": None if now is None else now.id,
        "templates": templates,
        "renewals": renewals,
    }
