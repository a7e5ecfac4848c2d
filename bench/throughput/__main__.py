"""`python -m bench.throughput`: one brain on one core, then two that divide the doors, on two.

Private broker with TLS, simulated doors that all ask at once, one resident. Every brain has
a core of its own; broker and doors take what is left, so that on a machine of two cores they take
it from the brains: their share is printed. Exit code 1 where a goal is missed, 2 where it cannot be
measured.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import structlog
import yaml

from bench.recognition.goals import Goal
from bench.speed import frames
from bench.system import page
from bench.system.brain_times import CROPS, PEOPLE, train
from bench.system.door_client import DoorClient
from bench.system.pictures import burst_of, enrolment_pictures
from bench.throughput import sharing
from bench.throughput.load import Doors, Rush, pinned
from demo.daemon import Daemon
from demo.observer import Observer
from demo.stage import Stage
from doorbus import topics
from doorbus.errors import DoorwardError
from doorctl import provisioning
from faces.errors import FacesError

ANNEX = "annex"
ENROLLED = 60
"""Frames of the one resident."""

SETTLE_S = 5.0
"""Seconds in which the annex connects, and both brains note which doors are theirs."""


def main() -> int:
    """Print the page and the goals."""
    parser = argparse.ArgumentParser(prog="python -m bench.throughput", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each rush")
    parser.add_argument("--doors", type=int, default=4)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    cv2.setNumThreads(1)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or options.doors < 2:
        print("cannot be measured: it takes two cores and two doors", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        try:
            goals = _measure(Path(name), cores, options.doors, options.seconds)
        except (DoorwardError, FacesError) as error:
            print(f"cannot be measured: {error}", file=sys.stderr)
            return 2
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


def _measure(folder: Path, cores: list[int], count: int, seconds: float) -> list[Goal]:
    names = ["front", *(f"door-{number}" for number in range(2, count + 1))]
    stage = Stage(folder, {name: {} for name in names})
    stage.provision()
    annex = folder / "site" / "brains" / ANNEX
    second = Daemon("brain", annex / "brain.yaml", folder / "annex.log")
    clients: list[DoorClient] = []
    pictures = enrolment_pictures(folder, PEOPLE[0].portrait, ENROLLED)
    try:
        stage.broker.start()
        _first_run(stage, cores[0])
        for name in names:
            clients.append(DoorClient(stage.site.door(name)))
            clients[-1].start()
        doors = Doors(clients, *burst_of(frames.vga(CROPS)))
        _enrol(stage, clients[0], pictures)
        alone = doors.rush(seconds, _processes(stage, [stage.brain]))

        stage.brain.stop()
        provisioning.add_brain(folder / "site", ANNEX, names[count // 2 :])
        stage.broker.reload()
        _share(stage.site.brain, annex)
        _first_run(stage, cores[0])
        with pinned(cores[1]):
            second.start()
        time.sleep(SETTLE_S)
        both = doors.rush(seconds, _processes(stage, [stage.brain, second]))
        changes = sharing.changes(stage, doors, clients[0], clients[-1], pictures)
    finally:
        for client in clients:
            client.stop()
        second.stop()
        stage.stop()
    return _report({"one brain, one core": alone, "two brains, a core each": both}, changes, cores)


def _report(
    rushes: Mapping[str, Rush], changes: Mapping[str, float], cores: list[int]
) -> list[Goal]:
    shown = page.table(
        "All doors ask at once",
        "",
        "visits",
        "late",
        "a second",
        "95 of 100 within",
        "brain's CPU a visit",
    )
    for name, rush in rushes.items():
        shown.add_row(
            name,
            str(rush.visits),
            str(rush.late),
            f"{rush.rate:.2f}",
            page.seconds(rush.slowest),
            page.seconds(rush.cpu["brains"] / rush.visits),
        )
    page.console.print(shown)
    one, two = rushes.values()
    for name, rush in rushes.items():
        beside = rush.cpu["broker"] + rush.cpu["doors"]
        print(
            f"  {name}: brains {rush.cpu['brains'] / rush.seconds:.2f} of a core, broker and "
            f"doors {beside / rush.seconds:.2f}, of {len(cores)} cores"
        )
    # Where brains, broker and doors do not fit on the cores, this is what two brains could do.
    ratio = two.rate / one.rate
    by_cpu = 2 * (two.visits / two.cpu["brains"]) / (one.visits / one.cpu["brains"])
    print(f"  two beside one: {ratio:.2f} times the visits; by the brains' own CPU {by_cpu:.2f}")
    told = page.table("From a change by one brain to the other's verdicts", "", "known within")
    for change, seconds in changes.items():
        told.add_row(change, page.seconds(seconds))
    page.console.print(told)
    return [
        Goal("visits of two brains, times those of one", ratio, 1.8, at_most=False),
        Goal("another brain's change is known within, s", max(changes.values()), 2),
    ]


def _first_run(stage: Stage, core: int) -> None:
    observer = Observer()
    try:
        observer.watch(
            stage.client("monitor.lobby").broker,
            "monitor.lobby/start",
            topics.BRAIN_AVAILABILITY.filter,
        )
        mark = observer.mark()
        with pinned(core):
            stage.brain.start()
        stage.wait_online(observer, mark, topics.BRAIN_AVAILABILITY.template)
    finally:
        observer.stop()


def _enrol(stage: Stage, front: DoorClient, pictures: list[bytes]) -> None:
    observer = Observer()
    try:
        observer.watch(stage.client("admin.alice").broker, "admin.alice/bench", "brain/event")
        train(stage, front, observer, PEOPLE[0], pictures)
    finally:
        observer.stop()


def _share(home: Path, annex: Path) -> None:
    """Let both brains know of each other, and use the first one's database, frames and keys."""
    policies = yaml.safe_load((home / "brain.yaml").read_text(encoding="utf-8"))["liveness"]
    _overlay(home / "brain.yaml", {"rank": "first"})
    data = {"data_dir": str(home / "data"), "liveness": policies}
    _overlay(annex / "brain.yaml", {"rank": "deputy", **data})


def _overlay(path: Path, changes: Mapping[str, Any]) -> None:
    settings = yaml.safe_load(path.read_text(encoding="utf-8")) | dict(changes)
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def _processes(stage: Stage, brains: list[Daemon]) -> dict[str, list[int]]:
    return {
        "brains": [brain.pid for brain in brains],
        "broker": [stage.broker.pid],
        "doors": [os.getpid()],
    }


if __name__ == "__main__":
    page.console.print()
    sys.exit(main())
