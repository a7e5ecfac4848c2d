"""How do lamps on pins show a prompt? Green, red and white, as far as there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edge.adapters.gpio_pins import Lease, pin_error
from edge.core.signals import signal
from edge.errors import EdgeError, IndicatorError
from edge.ports import Prompt

if TYPE_CHECKING:
    from gpiozero import OutputDevice
    from gpiozero.pins import Factory


class LampIndicator:
    """Lamps on pins.

    Args of the constructor:
        pins: BCM numbers of those there are, by `green`, `red` and `white`.
        factory: `rpigpio` or `lgpio`, see `edge.adapters.gpio_pins`; tests pass gpiozero's
            `MockFactory` itself.
        active_high: whether a high pin lights them.
    """

    def __init__(
        self, pins: Mapping[str, int], factory: str | Factory, *, active_high: bool = True
    ) -> None:
        self._pins = dict(pins)
        self._lease = Lease(factory)
        self._active_high = active_high
        self._lamps: dict[str, OutputDevice] = {}

    def start(self) -> None:
        """Claim the pins, dark. Raises `IndicatorError` where one cannot be had."""
        if self._lamps:
            raise IndicatorError("the lamps were started already")
        factory = self._lease.take(IndicatorError)
        try:
            from gpiozero import OutputDevice  # noqa: PLC0415  # not there without an extra

            for lamp, pin in self._pins.items():
                self._lamps[lamp] = OutputDevice(
                    pin, active_high=self._active_high, pin_factory=factory
                )
        except Exception as fault:
            self.stop()
            what = " or ".join(f"GPIO{pin}" for pin in self._pins.values())
            raise pin_error(IndicatorError, f"a lamp's pin {what}", fault) from fault

    def show(self, prompt: Prompt) -> None:
        """Light what `prompt` says. Raises `IndicatorError` if a pin does not follow."""
        said = signal(prompt)
        lit = {"green": said.green, "red": said.red, "white": said.white}
        for lamp, device in self._lamps.items():
            try:
                device.value = lit[lamp]
            except Exception as fault:
                raise _failed(lamp, self._pins[lamp], fault) from fault

    def stop(self) -> None:
        """All dark, and the pins given back."""
        lamps, self._lamps = self._lamps, {}
        for device in lamps.values():
            device.close()
        self._lease.give_back()


def _failed(lamp: str, pin: int, fault: Exception) -> EdgeError:
    return pin_error(IndicatorError, f"the {lamp} lamp's pin GPIO{pin}", fault)
