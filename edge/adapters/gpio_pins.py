"""Which library reaches the board's pins? The one the configuration names, or an error.

gpiozero's own default tries one library after the other and ends at a pure-Python one; a door
that silently changed its driver could not be trusted, so a factory is always named.

gpiozero keeps the pins of all factories of a process in one place, and closing one factory closes
all of them. So everybody in a process shares one, and the last who gives it back closes it.
"""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal

from edge.errors import EdgeError

if TYPE_CHECKING:
    from gpiozero.pins import Factory

FactoryName = Literal["rpigpio", "lgpio"]

_FACTORIES: Final[dict[str, tuple[str, str, str, str]]] = {
    "rpigpio": ("gpiozero.pins.rpigpio", "RPiGPIOFactory", "RPi.GPIO", "pi"),
    "lgpio": ("gpiozero.pins.lgpio", "LGPIOFactory", "lgpio", "pi5"),
}

_guard: Final = Lock()
_open: Final[dict[str, tuple[Factory, int]]] = {}
"""The factories in use, and by how many."""


class Lease:
    """The use of a pin factory by one adapter.

    Args of the constructor:
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5, or any), shared with everybody else in this
            process; tests pass gpiozero's `MockFactory` itself.
    """

    def __init__(self, factory: str | Factory) -> None:
        self._factory = factory
        self._taken = False

    def take(self, error: type[EdgeError]) -> Factory:
        """The factory.

        Args:
            error: the class to raise, so that the message belongs to whoever wanted the pin.

        Raises:
            EdgeError: an unknown name, a library that is missing, or a board without such pins.
        """
        if not isinstance(self._factory, str):
            return self._factory
        with _guard:
            factory, users = _open.get(self._factory) or (_made(self._factory, error), 0)
            if not self._taken:
                _open[self._factory] = (factory, users + 1)
                self._taken = True
        return factory

    def give_back(self) -> None:
        """Use it no more; the last one who does closes it. Twice is harmless."""
        if not self._taken or not isinstance(self._factory, str):
            return
        self._taken = False
        with _guard:
            factory, users = _open.pop(self._factory)
            if users > 1:
                _open[self._factory] = (factory, users - 1)
            else:
                factory.close()


def _made(name: str, error: type[EdgeError]) -> Factory:
    if name not in _FACTORIES:
        raise error(f"pin factory {name!r} is not known; use {' or '.join(_FACTORIES)}")
    module, factory, library, extra = _FACTORIES[name]
    try:
        return getattr(import_module(module), factory)()
    except ImportError as missing:
        raise error(
            f"pin factory {name!r} needs gpiozero and {library} ({missing}); "
            f"install them with: pip install doorward[{extra}]"
        ) from missing
    except Exception as fault:
        raise error(
            f"pin factory {name!r} cannot reach this board's pins ({_said(fault)}); it needs a "
            "Raspberry Pi, a user in the group gpio, and rpigpio does not run on a Pi 5 (use lgpio)"
        ) from fault


def pin_error(error: type[EdgeError], what: str, fault: Exception) -> EdgeError:
    """The error for a pin that cannot be had: which one, why, and what to do."""
    return error(
        f"{what} cannot be used ({_said(fault)}); pins are BCM numbers 2 to 27, each for one "
        "purpose, and no other program may hold it"
    )


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"
