"""Is a goal reached? One line each, the same for every benchmark."""

from __future__ import annotations


def goal(name: str, figure: float, wanted: float, *, most: bool = False) -> bool:
    """One line: whether a goal is reached; and the same as an answer."""
    good = figure <= wanted if most else figure >= wanted
    sign = "at most" if most else "at least"
    print(f"{'ok   ' if good else 'short'} {name:44} {figure:.3f} {sign} {wanted}")
    return good
