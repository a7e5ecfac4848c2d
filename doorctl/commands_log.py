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
from rich.console import Console

from doorbus import messages as m
from doorctl import listing, log_sheet
from doorctl.asking import Client
from doorctl.audit_words import advice
from doorctl.conversation import Conversation
from doorctl.errors import SiteError

COLUMNS = ("time", "actor", "what", "door", "who", "reason")


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
        entries = _told_if_none(_entries(conversation, wanted, limit), conversation, door, what)
        if machine:
            for entry in entries:
                sys.stdout.write(json.dumps(entry) + "\n")
        elif table is not None:
            _write(table, entries)
        else:
            listing.show(COLUMNS, map(_cells, entries), wrapped={"who", "reason"}, noun="entries")


def _entries(
    conversation: Conversation, wanted: dict[str, Any], limit: int
) -> Iterator[dict[str, Any]]:
    asked = {"op": "log", **wanted}
    return listing.entries(conversation, m.ReadLog, asked, limit, m.MOST_LOG_ENTRIES)


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
    if door is not None and not any(_entries(conversation, {"door": door}, 1)):
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


def _cells(entry: dict[str, Any]) -> tuple[str, ...]:
    when = datetime.fromtimestamp(entry["at"]).astimezone()
    _, time, actor, what, reason, door, resident, name, _ = log_sheet.row(
        entry, f"{when:%Y-%m-%d %H:%M:%S}"
    )
    # Number and opaque id are in CSV and JSON; here the id stands for who was removed.
    return (time, actor, what, door, name or resident, reason)
