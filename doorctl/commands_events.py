"""Which command reads what doors told of themselves?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorctl.asking import Client, request
from doorctl.commands_log import PIPED
from doorctl.conversation import Conversation

COLUMNS = ("time", "door", "what", "visit", "shown", "detail")


def events(  # noqa: PLR0917  # Typer calls it by name
    client: Client,
    door: Annotated[str | None, typer.Option(help="At this door.")] = None,
    kind: Annotated[
        list[m.EventKind] | None,
        typer.Option(help="woke, no_blink, spoof, ...; may be given again.", metavar="KIND"),
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="In this machine's time.")] = None,
    until: Annotated[datetime | None, typer.Option(help="In this machine's time.")] = None,
    visit: Annotated[
        int | None, typer.Option(help="Of this visit; a door counts anew after each boot.", min=0)
    ] = None,
    limit: Annotated[int, typer.Option(help="Events at most.", min=1, max=1_000_000)] = 100,
    machine: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show what doors told of themselves, newest first: refusals, what was shown, faults."""
    wanted = {
        "door": door,
        "kinds": tuple(kind or ()),
        "since": None if since is None else since.timestamp(),
        "until": None if until is None else until.timestamp(),
        "visit": visit,
    }
    with Conversation.from_file(client) as conversation:
        found = _pages(conversation, wanted, limit)
        if machine:
            for event in found:
                sys.stdout.write(json.dumps(event) + "\n")
        else:
            _show(found)


def _pages(
    conversation: Conversation, wanted: dict[str, Any], limit: int
) -> Iterator[dict[str, Any]]:
    before, left = None, limit
    while left > 0:
        most = min(left, m.MOST_EVENTS)
        asked = request(m.ReadEvents, op="events", before=before, limit=most, **wanted)
        data = conversation.ask(asked)
        yield from data["entries"]
        left -= len(data["entries"])
        before = data["before"]
        if before is None:
            return


def _show(found: Iterable[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in COLUMNS:
        wraps = column == "detail"
        table.add_column(column, no_wrap=not wraps, overflow="fold" if wraps else "ellipsis")
    for event in found:
        when = datetime.fromtimestamp(event["at"]).astimezone()
        cells = (event[name] for name in ("door", "kind", "visit", "prompt", "detail"))
        texts = ("" if one is None else str(one) for one in cells)
        table.add_row(f"{when:%Y-%m-%d %H:%M:%S}", *(Text(one) for one in texts))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED
    if table.row_count:
        console.print(table)
    console.print(f"{table.row_count} events")
