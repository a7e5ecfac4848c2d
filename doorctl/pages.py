"""How are the pages of a long answer asked for and printed?"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

Offset = Annotated[int, typer.Option(help="Leave out so many.", min=0)]
Limit = Annotated[int, typer.Option(help="Show at most so many.", min=1, max=1000)]


def table_of(*columns: str) -> Table:
    """An empty table with these columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_page(table: Table, data: dict[str, Any], here: int) -> None:
    """Print some rows, and which of how many they are.

    Args:
        table: of them.
        data: of the response, with `offset` and `total`.
        here: how many rows.
    """
    console = Console(highlight=False)
    if here:
        console.print(table)
    first, total = data["offset"], data["total"]
    console.print(f"{first + 1} to {first + here} of {total}" if here else f"none of {total}")
