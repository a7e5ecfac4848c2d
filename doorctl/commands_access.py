"""Which commands say who may enter where and when?"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from doorbus import messages as m
from doorctl import schedule_words
from doorctl.asking import AsJson, Card, Client, Door, ask, carry_out, request
from doorctl.pages import Limit, Offset, print_page, table_of

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
    table = table_of("rule", "", "who", "where", "when", "valid", "after")
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
    print_page(table, data, len(data["rules"]))


# --- reading -------------------------------------------------------------------------------------


def access(client: Client, as_json: AsJson = False) -> None:
    """Show everything that rules can name: groups, schedules, holidays, areas; and the default."""
    data = ask(client, request(m.ListNames, op="access"))
    if as_json:
        Console().print_json(json.dumps(data))
        return
    table = table_of("what", "name", "")
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
    for command in (permit, forbid, unrule, rules, access, may):
        app.command(command.__name__)(command)
