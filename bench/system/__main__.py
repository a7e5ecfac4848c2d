"""`python -m bench.system`: the running daemons measured, on a private broker; needs no data.

Verdicts, training, memory, a sleeping door and its waking; one page each, goals at the end. Exit
code 1 where a goal is missed, 2 where it cannot be measured.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

import cv2
import structlog

from bench.recognition.goals import Goal
from bench.system import asleep, brain_times, memory, page
from bench.system.brain_times import Network
from bench.system.door_client import DoorClient
from bench.system.memory import Memory
from demo.observer import Observer
from demo.stage import Stage
from doorbus import topics
from doorbus.errors import DoorwardError
from faces.errors import FacesError

CLIENT, DOOR = "front", "back"
"""The door that the bench speaks for, and the one with a real edge."""

QUIET_S = 3.0
"""Seconds after which a daemon that was just started or asked has come to rest."""


def main() -> int:
    """Print all pages."""
    parser = argparse.ArgumentParser(prog="python -m bench.system", description=__doc__)
    parser.add_argument("--visits", type=int, default=100, help="visits to time (least 10)")
    visits = max(10, parser.parse_args().visits)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        folder = Path(name)
        doors = {CLIENT: {}, DOOR: {"visit": {"absence_s": asleep.ABSENCE_S}}}
        stage, observer = Stage(folder, doors), Observer()
        try:
            goals = _measure(stage, observer, folder, visits)
        except (DoorwardError, FacesError) as error:
            print(f"cannot be measured: {error}", file=sys.stderr)
            return 2
        finally:
            observer.stop()
            stage.stop()
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


def _measure(stage: Stage, observer: Observer, folder: Path, visits: int) -> list[Goal]:
    stage.provision()
    stage.broker.start()
    observer.watch(
        stage.client("monitor.lobby").broker,
        "monitor.lobby/bench",
        "door/#",
        "verdict/#",
        "brain/#",
    )
    stage.brain.start()
    stage.wait_online(observer, 0, topics.BRAIN_AVAILABILITY.template)
    taken = {"brain, just started": _rested(stage.brain.pid)}
    goals = _ask(stage, folder, visits)
    taken[f"brain, after {visits} visits"] = _rested(stage.brain.pid)

    edge = stage.edges[DOOR]
    edge.start()
    stage.wait_online(observer, 0, topics.DOOR_AVAILABILITY.name(DOOR))
    taken["edge, asleep"] = _rested(edge.pid)
    goals += asleep.idle(edge.pid, folder)
    goals += asleep.waking(stage, observer, DOOR, folder)
    most, decision = asleep.memory_in_a_visit(stage, observer, DOOR)
    taken[f"edge, in a visit (the most; {decision.value})"] = most
    memory.show(taken)
    return goals


def _ask(stage: Stage, folder: Path, visits: int) -> list[Goal]:
    """Training, then verdicts."""
    network = Network(stage)
    client = DoorClient(stage.site.door(CLIENT))
    try:
        client.start()
        brain_times.trainings(stage, client, network, folder)
        return brain_times.verdicts(client, network, visits)
    finally:
        client.stop()


def _rested(pid: int) -> Memory:
    time.sleep(QUIET_S)
    return memory.of_tree(pid)


if __name__ == "__main__":
    page.console.print()
    sys.exit(main())
