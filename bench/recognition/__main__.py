"""How well are residents told from each other and from strangers? `python -m bench.recognition`.

Prints all systems side by side, on the shared split of each set and over resampled galleries, then
what calibrated thresholds do at several sizes, then the goals; writes DET curves to `bench-out/`.
Exit code 1 where a goal is missed, 2 without data.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from bench.recognition import (
    bias,
    det,
    embeddings,
    face_recognition_peer,
    limits,
    networks,
    pictures,
    predecessor,
    protocols,
)
from bench.recognition.embeddings import OUT, Found
from bench.recognition.goals import Goal
from bench.recognition.pictures import NoDataError, Pictures
from bench.recognition.protocols import Split
from bench.recognition.rates import Interval, Outcome, better_share
from bench.recognition.systems import (
    DOORWARD,
    PEER,
    PLAIN,
    USUAL,
    Material,
    calibration,
    doorward,
    systems,
    worth,
)
from brain.core.calibration import SFACE_PRIOR

DRAWS = 50
TARGETS = (0.01, 0.001, 0.0001)
SIZES = {"ytf": (10, 87), "lfw": (10, 100, 400)}
FNIR_GOALS = {"ytf": {0.01: 0.06}, "lfw": {0.01: 0.004, 0.003: 0.006}}
BETTER_GOAL = 0.9
OVER_TARGET = 1.5
WIDE = 50
OLD = "LBPH, most votes (the 2019 system)"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.recognition", description=__doc__)
    parser.add_argument(
        "--without-face-recognition",
        action="store_true",
        help="leave out the package of that name, which takes 0.1 s a picture the first time",
    )
    left_out = bool(parser.parse_args().without_face_recognition)
    try:
        place = pictures.folder()
    except NoDataError as error:
        print(error, file=sys.stderr)
        return 2
    sets = [load(place) for load in (pictures.ytf, pictures.lfw)]
    found = [embeddings.found(data) for data in sets]
    refined = [embeddings.refined(*one) for one in zip(sets, found, strict=True)]
    aligned = [
        embeddings.vectors(*one, networks.SFace()) for one in zip(sets, refined, strict=True)
    ]
    means = [
        bias.mean(data, bias.with_mirror(pairs)) for data, pairs in zip(sets, aligned, strict=True)
    ]
    goals: list[Goal] = []
    for row, data in enumerate(sets):
        material = Material(
            sface=embeddings.vectors(data, found[row], networks.SFace()),
            aligned=aligned[row],
            dlib=embeddings.vectors(data, found[row], networks.Dlib()),
            peer=None if left_out else face_recognition_peer.vectors(data),
            foreign_bias=means[1 - row],
            worth=worth(refined[row]),
        )
        old = predecessor.lbph(data, found[row], protocols.shared(data))
        _faces(data, found[row], material)
        goals += _compare(data, material, old)
        goals += _calibrated(data, material)
    print("\ngoals")
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


def _faces(data: Pictures, found: Found, material: Material) -> None:
    count = len(data.files)
    print(f"\n{data.name}: {count:,} pictures of {len(data.people) + len(data.strangers)} people")
    print(f"pictures in which no face is found: YuNet {count - int(found.there.sum())}", end="")
    if material.peer is None:
        print("; face_recognition was left out on demand (--without-face-recognition)")
    else:
        blind = int((~material.peer.any(axis=1)).sum())
        print(f", face_recognition {blind} (a visit with another picture of the same goes on)")


def _compare(data: Pictures, material: Material, old: Outcome) -> list[Goal]:
    """Print the table of systems; the goals on FNIR and on being better than plain SFace."""
    split = protocols.shared(data)
    draws = [protocols.resampled(data, draw) for draw in range(DRAWS)]
    print(
        f"shared split: {len(split.enrolled)} residents, {len(split.mates)} visits of theirs, "
        f"{len(split.strangers)} of strangers; {DRAWS} resampled galleries: mean [95 % interval]; "
        "usual: strangers let in at the maker's own threshold"
    )
    print(
        f"{'':{WIDE}}{'shared split':34}{'resampled':24}\n{'system':{WIDE}}"
        f"{'rank-1':8}{'FNIR1%':8}{'0.3%':10}{'usual':8}{'rank-1':26}{'FNIR at FPIR 1 %':26}"
        "at 0.3 %"
    )
    one = {OLD: old}
    many: dict[str, list[Outcome]] = {}
    _line(OLD, old, [])
    if material.peer is None:
        print(f"{PEER:{WIDE}}left out on demand")
    for name, system in systems(material).items():
        one[name] = system(split)
        many[name] = [system(draw) for draw in draws]
        _line(name, one[name], many[name])
    _limits(data, material, (split, *draws), (one[DOORWARD], *many[DOORWARD]))
    file = OUT / f"det-{data.name}.png"
    # The rows in between, indented, would hide each other.
    drawn = {name: outcome for name, outcome in one.items() if not name.startswith(" ")}
    det.draw(f"{data.name}: shared split", drawn, file)
    print(f"DET curves: {file}")
    goals = []
    for fpir, limit in FNIR_GOALS[data.name].items():
        level = f"{data.name} FNIR at FPIR {fpir:.1%}"
        ours = [outcome.fnir(fpir) for outcome in many[DOORWARD]]
        theirs = [outcome.fnir(fpir) for outcome in many[PLAIN]]
        goals.append(Goal(f"{level}, shared split", one[DOORWARD].fnir(fpir), limit))
        goals.append(Goal(f"{level}, mean of resampled galleries", float(np.mean(ours)), limit))
        goals.append(
            Goal(
                f"{level}, share of galleries better than plain SFace",
                better_share(ours, theirs),
                BETTER_GOAL,
                at_most=False,
            )
        )
    return goals


def _limits(
    data: Pictures, material: Material, splits: Sequence[Split], outcomes: Sequence[Outcome]
) -> None:
    """Print what of our own misses cannot be told from wrong labels."""
    known = limits.find(data, (bias.with_mirror(material.aligned), bias.with_mirror(material.dlib)))
    print(
        f"the limit: {known.sessions} of {known.of:,} sessions are nearer to somebody else's than "
        "to any other of the person they are labelled with, for SFace and for dlib alike: wrong "
        "labels, or beyond both. Residents' visits at FPIR 1 %, shared split, then resampled:"
    )
    rows = [
        known.missed(split, outcome, 0.01) for split, outcome in zip(splits, outcomes, strict=True)
    ]
    told = (
        "that show one, or a resident enrolled from none but such",
        "... of all visits, missed",
        "missed among the other visits",
    )
    for words, shares in zip(told, zip(*rows, strict=True), strict=True):
        print(f"  {words:58}{shares[0]:.4f}   {Interval.of(shares[1:])}")


def _line(name: str, one: Outcome, many: Sequence[Outcome]) -> None:
    intervals = [
        Interval.of([figure(outcome) for outcome in many])
        for figure in (Outcome.rank1.__get__, lambda o: o.fnir(0.01), lambda o: o.fnir(0.003))
        if many
    ]
    usual = f"{one.fpir_above(USUAL[name]):.4f}" if name in USUAL else ""
    print(
        f"{name:{WIDE}}{one.rank1:<8.4f}{one.fnir(0.01):<8.4f}{one.fnir(0.003):<10.4f}{usual:8}"
        + "".join(f"{interval!s:26}" for interval in intervals),
        flush=True,
    )


def _calibrated(data: Pictures, material: Material) -> list[Goal]:
    """Print what thresholds chosen from the gallery alone do to people never seen by it."""
    print(
        f"\ncalibrated thresholds, {DRAWS} galleries each; strangers let in: mean [95 % interval]"
        f" and interval of that mean\n{'residents':10}{'target':9}{'strangers let in':26}"
        f"{'of the mean':18}{'residents missed':26}threshold"
    )
    vectors = material.doorward
    goals = []
    for size in SIZES[data.name]:
        draws = [protocols.resampled(data, draw, size) for draw in range(DRAWS)]
        outcomes = [doorward(vectors, draw, material.worth) for draw in draws]
        for target in TARGETS:
            rows = [
                _at_threshold(vectors, draw, outcome, target, single=data.name == "lfw")
                for draw, outcome in zip(draws, outcomes, strict=True)
            ]
            let_in, missed, threshold, comparisons, extrapolated = zip(*rows, strict=True)
            share = Interval.of(let_in)
            error = 1.96 * float(np.std(let_in, ddof=1)) / DRAWS**0.5
            remark = "extrapolated" if all(extrapolated) else ""
            print(
                f"{size:<10}{target:<9g}{share!s:26}"
                f"[{max(0.0, share.mean - error):.4f} {share.mean + error:.4f}]   "
                f"{Interval.of(missed)!s:26}{float(np.mean(threshold)):.3f} "
                f"{remark} from {round(float(np.mean(comparisons))):,} comparisons",
                flush=True,
            )
            if target == TARGETS[0]:
                goals.append(
                    Goal(
                        f"{data.name} strangers let in at a target of {target:.0%}, {size} "
                        "residents, upper end of the mean's interval",
                        share.mean + error,
                        OVER_TARGET * target,
                    )
                )
    return goals


def _at_threshold(
    vectors: embeddings.Vectors, split: Split, outcome: Outcome, target: float, *, single: bool
) -> tuple[float, float, float, int, bool]:
    chosen = calibration(vectors, split, target, SFACE_PRIOR, single=single)
    # A score equal to the threshold is let in; `Outcome` counts what is above.
    just_below = float(np.nextafter(chosen.threshold, -1))
    return (
        outcome.fpir_above(just_below),
        outcome.fnir_above(just_below),
        chosen.threshold,
        chosen.impostors,
        chosen.extrapolated,
    )


if __name__ == "__main__":
    sys.exit(main())
