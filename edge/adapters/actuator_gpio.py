"""How is a relay on a GPIO pin moved? Through gpiozero; energised means open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.adapters.gpio_pins import open_factory, pin_error
from edge.errors import LockError

if TYPE_CHECKING:
    from gpiozero import OutputDevice
    from gpiozero.pins import Factory


class GpioActuator:
    """A relay that draws the bolt while it is energised.

    Args of the constructor:
        pin: BCM number.
        factory: `rpigpio` or `lgpio`, see `edge.adapters.gpio_pins`; tests pass gpiozero's
            `MockFactory` itself.
        active_high: whether a high pin energises the relay; many relay boards want low.
    """

    simulated = False

    def __init__(self, pin: int, factory: str | Factory, *, active_high: bool = True) -> None:
        self._pin = pin
        self._factory = factory
        self._active_high = active_high
        self._relay: OutputDevice | None = None
        self._opened: Factory | None = None

    def start(self) -> None:
        """Claim the pin; it becomes an output that is already at its closed level.

        Raises:
            LockError: a missing library, no Pi, or a pin that cannot be had.
        """
        if self._relay is not None:
            raise LockError(f"the lock on GPIO{self._pin} was started already")
        factory = self._factory
        if isinstance(factory, str):
            factory = self._opened = open_factory(factory, LockError)
        try:
            from gpiozero import OutputDevice  # noqa: PLC0415  # not there without an extra

            self._relay = OutputDevice(
                self._pin, active_high=self._active_high, initial_value=False, pin_factory=factory
            )
        except Exception as fault:
            self._give_back()
            raise pin_error(LockError, f"the lock's pin GPIO{self._pin}", fault) from fault

    def open(self) -> None:
        """Energise the relay. Raises `LockError` if the pin does not follow."""
        self._set(energised=True)

    def close(self) -> None:
        """Let the relay go. Raises `LockError` if the pin does not follow."""
        self._set(energised=False)

    def stop(self) -> None:
        """Close, then give the pin back; as an input it leaves the relay to its own pull."""
        if self._relay is None:
            return
        try:
            self.close()
        finally:
            relay, self._relay = self._relay, None
            relay.close()
            self._give_back()

    def _set(self, *, energised: bool) -> None:
        if self._relay is None:
            raise LockError(f"the lock on GPIO{self._pin} has not been started")
        if energised:
            self._relay.on()
        else:
            self._relay.off()
        if bool(self._relay.value) is not energised:
            raise LockError(
                f"GPIO{self._pin} reads {'closed' if energised else 'open'} after it was told "
                "otherwise; look for a short circuit or another program on this pin"
            )

    def _give_back(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None
