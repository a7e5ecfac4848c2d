"""What does each piece of evidence say of living people, replays, stills and waved photos?

`python -m bench.evidence` plays the recordings of $DOORWARD_DATA, its stills held and waved, and
the first frames of the live clips waved, through the door's own eyes and state machine, with the
texture networks (where they are fetched) and without. For each kind of evidence it prints what it
came to over the whole presentation, told or not by then. Waving: random smooth motion of a plane
before a camera, tilted by up to about half a radian, with sensor noise. At the end it prints how
much the picture of the eyes changes in a blink (`bench.lids`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench import lids
from bench.clips import Clip, clips, data
from bench.goals import goal
from bench.waving import FPS, waved
from edge.__main__ import TEXTURE, version
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.adapters.surface_cv2 import Cv2SurfaceReader
from edge.adapters.texture_onnx import MiniFasNets
from edge.attacks.presentation import Outcome, Stand, play
from edge.attacks.shared_looks import SharedSurface, SharedTracker, WithoutTexture
from edge.close_looks import LOOK_EVERY_S
from edge.core.burst import BurstRule
from edge.core.evidence import EvidenceKind, Finding
from edge.core.liveness import Witness
from edge.core.policies import POLICIES, Challenging, Wanted, equipped
from edge.eyes import Eyes
from edge.ports import Frame, Image
from faces import models

KINDS = (EvidenceKind.BLINK, EvidenceKind.SOLID, EvidenceKind.SCREEN, EvidenceKind.TEXTURE)
WITH, WITHOUT = "with", "without"


@dataclass(frozen=True, slots=True)
class Shown:
    """One presentation.

    Attributes:
        name: what is shown.
        kind: `live` or a species of attack.
        fps: frames a second.
        frames: makes its pictures, the same each time.
        blinks: whether the clip has labelled blinks.
    """

    name: str
    kind: str
    fps: float
    frames: Callable[[], Iterator[Image]]
    blinks: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one presentation.

    Attributes:
        shown: what it was.
        said: what each kind of evidence came to.
        outcomes: how the visit ended, by configuration.
        why: what the door said of it, by configuration.
    """

    shown: Shown
    said: dict[EvidenceKind, str]
    outcomes: dict[str, Outcome]
    why: dict[str, str]


def presentations() -> list[Shown]:
    """Everything that is played."""
    found = clips()
    shown = [
        Shown(clip.name, clip.kind, _fps(clip), _of(clip), blinks=bool(clip.blinks))
        for clip in found
    ]
    for still in sorted((data() / "stills").glob("*/*.jpg")):
        name = f"{still.parent.name}/{still.name}"
        shown.append(Shown(f"held {name}", "still", FPS, _waved(_still(still), 0.0)))
        shown.append(Shown(f"waved {name}", "flat", FPS, _waved(_still(still), 0.3)))
    for clip in found:
        if clip.kind == "live":
            shown += [
                Shown(f"waved {tilt} {clip.name}", "flat", FPS, _waved(_first(clip), tilt))
                for tilt in (0.15, 0.3)
            ]
    return shown


def _fps(clip: Clip) -> float:
    capture = cv2.VideoCapture(str(clip.path))
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    capture.release()
    return fps


def _of(clip: Clip) -> Callable[[], Iterator[Image]]:
    return lambda: (frame.image for frame in clip.frames())


def _still(path: Path) -> Callable[[], Image]:
    return lambda: np.asarray(cv2.imread(str(path)), dtype=np.uint8)


def _first(clip: Clip) -> Callable[[], Image]:
    return lambda: next(clip.frames()).image


def _waved(picture: Callable[[], Image], tilt: float) -> Callable[[], Iterator[Image]]:
    return lambda: waved(picture(), tilt, np.random.default_rng(7))


def stands(tracker: SharedTracker, surface: SharedSurface) -> list[Stand]:
    """The default door, with the networks where they are there, and without."""

    def stand(name: str, *, networks: bool) -> Stand:
        policy = equipped(
            POLICIES["standard"],
            close_looks=True,
            networks=networks,
            texture=Wanted.OPTIONAL,
            challenge=Challenging.OFF,
        )
        reader = surface if networks else WithoutTexture(surface)
        return Stand(name, Eyes(tracker, policy, BurstRule(), {}, surface=reader))

    without = stand(WITHOUT, networks=False)
    return [stand(WITH, networks=True), without] if surface.models else [without]


def measured(shown: Shown, tracker: SharedTracker, surface: SharedSurface) -> Line:
    """Play one presentation."""
    endings = play(shown.frames(), shown.fps, stands(tracker, surface))
    tracker.reset()
    witness = Witness(POLICIES["standard"])
    said: dict[EvidenceKind, set[Finding]] = {kind: set() for kind in KINDS}
    looked = -1.0
    for index, image in enumerate(shown.frames()):
        frame = Frame(image, index / shown.fps, index)
        sighting = tracker.observe(frame)
        close = None
        if sighting.face is not None and frame.at - looked >= LOOK_EVERY_S:
            looked = frame.at
            close = surface.look(frame, sighting.face)
        for piece in witness.observe(sighting, close):
            if piece.kind in said:
                said[piece.kind].add(piece.finding)
    return Line(
        shown,
        {kind: _word(findings) for kind, findings in said.items()},
        {name: ending.outcome for name, ending in endings.items()},
        {name: ending.why for name, ending in endings.items()},
    )


