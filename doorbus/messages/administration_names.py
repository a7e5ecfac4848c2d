"""What may administrators ask about what rules name: groups, schedules, holidays?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from doorbus.messages.administration_orders import ALL_DOORS
from doorbus.messages.change import Change
from doorbus.messages.fields import Card, DoorName, GroupName, Text
from doorbus.messages.schedules import MOST_WINDOWS, ScheduleName, Window

MOST_CARDS = 1000
"""Most cards in one request."""

MOST_DOORS = 256
"""Most doors of a group, or on one side of an area."""

YEARS = range(2000, 2200)


def _day(written: str) -> str:
    day = date.fromisoformat(written)
    if day.year not in YEARS:
        raise ValueError("a year of 2000 to 2199")
    return written


def _moment(written: str) -> str:
    _day(written.partition("T")[0])
    if "T" in written:
        datetime.fromisoformat(written)
    return written


LocalDate = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)
]
"""A date at the site: `YYYY-MM-DD`."""

LocalMoment = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$"),
    AfterValidator(_moment),
]
"""A date at the site, or a minute of it: `YYYY-MM-DDTHH:MM`."""


class ChangeGroup(Change):
    """Have residents belong to a group, or no more; a group that is not known is made.

    Attributes:
        add, remove: cards; one who belongs already, or did not, is no mistake.
    """

    op: Literal["group"]
    group: GroupName
    add: tuple[Card, ...] = Field(default=(), max_length=MOST_CARDS)
    remove: tuple[Card, ...] = Field(default=(), max_length=MOST_CARDS)

    @model_validator(mode="after")
    def _either(self) -> ChangeGroup:
        if set(self.add) & set(self.remove):
            raise ValueError("a card stands in `add` and in `remove`")
        return self


class DropGroup(Change):
    """Delete a group of residents that no rule names."""

    op: Literal["ungroup"]
    group: GroupName


class ChangeDoors(Change):
    """Make a group of doors known, or say anew which doors it has."""

    op: Literal["doors"]
    group: GroupName
    doors: tuple[DoorName, ...] = Field(min_length=1, max_length=MOST_DOORS)

    @model_validator(mode="after")
    def _not_all(self) -> ChangeDoors:
        if self.group == ALL_DOORS:
            raise ValueError("`group`: `all` stands for every door already; take another name")
        return self


class DropDoors(Change):
    """Delete a group of doors that no rule names."""

    op: Literal["undoors"]
    group: GroupName


class ChangeSchedule(Change):
    """Make a schedule known, or say anew when it holds."""

    op: Literal["schedule"]
    schedule: ScheduleName
    windows: tuple[Window, ...] = Field(min_length=1, max_length=MOST_WINDOWS)


class DropSchedule(Change):
    """Delete a schedule that no rule names."""

    op: Literal["unschedule"]
    schedule: ScheduleName


class AddHoliday(Change):
    """Make a day a holiday: on it only windows that list `holiday` count."""

    op: Literal["holiday"]
    date: LocalDate
    name: Text = ""


class DropHoliday(Change):
    """Make a holiday an ordinary day."""

    op: Literal["unholiday"]
    date: LocalDate
