"""Which command reads the audit: who was let in or refused, and what administrators did?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorctl import log_sheet
from doorctl.asking import Client, request
from doorctl.audit_words import advice
from doorctl.conversation import Conversation
from doorctl.errors import SiteError

PIPED = 200
"""Characters a line where no terminal says how wide it is."""


def log(  # noqa: PLR0917  # Typer calls it by name
    client: Client,
    since: Annotated[datetime | None, typer.Option(help="In this machine's time.")] = None,
    until: Annotated[datetime | None, typer.Option(help="In this machine's time.")] = None,
    door: Annotated[str | None, typer.Option(help="At this door.")] = None,
    reason: Annotated[str | None, typer.Option(help="With exactly this reason.")] = None,
    what: Annotated[str | None, typer.Option(help="grant, deny, unlock, add, ...")] = None,
    card: Annotated[str | None, typer.Option(help="Concerning whoever has this card.")] = None,
    resident: Annotated[
        str | None, typer.Option(help="The opaque id; finds the removed, too.")
    ] = None,
    admin: Annotated[str | None, typer.Option(help="What this administrator did.")] = None,
    limit: Annotated[int, typer.Option(help="Entries at most.", min=1, max=1_000_000)] = 100,
    table: Annotated[
        Path | None,
        typer.Option("--csv", help="Write a new CSV file instead; - for standard output."),
    ] = None,
    machine: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show the audit, newest first: who was let in or refused, and what administrators did."""
    wanted = {
        "since": None if since is None else since.timestamp(),
        "until": None if until is None else until.timestamp(),
        "door": door,
        "reason": reason,
        "what": what,
        "card": card,
        "resident": resident,
        "admin": admin,
    }
    with Conversation.from_file(client) as conversation:
        entries = _told_if_none(_pages(conversation, wanted, limit), conversation, door, what)
        if machine:
            for entry in entries:
                sys.stdout.write(json.dumps(entry) + "\n")
        elif table is not None:
            _write(table, entries)
        else:
            _show(entries)


def _pages(
    conversation: Conversation, wanted: dict[str, Any], limit: int
) -> Iterator[dict[str, Any]]:
    before, left = None, limit
    while left > 0:
        most = min(left, m.MOST_LOG_ENTRIES)
        data = conversation.ask(request(m.ReadLog, op="log", before=before, limit=most, **wanted))
        yield from data["entries"]
        left -= len(data["entries"])
        before = data["before"]
        if before is None:
            return


def _told_if_none(
    entries: Iterable[dict[str, Any]],
    conversation: Conversation,
    door: str | None,
    what: str | None,
) -> Iterator[dict[str, Any]]:
    """The entries; where there are none, whether a word was misspelt.

    Raises:
        typer.BadParameter: the audit knows no such word.
    """
    found = False
    for entry in entries:
        found = True
        yield entry
    if found:
        return
    # Asked for all the same: an audit may be older than this release's words.
    wrong = None if what is None else advice(what)
    if wrong is not None:
        raise typer.BadParameter(wrong, param_hint="--what")
    if door is not None and not any(_pages(conversation, {"door": door}, 1)):
        Console(stderr=True, highlight=False).print(
            f"no entry of the audit names a door {door}; `doorctl watch` shows the doors",
            soft_wrap=True,
        )


def _write(file: Path, entries: Iterable[dict[str, Any]]) -> None:
    try:
        with _opened(file) as stream:
            for line in log_sheet.lines(entries):
                stream.write(line)
    except OSError as error:
        raise SiteError(f"{file}: cannot be written ({error.strerror}); name a new file") from None


def _opened(file: Path) -> Any:
    if str(file) == "-":
        return nullcontext[TextIO](sys.stdout)
    # A log names people: for whoever asked for it alone.
    return open(file, "x", encoding="utf-8", newline="", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _show(entries: Iterable[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("time", "actor", "what", "door", "who", "reason"):
        wraps = column in {"who", "reason"}
        table.add_column(column, no_wrap=not wraps, overflow="fold" if wraps else "ellipsis")
    for entry in entries:
        when = datetime.fromtimestamp(entry["at"]).astimezone()
        _, time, actor, what, reason, door, resident, name, _ = log_sheet.row(
            entry, f"{when:%Y-%m-%d %H:%M:%S}"
        )
        # Number and opaque id are in CSV and JSON; here the id stands for who was removed.
        cells = (time, actor, what, door, name or resident, reason)
        table.add_row(*(Text(cell) for cell in cells))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED
    if table.row_count:
        console.print(table)
    console.print(f"{table.row_count} entries")
