"""How is a log read, page by page, and printed as a table?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorctl.asking import request
from doorctl.conversation import Conversation

PIPED: Final = 200
"""Characters a line where no terminal says how wide it is."""


def entries(
    conversation: Conversation,
    kind: type[m.ReadLog | m.ReadEvents],
    wanted: dict[str, Any],
    limit: int,
    most: int,
) -> Iterator[dict[str, Any]]:
    """What is looked for, the newest first; asked for as it is read.

    Args:
        conversation: with the brain.
        kind: of the request.
        wanted: its fields but `before` and `limit`.
        limit: entries in all, at most.
        most: entries of one answer, at most.

    Raises:
        RequestRefused: the brain refused it.
    """
    before, left = None, limit
    while left > 0:
        data = conversation.ask(request(kind, before=before, limit=min(left, most), **wanted))
        yield from data["entries"]
        left -= len(data["entries"])
        before = data["before"]
        if before is None:
            return


def show(
    columns: Iterable[str], rows: Iterable[Iterable[str]], wrapped: Collection[str], noun: str
) -> None:
    """Print a table, and how many rows it has.

    Args:
        columns: their names.
        rows: their cells.
        wrapped: the columns whose cells may have several lines.
        noun: what a row is, several of them.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        wraps = column in wrapped
        table.add_column(column, no_wrap=not wraps, overflow="fold" if wraps else "ellipsis")
    for cells in rows:
        table.add_row(*(Text(cell) for cell in cells))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED
    if table.row_count:
        console.print(table)
    console.print(f"{table.row_count} {noun}")
