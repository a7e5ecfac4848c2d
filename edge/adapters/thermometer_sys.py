"""How warm is the board? Linux says so in files, where the board has a sensor."""

from __future__ import annotations

from pathlib import Path

ZONES = Path("/sys/class/thermal")
"""Kernel documentation, admin-guide/thermal and ABI/testing/sysfs-class-thermal."""


class SysThermometer:
    """Reads the first thermal zone, which is the processor on a Raspberry Pi.

    Args of the constructor:
        zones: the folder of the thermal zones.
    """

    def __init__(self, zones: Path = ZONES) -> None:
        self._zones = zones

    def __call__(self) -> float | None:
        """Degrees Celsius; None where there is no sensor, or what it says cannot be."""
        try:
            thousandths = int((self._zones / "thermal_zone0" / "temp").read_text("ascii"))
        except (OSError, ValueError):
            return None
        celsius = thousandths / 1000
        return celsius if -100 <= celsius <= 200 else None
