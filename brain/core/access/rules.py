"""What is a rule: who may, or may not, enter where and when?"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum

from doorbus.messages.schedules import begins, ends_by


class Effect(Enum):
    """What a rule does where it matches."""

    PERMIT = "permit"
    FORBID = "forbid"


class Default(Enum):
    """Who may enter where no rule matches."""

    EVERYBODY = "everybody"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who, where, when. Residents by their opaque ids, all else by names.

    Attributes:
        number: what administrators call it by; never given twice.
        effect: what it does.
        resident: whom it concerns; with `group` None too, everybody.
        group: whom it concerns.
        door: where it holds; with `doors` None too, everywhere.
        doors: the group of doors where it holds.
        schedule: when it holds; None for always.
        valid_from: from when on, local: `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`.
        valid_until: until when: through that day, or before that minute.
        after: a group of residents; the rule counts once one of them came in there today.
    """

    number: int
    effect: Effect
    resident: str | None = None
    group: str | None = None
    door: str | None = None
    doors: str | None = None
    schedule: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    after: str | None = None


def concerning(rules: Iterable[Rule], resident: str, groups: AbstractSet[str]) -> tuple[Rule, ...]:
    """Those about a person or the groups that they belong to; everybody's are left out."""
    return tuple(
        rule
        for rule in rules
        if rule.resident == resident or (rule.group is not None and rule.group in groups)
    )


def valid_since(written: str, zone: tzinfo) -> datetime:
    """When a rule begins that is valid from then on, in UTC."""
    day, minutes = _read(written)
    return begins(day, minutes or 0, zone)


def valid_before(written: str, zone: tzinfo) -> datetime:
    """When a rule ends that is valid until then, in UTC: a day is over at its end."""
    day, minutes = _read(written)
    if minutes is None:
        return begins(day + timedelta(days=1), 0, zone)
    return ends_by(day, minutes, zone)


def _read(written: str) -> tuple[date, int | None]:
    if "T" not in written:
        return date.fromisoformat(written), None
    moment = datetime.fromisoformat(written)
    return moment.date(), moment.hour * 60 + moment.minute
