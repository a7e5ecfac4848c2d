"""How do a site's statistics look as pictures?"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from brain.core.scores import BINS, ScoreKind, middle, place
from brain.errors import BrainError
from brain.statistics import HOURS, LABELS, Statistics, threshold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LET_IN, REFUSED, OTHERS = "#2a7f62", "#c8553d", "#5b7db1"
COLOURS: Final = {
    ScoreKind.RESIDENT: LET_IN,
    ScoreKind.OTHER: OTHERS,
    ScoreKind.UNKNOWN: REFUSED,
}
SIZE = (8.0, 4.5)
DPI = 120
BINS_TOGETHER: Final = 4
"""Bins that are drawn as one: 0.02 wide."""


def draw(found: Statistics, folder: Path) -> list[Path]:
    """Write pictures of what there is into a folder, made where it is not there; their files.

    Raises:
        BrainError: matplotlib is not installed, or the folder cannot be written.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415  # for this command alone
    except ImportError:
        raise BrainError(
            "pictures need matplotlib: pip install '.[stats]'; --text does without"
        ) from None
    mpl.use("Agg")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        drawn = [_hours(found, folder)] if found.visits.visits else []
        drawn += [_reasons(found, folder)] if found.visits.reasons else []
        return drawn + [_scores(found, encoder, folder) for encoder in found.scores]
    except OSError as error:
        raise BrainError(
            f"{folder}: cannot be written ({error.strerror}); name another with --out"
        ) from None


def _hours(found: Statistics, folder: Path) -> Path:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # see `draw`

    visits = found.visits
    granted = [visits.granted[hour] for hour in HOURS]
    refused = [visits.refused[hour] for hour in HOURS]
    with _Picture(folder / "visits-by-hour.png") as axes:
        axes.bar(HOURS, granted, width=0.85, color=LET_IN, label="let in", align="edge")
        axes.bar(
            HOURS, refused, width=0.85, bottom=granted, color=REFUSED, label="refused", align="edge"
        )
        axes.set_xlim(0, 24)
        axes.set_xticks(range(0, 25, 3))
        axes.set_xlabel(f"hour of the day ({found.zone})")
        axes.set_ylabel("visits")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_title(f"Visits since {found.since:%Y-%m-%d} ({visits.visits})")
        axes.legend(frameon=False)
    return folder / "visits-by-hour.png"


def _reasons(found: Statistics, folder: Path) -> Path:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # see `draw`

    reasons = found.visits.reasons.most_common()[::-1]
    total = found.visits.refused.total()
    with _Picture(folder / "refusals-by-reason.png") as axes:
        bars = axes.barh(
            [reason for reason, _ in reasons],
            [count for _, count in reasons],
            height=0.6,
            color=REFUSED,
        )
        axes.bar_label(bars, [f"{count}" for _, count in reasons], padding=3)
        axes.margins(x=0.12)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("visits")
        axes.set_title(f"Refusals by reason since {found.since:%Y-%m-%d} ({total})")
    return folder / "refusals-by-reason.png"


def _scores(found: Statistics, encoder: str, folder: Path) -> Path:
    kinds = found.scores[encoder]
    asked = threshold(kinds)
    shown = {kind: kinds[kind] for kind in LABELS if kinds.get(kind)}
    name = "".join(c if c.isalnum() or c in "-." else "-" for c in encoder)
    file = folder / f"scores-{name}.png"
    with _Picture(file) as axes:
        for kind, counts in shown.items():
            centres, shares = _drawn(counts)
            axes.fill_between(centres, shares, step="mid", alpha=0.35, color=COLOURS[kind])
            axes.step(
                centres,
                shares,
                where="mid",
                color=COLOURS[kind],
                label=f"{LABELS[kind]} ({counts.total()})",
            )
        if asked is not None:
            axes.axvline(asked, color="black", linestyle="--", label=f"threshold {asked:.3f}")
        axes.set_xlim(*_range(shown, asked))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("score: cosine of a visit's faces to a resident's")
        axes.set_ylabel("share of these visits")
        axes.set_title(f"Scores since {found.since:%Y-%m-%d}, {encoder}", fontsize=10)
        axes.legend(frameon=False)
    return file


def _drawn(counts: Counter[int]) -> tuple[list[float], list[float]]:
    """Middles of wider bins, and the share of visits in each."""
    total = counts.total()
    firsts = range(0, BINS, BINS_TOGETHER)
    centres = [(middle(first) + middle(first + BINS_TOGETHER - 1)) / 2 for first in firsts]
    shares = [
        sum(counts[first + more] for more in range(BINS_TOGETHER)) / total for first in firsts
    ]
    return centres, shares


def _range(shown: Mapping[ScoreKind, Counter[int]], asked: float | None) -> tuple[float, float]:
    places = [where for counts in shown.values() for where in counts]
    if asked is not None:
        places.append(place(asked))
    lowest, highest = middle(min(places)), middle(max(places))
    room = max(0.03, 0.08 * (highest - lowest))
    return lowest - room, min(1.0 + room, highest + room)


class _Picture:
    """One picture, written when it is done, for its owner alone."""

    def __init__(self, file: Path) -> None:
        from matplotlib.figure import Figure  # noqa: PLC0415  # see `draw`

        self._file = file
        self._figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")

    def __enter__(self) -> Axes:
        axes = self._figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                self._figure.savefig(stream, format="png")
