"""A picture of one visit: the lids over time, the frames that were sent, and the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from doorbus.messages import Burst, Decision, Verdict
from faces import jpeg

COLUMNS = 10
BEFORE_S = 2.5
AFTER_S = 0.5


@dataclass(frozen=True, slots=True)
class Looks:
    """What the door saw in a visit; times in seconds since the first frame sent.

    Attributes:
        times: of every frame with a face.
        ears: its eye aspect ratio, mean of both eyes.
        sent: times of the frames that were sent.
    """

    times: tuple[float, ...]
    ears: tuple[float, ...]
    sent: tuple[float, ...]


def read_looks(trace: Path, visit: int) -> Looks:
    """Read what led to a visit's burst from the door's trace file.

    Raises:
        ValueError: the trace holds no burst of this visit.
    """
    entries = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    bursts = [e["frames"] for e in entries if e["what"] == "burst" and e["visit"] == visit]
    if not bursts:
        raise ValueError(f"{trace} holds no burst of visit {visit}")
    sent = [frame["at"] for frame in bursts[-1]]
    first, last = min(sent), max(sent)
    shown = [
        (entry["at"] - first, (entry["left_ear"] + entry["right_ear"]) / 2)
        for entry in entries
        if entry["what"] == "look"
        and entry["left_ear"] is not None
        and entry["right_ear"] is not None
        and first - BEFORE_S <= entry["at"] <= last + AFTER_S
    ]
    return Looks(
        tuple(at for at, _ in shown),
        tuple(ear for _, ear in shown),
        tuple(at - first for at in sent),
    )


def draw(looks: Looks, burst: Burst, verdict: Verdict, title: str, path: Path) -> None:
    """Write a PNG.

    Args:
        looks: the curve.
        burst: what the door sent.
        verdict: what the brain answered.
        title: for people.
        path: where to; its folder must exist.
    """
    rows = -(-len(burst.crops) // COLUMNS)
    figure = Figure(figsize=(12, 4.2 + 1.35 * rows), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=14)
    grid = figure.add_gridspec(rows + 1, COLUMNS, height_ratios=[3.2, *([1.2] * rows)])
    _curve(figure.add_subplot(grid[0, :]), looks, burst, verdict)
    for place, crop in enumerate(burst.crops):
        axes = figure.add_subplot(grid[1 + place // COLUMNS, place % COLUMNS])
        axes.imshow(cv2.cvtColor(jpeg.decode(crop.jpeg), cv2.COLOR_BGR2RGB))
        axes.set_title(f"{crop.at_ms / 1000:.2f} s", fontsize=8)
        axes.set_axis_off()
    figure.savefig(path)


def _curve(axes: Axes, looks: Looks, burst: Burst, verdict: Verdict) -> None:
    axes.plot(looks.times, looks.ears, color="tab:blue", label="eye aspect ratio")
    ear_at = dict(zip(looks.times, looks.ears, strict=True))
    sent = [at for at in looks.sent if at in ear_at]
    axes.plot(sent, [ear_at[at] for at in sent], "o", color="tab:blue", label="frames sent")
    for number, blink in enumerate(burst.liveness.blinks):
        axes.axvspan(
            blink.start_ms / 1000,
            blink.end_ms / 1000,
            color="tab:orange",
            alpha=0.25,
            label=None if number else "blink",
        )
    granted = verdict.decision is Decision.GRANT
    axes.text(
        0.995,
        0.06,
        f"{verdict.decision.upper()}: {verdict.reason}",
        transform=axes.transAxes,
        ha="right",
        fontsize=16,
        fontweight="bold",
        color="tab:green" if granted else "tab:red",
    )
    axes.set_xlabel("seconds since the first frame that was sent")
    axes.set_ylabel("eye aspect ratio (EAR)")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left")
