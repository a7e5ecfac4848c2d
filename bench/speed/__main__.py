"""`python -m bench.speed`: a visit's work beside face_recognition's on the same 20 frames."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2

from bench.recognition.goals import Goal
from bench.speed import frames
from bench.speed.ours import Brain, Edge
from bench.speed.peer import FaceRecognition

FRAMES = 20


@dataclass
class Series:
    """One line of the table: seconds of every round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def add(self, work: Callable[[], object]) -> None:
        """Do something and note what it took in this process."""
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    @property
    def middle(self) -> tuple[float, float]:
        """Medians: CPU seconds, wall seconds."""
        return statistics.median(self.cpu), statistics.median(self.wall)


def main() -> int:
    """Print the table and the goals; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    cv2.setNumThreads(1)
    images = frames.vga(FRAMES)
    edge, brain = Edge(), Brain()
    names = ("peer", "peer, not doubled", "edge", "brain")
    lines = {name: Series() for name in names}
    with FaceRecognition(images) as peer:
        for turn in range(rounds + 1):
            for doubled, name in ((1, "peer"), (0, "peer, not doubled")):
                spent = peer.once(doubled)
                if spent.faces != FRAMES:
                    print(f"{name}: {spent.faces} faces in {FRAMES} frames", file=sys.stderr)
                lines[name].cpu.append(spent.cpu)
                lines[name].wall.append(spent.wall)
            lines["edge"].add(lambda: edge.pack(edge.track(images)))
            wire = edge.pack(edge.track(images))
            lines["brain"].add(lambda wire=wire: brain.match(wire))  # type: ignore[misc]
            if turn == 0:  # caches and lazy loading
                lines = {name: Series() for name in names}
    return _report(lines)


def _report(lines: dict[str, Series]) -> int:
    print(f"{FRAMES} frames of 640x480, 1,000 people known; medians, interleaved rounds")
    for name, series in lines.items():
        cpu, wall = series.middle
        print(f"  {name:<20} CPU {cpu * 1e3:7.0f} ms   wall {wall * 1e3:7.0f} ms")
    both = [sum(pair) for pair in zip(lines["edge"].middle, lines["brain"].middle, strict=True)]
    brain = lines["brain"].middle
    goals = []
    for place, unit in enumerate(("CPU", "wall")):
        whole, single = lines["peer"].middle[place], lines["peer, not doubled"].middle[place]
        goals += [
            Goal(f"times less work, brain, {unit}", whole / brain[place], 10, at_most=False),
            Goal(f"times less work, edge and brain, {unit}", whole / both[place], 6, at_most=False),
        ]
        print(
            f"  {unit}: where the peer does not double the picture, which misses small faces, "
            f"brain {single / brain[place]:.1f}, edge and brain {single / both[place]:.1f} times"
        )
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
