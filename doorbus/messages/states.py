"""In which states are doors, locks and the brain seen? Plain words, retained."""

from __future__ import annotations

from enum import StrEnum


class Availability(StrEnum):
    """Whether a door or the brain is connected."""

    ONLINE = "online"
    OFFLINE = "offline"


class LockReport(StrEnum):
    """What the actuator itself last did."""

    LOCKED = "LOCKED"
    UNLOCKED = "UNLOCKED"


class ContactReport(StrEnum):
    """Door contact: ON is open, as Home Assistant has it for doors."""

    ON = "ON"
    OFF = "OFF"
