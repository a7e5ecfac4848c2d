"""Which pins does a door use, and does it use one twice?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.device_settings import (
    AlwaysPresence,
    GpioLock,
    GpioPresence,
    MotionPresence,
    SimulatedLock,
)
from edge.indicator_settings import (
    BuzzerSettings,
    DisplaySettings,
    IndicatorChoice,
    LampSettings,
)
from edge.sense_settings import GpioContact, GpioExit, GpioFire, GpioTamper, WireSettings

I2C_PINS = (2, 3)
"""Where the I2C bus 1 of a Raspberry Pi is."""


def in_use(
    lock: SimulatedLock | GpioLock,
    presence: MotionPresence | GpioPresence | AlwaysPresence,
    wires: Mapping[str, WireSettings | None],
    indicators: Iterable[IndicatorChoice],
) -> list[tuple[str, int]]:
    """Each pin with the key that names it, as often as one does."""
    pins: list[tuple[str, int]] = []
    if isinstance(lock, GpioLock):
        pins.append(("lock.pin", lock.pin))
    if isinstance(presence, GpioPresence):
        pins.append(("presence.pin", presence.pin))
    for name, wire in wires.items():
        if isinstance(wire, GpioContact | GpioExit | GpioTamper | GpioFire):
            pins.append((f"{name}.pin", wire.pin))
    for place, indicator in enumerate(indicators):
        key = f"indicator.{place}"
        match indicator:
            case LampSettings():
                pins += [(f"{key}.{lamp}", pin) for lamp, pin in indicator.pins.items()]
            case BuzzerSettings():
                pins.append((f"{key}.pin", indicator.pin))
            case DisplaySettings(bus=1):
                pins += [(f"{key}.bus", pin) for pin in I2C_PINS]
    return pins


def clash(pins: Iterable[tuple[str, int]]) -> str | None:
    """What is wrong where two parts share a pin; None where none do."""
    users: dict[int, list[str]] = {}
    for key, pin in pins:
        users.setdefault(pin, []).append(key)
    shared = [
        f"{' and '.join(keys)} are both {pin}; wire them to two pins"
        for pin, keys in users.items()
        if len(keys) > 1
    ]
    return "; ".join(shared) or None
