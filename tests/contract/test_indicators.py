"""Every indicator takes every prompt, never waits, and is dark or silent once stopped."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory, MockPin
from luma.core.device import dummy

from edge import screen
from edge.adapters import indicator_window
from edge.adapters.indicator_buzzer import BuzzerIndicator
from edge.adapters.indicator_display import DisplayIndicator, drawn, luma_device
from edge.adapters.indicator_lamps import LampIndicator
from edge.adapters.indicator_log import LogIndicator
from edge.adapters.indicator_none import NoIndicator
from edge.adapters.indicator_window import WindowIndicator
from edge.core.signals import signal
from edge.errors import IndicatorError
from edge.indicators import Indicators
from edge.ports import Indicator, Prompt

LAMPS = {"green": 5, "red": 6, "white": 13}
BUZZER = 19
XVFB = shutil.which("Xvfb")
KINDS = ["none", "log", "lamps", "buzzer", "display", "window", "several"]


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


@pytest.fixture(scope="module")
def x_display() -> Iterator[str]:
    """A screen of its own, in memory."""
    if XVFB is None:
        pytest.skip("needs Xvfb: no screen here")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [XVFB, "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(10)


@pytest.fixture(params=KINDS)
def indicator(request: pytest.FixtureRequest, factory: MockFactory) -> Iterator[Indicator]:
    made: dict[str, Callable[[], Indicator]] = {
        "none": NoIndicator,
        "log": LogIndicator,
        "lamps": lambda: LampIndicator(LAMPS, factory),
        "buzzer": lambda: BuzzerIndicator(BUZZER, factory),
        "display": lambda: DisplayIndicator(lambda: dummy(width=128, height=64, mode="1")),
        "window": lambda: WindowIndicator(full_screen=False),
        "several": lambda: Indicators([LampIndicator(LAMPS, factory), NoIndicator()]),
    }
    if request.param == "window":
        display = request.getfixturevalue("x_display")
        request.getfixturevalue("monkeypatch").setenv("DISPLAY", display)
    indicator = made[request.param]()
    yield indicator
    indicator.stop()


def test_it_shows_every_prompt_and_never_waits(indicator: Indicator) -> None:
    indicator.start()
    began = time.monotonic()

    for prompt in Prompt:
        indicator.show(prompt)

    assert time.monotonic() - began < 2.0


def test_stop_twice_and_before_start_is_harmless_and_it_starts_again(indicator: Indicator) -> None:
    indicator.stop()
    indicator.start()
    indicator.stop()
    indicator.stop()

    indicator.start()
    indicator.show(Prompt.WELCOME)


# --- lamps ----------------------------------------------------------------------------------------


def lit(factory: MockFactory, *, active_high: bool = True) -> set[str]:
    return {lamp for lamp, pin in LAMPS.items() if bool(factory.pin(pin).state) is active_high}


@pytest.mark.parametrize(
    ("prompt", "lamps"),
    [
        (Prompt.IDLE, set()),
        (Prompt.LOOK_HERE, {"white"}),
        (Prompt.BLINK, {"white"}),
        (Prompt.TOO_DARK, {"white", "red"}),
        (Prompt.WELCOME, {"green"}),
        (Prompt.REFUSED, {"red"}),
        (Prompt.HAS_ENDED, {"red"}),
        (Prompt.ENTER_PIN, {"white"}),
        (Prompt.LEAVE, {"green"}),
        (Prompt.STAYS_SHUT, {"red"}),
    ],
)
@pytest.mark.parametrize("active_high", [True, False])
def test_lamps_show_what_is_meant(
    factory: MockFactory, prompt: Prompt, lamps: set[str], active_high: bool
) -> None:
    indicator = LampIndicator(LAMPS, factory, active_high=active_high)
    indicator.start()
    indicator.show(Prompt.WELCOME)

    indicator.show(prompt)

    assert lit(factory, active_high=active_high) == lamps
    indicator.stop()


def test_no_prompt_lights_green_and_red_together() -> None:
    assert not any(signal(prompt).green and signal(prompt).red for prompt in Prompt)


def test_stopped_lamps_are_let_go_of(factory: MockFactory) -> None:
    indicator = LampIndicator(LAMPS, factory)
    indicator.start()
    indicator.stop()

    assert {factory.pin(pin).function for pin in LAMPS.values()} == {"input"}


def test_a_lamps_pin_in_use_is_an_error_and_gives_the_others_back(factory: MockFactory) -> None:
    first = LampIndicator({"red": 6}, factory)
    first.start()

    with pytest.raises(IndicatorError, match="GPIO6"):
        LampIndicator(LAMPS, factory).start()
    other = LampIndicator({"green": 5}, factory)
    other.start()
    other.stop()
    first.stop()


# --- buzzer ---------------------------------------------------------------------------------------


def sounds(pin: MockPin) -> list[bool]:
    """Changes of the buzzer since its start."""
    states = [bool(entry.state) for entry in pin.states]
    return [state for state, _ in itertools.groupby(states)]


def until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.01)


def test_a_refusal_sounds_three_times_and_then_never_again(factory: MockFactory) -> None:
    indicator = BuzzerIndicator(BUZZER, factory)
    indicator.start()

    indicator.show(Prompt.REFUSED)

    pin = factory.pin(BUZZER)
    until(lambda: sounds(pin) == [False, True, False, True, False, True, False])
    indicator.stop()


def test_the_next_prompt_ends_a_sound_that_would_go_on(factory: MockFactory) -> None:
    indicator = BuzzerIndicator(BUZZER, factory)
    indicator.start()
    pin = factory.pin(BUZZER)
    indicator.show(Prompt.LEAVE)
    until(lambda: sounds(pin)[-3:] == [True, False, True])

    indicator.show(Prompt.IDLE)

    until(lambda: not pin.state)
    heard = sounds(pin)
    time.sleep(0.7)
    assert sounds(pin) == heard
    indicator.stop()


def test_stop_silences_at_once(factory: MockFactory) -> None:
    indicator = BuzzerIndicator(BUZZER, factory)
    indicator.start()
    pin = factory.pin(BUZZER)
    indicator.show(Prompt.WELCOME)
    until(lambda: bool(pin.state))

    indicator.stop()

    assert not pin.state


# --- display --------------------------------------------------------------------------------------


def test_every_prompt_fits_on_a_small_display_and_none_is_blank_but_idle() -> None:
    for prompt in Prompt:
        picture = np.asarray(drawn(prompt.value, (128, 64)))
        ink = np.argwhere(picture)
        assert len(ink) > 60
        # Letters that are cut off touch the border all along.
        assert picture[:, 0].mean() < 0.5
        assert picture[:, -1].mean() < 0.5


def test_a_display_shows_nothing_while_nobody_is_there() -> None:
    devices: list[Any] = []

    def opened() -> Any:  # luma has no types
        devices.append(dummy(width=128, height=64, mode="1"))
        return devices[-1]

    indicator = DisplayIndicator(opened)
    indicator.start()

    indicator.show(Prompt.WELCOME)
    shown = np.asarray(devices[0].image.convert("1"))
    indicator.show(Prompt.IDLE)
    dark = np.asarray(devices[0].image.convert("1"))

    assert shown.any()
    assert not dark.any()
    indicator.stop()


@pytest.mark.parametrize("kind", ["ssd1306", "sh1106"])
def test_a_display_that_is_not_there_is_an_error_that_says_where_to_look(kind: Any) -> None:
    indicator = DisplayIndicator(luma_device(kind, 19, 0x3C, upside_down=False))

    with pytest.raises(IndicatorError, match="I2C is switched on"):
        indicator.start()


# --- window ---------------------------------------------------------------------------------------


def test_without_a_screen_a_window_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in indicator_window.DISPLAYS:
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(IndicatorError, match="DISPLAY"):
        WindowIndicator().start()


def test_a_screen_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")

    with pytest.raises(IndicatorError, match="did not open"):
        WindowIndicator().start()


def test_every_prompt_fits_into_the_window() -> None:
    for prompt in Prompt:
        picture = screen.panel(prompt.value)
        letters = (picture == 255).all(axis=2)
        assert letters.any()
        assert not letters[:, :8].any()
        assert not letters[:, -8:].any()


def test_an_empty_line_is_an_empty_window() -> None:
    assert not (screen.panel("") == 255).any()


# --- several --------------------------------------------------------------------------------------


class Failing:
    """An indicator whose wire falls off after a while."""

    def __init__(self) -> None:
        self.shown: list[Prompt] = []

    def start(self) -> None:
        pass

    def show(self, prompt: Prompt) -> None:
        self.shown.append(prompt)
        if prompt is Prompt.WELCOME:
            raise IndicatorError("the played lamp has burnt out")

    def stop(self) -> None:
        pass


def test_one_that_fails_is_left_dark_and_the_others_go_on(factory: MockFactory) -> None:
    failing = Failing()
    several = Indicators([failing, LampIndicator(LAMPS, factory)])
    several.start()

    several.show(Prompt.WELCOME)
    several.show(Prompt.REFUSED)

    assert failing.shown[-1] is Prompt.WELCOME
    assert lit(factory) == {"red"}
    several.stop()


def test_one_that_cannot_be_had_is_no_reason_to_keep_people_out(factory: MockFactory) -> None:
    missing = DisplayIndicator(luma_device("ssd1306", 19, 0x3C, upside_down=False))
    several = Indicators([missing, LampIndicator(LAMPS, factory)])

    several.start()
    several.show(Prompt.WELCOME)

    assert lit(factory) == {"green"}
    several.stop()


def test_if_strict_one_that_cannot_be_had_stops_those_that_were_started(
    factory: MockFactory,
) -> None:
    lamps = LampIndicator(LAMPS, factory)
    several = Indicators([lamps, LampIndicator({"red": 6}, factory)], strict=True)

    with pytest.raises(IndicatorError, match="GPIO6"):
        several.start()

    lamps.start()
    lamps.stop()


def test_the_program_of_the_window_is_where_the_adapter_looks_for_it() -> None:
    assert Path(indicator_window.__file__).parents[2] == Path(screen.__file__).parents[1]
