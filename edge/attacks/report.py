"""How often was an attack let through, and a living person kept out?

The words are those of ISO/IEC 30107-3. APCER: share of the attack presentations of one species that
were accepted. BPCER: share of the bona fide (live) presentations that were not. A presentation
without an answer (no face, time over) is not accepted, so it counts in BPCER and not in APCER; how
many there were stands beside it.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edge.attacks.clips import LIVE
from edge.attacks.presentation import Outcome
from edge.attacks.rates import Rate
from edge.attacks.species import APART, SPECIES
from edge.attacks.suite import Row

LATENCY_S = 0.5
"""Goal for the median from the eyes' re-opening to the burst, seconds of video."""

REPLAY = "replay"
"""Folder of recorded replays, none of which may be accepted."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal.

    Attributes:
        stand: the configuration.
        name: what is counted.
        figure: what came out, as text.
        wanted: what should have, as text.
        good: whether it did; None for a figure that is stated without a goal.
    """

    stand: str
    name: str
    figure: str
    wanted: str
    good: bool | None

    def __str__(self) -> str:
        """One line."""
        mark = {True: "ok   ", False: "short", None: "     "}[self.good]
        return f"{mark} {self.stand:18} {self.name:48} {self.figure:>12}  {self.wanted}"


def record(row: Row) -> str:
    """One row as a line of JSON."""
    ending = asdict(row.ending)
    ending["outcome"] = row.ending.outcome.value
    line: dict[str, Any] = {
        "configuration": row.stand,
        "species": row.species,
        "made": row.made,
        "clip": row.clip,
        "variant": row.variant,
        "labelled_blinks": row.blinks,
        **{
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in ending.items()
        },
    }
    return json.dumps(line)


def table(rows: Sequence[Row]) -> list[str]:
    """The table of one configuration, line by line."""
    lines = [
        f"{'species':18} shown accepted refused  time ended no face  rate, 95 % interval",
    ]
    for species in _ordered(rows):
        of = [row for row in rows if row.species == species]
        ends = Counter(row.ending.outcome for row in of)
        accepted = ends[Outcome.ACCEPTED]
        live = species == LIVE
        rate = Rate(len(of) - accepted if live else accepted, len(of))
        lines.append(
            f"{species:18} {len(of):5} {accepted:8} {ends[Outcome.REFUSED]:7} "
            f"{ends[Outcome.TIMED_OUT]:5} {ends[Outcome.ENDED]:5} {ends[Outcome.NO_FACE]:7}  "
            f"{'BPCER' if live else 'APCER'} {rate}"
        )
    made = [row for row in rows if row.made and row.species != APART]
    if made:
        rate = Rate(sum(row.accepted for row in made), len(made))
        lines.append(f"{'all made here':18} {len(made):5} {rate.count:8} {'':29}  APCER {rate}")
    return lines


def reasons(rows: Sequence[Row]) -> list[str]:
    """What kept attacks and living people out, by species."""
    lines = []
    for species in _ordered(rows):
        whys = Counter(
            row.ending.why for row in rows if row.species == species and not row.accepted
        )
        if whys:
            counted = ", ".join(f"{why} {count}" for why, count in whys.most_common())
            lines.append(f"{species:18} {counted}")
    return lines


def times(rows: Sequence[Row]) -> list[str]:
    """How long the door took over living people, seconds of video."""
    live = [row.ending for row in rows if row.species == LIVE and row.accepted]
    if not live:
        return []
    lines = [f"to decide, median {statistics.median(ending.at for ending in live):.2f} s"]
    waits = latencies(rows)
    if waits:
        lines.append(
            f"from the eyes' re-opening to the burst, median {statistics.median(waits):.2f} s, "
            f"longest {max(waits):.2f} s ({len(waits)} bursts)"
        )
    return lines


def latencies(rows: Sequence[Row]) -> list[float]:
    """Seconds of video from the eyes' re-opening to the burst, of accepted living people."""
    return [
        row.ending.at - row.ending.reopened
        for row in rows
        if row.species == LIVE and row.accepted and row.ending.reopened is not None
    ]


def goals(stand: str, rows: Sequence[Row], *, must_stop_made: bool) -> list[Goal]:
    """The goals of one configuration.

    Args:
        stand: its name.
        rows: what came of it.
        must_stop_made: whether no made attack may pass; a figure without a goal otherwise.
    """
    found = []
    made = [row for row in rows if row.made and row.species != APART]
    if made:
        passed = sum(row.accepted for row in made)
        good = passed == 0 if must_stop_made else None
        wanted = "none" if must_stop_made else "stated, no goal"
        found.append(
            Goal(stand, "attacks made here accepted", f"{passed} of {len(made)}", wanted, good)
        )
    apart = [row for row in rows if row.species == APART]
    if apart:
        passed = sum(row.accepted for row in apart)
        figure = f"{passed} of {len(apart)}"
        found.append(Goal(stand, "animated portraits accepted", figure, "stated, no goal", None))
    replays = [row for row in rows if row.species == REPLAY and not row.made]
    if replays:
        passed = sum(row.accepted for row in replays)
        figure = f"{passed} of {len(replays)}"
        found.append(Goal(stand, "recorded replays accepted", figure, "none", passed == 0))
    blinking = [row for row in rows if row.species == LIVE and row.blinks]
    if blinking:
        passed = sum(row.accepted for row in blinking)
        figure = f"{passed} of {len(blinking)}"
        good = passed >= len(blinking) - 1
        found.append(
            Goal(stand, "living people with a labelled blink accepted", figure, "all but one", good)
        )
    waits = latencies(rows)
    if waits:
        median = statistics.median(waits)
        found.append(
            Goal(
                stand,
                "re-opening to burst, median",
                f"{median:.2f} s",
                f"under {LATENCY_S} s",
                median < LATENCY_S,
            )
        )
    return found


def _ordered(rows: Sequence[Row]) -> list[str]:
    """Live first, then what was recorded, then what was made, in the order of `SPECIES`."""
    there = {row.species for row in rows}
    recorded = sorted(there - {LIVE} - set(SPECIES))
    return [one for one in (LIVE, *recorded, *SPECIES) if one in there]
