"""Which commands have doors do something at once: open, lock down, evacuate, take a picture?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from doorbus import messages as m
from doorctl import safe_files
from doorctl.asking import Client, Door, Reason, ask, carry_out, request
from doorctl.conversation import Conversation, RequestRefused

OneDoor = Annotated[
    str | None, typer.Argument(help="The door's name; or give --doors.", show_default=False)
]
Doors = Annotated[
    str | None, typer.Option("--doors", help="`all`, or the name of a group of doors.")
]

PATIENCE_S = 15.0
"""Seconds for the response to an order for several doors, which waits for those that are there."""

PICTURE_S = 10.0
"""Seconds for a door to send its picture."""


def unlock(
    door: Door,
    client: Client,
    reason: Reason = "",
    hold: Annotated[float | None, typer.Option(help="Seconds, if not the door's own.")] = None,
) -> None:
    """Open a door from afar."""
    carry_out(client, request(m.Unlock, op="unlock", door=door, reason=reason, hold_s=hold))


def lockdown(
    client: Client, door: OneDoor = None, doors: Doors = None, reason: Reason = ""
) -> None:
    """Keep doors shut, whoever comes, until `release`."""
    _order(client, request(m.Lockdown, op="lockdown", door=door, doors=doors, reason=reason))


def evacuate(
    client: Client, door: OneDoor = None, doors: Doors = None, reason: Reason = ""
) -> None:
    """Hold doors open until `release`."""
    _order(client, request(m.Evacuate, op="evacuate", door=door, doors=doors, reason=reason))


def release(client: Client, door: OneDoor = None, doors: Doors = None, reason: Reason = "") -> None:
    """End lock-down and evacuation."""
    _order(client, request(m.Release, op="release", door=door, doors=doors, reason=reason))


def snapshot(
    door: Door,
    client: Client,
    save: Annotated[
        Path | None, typer.Option(help="Wait for the picture, and write it to this file.")
    ] = None,
) -> None:
    """Have a door publish one picture on `door/<door>/snapshot`."""
    asked = request(m.TakeDoorSnapshot, op="snapshot", door=door)
    if save is None:
        carry_out(client, asked)
        return
    with Conversation.from_file(client, pictures_of=door) as conversation:
        data = conversation.ask(asked)
        picture = conversation.picture(data["command"], PICTURE_S)
    # It shows people: for whoever asked for it alone.
    safe_files.replace(save, picture, mode=safe_files.PRIVATE)
    Console().print(f"snapshot: {len(picture)} bytes in {save}", highlight=False)


def _order(client: Path, asked: m.Lockdown | m.Evacuate | m.Release) -> None:
    if asked.doors is None:
        carry_out(client, asked)
        return
    data = ask(client, asked, PATIENCE_S)
    results: dict[str, dict[str, Any]] = data["doors"]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("door", asked.op, ""):
        table.add_column(heading)
    for door, one in results.items():
        table.add_row(door, one["result"], one.get("reason", ""))
    console = Console(highlight=False)
    console.print(table)
    waiting = [door for door, one in results.items() if one["result"] == "waiting"]
    if waiting:
        console.print(f"{', '.join(waiting)}: away; told as soon as it is back")
    refused = {door: one for door, one in results.items() if one["result"] == "refused"}
    if refused:
        raise RequestRefused(f"{asked.op} was refused: {json.dumps(refused)}")
