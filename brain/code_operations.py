"""What do `pin`, `unpin`, `pass`, `passes` and `unpass` do, within one database transaction?"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from brain.asking import Asker
from brain.code_ports import PinTaken, VisitorPass
from brain.core.access.rules import valid_before, valid_since
from brain.errors import RequestRefused
from brain.operations import Done, House, known
from brain.orders import unknown_door
from brain.store_ports import Work
from doorbus.messages import (
    ALL_DOORS,
    LEAST_ALONE,
    MOST_PASS_DAYS,
    MOST_PASS_DOORS,
    MOST_REVOKED,
    Change,
    ErrorCode,
    IssuePass,
    ListPasses,
    OkResponse,
    Pass,
    RevokePass,
    SetPin,
    UnsetPin,
)

DAY_S = 86_400


def set_pin(house: House, work: Work, request: SetPin) -> Done:
    """Give a resident a PIN in the place of the one before."""
    resident = known(work, request.card)
    try:
        work.pins.keep(resident.id, request.pin, request.duress, house.clock.wall())
    except PinTaken:
        raise RequestRefused(
            ErrorCode.PIN_TAKEN, "pin: somebody else has this PIN or the duress one; take another"
        ) from None
    work.access.changed()  # caches of other brains' doors hold PINs
    alone, duress = len(request.pin) >= LEAST_ALONE, request.duress is not None
    reason = f"{'alone' if alone else 'beside a face'}{', duress' if duress else ''}"
    data = {"resident": resident.id, "alone": alone, "duress": duress}
    return Done(data, resident.id, reason=reason)


def unset_pin(_: House, work: Work, request: UnsetPin) -> Done:
    """Take a resident's PINs away."""
    resident = known(work, request.card)
    work.pins.drop(resident.id)
    work.access.changed()
    return Done({"resident": resident.id}, resident.id)


def issue(house: House, work: Work, request: IssuePass) -> Done:
    """Sign a pass."""
    now = house.clock.wall()
    content = Pass(
        id=f"p-{secrets.token_hex(8)}",
        doors=_doors(house, work, request),
        valid_from=_begins(house, request),
        valid_until=_ends(house, request),
        uses=request.uses,
    )
    if content.valid_until <= max(content.valid_from, now):
        raise RequestRefused(
            ErrorCode.BAD_REQUEST, "pass.until: must be later than `from`, and than now"
        )
    if content.valid_until - content.valid_from > MOST_PASS_DAYS * DAY_S:
        raise RequestRefused(
            ErrorCode.BAD_REQUEST,
            f"pass.until: at most {MOST_PASS_DAYS} days after `from`; give somebody who comes for "
            "longer a card",
        )
    if work.passes.count(now=now) >= MOST_REVOKED:
        raise RequestRefused(
            ErrorCode.BAD_REQUEST, f"pass: {MOST_REVOKED} passes are out; let some of them end"
        )
    work.passes.add(VisitorPass(content, request.name, 0, revoked=False, issued=now))
    door = content.doors[0] if len(content.doors) == 1 else None
    # Whoever reads the database must not find passes there: the code is not kept with the answer.
    code = {"code": house.passes.code(content)}
    return Done(_plain(content), None, door, reason=content.id, unkept=code)


def again(house: House, work: Work, before: OkResponse) -> OkResponse:
    """The whole answer to a `pass` that is asked for once more."""
    kept = work.passes.by_id(str(before.data.get("pass", "")))
    if kept is None:
        return before
    return before.model_copy(
        update={"data": before.data | {"code": house.passes.code(kept.content)}}
    )


def passes(house: House, work: Work, asker: Asker, request: ListPasses) -> dict[str, Any]:
    """The passes that have not ended, or one of them; with its code, for who may hand it out."""
    if request.pass_id is not None:
        one = _known_pass(work, request.pass_id)
        if not asker.may("pass"):
            return _shown(one)
        return _shown(one) | {"code": house.passes.code(one.content)}
    now = house.clock.wall()
    page = work.passes.page(request.offset, request.limit, now=now)
    return {
        "total": work.passes.count(now=now),
        "offset": request.offset,
        "passes": [_shown(one) for one in page],
    }


def revoke(house: House, work: Work, request: RevokePass) -> Done:
    """Have no door take a pass any more."""
    one = _known_pass(work, request.pass_id)
    work.passes.revoke(one.content.id)
    doors, send = house.passes.tell(work)
    told = [door for door in doors if not one.content.doors or door in one.content.doors]
    data = {"pass": one.content.id, "doors": told}
    return Done(data, None, None, (send,), reason=one.content.id)


CHANGES: dict[type[Change], Callable[[House, Work, Any], Done]] = {
    SetPin: set_pin,
    UnsetPin: unset_pin,
    IssuePass: issue,
    RevokePass: revoke,
}


def _doors(house: House, work: Work, request: IssuePass) -> tuple[str, ...]:
    """The doors that a pass names; none for every door."""
    everywhere = house.all_doors(work)
    if request.door is not None:
        if request.door not in everywhere:
            raise unknown_door(request.door)
        return (request.door,)
    if request.doors == ALL_DOORS:
        return ()
    doors = work.access.doors_of(str(request.doors))
    if doors is None:
        raise RequestRefused(
            ErrorCode.UNKNOWN_GROUP, f"pass.doors: there is no group of doors {request.doors}"
        )
    if not 1 <= len(doors) <= MOST_PASS_DOORS:
        raise RequestRefused(
            ErrorCode.BAD_REQUEST,
            f"pass.doors: {request.doors} has {len(doors)} doors, and a pass names 1 to "
            f"{MOST_PASS_DOORS}; issue several, or one for `all`",
        )
    return tuple(sorted(doors))


def _begins(house: House, request: IssuePass) -> int:
    if request.valid_from is None:
        return int(house.clock.wall())
    try:
        return int(valid_since(request.valid_from, house.admission.zone).timestamp())
    except (ValueError, OverflowError):
        raise _no_such_day("from") from None


def _ends(house: House, request: IssuePass) -> int:
    try:
        return int(valid_before(request.valid_until, house.admission.zone).timestamp())
    except (ValueError, OverflowError):
        raise _no_such_day("until") from None


def _no_such_day(field: str) -> RequestRefused:
    return RequestRefused(ErrorCode.BAD_REQUEST, f"pass.{field}: there is no such day or time")


def _known_pass(work: Work, pass_id: str) -> VisitorPass:
    one = work.passes.by_id(pass_id)
    if one is None:
        raise RequestRefused(
            ErrorCode.UNKNOWN_PASS, "there is no such pass, or it ended long ago; look at `passes`"
        )
    return one


def _plain(content: Pass) -> dict[str, Any]:
    return {
        "pass": content.id,
        "doors": list(content.doors),
        "from": content.valid_from,
        "until": content.valid_until,
        "uses": content.uses,
    }


def _shown(one: VisitorPass) -> dict[str, Any]:
    return _plain(one.content) | {"name": one.name, "used": one.used, "revoked": one.revoked}
