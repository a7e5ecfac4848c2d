"""Every wire is felt alike: in a file, and on gpiozero's mock pins, in each way it may be wired."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from edge.adapters.input_gpio import GpioInput
from edge.adapters.senses_file import SimulatedInput
from edge.core.senses import Sense
from edge.errors import SensorError
from edge.ports import Input

PIN = 22
KINDS = ["simulated", "closed-up", "open-up", "closed-down", "open-down"]


@dataclass
class Bench:
    """A wire, and a way to make it show the usual or the unusual."""

    input: Input
    set_active: Callable[[bool], None]
    again: Callable[[], Input]


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


def write(path: Path, text: str) -> None:
    """As whoever plays does it: the file is whole at any time."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, factory: MockFactory) -> Iterator[Bench]:
    if request.param == "simulated":
        path = tmp_path / "senses.yaml"
        write(path, "contact: false\n")

        def play(active: bool) -> None:
            write(path, f"contact: {str(active).lower()}\n")

        def again() -> Input:
            return SimulatedInput(path, Sense.CONTACT)

        bench = Bench(again(), play, again)
    else:
        normally, pull = request.param.split("-")

        def wired() -> Input:
            return GpioInput(PIN, factory, normally=normally, pull=pull)

        def drive(active: bool) -> None:
            closed = active is not (normally == "closed")
            pin: MockPin = factory.pin(PIN)
            if closed is (pull == "up"):
                pin.drive_low()
            else:
                pin.drive_high()

        bench = Bench(wired(), drive, wired)
    yield bench
    bench.input.stop()


def test_it_tells_the_usual_from_the_unusual_each_time_it_is_asked(bench: Bench) -> None:
    bench.input.start()

    for active in (False, True, True, False):
        bench.set_active(active)
        assert bench.input.active() is active


def test_it_cannot_be_read_before_it_is_started_or_after_it_is_stopped(bench: Bench) -> None:
    if not bench.input.simulated:
        with pytest.raises(SensorError, match="not been started"):
            bench.input.active()


def test_stop_twice_and_before_start_is_harmless_and_another_may_have_it(bench: Bench) -> None:
    bench.input.stop()
    bench.input.start()
    bench.input.stop()
    bench.input.stop()

    other = bench.again()
    other.start()
    bench.set_active(True)
    assert other.active()
    other.stop()


@pytest.mark.parametrize(("pull", "level"), [("up", "up"), ("down", "down")])
def test_the_boards_own_resistor_is_set(factory: MockFactory, pull: str, level: str) -> None:
    wire = GpioInput(PIN, factory, normally="closed", pull=pull)  # type: ignore[arg-type]  # both
    wire.start()

    assert factory.pin(PIN).pull == level
    wire.stop()


@pytest.mark.parametrize("pull", ["up", "down"])
def test_a_cut_wire_is_the_unusual_where_it_is_normally_closed(
    factory: MockFactory, pull: str
) -> None:
    wire = GpioInput(PIN, factory, normally="closed", pull=pull)  # type: ignore[arg-type]  # both
    wire.start()

    # Nobody drives the pin: its resistor does.
    assert wire.active()
    assert wire.closed_loop
    wire.stop()


def test_a_cut_wire_is_the_usual_where_it_is_normally_open(factory: MockFactory) -> None:
    wire = GpioInput(PIN, factory, normally="open")
    wire.start()

    assert not wire.active()
    assert not wire.closed_loop
    wire.stop()


def test_no_edge_detection_is_asked_for(factory: MockFactory) -> None:
    wire = GpioInput(PIN, factory, normally="closed")
    wire.start()

    assert factory.pin(PIN).when_changed is None
    wire.stop()


def test_a_pin_in_use_is_an_error_that_names_it(factory: MockFactory) -> None:
    first = GpioInput(PIN, factory, normally="closed")
    first.start()

    with pytest.raises(SensorError, match="GPIO22"):
        GpioInput(PIN, factory, normally="open").start()
    first.stop()


def test_an_unknown_factory_is_an_error() -> None:
    with pytest.raises(SensorError, match="rpigpio or lgpio"):
        GpioInput(PIN, "native", normally="open").start()


def test_a_missing_file_is_an_error_that_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(SensorError, match="contact: false"):
        SimulatedInput(tmp_path / "none.yaml", Sense.FIRE).start()


def test_an_unknown_key_in_the_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "senses.yaml"
    write(path, "smoke: true\n")

    with pytest.raises(SensorError, match="smoke: unknown key"):
        SimulatedInput(path, Sense.FIRE).start()


def test_wires_of_one_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "senses.yaml"
    write(path, "exit: true\ntamper: true\n")
    active = {}

    for sense in Sense:
        wire = SimulatedInput(path, sense)
        wire.start()
        active[sense] = wire.active()

    assert active == {
        Sense.CONTACT: False,
        Sense.EXIT: True,
        Sense.TAMPER: True,
        Sense.FIRE: False,
    }


def test_a_file_that_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "senses.yaml"
    write(path, "fire: true\n")
    wire = SimulatedInput(path, Sense.FIRE)
    wire.start()
    found = path.stat()

    # The same file with the same times and size, and other contents, is not looked into.
    with path.open("r+") as file:
        file.write("fire: fals\n")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))

    assert wire.active()
