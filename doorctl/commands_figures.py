"""Which command counts visits?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from doorbus import messages as m
from doorctl.asking import AsJson, Client, ask, request

WIDTH = 40
"""Characters of the longest bar."""


def figures(
    client: Client,
    since: Annotated[
        datetime | None, typer.Option(help="In this machine's time; 30 days ago if left out.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="In this machine's time.")] = None,
    door: Annotated[str | None, typer.Option(help="At this door alone.")] = None,
    machine: AsJson = False,
) -> None:
    """Count visits by hour, day and door, and refusals by reason, in the site's time."""
    asked = request(
        m.ReadFigures,
        op="figures",
        since=None if since is None else since.timestamp(),
        until=None if until is None else until.timestamp(),
        door=door,
    )
    data = ask(client, asked)
    console = Console(highlight=False)
    if machine:
        console.print_json(data=data)
        return
    for line in page(data):
        console.print(line, markup=False, soft_wrap=True)


def page(data: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    granted = sum(one["granted"] for one in data["hours"])
    refused = sum(one["refused"] for one in data["hours"])
    days = data["days"]
    yield (
        f"{days[0]['date']} to {days[-1]['date']} ({data['timezone']}): "
        f"{granted} let in, {refused} refused"
    )
    most = max((one["granted"] + one["refused"] for one in data["hours"]), default=0)
    rows = [
        (f"{hour:02d}-{hour + 1:02d}", one["granted"], one["refused"])
        for hour, one in enumerate(data["hours"])
        if one["granted"] or one["refused"]
    ]
    yield from _table("hour", rows, most)
    doors = [(name, one["granted"], one["refused"]) for name, one in data["doors"].items()]
    yield from _table("door", doors, 0)
    yield from _counts("refused as", data["reasons"], refused)
    yield from _counts("ended at the door as", data["told"], sum(data["told"].values()))


def _table(title: str, rows: list[tuple[str, int, int]], most: int) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"{title:24s} {'let in':>8s} {'refused':>8s}"
    for name, granted, refused in rows:
        bar = _bar(granted, most, "#") + _bar(refused, most, "-")
        yield f"{name:24s} {granted:8d} {refused:8d}  {bar}".rstrip()


def _bar(number: int, most: int, mark: str) -> str:
    return mark * round(WIDTH * number / most) if most else ""


def _counts(title: str, counts: dict[str, int], total: int) -> Iterator[str]:
    if not counts:
        return
    yield ""
    yield title
    for code, number in counts.items():
        yield f"  {code:22s} {number:8d} {number / total:7.1%}"
