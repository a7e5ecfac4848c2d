"""A sensor on a pin, through the real adapter on gpiozero's mock pins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from edge.adapters.presence_gpio import GpioPresence
from edge.errors import SensorError

PIN = 4


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


@pytest.fixture
def pin(factory: MockFactory) -> MockPin:
    return factory.pin(PIN)


@pytest.fixture
def sensor(factory: MockFactory) -> Iterator[GpioPresence]:
    sensor = GpioPresence(PIN, factory)
    sensor.start()
    yield sensor
    sensor.stop()


def test_it_needs_no_frames(sensor: GpioPresence) -> None:
    assert not sensor.needs_frames


def test_nobody_is_there_at_first(sensor: GpioPresence) -> None:
    assert not sensor.present(None)


def test_somebody_is_there_while_the_pin_is_driven(sensor: GpioPresence, pin: MockPin) -> None:
    pin.drive_high()
    assert sensor.present(None)
    assert sensor.present(None)

    pin.drive_low()
    assert not sensor.present(None)


def test_an_active_low_sensor_is_pulled_up_and_read_the_other_way(
    factory: MockFactory, pin: MockPin
) -> None:
    sensor = GpioPresence(PIN, factory, active_high=False)
    sensor.start()
    assert pin.pull == "up"
    assert not sensor.present(None)

    pin.drive_low()

    assert sensor.present(None)
    sensor.stop()


def test_a_broken_wire_means_nobody(sensor: GpioPresence, pin: MockPin) -> None:
    assert pin.pull == "down"
    assert not sensor.present(None)


def test_stop_twice_is_harmless_and_frees_the_pin(
    sensor: GpioPresence, factory: MockFactory
) -> None:
    sensor.stop()
    sensor.stop()

    other = GpioPresence(PIN, factory)
    other.start()
    other.stop()


def test_it_can_be_started_again_after_stop(sensor: GpioPresence, pin: MockPin) -> None:
    sensor.stop()
    sensor.start()

    pin.drive_high()

    assert sensor.present(None)


def test_it_asks_for_no_edge_detection(sensor: GpioPresence, pin: MockPin) -> None:  # noqa: ARG001
    assert pin.when_changed is None


def test_reading_before_start_is_an_error(factory: MockFactory) -> None:
    with pytest.raises(SensorError, match="not been started"):
        GpioPresence(PIN, factory).present(None)


def test_a_pin_in_use_is_an_error_that_names_it(
    sensor: GpioPresence,  # noqa: ARG001  # holds the pin
    factory: MockFactory,
) -> None:
    with pytest.raises(SensorError, match="GPIO4"):
        GpioPresence(PIN, factory).start()


def test_an_unknown_factory_is_an_error_of_the_sensor() -> None:
    with pytest.raises(SensorError, match="rpigpio or lgpio"):
        GpioPresence(PIN, "native").start()
