"""Which commands name residents, list them, let them in or not, and erase them?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorctl import safe_files
from doorctl.asking import AsJson, Card, Client, ask, carry_out, request
from doorctl.commands_enrolment import Consent
from doorctl.conversation import Conversation

app = typer.Typer(no_args_is_help=True, help="Residents: who they are, and whether they may in.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The resident's name.")],
    card: Card,
    client: Client,
    consent: Consent = "",
) -> None:
    """Make a resident known; enrol them afterwards."""
    carry_out(client, request(m.Add, op="add", name=name, card=card, consent=consent))


@app.command()
def rename(
    card: Card,
    client: Client,
    name: Annotated[str | None, typer.Option(help="The name from now on.")] = None,
    new_card: Annotated[
        str | None, typer.Option("--card", help="The card from now on, 12 digits.")
    ] = None,
) -> None:
    """Give a resident another name, another card, or both; templates and rules stay."""
    carry_out(client, request(m.Rename, op="rename", card=card, name=name, new_card=new_card))


@app.command("list")
def list_residents(  # noqa: PLR0917  # Typer calls it by name
    client: Client,
    offset: Annotated[int, typer.Option(help="Leave out so many.", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="Show at most so many.", min=1, max=1000)] = 100,
    name: Annotated[str | None, typer.Option(help="Only names that hold this.")] = None,
    card: Annotated[str | None, typer.Option(help="Only cards that hold these digits.")] = None,
    group: Annotated[str | None, typer.Option(help="Only members of this group.")] = None,
    enabled: Annotated[
        bool | None, typer.Option("--enabled/--disabled", help="Only who may enter, or may not.")
    ] = None,
    enrolled: Annotated[
        bool | None,
        typer.Option("--enrolled/--not-enrolled", help="Only who has templates, or has none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the residents, by name."""
    asked = request(
        m.ListResidents,
        op="list",
        offset=offset,
        limit=limit,
        name=name,
        card=card,
        group=group,
        enabled=enabled,
        enrolled=enrolled,
    )
    data = ask(client, asked)
    if as_json:
        Console().print_json(json.dumps(data))
        return
    _print_residents(data)


@app.command()
def show(card: Card, client: Client) -> None:
    """Show one resident."""
    Console().print_json(json.dumps(ask(client, request(m.Show, op="show", card=card))))


@app.command()
def export(
    card: Card,
    client: Client,
    to: Annotated[
        Path | None, typer.Option("--to", help="A new file instead of the terminal.")
    ] = None,
) -> None:
    """Show all that is kept about one resident, pictures aside; it is noted in the audit.

    With the pictures: `python -m brain export` on the brain's machine.
    """
    data = ask(client, request(m.ExportResident, op="export", card=card))
    if to is None:
        Console().print_json(json.dumps(data))
        return
    text = json.dumps(data, indent=2, ensure_ascii=False)
    safe_files.create(to, f"{text}\n", mode=safe_files.PRIVATE)
    left = ", ".join(f"{number} of {what}" for what, number in data["left_out"].items())
    Console().print(f"{to}: written" + (f"; left out for want of room: {left}" if left else ""))


@app.command()
def erasures(client: Client) -> None:
    """List the doors that have yet to confirm that they erased somebody who was removed."""
    found = ask(client, m.ListErasures(op="erasures"))["erasures"]
    console = Console(highlight=False)
    for one in found:
        when = datetime.fromtimestamp(one["at"], UTC).astimezone()
        doors = ", ".join(one["waiting"])
        console.print(f"{one['resident']} removed {when:%Y-%m-%d %H:%M}: waiting for {doors}")
    if not found:
        console.print("every door has erased everybody who was removed")


@app.command()
def disable(card: Card, client: Client) -> None:
    """Keep a resident, but let them in nowhere."""
    carry_out(client, request(m.Disable, op="disable", card=card))


@app.command()
def enable(card: Card, client: Client) -> None:
    """Undo `disable`."""
    carry_out(client, request(m.Enable, op="enable", card=card))


@app.command()
def remove(
    card: Card,
    client: Client,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a resident: frames, templates, name and card, here and at every door."""
    if not yes:
        typer.confirm("Erase this resident's frames, templates, name and card?", abort=True)
    asked = request(m.Remove, op="remove", card=card)
    with Conversation.from_file(client) as conversation:
        data = conversation.ask(asked)
        conversation.clear_retained()
    console = Console(highlight=False)
    console.print("remove: done")
    console.print_json(json.dumps(data))
    if data["waiting"]:
        console.print(
            f"{', '.join(data['waiting'])} yet to confirm; `doorctl users erasures` tells who has "
            "not"
        )


def _print_residents(data: dict[str, Any]) -> None:
    residents: list[dict[str, Any]] = data["residents"]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("name", overflow="fold")
    table.add_column("card", no_wrap=True)
    table.add_column("may enter", no_wrap=True)
    table.add_column("enrolment", no_wrap=True)
    table.add_column("id", no_wrap=True)
    for resident in residents:
        table.add_row(
            Text(resident["name"]),
            resident["card"],
            "yes" if resident["enabled"] else "no",
            resident["enrolment"] or "-",
            resident["resident"],
        )
    console = Console(highlight=False)
    if residents:
        console.print(table)
    for resident in residents:
        if resident["lookalikes"]:
            others = ", ".join(resident["lookalikes"])
            console.print(f"{resident['resident']} cannot be told from {others}", soft_wrap=True)
    first, total = data["offset"], data["total"]
    shown = f"{first + 1} to {first + len(residents)}" if residents else "none"
    console.print(f"{shown} of {total}")
