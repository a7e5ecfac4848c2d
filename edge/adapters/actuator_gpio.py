"""How is a relay on a GPIO pin moved? Through gpiozero; the wiring says what energised means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.adapters.gpio_pins import Lease, pin_error
from edge.errors import LockError

if TYPE_CHECKING:
    from gpiozero import OutputDevice
    from gpiozero.pins import Factory


class GpioActuator:
    """A relay that draws the bolt, or with a fail-safe wiring keeps it, while it is energised.

    Args of the constructor:
        pin: BCM number.
        factory: `rpigpio` or `lgpio`, see `edge.adapters.gpio_pins`; tests pass gpiozero's
            `MockFactory` itself.
        active_high: whether a high pin energises the relay; many relay boards want low.
        rests_open: fail-safe wiring: energised keeps the door shut, and at rest it is open.
    """

    simulated = False

    def __init__(
        self,
        pin: int,
        factory: str | Factory,
        *,
        active_high: bool = True,
        rests_open: bool = False,
    ) -> None:
        self._pin = pin
        self._lease = Lease(factory)
        self._active_high = active_high
        self._rests_open = rests_open
        self._relay: OutputDevice | None = None

    def start(self) -> None:
        """Claim the pin; it becomes an output that is already at its closed level.

        Raises:
            LockError: a missing library, no Pi, or a pin that cannot be had.
        """
        if self._relay is not None:
            raise LockError(f"the lock on GPIO{self._pin} was started already")
        factory = self._lease.take(LockError)
        try:
            from gpiozero import OutputDevice  # noqa: PLC0415  # not there without an extra

            self._relay = OutputDevice(
                self._pin,
                active_high=self._active_high,
                initial_value=self._rests_open,
                pin_factory=factory,
            )
        except Exception as fault:
            self._lease.give_back()
            raise pin_error(LockError, f"the lock's pin GPIO{self._pin}", fault) from fault

    def open(self) -> None:
        """Let people through. Raises `LockError` if the pin does not follow."""
        self._set(energised=not self._rests_open)

    def close(self) -> None:
        """Bolt. Raises `LockError` if the pin does not follow."""
        self._set(energised=self._rests_open)

    def stop(self) -> None:
        """Let the relay rest, then give the pin back; as an input it leaves it to its own pull."""
        if self._relay is None:
            return
        try:
            self._set(energised=False)
        finally:
            relay, self._relay = self._relay, None
            relay.close()
            self._lease.give_back()

    def _set(self, *, energised: bool) -> None:
        if self._relay is None:
            raise LockError(f"the lock on GPIO{self._pin} has not been started")
        if energised:
            self._relay.on()
        else:
            self._relay.off()
        if bool(self._relay.value) is not energised:
            raise LockError(
                f"GPIO{self._pin} reads {'at rest' if energised else 'energised'} after it was "
                "told otherwise; look for a short circuit or another program on this pin"
            )
