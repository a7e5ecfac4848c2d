"""What does a door need of a card or PIN reader, and of whatever reads a pass before its camera?

Adapters in `edge.adapters` implement these; `edge.__main__` alone chooses among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from doorbus.messages import SecondFactor
from edge.ports import Image


class CodeReader(Protocol):
    """A keypad, or a card reader, or both in one."""

    @property
    def simulated(self) -> bool:
        """True where no device is read: refused beside a real lock."""
        ...

    def problem(self) -> str | None:
        """What is wrong with the device now, and what to do; None where it can be read."""
        ...

    def start(self, on_code: Callable[[SecondFactor], None]) -> None:
        """Begin to listen; `on_code` hears of each card and PIN, from a thread.

        What is no card and no PIN is dropped. A device that is not there is waited for, and one
        that goes comes back by itself. Digits are never logged.

        Raises `edge.errors.SensorError` where it can never work, and says what to do.
        """
        ...

    def stop(self) -> None:
        """Give the device back. Twice is harmless."""
        ...


class PassReader(Protocol):
    """Looks for a visitor's pass in pictures, beside everything else that a door does."""

    def start(self) -> None:
        """Begin. Raises `edge.errors.SensorError`."""
        ...

    def show(self, image: Image) -> None:
        """Have a picture (BGR, uint8) looked at, unless one is being looked at; never waits."""
        ...

    def take(self) -> str | None:
        """The text of a pass that was seen since the last question; None where there was none."""
        ...

    def stop(self) -> None:
        """End. Twice is harmless."""
        ...
