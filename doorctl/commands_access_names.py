"""Which commands make groups, schedules, holidays and areas known?"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from doorbus import messages as m
from doorctl import schedule_words
from doorctl.asking import AsJson, Card, Client, ask, carry_out, request
from doorctl.pages import Limit, Offset, print_page, table_of

Group = Annotated[str, typer.Argument(help="The group's name.", show_default=False)]
Schedule = Annotated[str, typer.Argument(help="The schedule's name.", show_default=False)]
Area = Annotated[str, typer.Argument(help="The area's name.", show_default=False)]
Date = Annotated[str, typer.Argument(help="YYYY-MM-DD.", show_default=False)]


class Mode(StrEnum):
    """What happens to whoever comes in twice."""

    HARD = "hard"
    SOFT = "soft"


def group(  # noqa: PLR0917  # Typer calls it by name
    name: Group,
    client: Client,
    add: Annotated[list[str] | None, typer.Option(help="A card; may be given again.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A card; may be given again.")] = None,
    offset: Offset = 0,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Have residents belong to a group, or no more; with neither, show who does.

    A group that is not known is made by the first resident who is added.
    """
    if add or remove:
        cards = {"add": tuple(add or ()), "remove": tuple(remove or ())}
        carry_out(client, request(m.ChangeGroup, op="group", group=name, **cards))
        return
    asked = request(m.ListMembers, op="members", group=name, offset=offset, limit=limit)
    data = ask(client, asked)
    if as_json:
        Console().print_json(json.dumps(data))
        return
    table = table_of("name", "card", "id")
    for member in data["members"]:
        table.add_row(Text(member["name"]), member["card"], member["resident"])
    print_page(table, data, len(data["members"]))


def ungroup(name: Group, client: Client) -> None:
    """Delete a group of residents that no rule names."""
    carry_out(client, request(m.DropGroup, op="ungroup", group=name))


def doors(
    name: Group,
    names: Annotated[list[str], typer.Argument(help="Its doors.", show_default=False)],
    client: Client,
) -> None:
    """Make a group of doors, or say anew which doors it has."""
    carry_out(client, request(m.ChangeDoors, op="doors", group=name, doors=tuple(names)))


def undoors(name: Group, client: Client) -> None:
    """Delete a group of doors that no rule names."""
    carry_out(client, request(m.DropDoors, op="undoors", group=name))


def schedule(
    name: Schedule,
    windows: Annotated[
        list[str], typer.Argument(help=f"As {schedule_words.EXAMPLE}.", show_default=False)
    ],
    client: Client,
) -> None:
    """Make a schedule, or say anew when it holds."""
    try:
        parts = tuple(schedule_words.window(words) for words in windows)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    carry_out(client, request(m.ChangeSchedule, op="schedule", schedule=name, windows=parts))


def unschedule(name: Schedule, client: Client) -> None:
    """Delete a schedule that no rule names."""
    carry_out(client, request(m.DropSchedule, op="unschedule", schedule=name))


def holiday(
    date: Date, client: Client, name: Annotated[str, typer.Option(help="What it is called.")] = ""
) -> None:
    """Make a day a holiday: on it only windows that list `holiday` count."""
    carry_out(client, request(m.AddHoliday, op="holiday", date=date, name=name))


def unholiday(date: Date, client: Client) -> None:
    """Make a holiday an ordinary day."""
    carry_out(client, request(m.DropHoliday, op="unholiday", date=date))


def passback(  # noqa: PLR0917  # Typer calls it by name
    name: Area,
    client: Client,
    inside: Annotated[list[str], typer.Option(help="A door that leads in; may be given again.")],
    outside: Annotated[list[str], typer.Option(help="A door that leads out; the same.")],
    mode: Annotated[Mode, typer.Option(help="Refuse, or let in and tell it.")] = Mode.HARD,
    forget_h: Annotated[float, typer.Option(help="Hours until it is forgotten who is in.")] = 12,
) -> None:
    """Watch an area: who came in must come out before coming in again."""
    asked = request(
        m.ChangePassback,
        op="passback",
        name=name,
        inside=tuple(inside),
        outside=tuple(outside),
        mode=mode.value,
        forget_h=forget_h,
    )
    carry_out(client, asked)


def unpassback(name: Area, client: Client) -> None:
    """Watch an area no more."""
    carry_out(client, request(m.DropPassback, op="unpassback", name=name))


def passback_reset(card: Card, client: Client) -> None:
    """Forget where a resident is, so that every door goes."""
    carry_out(client, request(m.ResetPassback, op="passback_reset", card=card))


def enter_into(app: typer.Typer) -> None:
    """Make these commands known."""
    for command in (
        group,
        ungroup,
        doors,
        undoors,
        schedule,
        unschedule,
        holiday,
        unholiday,
        passback,
        unpassback,
    ):
        app.command(command.__name__)(command)
    app.command("passback-reset")(passback_reset)
