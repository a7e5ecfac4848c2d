"""What does a rule say: who, where, when, how long? And what does a form ask for?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Who(StrEnum):
    """Whom a rule concerns."""

    PERSON = "person"
    GROUP = "group"
    EVERYBODY = "everybody"


class Where(StrEnum):
    """At which doors a rule holds."""

    DOOR = "door"
    DOORS = "doors"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A rule, as the brain tells it.

    Attributes:
        number: what it is called by.
        permits: lets in; else keeps out, whatever permits it.
        who, whom: the kind, and which: a card (empty for a person who is gone), a group, empty.
        where, place: the kind, and which: a door, a group of doors, empty.
        schedule: when; empty for always.
        since, until: a day or a minute; empty for no bound. A day counts to its end.
        after: a group; empty where nobody need come first.
    """

    number: int
    permits: bool
    who: Who
    whom: str
    where: Where
    place: str
    schedule: str = ""
    since: str = ""
    until: str = ""
    after: str = ""


def told(data: Mapping[str, Any]) -> RuleTold:
    """A rule of the brain's answer to `rules` or `show`."""
    if "resident" in data:
        who, whom = Who.PERSON, data.get("card") or ""
    elif data.get("group") is not None:
        who, whom = Who.GROUP, data["group"]
    else:
        who, whom = Who.EVERYBODY, ""
    if data.get("door") is not None:
        where, place = Where.DOOR, data["door"]
    elif data.get("doors") is not None:
        where, place = Where.DOORS, data["doors"]
    else:
        where, place = Where.EVERYWHERE, ""
    return RuleTold(
        number=int(data["rule"]),
        permits=data["op"] == "permit",
        who=who,
        whom=whom,
        where=where,
        place=place,
        schedule=data.get("schedule") or "",
        since=data.get("valid_from") or "",
        until=data.get("valid_until") or "",
        after=data.get("after") or "",
    )


def cards(rules: Iterable[RuleTold]) -> tuple[str, ...]:
    """Whom these rules name, each once."""
    named = (rule.whom for rule in rules if rule.who is Who.PERSON and rule.whom)
    return tuple(dict.fromkeys(named))


# --- a form --------------------------------------------------------------------------------------

FIELDS: Final[Mapping[str, str]] = {
    "card": "person",
    "group": "who",
    "everybody": "who",
    "door": "where",
    "doors": "where",
    "everywhere": "where",
}
"""Where the form says what is wrong with a field of the request."""


def asked(values: Mapping[str, str]) -> dict[str, object]:
    """The fields of a request, of a form's; what was not said is left out.

    Args:
        values: `who` is `everybody`, `person` or `group/<name>`, `card` the person's;
            `where` is `everywhere`, `door/<name>` or `doors/<name>`; `schedule` and `after` are
            names; `valid_from` and `valid_until` are days, with a time of day in
            `valid_from_time` and `valid_until_time`.
    """
    fields: dict[str, object] = {}
    kind, _, name = values.get("who", "").partition("/")
    if kind == Who.EVERYBODY:
        fields["everybody"] = True
    elif kind == Who.GROUP and name:
        fields["group"] = name
    elif kind == Who.PERSON and values.get("card"):
        fields["card"] = values["card"]
    kind, _, name = values.get("where", "").partition("/")
    if kind == Where.EVERYWHERE:
        fields["everywhere"] = True
    elif kind in {Where.DOOR, Where.DOORS} and name:
        fields[kind] = name
    for name in ("schedule", "after"):
        if values.get(name):
            fields[name] = values[name]
    for name in ("valid_from", "valid_until"):
        moment = _moment(values.get(name, ""), values.get(f"{name}_time", ""))
        if moment:
            fields[name] = moment
    return fields


def _moment(day: str, time: str) -> str:
    return f"{day}T{time}" if time else day
