"""What every card and PIN reader promises, and what the two kinds add."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from structlog.testing import capture_logs

from doorbus.messages import CodeKind, SecondFactor
from edge.adapters import reader_evdev
from edge.adapters.reader_evdev import EvdevReader
from edge.adapters.reader_none import NoReader
from edge.adapters.reader_simulated import SimulatedReader
from edge.code_ports import CodeReader
from edge.core.keys import Key
from edge.errors import SensorError

CODES = {key: code for code, key in reversed(reader_evdev.KEYS.items())}
PATIENCE_S = 5.0


@dataclass
class _Event:
    type: int
    code: int
    value: int


class _Device:
    """What evdev gives of a device, over a pipe: one byte is one key."""

    def __init__(self, world: _Usb) -> None:
        self._world = world
        self.closed = False

    def fileno(self) -> int:
        return self._world.out

    def grab(self) -> None:
        if self._world.held:
            raise OSError(16, "Device or resource busy")
        self._world.grabs += 1

    def read(self) -> list[_Event]:
        content = os.read(self._world.out, 64)
        if self._world.unplugged or not content:
            raise OSError(19, "No such device")
        # A key goes down, repeats, and comes up again; and a lamp tells of itself.
        return [
            _Event(kind, code, value)
            for code in content
            for kind, value in ((1, 1), (1, 2), (1, 0), (17, 1))
        ]

    def close(self) -> None:
        self.closed = True


class _Usb:
    """A reader that may be unplugged."""

    def __init__(self) -> None:
        self.out, self.into = os.pipe()
        self.unplugged = False
        self.held = False
        self.grabs = 0

    def open(self, _: str) -> _Device:
        if self.unplugged:
            raise FileNotFoundError(2, "No such file or directory")
        return _Device(self)

    def type(self, text: str) -> None:
        keys = bytes(CODES[Key.ENTER if one == "\n" else one] for one in text)
        os.write(self.into, keys)

    def unplug(self) -> None:
        self.unplugged = True
        os.write(self.into, bytes([CODES["1"]]))


class _Typing(Protocol):
    reader: CodeReader

    def type(self, text: str) -> None: ...


class _Fifo:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "reader"
        self.reader = SimulatedReader(self._path)

    def type(self, text: str) -> None:
        with self._path.open("w") as file:
            file.write(text)


class _Evdev:
    def __init__(self, _: Path) -> None:
        self.usb = _Usb()
        self.reader = EvdevReader("/dev/input/by-id/reader", open_device=self.usb.open)

    def type(self, text: str) -> None:
        self.usb.type(text)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_evdev, "AGAIN_S", 0.05)


@pytest.fixture(params=[_Fifo, _Evdev], ids=["simulated", "evdev"])
def typing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Typing]:
    made: _Typing = request.param(tmp_path)
    yield made
    made.reader.stop()


def _wait(done: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < give_up_at, "nothing came in time"
        time.sleep(0.01)


def test_digits_and_enter_are_a_pin_or_a_card(typing: _Typing) -> None:
    heard: list[SecondFactor] = []
    typing.reader.start(heard.append)

    typing.type("271828\n000000000017\n12\n4711\n")

    _wait(lambda: len(heard) == 3)
    assert [(one.kind, one.value) for one in heard] == [
        (CodeKind.PIN, "271828"),
        (CodeKind.CARD, "000000000017"),
        (CodeKind.PIN, "4711"),
    ]


def test_nothing_of_what_was_typed_is_logged(typing: _Typing) -> None:
    heard: list[SecondFactor] = []

    with capture_logs() as logs:
        typing.reader.start(heard.append)
        typing.type("271828\n")
        _wait(lambda: heard)

    assert "271828" not in str(logs)


def test_stopping_twice_is_harmless_and_nothing_is_heard_afterwards(typing: _Typing) -> None:
    heard: list[SecondFactor] = []
    typing.reader.start(heard.append)

    typing.reader.stop()
    typing.reader.stop()

    assert heard == []


def test_no_reader_hears_nothing() -> None:
    reader = NoReader()

    reader.start(lambda _: pytest.fail("heard something"))
    reader.stop()

    assert not reader.simulated


def test_only_the_simulated_reader_says_that_it_is(tmp_path: Path) -> None:
    assert SimulatedReader(tmp_path / "reader").simulated
    assert not EvdevReader("/dev/input/event0").simulated


# --- simulated -----------------------------------------------------------------------------------


def test_a_file_that_is_no_fifo_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "reader").write_text("271828\n")

    with pytest.raises(SensorError, match="no FIFO; remove it"):
        SimulatedReader(tmp_path / "reader").start(lambda _: None)


def test_nobody_but_the_owner_may_write_to_the_fifo(tmp_path: Path) -> None:
    reader = SimulatedReader(tmp_path / "reader")
    reader.start(lambda _: None)

    assert (tmp_path / "reader").stat().st_mode & 0o077 == 0
    reader.stop()


# --- evdev ---------------------------------------------------------------------------------------


def test_a_reader_that_is_unplugged_is_waited_for_and_said_once() -> None:
    world = _Evdev(Path())
    heard: list[SecondFactor] = []
    with capture_logs() as logs:
        world.reader.start(heard.append)
        world.type("1234\n")
        _wait(lambda: heard)
        world.usb.unplug()
        _wait(lambda: any(line["event"] == "reader_absent" for line in logs))
        time.sleep(0.3)
        world.usb.unplugged = False
        world.type("5678\n")
        _wait(lambda: len(heard) == 2)
    world.reader.stop()

    assert heard[1].value == "5678"
    assert [line["event"] for line in logs] == ["reader_absent", "reader_there"]


def test_digits_begun_before_the_unplugging_count_for_nothing_after_it() -> None:
    world = _Evdev(Path())
    heard: list[SecondFactor] = []
    world.reader.start(heard.append)
    world.type("99")
    _wait(lambda: world.usb.grabs == 1)
    time.sleep(0.1)
    world.usb.unplug()
    time.sleep(0.2)
    world.usb.unplugged = False

    world.type("1234\n")
    _wait(lambda: heard)
    world.reader.stop()

    assert heard[0].value == "1234"


def test_a_reader_that_cannot_be_taken_for_oneself_alone_is_not_read() -> None:
    world = _Evdev(Path())
    world.usb.held = True
    heard: list[SecondFactor] = []
    with capture_logs() as logs:
        world.reader.start(heard.append)
        world.type("1234\n")
        time.sleep(0.3)
    world.reader.stop()

    assert heard == []
    assert logs[0]["event"] == "reader_absent"


def test_a_reader_that_is_there_has_no_problem(typing: _Typing) -> None:
    assert typing.reader.problem() is None
    assert NoReader().problem() is None


def test_a_reader_that_is_absent_says_what_to_do() -> None:
    world = _Evdev(Path())
    world.usb.unplugged = True

    problem = world.reader.problem()

    assert problem is not None
    assert "/dev/input/by-id/reader" in problem
    assert "group input" in problem
