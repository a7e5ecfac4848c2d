"""The thread that looks at a door's wires: what it tells, and what it makes of those that fail."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from edge.adapters.clock import SystemClock
from edge.core.senses import Sense
from edge.core.visit_events import SenseMoved
from edge.errors import SensorError
from edge.senses import Senses, SenseWire

SETTLE_S = 0.06


class PlayedWire:
    """A wire whose level, or fault, the test sets."""

    simulated = True

    def __init__(self, *, closed_loop: bool = False) -> None:
        self.closed_loop = closed_loop
        self.level = False
        self.fault: Exception | None = None
        self.started = 0
        self.stopped = 0
        self.looked = threading.Event()

    def start(self) -> None:
        if isinstance(self.fault, SensorError):
            raise self.fault
        self.started += 1

    def active(self) -> bool:
        self.looked.set()
        if self.fault is not None:
            raise self.fault
        return self.level

    def stop(self) -> None:
        self.stopped += 1

    def look(self) -> None:
        """Wait until it has been looked at twice from now on."""
        for _ in range(2):
            self.looked.clear()
            assert self.looked.wait(5)


class Rig:
    """Senses on played wires."""

    def __init__(self, **wires: PlayedWire) -> None:
        self.told: queue.SimpleQueue[SenseMoved] = queue.SimpleQueue()
        made = {Sense(name): SenseWire(wire, SETTLE_S) for name, wire in wires.items()}
        self.senses = Senses(made, self.told.put, SystemClock())

    def next(self) -> SenseMoved:
        return self.told.get(timeout=5)


Make = Callable[..., Rig]


@pytest.fixture
def rig() -> Iterator[Make]:
    rigs: list[Rig] = []

    def made(**wires: PlayedWire) -> Rig:
        rigs.append(Rig(**wires))
        rigs[-1].senses.start()
        return rigs[-1]

    yield made
    for one in rigs:
        one.senses.stop()


def test_the_first_news_of_each_wire_says_how_it_is(rig: Make) -> None:
    pressed = PlayedWire()
    pressed.level = True

    senses = rig(contact=PlayedWire(), exit=pressed)

    assert {senses.next(), senses.next()} == {
        SenseMoved(Sense.CONTACT, on=False),
        SenseMoved(Sense.EXIT, on=True),
    }


def test_a_change_is_told_once(rig: Make) -> None:
    wire = PlayedWire()
    senses = rig(fire=wire)
    assert senses.next() == SenseMoved(Sense.FIRE, on=False)

    wire.level = True

    assert senses.next() == SenseMoved(Sense.FIRE, on=True)
    wire.look()
    wire.look()
    assert senses.told.empty()


def test_a_closed_loop_that_cannot_be_read_counts_as_cut(rig: Make) -> None:
    wire = PlayedWire(closed_loop=True)
    senses = rig(fire=wire)
    senses.next()

    wire.fault = SensorError("the pin has gone")
    assert senses.next() == SenseMoved(Sense.FIRE, on=True)

    wire.fault = None
    assert senses.next() == SenseMoved(Sense.FIRE, on=False)


def test_an_open_loop_that_cannot_be_read_stays_as_it_was(rig: Make) -> None:
    wire = PlayedWire()
    wire.level = True
    senses = rig(exit=wire)
    assert senses.next() == SenseMoved(Sense.EXIT, on=True)

    wire.fault = SensorError("the file has gone")
    for _ in range(5):
        wire.look()

    assert senses.told.empty()


def test_a_wire_whose_library_fails_does_not_end_the_others(rig: Make) -> None:
    broken, good = PlayedWire(), PlayedWire()
    broken.fault = RuntimeError("no such chip")
    senses = rig(tamper=broken, fire=good)
    assert senses.next() == SenseMoved(Sense.FIRE, on=False)

    good.level = True

    assert senses.next() == SenseMoved(Sense.FIRE, on=True)


def test_a_wire_that_cannot_be_had_gives_all_of_them_back() -> None:
    good, broken = PlayedWire(), PlayedWire()
    broken.fault = SensorError("pin in use")
    rig = Rig(contact=good, fire=broken)

    with pytest.raises(SensorError, match="pin in use"):
        rig.senses.start()

    assert good.stopped == 1


def test_stop_twice_and_before_start_is_harmless_and_looks_no_more() -> None:
    wire = PlayedWire()
    rig = Rig(contact=wire)
    rig.senses.stop()
    rig.senses.start()
    rig.next()

    rig.senses.stop()
    rig.senses.stop()

    wire.looked.clear()
    assert not wire.looked.wait(0.1)


def test_without_wires_there_is_no_thread() -> None:
    before = threading.active_count()
    rig = Rig()
    rig.senses.start()

    assert threading.active_count() == before
    rig.senses.stop()
