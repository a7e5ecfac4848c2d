"""Which commands say who may enter where and when?"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorctl import schedule_words
from doorctl.asking import AsJson, Card, Client, Door, ask, carry_out, request

Group = Annotated[str, typer.Argument(help="The group's name.", show_default=False)]
Schedule = Annotated[str, typer.Argument(help="The schedule's name.", show_default=False)]
Area = Annotated[str, typer.Argument(help="The area's name.", show_default=False)]
Date = Annotated[str, typer.Argument(help="YYYY-MM-DD.", show_default=False)]
Offset = Annotated[int, typer.Option(help="Leave out so many.", min=0)]
Limit = Annotated[int, typer.Option(help="Show at most so many.", min=1, max=1000)]

# Who, where and when of a rule.
WhoCard = Annotated[str | None, typer.Option("--card", help="One resident's card.")]
WhoGroup = Annotated[str | None, typer.Option("--group", help="A group of residents.")]
Everybody = Annotated[bool, typer.Option("--everybody", help="Whoever is enrolled.")]
WhereDoor = Annotated[str | None, typer.Option("--door", help="One door.")]
WhereDoors = Annotated[str | None, typer.Option("--doors", help="A group of doors.")]
Everywhere = Annotated[bool, typer.Option("--everywhere", help="Every door.")]
When = Annotated[str | None, typer.Option("--schedule", help="Only while this schedule holds.")]
From = Annotated[str | None, typer.Option("--from", help="YYYY-MM-DD or YYYY-MM-DDTHH:MM.")]
Until = Annotated[
    str | None, typer.Option("--until", help="Through this day, or before this minute.")
]


class Mode(StrEnum):
    """What happens to whoever comes in twice."""

    HARD = "hard"
    SOFT = "soft"


# --- what rules name -----------------------------------------------------------------------------


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
    table = _table("name", "card", "id")
    for member in data["members"]:
        table.add_row(Text(member["name"]), member["card"], member["resident"])
    _print(table, data, len(data["members"]))


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


# --- rules ---------------------------------------------------------------------------------------


def permit(  # noqa: PLR0917  # Typer calls it by name
    client: Client,
    card: WhoCard = None,
    group: WhoGroup = None,
    everybody: Everybody = False,
    door: WhereDoor = None,
    doors: WhereDoors = None,
    everywhere: Everywhere = False,
    schedule: When = None,
    valid_from: From = None,
    valid_until: Until = None,
    after: Annotated[
        str | None, typer.Option(help="Once somebody of this group came in there that day.")
    ] = None,
) -> None:
    """Let somebody in: say who, where, and when if not always."""
    asked = request(
        m.Permit,
        op="permit",
        card=card,
        group=group,
        everybody=everybody or None,
        door=door,
        doors=doors,
        everywhere=everywhere or None,
        schedule=schedule,
        valid_from=valid_from,
        valid_until=valid_until,
        after=after,
    )
    carry_out(client, asked)


def forbid(  # noqa: PLR0917  # Typer calls it by name
    client: Client,
    card: WhoCard = None,
    group: WhoGroup = None,
    everybody: Everybody = False,
    door: WhereDoor = None,
    doors: WhereDoors = None,
    everywhere: Everywhere = False,
    schedule: When = None,
    valid_from: From = None,
    valid_until: Until = None,
) -> None:
    """Keep somebody out, whatever permits them: say who, where, and when if not always."""
    asked = request(
        m.Forbid,
        op="forbid",
        card=card,
        group=group,
        everybody=everybody or None,
        door=door,
        doors=doors,
        everywhere=everywhere or None,
        schedule=schedule,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    carry_out(client, asked)


def unrule(
    rule: Annotated[int, typer.Argument(help="The rule's number.", show_default=False)],
    client: Client,
) -> None:
    """Delete a rule."""
    carry_out(client, request(m.DropRule, op="unrule", rule=rule))


def rules(  # noqa: PLR0917  # Typer calls it by name
    client: Client,
    card: Annotated[str | None, typer.Option(help="Only those about this resident.")] = None,
    group: Annotated[str | None, typer.Option(help="Only those that name this group.")] = None,
    door: Annotated[str | None, typer.Option(help="Only those that hold at this door.")] = None,
    offset: Offset = 0,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List the rules."""
    asked = request(
        m.ListRules, op="rules", card=card, group=group, door=door, offset=offset, limit=limit
    )
    data = ask(client, asked)
    if as_json:
        Console().print_json(json.dumps(data))
        return
    table = _table("rule", "", "who", "where", "when", "valid", "after")
    for rule in data["rules"]:
        table.add_row(
            str(rule["rule"]),
            rule["op"],
            _first(rule, "card", "group", "everybody", "resident"),
            _first(rule, "door", "doors", "everywhere"),
            rule.get("schedule", "always"),
            _valid(rule),
            rule.get("after", ""),
        )
    _print(table, data, len(data["rules"]))


