"""Every actuator behaves alike: the simulated one, and the GPIO one on gpiozero's mock pins."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from edge.adapters.actuator_gpio import GpioActuator
from edge.adapters.actuator_simulated import SimulatedActuator, read_ledger
from edge.errors import LockError
from edge.ports import Actuator

PIN = 17
ROOT = Path(__file__).parents[2]


@dataclass
class Bench:
    """An actuator, and a way to see what its bolt really did."""

    actuator: Actuator
    is_open: Callable[[], bool]
    movements: Callable[[], list[bool]]
    rests_open: bool = False


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()
    assert Device.pin_factory is None, "gpiozero's default factory must never be touched"


@pytest.fixture(
    params=[
        f"{kind}{wiring}"
        for wiring in ("", "-fail-safe")
        for kind in ("simulated", "gpio", "gpio-active-low")
    ]
)
def bench(request: pytest.FixtureRequest, tmp_path: Path, factory: MockFactory) -> Iterator[Bench]:
    rests_open = request.param.endswith("-fail-safe")
    kind = request.param.removesuffix("-fail-safe")
    if kind == "simulated":
        ledger = tmp_path / "ledger.jsonl"

        def movements() -> list[bool]:
            return [entry.state == "UNLOCKED" for entry in read_ledger(ledger)]

        bench = Bench(
            SimulatedActuator(ledger, rests_open=rests_open),
            lambda: movements()[-1],
            movements,
            rests_open,
        )
    else:
        high = kind == "gpio"
        pin = factory.pin(PIN)

        def levels() -> list[bool]:
            opened = [(bool(entry.state) is high) is not rests_open for entry in pin.states]
            return [
                state
                for index, state in enumerate(opened)
                if index == 0 or opened[index - 1] is not state
            ]

        def opened() -> bool:
            energised = pin.function == "output" and bool(pin.state) is high
            return energised is not rests_open

        bench = Bench(
            GpioActuator(PIN, factory, active_high=high, rests_open=rests_open),
            opened,
            levels,
            rests_open,
        )
    yield bench
    bench.actuator.stop()


def test_it_starts_closed(bench: Bench) -> None:
    bench.actuator.start()

    assert not bench.is_open()


def test_it_opens_and_closes(bench: Bench) -> None:
    bench.actuator.start()

    bench.actuator.open()
    assert bench.is_open()
    bench.actuator.close()
    assert not bench.is_open()


def test_opening_or_closing_twice_moves_once(bench: Bench) -> None:
    bench.actuator.start()

    for _ in range(2):
        bench.actuator.open()
    for _ in range(2):
        bench.actuator.close()

    assert bench.movements()[-3:] == [False, True, False]


@pytest.mark.parametrize("opened", [False, True])
def test_stop_leaves_the_bolt_as_it_is_without_current(bench: Bench, opened: bool) -> None:
    bench.actuator.start()
    if opened:
        bench.actuator.open()

    bench.actuator.stop()

    assert bench.is_open() is bench.rests_open


def test_stop_twice_and_stop_before_start_are_harmless(bench: Bench) -> None:
    bench.actuator.stop()
    bench.actuator.start()
    bench.actuator.stop()
    bench.actuator.stop()

    assert bench.is_open() is bench.rests_open


def test_it_can_be_started_again_after_stop(bench: Bench) -> None:
    bench.actuator.start()
    bench.actuator.stop()
    bench.actuator.start()

    bench.actuator.open()

    assert bench.is_open()


def test_opening_before_start_is_an_error(bench: Bench) -> None:
    with pytest.raises(LockError, match="not been started"):
        bench.actuator.open()


def test_the_simulated_one_says_so_and_the_real_one_does_not(
    tmp_path: Path, factory: MockFactory
) -> None:
    assert SimulatedActuator(tmp_path / "ledger").simulated
    assert not GpioActuator(PIN, factory).simulated


def test_the_ledger_names_time_and_process_and_is_only_appended_to(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    before = time.monotonic()
    for _ in range(2):
        actuator = SimulatedActuator(ledger)
        actuator.start()
        actuator.open()
        actuator.stop()

    entries = read_ledger(ledger)

    assert [entry.state for entry in entries] == ["LOCKED", "UNLOCKED", "LOCKED"] * 2
    assert {entry.pid for entry in entries} == {os.getpid()}
    times = [entry.monotonic for entry in entries]
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] <= time.monotonic()
    assert all(entry.wall.endswith("Z") for entry in entries)


def test_no_ledger_yet_is_no_transition(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "none") == []


def test_a_ledger_that_is_none_is_an_error_that_names_file_and_line(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text('{"state": "LOCKED"}\n')

    with pytest.raises(LockError, match=r"ledger\.jsonl, line 1"):
        read_ledger(ledger)


def test_a_ledger_in_no_folder_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"lock\.ledger"):
        SimulatedActuator(tmp_path / "no" / "ledger").start()


@pytest.mark.parametrize(
    ("active_high", "rests_open", "closed"),
    [(True, False, False), (False, False, True), (True, True, True), (False, True, False)],
)
def test_the_closed_level_is_there_from_the_first_moment_of_the_output(
    factory: MockFactory, *, active_high: bool, rests_open: bool, closed: bool
) -> None:
    pin = factory.pin(PIN)
    actuator = GpioActuator(PIN, factory, active_high=active_high, rests_open=rests_open)

    actuator.start()

    assert pin.function == "output"
    assert bool(pin.state) is closed
    assert len(pin.states) <= 2, "a claim may set the level once, never pulse"
    actuator.stop()


def test_a_stopped_relay_is_let_go_of(factory: MockFactory) -> None:
    actuator = GpioActuator(PIN, factory)
    actuator.start()

    actuator.stop()

    assert factory.pin(PIN).function == "input"


def test_a_pin_that_does_not_exist_is_an_error_that_names_it(factory: MockFactory) -> None:
    with pytest.raises(LockError, match="GPIO99"):
        GpioActuator(99, factory).start()


def test_a_pin_in_use_is_an_error(factory: MockFactory) -> None:
    first = GpioActuator(PIN, factory)
    first.start()

    with pytest.raises(LockError, match="no other program"):
        GpioActuator(PIN, factory).start()

    first.stop()


def test_a_pin_that_does_not_follow_is_an_error(factory: MockFactory) -> None:
    actuator = GpioActuator(PIN, factory)
    actuator.start()
    pin = factory.pin(PIN)
    pin._change_state = lambda _: False  # shorted to ground

    with pytest.raises(LockError, match="short circuit"):
        actuator.open()

    del pin._change_state
    actuator.stop()


@pytest.mark.parametrize(("name", "extra"), [("rpigpio", "pi"), ("lgpio", "pi5")])
def test_a_missing_or_useless_library_is_an_error_that_says_what_to_do(
    name: str, extra: str
) -> None:
    """Real factories, off a Pi: either the library is not installed, or it finds no Pi."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own
        with pytest.raises(LockError) as caught:
            GpioActuator(PIN, name).start()

    said = str(caught.value)
    assert f"doorward[{extra}]" in said or "Raspberry Pi" in said
    assert Device.pin_factory is None


def test_without_gpiozero_the_error_names_the_extra() -> None:
    program = (
        "import sys; sys.modules['gpiozero'] = None\n"
        "from edge.adapters.actuator_gpio import GpioActuator\n"
        "GpioActuator(17, 'lgpio').start()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )

    assert done.returncode == 1
    assert "pip install doorward[pi5]" in done.stderr


def test_an_unknown_factory_is_never_replaced_by_a_default() -> None:
    with pytest.raises(LockError, match="rpigpio or lgpio"):
        GpioActuator(PIN, "native").start()
