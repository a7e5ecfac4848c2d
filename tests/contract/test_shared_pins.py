"""Several adapters of one process share one pin factory, and only the last one closes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory

from edge.adapters import gpio_pins
from edge.adapters.gpio_pins import Lease
from edge.adapters.input_gpio import GpioInput
from edge.adapters.presence_gpio import GpioPresence
from edge.errors import SensorError


@pytest.fixture(autouse=True)
def mock_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library is gpiozero's mock; its factories share pins as the real ones do."""
    entry = ("gpiozero.pins.mock", "MockFactory", "gpiozero", "pi")
    monkeypatch.setitem(gpio_pins._FACTORIES, "lgpio", entry)  # no other way in
    yield
    MockFactory().reset()


def test_one_that_stops_leaves_the_pins_of_the_others_alone() -> None:
    sensor, wire = GpioPresence(4, "lgpio"), GpioInput(22, "lgpio", normally="closed")
    sensor.start()
    wire.start()

    sensor.stop()

    assert wire.active()
    wire.stop()


def test_a_failed_start_gives_back_what_it_took() -> None:
    first = GpioInput(22, "lgpio", normally="closed")
    first.start()
    with pytest.raises(SensorError, match="GPIO22"):
        GpioInput(22, "lgpio", normally="open").start()
    first.stop()

    again = GpioInput(22, "lgpio", normally="open")
    again.start()
    again.stop()


def test_everybody_gets_the_same_one_until_the_last_has_given_it_back() -> None:
    one, other = Lease("lgpio"), Lease("lgpio")

    assert one.take(SensorError) is other.take(SensorError)
    one.give_back()
    one.give_back()
    third = Lease("lgpio")
    assert third.take(SensorError) is other.take(SensorError)
    other.give_back()
    third.give_back()
