"""How the story came out: each step right or wrong, and what was measured, on one page."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from doorbus.errors import DoorwardError


class StoryBroken(DoorwardError):  # noqa: N818  # reads as what happened
    """A step came out otherwise than it must."""


@dataclass(slots=True)
class Report:
    """Steps and figures, in the order of the story."""

    _steps: list[tuple[str, str]] = field(default_factory=list)
    _figures: list[tuple[str, float]] = field(default_factory=list)

    def passed(self, step: str) -> None:
        """A step came out right."""
        self._steps.append((step, ""))

    def failed(self, step: str, why: str) -> None:
        """A step came out wrong."""
        self._steps.append((step, why))

    def measured(self, what: str, seconds: float) -> None:
        """Something took so long."""
        self._figures.append((what, seconds))

    @property
    def good(self) -> bool:
        """Whether there were steps, and all came out right."""
        return bool(self._steps) and not any(why for _, why in self._steps)

    def show(self, console: Console) -> None:
        """Print the page."""
        steps = Table(title="What happened", title_justify="left", show_header=False)
        for step, why in self._steps:
            mark = f"[bold red]WRONG[/] {why}" if why else "[bold green]right[/]"
            steps.add_row(step, mark)
        figures = Table(title="Measured, on this machine", title_justify="left", show_header=False)
        for what, seconds in self._figures:
            figures.add_row(
                what, f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
            )
        console.print()
        console.print(steps)
        console.print(figures)
