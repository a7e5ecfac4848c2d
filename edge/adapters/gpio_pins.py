"""Which library reaches the board's pins? The one the configuration names, or an error.

gpiozero's own default tries one library after the other and ends at a pure-Python one; a door
that silently changed its driver could not be trusted, so a factory is always named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

from edge.errors import EdgeError, LockError, SensorError

if TYPE_CHECKING:
    from gpiozero.pins import Factory

FactoryName = Literal["rpigpio", "lgpio"]

_FACTORIES: Final[dict[str, tuple[str, str, str, str]]] = {
    "rpigpio": ("gpiozero.pins.rpigpio", "RPiGPIOFactory", "RPi.GPIO", "pi"),
    "lgpio": ("gpiozero.pins.lgpio", "LGPIOFactory", "lgpio", "pi5"),
}


def open_factory(name: str, error: type[LockError | SensorError]) -> Factory:
    """The pin factory of gpiozero by name: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5, or any).

    Args:
        name: the factory.
        error: the class to raise, so that the message belongs to the device that wanted the pin.

    Raises:
        EdgeError: an unknown name, a library that is missing, or a board without such pins.
    """
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


def pin_error(error: type[LockError | SensorError], what: str, fault: Exception) -> EdgeError:
    """The error for a pin that cannot be had: which one, why, and what to do."""
    return error(
        f"{what} cannot be used ({_said(fault)}); pins are BCM numbers 2 to 27, each for one "
        "purpose, and no other program may hold it"
    )


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"
