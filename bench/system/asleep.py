"""What does a door cost that waits for somebody, and how soon does it wake?"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psutil

from bench.recognition.goals import Goal
from bench.system import page
from bench.system.memory import Memory, of_tree
from bench.system.pictures import clip_of_somebody
from demo.observer import Observer, Seen
from demo.stage import EMPTY, Stage
from doorbus import messages as m
from edge.adapters.camera_scene import SceneCamera
from edge.capture import ASLEEP_FPS

WATCHED_S = 20.0
TRIES = 10
ABSENCE_S = 2.0
"""Seconds with nobody there after which the measured door sleeps."""

SETTLE_S = ABSENCE_S + 1.5
WAKE_S = 10.0
VISIT_S = 40.0

IDLE_GOAL = 0.1
"""Of a core."""

WAKE_GOAL = 0.3
"""Seconds."""

_LOGGED = re.compile(r"^(\S+) +\[.*?\] +(scene changed|event) .*\bkind=(\w+)")


def idle(pid: int, folder: Path) -> list[Goal]:
    """Print what a sleeping door takes of a core, beside its simulated camera alone."""
    before, began = _cpu(pid), time.monotonic()
    time.sleep(WATCHED_S)
    whole = (_cpu(pid) - before) / (time.monotonic() - began)
    camera = _camera_alone(folder)
    shown = page.table(f"A sleeping door, {WATCHED_S:.0f} s", "", "CPU, of a core")
    shown.add_row("edge and lock process, simulated camera in it", f"{whole:.3f}")
    shown.add_row("the simulated camera alone", f"{camera:.3f}")
    shown.add_row("the door without it", f"{whole - camera:.3f}")
    page.console.print(shown)
    return [Goal("sleeping door with its simulated camera, CPU of a core", whole, IDLE_GOAL)]


def waking(stage: Stage, observer: Observer, door: str, folder: Path) -> list[Goal]:
    """Let somebody appear at once before a sleeping door, again and again; print the delays."""
    clip = clip_of_somebody(folder, "biden.jpg")
    scene = {"kind": "clip", "path": str(clip), "loop": True}
    heard: list[float] = []
    for _ in range(TRIES):
        mark, began = observer.mark(), time.monotonic()
        stage.show(scene, door)
        woke = observer.wait(_is(m.EventKind.WOKE), mark, WAKE_S, "the door wakes")
        heard.append(woke.at - began)
        stage.show(EMPTY, door)
        time.sleep(SETTLE_S)
    inside = _by_its_log(folder / f"edge-{door}.log")[-TRIES:]
    look = 1 / ASLEEP_FPS
    shown = page.table(f"Waking, {TRIES} times", "", "p50", "slowest")
    # The simulated camera needs one look to notice another scene, and shows it in the next one.
    for name, times in (
        ("scene file changed to WOKE heard by a client", heard),
        ("a look shows somebody to WOKE, by the door's log", inside),
    ):
        shown.add_row(name, page.seconds(page.middle(times)), page.seconds(max(times)))
    shown.add_row("from one look of a sleeping door to the next", page.seconds(look), "")
    page.console.print(shown)
    return [Goal("waking, between two looks and the slowest, s", look + max(inside), WAKE_GOAL)]


def memory_in_a_visit(stage: Stage, observer: Observer, door: str) -> tuple[Memory, m.Decision]:
    """Let a resident come; the most that the door takes until its verdict, and the verdict."""
    mark, pid = observer.mark(), stage.edges[door].pid
    stage.show({"kind": "animated", "portrait": "obama3.jpg"}, door)
    end = time.monotonic() + VISIT_S
    most = of_tree(pid)
    while time.monotonic() < end:
        now = of_tree(pid)
        most = Memory(max(most.resident, now.resident), max(most.share, now.share))
        answers = [one.value for one in observer.since(mark) if isinstance(one.value, m.Verdict)]
        if answers:
            break
        time.sleep(0.2)
    verdict = observer.wait(lambda seen: isinstance(seen.value, m.Verdict), mark, 1, "a verdict")
    stage.show(EMPTY, door)
    return most, verdict.value.decision


def _cpu(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    whole = psutil.Process(pid)
    times = [one.cpu_times() for one in (whole, *whole.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _camera_alone(folder: Path) -> float:
    """CPU of a core for drawing an empty room as often as a sleeping door looks."""
    path = folder / "empty.json"
    path.write_text(json.dumps(dict(EMPTY)), encoding="utf-8")
    camera = SceneCamera(path)
    camera.start()
    try:
        skips = round(camera.fps / ASLEEP_FPS) - 1
        before, began = time.thread_time(), time.monotonic()
        while time.monotonic() - began < WATCHED_S:
            for _ in range(skips):
                camera.skip()
            camera.read()
        return (time.thread_time() - before) / (time.monotonic() - began)
    finally:
        camera.stop()


def _by_its_log(log: Path) -> list[float]:
    """Seconds from each scene that shows somebody to the door's waking, by the door's log."""
    found: list[float] = []
    since: datetime | None = None
    for line in log.read_text(encoding="utf-8").splitlines():
        match = _LOGGED.match(line)
        if match is None:
            continue
        at = datetime.fromisoformat(match[1])
        if match[2] == "scene changed":
            since = None if match[3] == "empty" else at
        elif match[3] == m.EventKind.WOKE.value and since is not None:
            found.append((at - since).total_seconds())
            since = None
    return found


def _is(kind: m.EventKind) -> Callable[[Seen], bool]:
    def wanted(seen: Seen) -> bool:
        return isinstance(seen.value, m.DoorEvent) and seen.value.kind is kind

    return wanted
