"""How are figures printed? One table a question, times in milliseconds below a second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

console = Console(highlight=False)


def table(title: str, *columns: str) -> Table:
    """A table with a row's name on the left and figures on the right."""
    made = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place else "left")
    return made


def seconds(figure: float) -> str:
    """A time for people."""
    return f"{figure:.2f} s" if figure >= 1 else f"{figure * 1000:.0f} ms"


def middle(figures: Sequence[float]) -> float:
    """The median."""
    return float(np.median(figures))


def worst(figures: Sequence[float], percent: float = 99) -> float:
    """The percentile, by the nearest figure that was measured."""
    return float(np.percentile(figures, percent, method="inverted_cdf"))
