"""Does a sensor on a GPIO pin see somebody? A passive infrared or radar module, or a mat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.adapters.gpio_pins import Lease, pin_error
from edge.errors import SensorError

if TYPE_CHECKING:
    from gpiozero import InputDevice
    from gpiozero.pins import Factory

    from edge.ports import Frame


class GpioPresence:
    """A sensor that drives its pin while somebody is there.

    The pin is looked at, not listened to: RPi.GPIO's edge detection needs the kernel's old sysfs
    interface, which newer kernels number differently. So the sensor must drive its pin for longer
    than the time between two looks; infrared and radar modules do so for 0.3 s and more.

    Args of the constructor:
        pin: BCM number.
        factory: `rpigpio` or `lgpio`, see `edge.adapters.gpio_pins`; tests pass gpiozero's
            `MockFactory` itself.
        active_high: whether a high pin means somebody. The pull resistor is set the other way, so
            that a broken wire means nobody.
    """

    needs_frames = False

    def __init__(self, pin: int, factory: str | Factory, *, active_high: bool = True) -> None:
        self._pin = pin
        self._lease = Lease(factory)
        self._active_high = active_high
        self._sensor: InputDevice | None = None

    def start(self) -> None:
        """Claim the pin.

        Raises:
            SensorError: a missing library, no Pi, or a pin that cannot be had.
        """
        if self._sensor is not None:
            raise SensorError(f"the sensor on GPIO{self._pin} was started already")
        factory = self._lease.take(SensorError)
        try:
            from gpiozero import InputDevice  # noqa: PLC0415  # not there without an extra

            self._sensor = InputDevice(
                self._pin, pull_up=not self._active_high, pin_factory=factory
            )
        except Exception as fault:
            self._lease.give_back()
            raise pin_error(SensorError, f"the sensor's pin GPIO{self._pin}", fault) from fault

    def present(self, frame: Frame | None) -> bool:  # noqa: ARG002  # the port's signature
        """True while the pin is driven."""
        if self._sensor is None:
            raise SensorError(f"the sensor on GPIO{self._pin} has not been started")
        return bool(self._sensor.is_active)

    def stop(self) -> None:
        """Give the pin back."""
        if self._sensor is None:
            return
        sensor, self._sensor = self._sensor, None
        sensor.close()
        self._lease.give_back()
