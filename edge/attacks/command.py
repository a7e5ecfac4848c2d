"""`python -m edge attacks`: does this door's sight stand up to attacks?

    python -m edge attacks --clips FOLDER                     all, with the door's defaults
    python -m edge attacks --clips FOLDER --config edge.yaml  as one door is configured

Plays recordings, and attacks made from the living people among them, through the door's own eyes
and prints who was let through. Ends with 1 where a goal is short, 2 where nothing can be played.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from edge.attacks import report
from edge.attacks.clips import LIVE, Clip, clips
from edge.attacks.doors import Doors
from edge.attacks.species import SPECIES
from edge.attacks.suite import Row, Run, planned, present
from edge.errors import AttackError

MOST = 34 * len(SPECIES)
"""Attacks made by default: 34 of each species, so that over 200 count without the animated ones."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for.

    Attributes:
        clips: folder with `live/` and others.
        config: a door's edge.yaml, whose policy and visit hold.
        policy: liveness policy instead of the configured one.
        species: those wanted, recorded or made; all where it is empty.
        seed: of all made attacks.
        most: attacks to make; 0 plays recordings only.
        seconds: how long a made attack lasts; None is until the door's own time is over.
        out: folder for `presentations.jsonl`.
    """

    clips: Path
    config: Path | None
    policy: str | None
    species: tuple[str, ...]
    seed: int
    most: int
    seconds: float | None
    out: Path | None


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; ends the program where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m edge attacks",
        description="Play attacks to the door's eyes and print who was let through.",
    )
    parser.add_argument("--clips", type=Path, required=True, help="folder with live/ and others")
    parser.add_argument("--config", type=Path, help="a door's edge.yaml; its defaults without")
    parser.add_argument("--policy", help="liveness policy instead of the configured one")
    parser.add_argument(
        "--species",
        nargs="+",
        default=(),
        metavar="NAME",
        help=f"only these: folders beside live/, or of {', '.join(SPECIES)}",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the attacks made (1)")
    parser.add_argument("--most", type=int, default=MOST, help=f"attacks to make ({MOST}); 0: none")
    parser.add_argument("--seconds", type=float, help="length of an attack; a visit's without")
    parser.add_argument("--out", type=Path, help="folder for presentations.jsonl")
    named = parser.parse_args(arguments)
    if named.most < 0 or (named.seconds is not None and not 0.5 <= named.seconds <= 120):
        parser.error("--most must not be negative, --seconds must be 0.5 to 120")
    return Options(
        clips=named.clips,
        config=named.config,
        policy=named.policy,
        species=tuple(named.species),
        seed=named.seed,
        most=named.most,
        seconds=named.seconds,
        out=named.out,
    )


def run(options: Options, doors: Doors, say: Callable[[str], None]) -> int:
    """Play everything and print the figures through `say`; 1 where a goal is short.

    Raises:
        AttackError: nothing to play, or a species that is nowhere.
    """
    found = clips(options.clips)
    made = [name for name in SPECIES if not options.species or name in options.species]
    shown = [clip for clip in found if _wanted(clip, options.species)]
    unknown = set(options.species) - set(SPECIES) - {clip.species for clip in found}
    if unknown:
        raise AttackError(
            f"no species {', '.join(sorted(unknown))}: {options.clips} has "
            f"{', '.join(sorted({clip.species for clip in found}))}; made here are "
            f"{', '.join(SPECIES)}"
        )
    plan = Run(
        clips=shown,
        made=planned(found, made, options.most),
        seconds=options.seconds or max(stand.rule.no_life_s for stand in doors.stands),
        seed=options.seed,
    )
    rows = _played(plan, doors, options.out)
    return _told(rows, doors, plan, say)


def _wanted(clip: Clip, species: tuple[str, ...]) -> bool:
    return not species or clip.species in species or (clip.species == LIVE and LIVE in species)


def _played(plan: Run, doors: Doors, out: Path | None) -> list[Row]:
    rows: list[Row] = []
    file: TextIO | None = None
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / "presentations.jsonl").open("w", encoding="utf-8")
    try:
        for row in present(plan, doors.stands, doors.tracker, _progress):
            rows.append(row)
            if file is not None:
                file.write(report.record(row) + "\n")
                file.flush()
    finally:
        if file is not None:
            file.close()
    return rows


def _told(rows: Sequence[Row], doors: Doors, plan: Run, say: Callable[[str], None]) -> int:
    for remark in doors.remarks:
        say(remark)
    found: list[report.Goal] = []
    for stand in doors.stands:
        own = [row for row in rows if row.stand == stand.name]
        say(f"\n{stand.name}: made attacks last {plan.seconds:g} s, seed {plan.seed}")
        for line in (*report.table(own), *report.times(own)):
            say(f"  {line}")
        kept_out = report.reasons(own)
        if kept_out:
            say("  what kept them out")
        for line in kept_out:
            say(f"    {line}")
        found += report.goals(stand.name, own, must_stop_made=stand.name in doors.must_stop_made)
    say("")
    for goal in found:
        say(str(goal))
    return int(any(goal.good is False for goal in found))


def _progress(line: str) -> None:
    sys.stderr.write(f"{line}\n")
