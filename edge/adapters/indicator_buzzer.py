"""How does a buzzer on a pin sound a prompt? A thread of its own keeps the beat."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import structlog

from edge.adapters.gpio_pins import Lease, pin_error
from edge.core.signals import Beeps, signal
from edge.errors import IndicatorError
from edge.ports import Prompt

if TYPE_CHECKING:
    from gpiozero import OutputDevice
    from gpiozero.pins import Factory

STOP_S: Final = 2.0
"""Seconds that the thread gets to end."""

_log = structlog.get_logger(__name__)


class BuzzerIndicator:
    """A buzzer that sounds by itself when it gets current.

    Args of the constructor:
        pin: BCM number.
        factory: `rpigpio` or `lgpio`, see `edge.adapters.gpio_pins`; tests pass gpiozero's
            `MockFactory` itself.
        active_high: whether a high pin sounds it.
    """

    def __init__(self, pin: int, factory: str | Factory, *, active_high: bool = True) -> None:
        self._pin = pin
        self._lease = Lease(factory)
        self._active_high = active_high
        self._buzzer: OutputDevice | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._beeps: Beeps | None = None
        self._over = False
        self._failure: IndicatorError | None = None

    def start(self) -> None:
        """Claim the pin, silent. Raises `IndicatorError` where it cannot be had."""
        if self._buzzer is not None:
            raise IndicatorError(f"the buzzer on GPIO{self._pin} was started already")
        factory = self._lease.take(IndicatorError)
        try:
            from gpiozero import OutputDevice  # noqa: PLC0415  # not there without an extra

            self._buzzer = OutputDevice(
                self._pin, active_high=self._active_high, pin_factory=factory
            )
        except Exception as fault:
            self._lease.give_back()
            raise pin_error(IndicatorError, f"the buzzer's pin GPIO{self._pin}", fault) from fault
        self._beeps, self._over, self._failure = None, False, None
        self._thread = threading.Thread(
            target=self._run, args=(self._buzzer,), name="buzzer", daemon=True
        )
        self._thread.start()

    def show(self, prompt: Prompt) -> None:
        """Sound what `prompt` says; a prompt without a sound ends the one before.

        Raises:
            IndicatorError: the pin did not follow.
        """
        with self._changed:
            if self._failure is not None:
                raise self._failure
            self._beeps = signal(prompt).beeps
            self._changed.notify()

    def stop(self) -> None:
        """Silence, and the pin given back."""
        thread, self._thread = self._thread, None
        if thread is not None:
            with self._changed:
                self._over = True
                self._changed.notify()
            thread.join(STOP_S)
            if thread.is_alive():
                _log.error("buzzer_stuck", pin=self._pin)
        buzzer, self._buzzer = self._buzzer, None
        if buzzer is not None:
            buzzer.close()
            self._lease.give_back()

    def _run(self, buzzer: OutputDevice) -> None:
        try:
            while (beeps := self._next()) is not None:
                self._play(buzzer, beeps)
        except Exception as fault:  # noqa: BLE001  # the next prompt tells of it
            with self._changed:
                self._failure = IndicatorError(f"the buzzer on GPIO{self._pin} failed: {fault}")

    def _next(self) -> Beeps | None:
        """Wait for what is to be heard; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._beeps is not None)
            beeps, self._beeps = self._beeps, None
            return None if self._over else beeps

    def _play(self, buzzer: OutputDevice, beeps: Beeps) -> None:
        try:
            while beeps.pattern:
                for place, seconds in enumerate(beeps.pattern):
                    buzzer.value = place % 2 == 0
                    if self._interrupted(seconds):
                        return
                if not beeps.again:
                    return
        finally:
            buzzer.value = False

    def _interrupted(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._over or self._beeps is not None, seconds)
