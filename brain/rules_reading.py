"""What can administrators read of access: rules, names, members, and whether somebody may enter?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from brain.core.access import Book, Default, Rule, Ruling, concerning
from brain.core.access.rules import valid_since
from brain.operations import House, known
from brain.orders import unknown_door
from brain.rules_operations import need_group
from brain.store_ports import Work
from doorbus.messages import ListMembers, ListNames, ListRules, MayEnter, Payload, Reason


def list_rules(house: House, work: Work, request: ListRules) -> dict[str, Any]:
    """The rules, in the order of their numbers."""
    book = house.admission.book(work)
    rules: tuple[Rule, ...] = book.site.rules
    if request.card is not None:
        resident = known(work, request.card)
        rules = concerning(rules, resident.id, work.access.groups_of(resident.id))
    if request.group is not None:
        need_group(work, "group", request.group)
        rules = tuple(rule for rule in rules if request.group in {rule.group, rule.after})
    if request.door is not None:
        if request.door not in house.all_doors(work):
            raise unknown_door(request.door)
        rules = tuple(rule for rule in rules if _holds_at(book, rule, request.door))
    page = rules[request.offset : request.offset + request.limit]
    return {
        "total": len(rules),
        "offset": request.offset,
        "rules": [plain(work, rule) for rule in page],
    }


def list_names(house: House, work: Work, _: ListNames) -> dict[str, Any]:
    """Everything that rules can name, and the defaults."""
    book = house.admission.book(work)
    site = book.site
    return {
        "timezone": str(book.zone),
        "default": book.default("").value,
        "defaults": {
            door: book.default(door).value
            for door in sorted(house.all_doors(work))
            if book.default(door) is not book.default("")
        },
        "groups": work.access.groups(),
        "doors": {name: sorted(doors) for name, doors in site.doors.items()},
        "schedules": {
            name: [window.model_dump(mode="json") for window in schedule.windows]
            for name, schedule in site.schedules.items()
        },
        "holidays": work.access.holidays(),
        "passback": {
            area.name: {
                "inside": sorted(area.inside),
                "outside": sorted(area.outside),
                "mode": area.mode.value,
                "forget_h": area.forget_s / 3600,
            }
            for area in site.areas
        },
    }


def list_members(_: House, work: Work, request: ListMembers) -> dict[str, Any]:
    """Who belongs to a group."""
    need_group(work, "group", request.group)
    members = work.access.members(request.group, request.offset, request.limit)
    return {
        "group": request.group,
        "total": work.access.groups()[request.group],
        "offset": request.offset,
        "members": [
            {"resident": member.id, "name": member.name, "card": member.card} for member in members
        ],
    }


def may(house: House, work: Work, request: MayEnter) -> dict[str, Any]:
    """Whether somebody could come in at a door, and if not, why not."""
    if request.door not in house.all_doors(work):
        raise unknown_door(request.door)
    resident = known(work, request.card)
    book = house.admission.book(work)
    at = None if request.at is None else valid_since(request.at, book.zone)
    found = house.admission.would(work, resident, request.door, at=at)
    now = book.local(house.clock.wall()) if at is None else at.astimezone(book.zone)
    groups = work.access.groups_of(resident.id)
    enrolled = work.templates.count(resident.id, house.gallery.encoder) > 0
    return {
        "resident": resident.id,
        "door": request.door,
        "at": _minute(now),
        "may": found.reason is None,
        "reason": None if found.reason is None else found.reason.value,
        "why": _in_words(found, book, request.door, enrolled=enrolled),
        "rule": found.rule,
        "until": None if found.until is None else _minute(found.until),
        "areas": list(found.areas),
        "enrolled": enrolled,
        "groups": sorted(groups),
        "inside": {
            area: {"inside": standing.inside, "since": _minute(book.local(standing.at))}
            for area, standing in sorted(work.access.standings(resident.id).items())
        },
    }


def about(work: Work, resident: str) -> dict[str, Any]:
    """What is kept of somebody's access: groups, rules that concern them, and where they are."""
    groups = work.access.groups_of(resident)
    return {
        "groups": sorted(groups),
        "rules": [
            plain(work, rule) for rule in concerning(work.access.site().rules, resident, groups)
        ],
        "inside": {
            area: {"inside": standing.inside, "since": standing.at}
            for area, standing in sorted(work.access.standings(resident).items())
        },
    }


def plain(work: Work, rule: Rule) -> dict[str, Any]:
    """A rule as the requests write it, with its number."""
    written: dict[str, Any] = {"rule": rule.number, "op": rule.effect.value}
    if rule.resident is not None:
        resident = work.residents.by_id(rule.resident)
        written["resident"] = rule.resident
        written["card"] = None if resident is None else resident.card
    elif rule.group is not None:
        written["group"] = rule.group
    else:
        written["everybody"] = True
    if rule.door is None and rule.doors is None:
        written["everywhere"] = True
    for name in ("door", "doors", "schedule", "valid_from", "valid_until", "after"):
        if getattr(rule, name) is not None:
            written[name] = getattr(rule, name)
    return written


def _holds_at(book: Book, rule: Rule, door: str) -> bool:
    if rule.door is not None:
        return rule.door == door
    return rule.doors is None or door in book.site.doors[rule.doors]


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


_WORDS = {
    Reason.DISABLED: "this resident is disabled everywhere; `enable` undoes it",
    Reason.FORBIDDEN: "rule {rule} forbids it",
    Reason.NOT_PERMITTED: "no rule permits this resident here, and without one nobody may enter",
    Reason.NOT_VALID_YET: "rule {rule} permits it later: it is not valid yet",
    Reason.NO_LONGER_VALID: "rule {rule} permitted it until its validity ended",
    Reason.OUT_OF_HOURS: "rule {rule} permits it at other times",
    Reason.NOBODY_IN_YET: "rule {rule} permits it once somebody of its group `after` came in today",
    Reason.PASSBACK: "by area {areas}, this resident must go the other way first; "
    "`passback_reset` forgets where they are",
}


def _in_words(found: Ruling, book: Book, door: str, *, enrolled: bool) -> str:
    if found.reason is not None:
        words = _WORDS.get(found.reason, found.reason.value)
        return words.format(rule=found.rule, areas=", ".join(found.areas))
    if found.rule is not None:
        words = f"rule {found.rule} permits it"
    else:
        assert book.default(door) is Default.EVERYBODY  # noqa: S101  # else a rule permitted it
        words = "no rule is needed: everybody may enter here who is not forbidden to"
    if found.areas:
        words += f"; it will be told, for area {', '.join(found.areas)} expects the other way"
    return words if enrolled else f"{words}; but no face is enrolled"


READS: dict[type[Payload], Callable[[House, Work, Any], dict[str, Any]]] = {
    ListRules: list_rules,
    ListNames: list_names,
    ListMembers: list_members,
    MayEnter: may,
}
"""What each request reads."""
