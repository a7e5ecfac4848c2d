"""What do an administrator's requests about access do, within one database transaction?

Error texts name no card: they are kept with their transaction even after the resident was removed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from brain.core.access import Effect, Mode, Passback, Rule, Site
from brain.errors import RequestRefused
from brain.operations import Done, House, known
from brain.orders import unknown_door
from brain.store_ports import Work
from doorbus.messages import (
    AddHoliday,
    Change,
    ChangeDoors,
    ChangeGroup,
    ChangePassback,
    ChangeSchedule,
    DropDoors,
    DropGroup,
    DropHoliday,
    DropPassback,
    DropRule,
    DropSchedule,
    ErrorCode,
    Forbid,
    Permit,
    ResetPassback,
    Schedule,
)

# --- what rules name -----------------------------------------------------------------------------


def change_group(_: House, work: Work, request: ChangeGroup) -> Done:
    """Have residents belong to a group, or no more."""
    joining = _residents(work, "add", request.add)
    leaving = _residents(work, "remove", request.remove)
    work.access.add_group(request.group)
    work.access.join(request.group, joining)
    work.access.leave(request.group, leaving)
    work.access.changed()
    members = work.access.groups()[request.group]
    concerned = (*joining, *leaving)
    return Done(
        {"group": request.group, "members": members},
        concerned[0] if len(concerned) == 1 else None,
        reason=f"{request.group}: {len(joining)} joined, {len(leaving)} left",
    )


def drop_group(_: House, work: Work, request: DropGroup) -> Done:
    """Delete a group of residents that no rule names."""
    group = request.group
    need_group(work, "group", group)
    _unused(work, "group", lambda rule: group in {rule.group, rule.after})
    work.access.drop_group(group)
    work.access.changed()
    return Done({"group": group}, reason=group)


def change_doors(house: House, work: Work, request: ChangeDoors) -> Done:
    """Make a group of doors known, or say anew which doors it has."""
    _need_doors(house, work, "doors", request.doors)
    work.access.set_doors(request.group, request.doors)
    work.access.changed()
    doors = list(work.access.doors_of(request.group) or ())
    return Done({"group": request.group, "doors": doors}, reason=request.group)


def drop_doors(_: House, work: Work, request: DropDoors) -> Done:
    """Delete a group of doors that no rule names."""
    _need_door_group(work, "group", request.group)
    _unused(work, "group", lambda rule: rule.doors == request.group)
    work.access.drop_doors(request.group)
    work.access.changed()
    return Done({"group": request.group}, reason=request.group)


def change_schedule(_: House, work: Work, request: ChangeSchedule) -> Done:
    """Make a schedule known, or say anew when it holds."""
    work.access.set_schedule(Schedule(name=request.schedule, windows=request.windows))
    work.access.changed()
    data = {"schedule": request.schedule, "windows": len(request.windows)}
    return Done(data, reason=request.schedule)


def drop_schedule(_: House, work: Work, request: DropSchedule) -> Done:
    """Delete a schedule that no rule names."""
    _need_schedule(work, request.schedule)
    _unused(work, "schedule", lambda rule: rule.schedule == request.schedule)
    work.access.drop_schedule(request.schedule)
    work.access.changed()
    return Done({"schedule": request.schedule}, reason=request.schedule)


def add_holiday(_: House, work: Work, request: AddHoliday) -> Done:
    """Make a day a holiday."""
    if request.date in work.access.holidays():
        raise RequestRefused(
            ErrorCode.NAME_TAKEN,
            f"`date`: {request.date} is a holiday already; `unholiday` it first to call it "
            "otherwise",
        )
    work.access.add_holiday(request.date, request.name)
    work.access.changed()
    return Done({"date": request.date, "name": request.name}, reason=request.date)


def drop_holiday(_: House, work: Work, request: DropHoliday) -> Done:
    """Make a holiday an ordinary day."""
    if request.date not in work.access.holidays():
        raise RequestRefused(
            ErrorCode.UNKNOWN_HOLIDAY, f"`date`: {request.date} is no holiday; `access` shows them"
        )
    work.access.drop_holiday(request.date)
    work.access.changed()
    return Done({"date": request.date}, reason=request.date)


# --- rules ---------------------------------------------------------------------------------------


def permit(house: House, work: Work, request: Permit) -> Done:
    """Let somebody in."""
    if request.after is not None:
        need_group(work, "after", request.after)
    return _add_rule(house, work, request, Effect.PERMIT, request.after)


def forbid(house: House, work: Work, request: Forbid) -> Done:
    """Keep somebody out, whatever permits them."""
    return _add_rule(house, work, request, Effect.FORBID, None)


def _add_rule(
    house: House, work: Work, request: Permit | Forbid, effect: Effect, after: str | None
) -> Done:
    resident = None if request.card is None else known(work, request.card).id
    if request.group is not None:
        need_group(work, "group", request.group)
    if request.door is not None and request.door not in house.all_doors(work):
        raise unknown_door(request.door)
    if request.doors is not None:
        _need_door_group(work, "doors", request.doors)
    if request.schedule is not None:
        _need_schedule(work, request.schedule)
    number = work.access.add_rule(
        Rule(
            number=0,
            effect=effect,
            resident=resident,
            group=request.group,
            door=request.door,
            doors=request.doors,
            schedule=request.schedule,
            valid_from=request.valid_from,
            valid_until=request.valid_until,
            after=after,
        )
    )
    work.access.changed()
    return Done({"rule": number}, resident, request.door, reason=f"rule {number}")


def drop_rule(_: House, work: Work, request: DropRule) -> Done:
    """Delete a rule."""
    rule = next((one for one in work.access.site().rules if one.number == request.rule), None)
    if rule is None or not work.access.drop_rule(request.rule):
        raise RequestRefused(
            ErrorCode.UNKNOWN_RULE,
            f"`rule`: there is no rule {request.rule}; `rules` shows those there are",
        )
    work.access.changed()
    reason = f"rule {request.rule}"
    return Done({"rule": request.rule}, rule.resident, rule.door, reason=reason)


# --- anti-passback -------------------------------------------------------------------------------


def change_passback(house: House, work: Work, request: ChangePassback) -> Done:
    """Watch an area, or change how."""
    _need_doors(house, work, "inside", request.inside)
    _need_doors(house, work, "outside", request.outside)
    work.access.set_passback(
        Passback(
            name=request.name,
            inside=frozenset(request.inside),
            outside=frozenset(request.outside),
            mode=Mode(request.mode),
            forget_s=request.forget_h * 3600,
        )
    )
    work.access.changed()
    data = {"name": request.name, "mode": request.mode, "forget_h": request.forget_h}
    return Done(data, reason=f"{request.name}: {request.mode}")


def drop_passback(_: House, work: Work, request: DropPassback) -> Done:
    """Watch an area no more."""
    if all(area.name != request.name for area in work.access.site().areas):
        raise RequestRefused(
            ErrorCode.UNKNOWN_PASSBACK,
            f"`name`: no area {request.name} is watched; `access` shows those that are",
        )
    work.access.drop_passback(request.name)
    work.access.changed()
    return Done({"name": request.name}, reason=request.name)


def reset_passback(_: House, work: Work, request: ResetPassback) -> Done:
    """Forget where somebody is."""
    resident = known(work, request.card)
    areas = work.access.forget_standings(resident.id)
    return Done({"resident": resident.id, "areas": areas}, resident.id)


# --- what must be known --------------------------------------------------------------------------


def _residents(work: Work, name: str, cards: Sequence[str]) -> list[str]:
    found = []
    for place, card in enumerate(cards):
        resident = work.residents.by_card(card)
        if resident is None:
            raise RequestRefused(
                ErrorCode.UNKNOWN_CARD,
                f"`{name}`: nobody here has the card at place {place + 1}; nothing was changed",
            )
        found.append(resident.id)
    return found


def _need_doors(house: House, work: Work, name: str, doors: Sequence[str]) -> None:
    here = house.all_doors(work)
    for door in doors:
        if door not in here:
            why = unknown_door(door)
            raise RequestRefused(why.code, f"`{name}`: {why}")


def need_group(work: Work, name: str, group: str) -> None:
    """A group of residents is known. Raises `RequestRefused`, naming the field."""
    if group not in work.access.groups():
        raise RequestRefused(
            ErrorCode.UNKNOWN_GROUP,
            f"`{name}`: there is no group of residents {group}; the op `group` makes one",
        )


def _need_door_group(work: Work, name: str, group: str) -> None:
    if work.access.doors_of(group) is None:
        raise RequestRefused(
            ErrorCode.UNKNOWN_GROUP,
            f"`{name}`: there is no group of doors {group}; the op `doors` makes one",
        )


def _need_schedule(work: Work, schedule: str) -> None:
    if schedule not in work.access.site().schedules:
        raise RequestRefused(
            ErrorCode.UNKNOWN_SCHEDULE,
            f"`schedule`: there is no schedule {schedule}; the op `schedule` makes one",
        )


def _unused(work: Work, name: str, names: Callable[[Rule], bool]) -> None:
    site: Site = work.access.site()
    rules = [str(rule.number) for rule in site.rules if names(rule)]
    if rules:
        shown = ", ".join(rules[:10]) + (", and more" if len(rules) > 10 else "")
        raise RequestRefused(
            ErrorCode.IN_USE, f"`{name}`: rules name it still ({shown}); `unrule` them first"
        )


CHANGES: dict[type[Change], Callable[[House, Work, Any], Done]] = {
    ChangeGroup: change_group,
    DropGroup: drop_group,
    ChangeDoors: change_doors,
    DropDoors: drop_doors,
    ChangeSchedule: change_schedule,
    DropSchedule: drop_schedule,
    AddHoliday: add_holiday,
    DropHoliday: drop_holiday,
    Permit: permit,
    Forbid: forbid,
    DropRule: drop_rule,
    ChangePassback: change_passback,
    DropPassback: drop_passback,
    ResetPassback: reset_passback,
}
"""What each request does."""