def _word(findings: set[Finding]) -> str:
    return "+".join(sorted(finding.value for finding in findings)) or "-"


def report(lines: list[Line]) -> bool:
    """Print the table, counts and goals; whether all goals are reached."""
    names = list(lines[0].outcomes)
    heads = [f"{kind.value:11}" for kind in KINDS] + [f"{name:26}" for name in names]
    print(f"{'shown':30} " + " ".join(heads))
    for line in lines:
        cells = [f"{line.said[kind]:11}" for kind in KINDS]
        ends = [f"{line.outcomes[n].value}{_because(line.why[n])}" for n in names]
        print(f"{line.shown.name:30} " + " ".join(cells + [f"{end:26}" for end in ends]))
    print()
    for kind in KINDS:
        for species in ("live", "replay", "still", "flat"):
            of_kind = [line.said[kind] for line in lines if line.shown.kind == species]
            live, spoof = (sum(word in said for said in of_kind) for word in ("live", "spoof"))
            print(f"{kind.value:8} {species:7} of {len(of_kind):2}: live {live:2}, spoof {spoof:2}")
    print()
    good = []
    for name in names:
        blinking = [line for line in lines if line.shown.blinks and line.shown.kind == "live"]
        passed = sum(line.outcomes[name] is Outcome.ACCEPTED for line in blinking)
        good.append(goal(f"live clips with blinks let in, {name}", passed, len(blinking) - 1))
        attacks = [line for line in lines if line.shown.kind != "live"]
        let_in = sum(line.outcomes[name] is Outcome.ACCEPTED for line in attacks)
        good.append(goal(f"attacks of {len(attacks)} let in, {name}", let_in, 0, most=True))
    for kind in KINDS[1:]:
        wrong = sum("spoof" in x.said[kind] for x in lines if x.shown.kind == "live")
        good.append(goal(f"live clips that {kind.value} takes for a spoof", wrong, 0, most=True))
    solid = sum(
        "live" in x.said[EvidenceKind.SOLID] for x in lines if x.shown.kind in {"still", "flat"}
    )
    good.append(goal("stills and waved photos taken for solid", solid, 0, most=True))
    return all(good)


def _because(why: str) -> str:
    return f" ({why})" if why else ""


def costs(tracker: SharedTracker, surface: SharedSurface, shown: Shown) -> None:
    """Print what evidence costs beside the tracker, in processor time of this very run."""
    spent = {"tracker": 0.0, "evidence without close looks": 0.0, "close looks": 0.0}
    witness, frames, looks = Witness(POLICIES["standard"]), 0, 0
    for index, image in enumerate(shown.frames()):
        frame = Frame(image, index / shown.fps, index)
        begin = time.thread_time()
        sighting = tracker.observe(frame)
        seen = time.thread_time()
        witness.observe(sighting)
        judged = time.thread_time()
        spent["tracker"] += seen - begin
        spent["evidence without close looks"] += judged - seen
        frames += 1
        if sighting.face is not None and index % round(shown.fps * LOOK_EVERY_S) == 0:
            surface.look(frame, sighting.face)
            spent["close looks"] += time.thread_time() - judged
            looks += 1
    for name, seconds in spent.items():
        print(f"{name:30} {1000 * seconds / frames:6.2f} ms of processor a frame")
    print(f"{'one close look':30} {1000 * spent['close looks'] / max(1, looks):6.2f} ms")


def main() -> int:
    """Print everything; 0 where all goals are reached."""
    parser = argparse.ArgumentParser(prog="python -m bench.evidence", description=__doc__)
    parser.add_argument("--only", help="play only what has this in its name")
    only: str | None = parser.parse_args().only
    missing = next((why for name in TEXTURE if (why := models.problem(name))), None)
    networks = None
    if missing is None:
        files = {name: models.path(name) for name in TEXTURE}
        networks = MiniFasNets(files, {name: version(name) for name in TEXTURE})
    else:
        print(f"only without texture networks: {missing}")
    cv2.setNumThreads(1)
    reader = Cv2SurfaceReader(networks)
    reader.start()
    real = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    real.start()
    tracker, surface = SharedTracker(real), SharedSurface(reader)
    lines = []
    for shown in presentations():
        if only is None or only in shown.name:
            tracker.reset()
            lines.append(measured(shown, tracker, surface))
    if not lines:
        print(f"nothing has {only!r} in its name")
        return 2
    good = report(lines)
    if only is None:
        print()
        good = lids.report(lids.measured(clips("live"), real)) and good
    costs(tracker, surface, lines[0].shown)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
