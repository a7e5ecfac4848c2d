"""Which command reads what doors told of themselves?"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from doorbus import messages as m
from doorctl import listing
from doorctl.asking import Client
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
        "op": "events",
        "door": door,
        "kinds": tuple(kind or ()),
        "since": None if since is None else since.timestamp(),
        "until": None if until is None else until.timestamp(),
        "visit": visit,
    }
    with Conversation.from_file(client) as conversation:
        found = listing.entries(conversation, m.ReadEvents, wanted, limit, m.MOST_EVENTS)
        if machine:
            for event in found:
                sys.stdout.write(json.dumps(event) + "\n")
        else:
            rows = (_cells(event) for event in found)
            listing.show(COLUMNS, rows, wrapped={"detail"}, noun="events")


def _cells(event: dict[str, Any]) -> list[str]:
    when = datetime.fromtimestamp(event["at"]).astimezone()
    fields = (event[name] for name in ("door", "kind", "visit", "prompt", "detail"))
    return [f"{when:%Y-%m-%d %H:%M:%S}", *("" if one is None else str(one) for one in fields)]
