"""What may administrators ask about who may enter where and when?"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal

from pydantic import Field, model_validator

from doorbus.messages.administration_names import (
    MOST_DOORS,
    AddHoliday,
    ChangeDoors,
    ChangeGroup,
    ChangeSchedule,
    DropDoors,
    DropGroup,
    DropHoliday,
    DropSchedule,
    LocalMoment,
)
from doorbus.messages.change import Change
from doorbus.messages.fields import Card, Counter, DoorName, GroupName, Payload, Transaction
from doorbus.messages.schedules import ScheduleName

# --- rules ---------------------------------------------------------------------------------------


class _Ruled(Change):
    """Who, where, when.

    Attributes:
        card, group, everybody: who; exactly one of them.
        door, doors, everywhere: a door, a group of doors, or all; exactly one of them.
        schedule: when; always where it is left out.
        valid_from: from then on, the site's time.
        valid_until: through that day, or before that minute.
    """

    card: Card | None = None
    group: GroupName | None = None
    everybody: Literal[True] | None = None
    door: DoorName | None = None
    doors: GroupName | None = None
    everywhere: Literal[True] | None = None
    schedule: ScheduleName | None = None
    valid_from: LocalMoment | None = None
    valid_until: LocalMoment | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> _Ruled:
        for names in (("card", "group", "everybody"), ("door", "doors", "everywhere")):
            if sum(getattr(self, name) is not None for name in names) != 1:
                choice = "`, `".join(names)
                raise ValueError(f"give exactly one of `{choice}`")
        return self

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> _Ruled:
        if self.valid_from is None or self.valid_until is None:
            return self
        until = datetime.fromisoformat(self.valid_until)
        if "T" not in self.valid_until:
            until = datetime.combine(until, time()) + timedelta(days=1)
        if until <= datetime.fromisoformat(self.valid_from):
            raise ValueError("`valid_until` must be later than `valid_from`")
        return self


class Permit(_Ruled):
    """Let somebody in.

    Attributes:
        after: a group; the rule counts on each day once somebody of it came in there.
    """

    op: Literal["permit"]
    after: GroupName | None = None


class Forbid(_Ruled):
    """Keep somebody out, whatever permits them."""

    op: Literal["forbid"]


class DropRule(Change):
    """Delete a rule."""

    op: Literal["unrule"]
    rule: Counter


# --- anti-passback -------------------------------------------------------------------------------


class ChangePassback(Change):
    """Watch an area: who came in must come out before coming in again, and the other way round.

    Attributes:
        name: what to call the area.
        inside: doors that lead into it.
        outside: doors that lead out of it.
        mode: `hard` refuses whoever does otherwise, `soft` lets them in and tells it.
        forget_h: hours after which it is forgotten where somebody is.
    """

    op: Literal["passback"]
    name: GroupName
    inside: tuple[DoorName, ...] = Field(min_length=1, max_length=MOST_DOORS)
    outside: tuple[DoorName, ...] = Field(min_length=1, max_length=MOST_DOORS)
    mode: Literal["hard", "soft"]
    forget_h: float = Field(default=12, gt=0, le=8784, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_way(self) -> ChangePassback:
        both = sorted(set(self.inside) & set(self.outside))
        if both:
            raise ValueError(f"door {both[0]} stands in `inside` and in `outside`")
        return self


class DropPassback(Change):
    """Watch an area no more."""

    op: Literal["unpassback"]
    name: GroupName


class ResetPassback(Change):
    """Forget where somebody is, so that every door goes."""

    op: Literal["passback_reset"]
    card: Card


# --- reading -------------------------------------------------------------------------------------


class ListRules(Payload):
    """The rules, in the order of their numbers.

    Attributes:
        card: only those about this resident, their groups included, everybody's not.
        group: only those that name this group, for whom or as the one to come in first.
        door: only those that hold at this door.
    """

    op: Literal["rules"]
    transaction: Transaction | None = None
    offset: Counter = 0
    limit: int = Field(default=100, ge=1, le=1000)
    card: Card | None = None
    group: GroupName | None = None
    door: DoorName | None = None


class ListNames(Payload):
    """Everything that rules can name: groups, schedules, holidays, areas, and the defaults."""

    op: Literal["access"]
    transaction: Transaction | None = None


class ListMembers(Payload):
    """Who belongs to a group."""

    op: Literal["members"]
    transaction: Transaction | None = None
    group: GroupName
    offset: Counter = 0
    limit: int = Field(default=100, ge=1, le=1000)


class MayEnter(Payload):
    """Whether somebody could come in at a door, and if not, why not.

    Attributes:
        at: when, the site's time; now where it is left out.
    """

    op: Literal["may"]
    transaction: Transaction | None = None
    card: Card
    door: DoorName
    at: LocalMoment | None = None


AccessRequest = (
    ChangeGroup
    | DropGroup
    | ListMembers
    | ChangeDoors
    | DropDoors
    | ChangeSchedule
    | DropSchedule
    | AddHoliday
    | DropHoliday
    | Permit
    | Forbid
    | DropRule
    | ListRules
    | ListNames
    | ChangePassback
    | DropPassback
    | ResetPassback
    | MayEnter
)
"""All of them."""
