"""Which commands name residents, enrol them and let them in or not?"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorctl.asking import AsJson, Card, Client, Door, carry_out, request
from doorctl.conversation import Conversation, RequestRefused

app = typer.Typer(no_args_is_help=True, help="Residents: who they are, and whether they may in.")

ENROLMENT_SILENCE_S = 60.0
"""Seconds without news after which following an enrolment gives up; the enrolment goes on."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The resident's name.")], card: Card, client: Client
) -> None:
    """Make a resident known; enrol them afterwards."""
    carry_out(client, request(m.Add, op="add", name=name, card=card))


@app.command()
def enroll(  # noqa: PLR0917  # Typer calls it by name
    card: Card,
    door: Door,
    client: Client,
    name: Annotated[str | None, typer.Option(help="Add the resident in the same step.")] = None,
    count: Annotated[int | None, typer.Option(help="Frames, if not the site's default.")] = None,
    follow: Annotated[bool, typer.Option(help="Show the progress until it is done.")] = True,
) -> None:
    """Open an enrolment: the door captures the person who stands before it."""
    asked = request(m.Enroll, op="enroll", card=card, door=door, name=name, count=count)
    with Conversation.from_file(client) as conversation:
        opened = conversation.ask(asked)
        if follow:
            _follow(conversation, opened)
        else:
            Console().print_json(json.dumps(opened))


@app.command()
def reenroll(
    card: Card,
    door: Door,
    client: Client,
    count: Annotated[int | None, typer.Option(help="Frames, if not the site's default.")] = None,
    follow: Annotated[bool, typer.Option(help="Show the progress until it is done.")] = True,
) -> None:
    """Take new frames of somebody enrolled; the old templates hold until those are trained."""
    asked = request(m.Reenroll, op="reenroll", card=card, door=door, count=count)
    with Conversation.from_file(client) as conversation:
        opened = conversation.ask(asked)
        if follow:
            _follow(conversation, opened)
        else:
            Console().print_json(json.dumps(opened))


@app.command()
def undo(  # noqa: PLR0917  # Typer calls it by name
    card: Card,
    client: Client,
    since: Annotated[
        datetime | None,
        typer.Option(help="Forget what visits taught since then, in this machine's time."),
    ] = None,
    door: Annotated[str | None, typer.Option(help="Door of the visit in dispute.")] = None,
    visit: Annotated[int | None, typer.Option(help='"This was not me": its number.')] = None,
    reason: Annotated[str, typer.Option(help="For the audit.")] = "",
) -> None:
    """Put back the templates before the last re-enrolment, or forget what visits taught."""
    if (door is None) != (visit is None):
        raise typer.BadParameter("--door and --visit name a visit together")
    named = None if visit is None else {"door": door, "visit": visit}
    moment = None if since is None else since.timestamp()
    carry_out(
        client,
        request(m.Undo, op="undo", card=card, since=moment, visit=named, reason=reason),
    )


@app.command()
def cancel(card: Card, client: Client) -> None:
    """End the open enrolment of a card; nothing of it is kept."""
    carry_out(client, request(m.Cancel, op="cancel", card=card))


@app.command("list")
def list_residents(
    client: Client,
    offset: Annotated[int, typer.Option(help="Leave out so many.", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="Show at most so many.", min=1, max=1000)] = 100,
    as_json: AsJson = False,
) -> None:
    """List the residents."""
    with Conversation.from_file(client) as conversation:
        data = conversation.ask(m.ListResidents(op="list", offset=offset, limit=limit))
    if as_json:
        Console().print_json(json.dumps(data))
        return
    _print_residents(data)


@app.command()
def show(card: Card, client: Client) -> None:
    """Show one resident."""
    asked = request(m.Show, op="show", card=card)
    with Conversation.from_file(client) as conversation:
        Console().print_json(json.dumps(conversation.ask(asked)))


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
    """Erase a resident: frames, templates, name and card."""
    if not yes:
        typer.confirm("Erase this resident's frames, templates, name and card?", abort=True)
    carry_out(client, request(m.Remove, op="remove", card=card))


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


def _follow(conversation: Conversation, opened: dict[str, Any]) -> None:
    console = Console()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    ) as progress:
        bar = progress.add_task("look at the door's camera", total=opened["count"])
        for event in conversation.events(ENROLMENT_SILENCE_S):
            if not isinstance(event, m.EnrolmentChanged) or event.enrolment != opened["enrolment"]:
                continue
            progress.update(bar, completed=event.stored, description=event.state.value)
            if event.state is m.EnrolmentState.TRAINED:
                progress.stop()
                note = f" ({event.reason})" if event.reason else ""
                console.print(f"trained: {event.templates} templates{note}", highlight=False)
                return
            if event.state in {m.EnrolmentState.REFUSED, m.EnrolmentState.CANCELLED}:
                raise RequestRefused(f"the enrolment was {event.state}: {event.reason}")
    raise RequestRefused(
        f"no news of the enrolment for {ENROLMENT_SILENCE_S:.0f} s; it stays open. "
        "Is somebody standing before the door, and is the door online?"
    )