# --- anti-passback -------------------------------------------------------------------------------


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


# --- reading -------------------------------------------------------------------------------------


def access(client: Client, as_json: AsJson = False) -> None:
    """Show everything that rules can name: groups, schedules, holidays, areas; and the default."""
    data = ask(client, request(m.ListNames, op="access"))
    if as_json:
        Console().print_json(json.dumps(data))
        return
    table = _table("what", "name", "")
    for name, members in data["groups"].items():
        table.add_row("group", name, f"{members} residents")
    for name, names in data["doors"].items():
        table.add_row("doors", name, ", ".join(names))
    for name, windows in data["schedules"].items():
        table.add_row("schedule", name, "; ".join(map(schedule_words.shown, windows)))
    for date, called in data["holidays"].items():
        table.add_row("holiday", date, Text(called))
    for name, area in data["passback"].items():
        sides = f"in by {', '.join(area['inside'])}; out by {', '.join(area['outside'])}"
        table.add_row("area", name, f"{sides}; {area['mode']}, {area['forget_h']:g} h")
    console = Console(highlight=False)
    if table.row_count:
        console.print(table)
    console.print(f"without a rule: {data['default']}", *_defaults(data), sep="")
    console.print(f"time zone: {data['timezone']}")


def may(
    card: Card,
    door: Door,
    client: Client,
    at: Annotated[
        str | None, typer.Option(help="YYYY-MM-DD or YYYY-MM-DDTHH:MM; now where it is left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a resident could come in at a door, and if not, why not."""
    data = ask(client, request(m.MayEnter, op="may", card=card, door=door, at=at))
    if as_json:
        Console().print_json(json.dumps(data))
        return
    answer = "yes" if data["may"] else f"no ({data['reason']})"
    until = f", until {data['until']}" if data["until"] else ""
    console = Console(highlight=False)
    console.print(f"{answer}: {data['why']}{until}", soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print(table: Table, data: dict[str, Any], here: int) -> None:
    console = Console(highlight=False)
    if here:
        console.print(table)
    first, total = data["offset"], data["total"]
    console.print(f"{first + 1} to {first + here} of {total}" if here else f"none of {total}")


def _first(rule: dict[str, Any], *names: str) -> str:
    """The first of these that a rule has, with its name where the value alone would not say."""
    for name in names:
        if rule.get(name) is not None:
            if rule[name] is True:
                return name
            return str(rule[name]) if name in {"card", "door"} else f"{name} {rule[name]}"
    return ""


def _valid(rule: dict[str, Any]) -> str:
    words = [
        f"{word} {rule[name]}"
        for word, name in (("from", "valid_from"), ("until", "valid_until"))
        if name in rule
    ]
    return " ".join(words) or "-"


def _defaults(data: dict[str, Any]) -> list[str]:
    return [f"; at {door} {who}" for door, who in data["defaults"].items()]


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
        permit,
        forbid,
        unrule,
        rules,
        access,
        may,
        passback,
        unpassback,
    ):
        app.command(command.__name__)(command)
    app.command("passback-reset")(passback_reset)
