"""Is a goal met?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the goals' table.

    Attributes:
        name: what was measured.
        figure: the result.
        limit: what was asked.
        at_most: whether less is better.
    """

    name: str
    figure: float
    limit: float
    at_most: bool = True

    @property
    def met(self) -> bool:
        """Whether the figure is as good as the limit, or better."""
        return self.figure <= self.limit if self.at_most else self.figure >= self.limit

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        word = "ok   " if self.met else "short"
        return f"{word} {self.name} {self.figure:.4f} {sign} {self.limit:g}"
