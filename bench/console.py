"""`python -m bench.console`: how long does the page Doors take to show what a door told?

Fifty doors, each a client with its own certificate, tell five events a second, on a private
Mosquitto with TLS and access list; the console is a process of its own, and the page stands open in
Debian's Chromium. Timed is from `publish` in the door's process until the page's elements have
changed. Beside it, in the same run: a plain subscriber of the same events, and a click on a menu of
the page, with and without the doors' talk. A page is told in beats of 125 ms, so that half a beat
(the median) or a whole one (the worst) is added to the subscriber's time by design: that sum is the
limit that the goals count in. A click's limit is 200 ms until the next picture, up to which
web.dev/inp calls a page responsive. There is no brain: what doors tell the page comes from doors.

Exit code 1 where a goal is missed, 2 where it cannot be measured.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import structlog

from bench.console_page import DoorsPage
from bench.console_site import ConsoleSite, Doors, Mark, Subscriber
from bench.goals import goal
from console.live import EVERY_S
from doorbus.errors import DoorwardError

DOORS: Final = 50
RATE: Final = 5.0
CLICK_EVERY_S: Final = 0.5
IDLE_CLICKS: Final = 20
AGO_S: Final = 3600
"""Events are said to have happened about an hour ago, one a second: so the page tells which is
which."""

QUIET_S: Final = 3.0
LAST_S: Final = 3.0
"""Seconds after the last event in which it must have been shown."""

P50_LIMITS: Final = 2.0
P99_LIMITS: Final = 2.5
CLICK_S: Final = 0.200
LEAST_CLICK_S: Final = 0.016
"""Chromium tells of no click that took less."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        subscriber, page: seconds from publishing to delivery, and to the page's change.
        missing: events that neither were shown nor followed by a later one that was.
        idle_clicks, clicks: seconds from a click to its picture, without and with the talk.
        long_tasks: seconds of tasks in which the page answered nobody.
        seconds: of talk.
        console: share of one core that the console took.
    """

    subscriber: Sequence[float]
    page: Sequence[float]
    missing: int
    idle_clicks: Sequence[float]
    clicks: Sequence[float]
    long_tasks: Sequence[float]
    seconds: float
    console: float


def main() -> int:
    """Measure, and print the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--doors", type=int, default=DOORS)
    parser.add_argument("--rate", type=float, default=RATE, help="events a second of each door")
    parser.add_argument("--seconds", type=float, default=30.0, help="of talk (least 5)")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        try:
            found = _measure(Path(name), chosen.doors, chosen.rate, max(5.0, chosen.seconds))
        except DoorwardError as error:
            print(f"cannot be measured: {error}", file=sys.stderr)
            return 2
    return _show(found, chosen.doors, chosen.rate)


def _measure(folder: Path, doors: int, rate: float, seconds: float) -> Measured:
    begins = int(time.time()) - AGO_S
    with ConsoleSite(folder, doors) as site:
        talk = Doors(site.site, site.doors, begins)
        subscriber = Subscriber(site.watcher)
        try:
            subscriber.start()
            talk.start()
            time.sleep(QUIET_S)
            with DoorsPage(site.address, site.session, begins) as page:
                if page.cards != doors:
                    raise DoorwardError(f"the page shows {page.cards} doors of {doors}")
                idle = _click(page, IDLE_CLICKS)
                console = psutil.Process(site.console_pid)
                before, began = _busy(console), time.monotonic()
                talk.tell(rate, seconds)
                clicks = _click(page, int(seconds / CLICK_EVERY_S))
                took = time.monotonic() - began
                share = (_busy(console) - before) / took
                told = talk.told()
                page.pause(LAST_S)
                shown, long_tasks = page.shown(), page.long_tasks()
        finally:
            talk.stop()
            subscriber.stop()
    page_times = list(until_shown(told, shown))
    return Measured(
        subscriber=[subscriber.came[mark] - at for mark, at in told.items()],
        page=page_times,
        missing=len(told) - len(page_times),
        idle_clicks=idle,
        clicks=clicks,
        long_tasks=long_tasks,
        seconds=took,
        console=share,
    )


def _busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _click(page: DoorsPage, times: int) -> list[float]:
    page.clicks()
    for _ in range(times):
        page.click()
        page.pause(CLICK_EVERY_S)
    slow = page.clicks()
    return slow + [LEAST_CLICK_S] * max(0, times - len(slow))


def until_shown(told: Mapping[Mark, float], shown: Sequence[tuple[Mark, float]]) -> Iterator[float]:
    """Seconds until each event was shown, or a later one of that door, whichever came first."""
    by_door: dict[str, list[tuple[int, float]]] = {}
    for (door, mark), at in shown:
        by_door.setdefault(door, []).append((mark, at))
    for (door, mark), published in told.items():
        later = (at for newest, at in by_door.get(door, ()) if newest >= mark)
        for at in later:
            yield at - published
            break


def _show(found: Measured, doors: int, rate: float) -> int:
    limits = {
        "p50": _percent(found.subscriber, 50) + EVERY_S / 2,
        "p99": _percent(found.subscriber, 99) + EVERY_S,
    }
    print(
        f"{doors} doors, {rate:g} events a second each, {found.seconds:.0f} s: "
        f"{len(found.subscriber)} events; the console took {found.console:.0%} of a core\n"
        f"{'':26}{'p50':>10}{'p99':>10}\n"
        f"{'plain subscriber':26}{_row(found.subscriber)}\n"
        f"{'and a beat of the page':26}{_ms(limits['p50'])}{_ms(limits['p99'])}\n"
        f"{'page':26}{_row(found.page)}\n"
        f"{'click, no talk':26}{_row(found.idle_clicks)}\n"
        f"{'click, all doors talk':26}{_row(found.clicks)}\n"
        f"tasks of more than 50 ms in the page: {len(found.long_tasks)}, "
        f"{sum(found.long_tasks):.1f} s together"
    )
    reached = [
        goal("events that the page never showed", found.missing, 0, most=True),
        goal(
            "page, p50, in limits", _percent(found.page, 50) / limits["p50"], P50_LIMITS, most=True
        ),
        goal(
            "page, p99, in limits", _percent(found.page, 99) / limits["p99"], P99_LIMITS, most=True
        ),
        goal("click, p99, in limits", _percent(found.clicks, 99) / CLICK_S, 1.0, most=True),
    ]
    return 0 if all(reached) else 1


def _row(seconds: Sequence[float]) -> str:
    return _ms(_percent(seconds, 50)) + _ms(_percent(seconds, 99))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:7.1f} ms"


def _percent(values: Sequence[float], percent: int) -> float:
    if not values:
        return float("nan")
    if percent == 50:
        return statistics.median(values)
    return sorted(values)[round(percent / 100 * (len(values) - 1))]


if __name__ == "__main__":
    sys.exit(main())
