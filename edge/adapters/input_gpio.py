"""Is a contact on a GPIO pin open or closed? A reed contact, a button, a switch, a relay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from edge.adapters.gpio_pins import Lease, pin_error
from edge.errors import SensorError

if TYPE_CHECKING:
    from gpiozero import InputDevice
    from gpiozero.pins import Factory


class GpioInput:
    """A contact between a pin and ground (pull up), or between a pin and 3.3 V (pull down).

    Args of the constructor:
        pin: BCM number.
        factory: `rpigpio` or `lgpio`, see `edge.adapters.gpio_pins`; tests pass gpiozero's
            `MockFactory` itself.
        normally: how the contact is while nothing happens. `closed`: a cut wire counts as active.
        pull: the resistor of the pin, `up` or `down`.
    """

    simulated = False

    def __init__(
        self,
        pin: int,
        factory: str | Factory,
        *,
        normally: Literal["closed", "open"],
        pull: Literal["up", "down"] = "up",
    ) -> None:
        self._pin = pin
        self._lease = Lease(factory)
        self._normally = normally
        self._pull = pull
        self._device: InputDevice | None = None

    @property
    def closed_loop(self) -> bool:
        """Whether it is closed while nothing happens."""
        return self._normally == "closed"

    def start(self) -> None:
        """Claim the pin.

        Raises:
            SensorError: a missing library, no Pi, or a pin that cannot be had.
        """
        if self._device is not None:
            raise SensorError(f"the input on GPIO{self._pin} was started already")
        factory = self._lease.take(SensorError)
        try:
            from gpiozero import InputDevice  # noqa: PLC0415  # not there without an extra

            # With the pull as its active state: active means that current flows.
            self._device = InputDevice(self._pin, pull_up=self._pull == "up", pin_factory=factory)
        except Exception as fault:
            self._lease.give_back()
            raise pin_error(SensorError, f"the input GPIO{self._pin}", fault) from fault

    def active(self) -> bool:
        """Whether the contact is otherwise than it normally is.

        Raises:
            SensorError: it has not been started, or the library cannot read the pin.
        """
        if self._device is None:
            raise SensorError(f"the input on GPIO{self._pin} has not been started")
        try:
            closed = bool(self._device.is_active)
        except Exception as fault:
            raise pin_error(SensorError, f"the input GPIO{self._pin}", fault) from fault
        return closed is not self.closed_loop

    def stop(self) -> None:
        """Give the pin back."""
        if self._device is None:
            return
        device, self._device = self._device, None
        device.close()
        self._lease.give_back()
