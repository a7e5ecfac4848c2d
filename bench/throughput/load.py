"""What do many doors at once ask of the brains? Each sends its next burst upon its verdict."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from bench.system.door_client import DoorClient, NoAnswerError
from doorbus import messages as m
from doorbus.errors import DoorwardError
from doorbus.signing import nonce


@dataclass(frozen=True, slots=True)
class Rush:
    """What came of a while of many visits.

    Attributes:
        visits: that were let in.
        late: that waited too long for a thread and were refused for it.
        seconds: how long it took.
        slowest: seconds, the 95th of 100 visits.
        cpu: seconds of each process by its name.
    """

    visits: int
    late: int
    seconds: float
    slowest: float
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Visits a second."""
        return self.visits / self.seconds


class Doors:
    """Simulated doors that all ask at once."""

    def __init__(self, clients: Sequence[DoorClient], crops: Sequence[m.Crop], life: m.Liveness):
        self._clients = clients
        self._crops = tuple(crops)
        self._life = life
        self._visits = 0
        self._numbering = threading.Lock()

    def visit(self, client: DoorClient) -> tuple[float, m.Verdict]:
        """One visit: seconds to the verdict, and the verdict."""
        with self._numbering:
            self._visits += 1
            number = self._visits
        return client.visit(
            m.Burst(visit=number, nonce=nonce(), liveness=self._life, crops=self._crops)
        )

    def rush(self, seconds: float, processes: Mapping[str, Sequence[int]]) -> Rush:
        """Have every door ask again and again. Raises what made a door fail."""
        taken: list[float] = []
        late: list[float] = []
        failures: list[DoorwardError] = []
        before, began = _cpu(processes), time.monotonic()
        end = began + seconds

        def ask(client: DoorClient) -> None:
            try:
                while time.monotonic() < end:
                    took, verdict = self.visit(client)
                    if verdict.decision is m.Decision.GRANT:
                        taken.append(took)
                    elif verdict.reason is m.Reason.BRAIN_ERROR:
                        late.append(took)
                    else:
                        failures.append(NoAnswerError(f"a resident was refused: {verdict.reason}"))
            except DoorwardError as error:
                failures.append(error)

        threads = [threading.Thread(target=ask, args=(client,)) for client in self._clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        if failures:
            raise failures[0]
        if not taken:
            raise NoAnswerError("not one visit was answered in time")
        after = _cpu(processes)
        spent = {name: after[name] - before[name] for name in before}
        return Rush(len(taken), len(late), took, sorted(taken)[int(0.95 * (len(taken) - 1))], spent)


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Whatever is started within runs on this core alone."""
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


def _cpu(processes: Mapping[str, Sequence[int]]) -> dict[str, float]:
    spent = {}
    for name, pids in processes.items():
        times = [psutil.Process(pid).cpu_times() for pid in pids]
        spent[name] = sum(one.user + one.system for one in times)
    return spent
