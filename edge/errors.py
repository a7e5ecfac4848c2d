"""What can go wrong at the door's own devices; each message says what to do next."""

from doorbus.errors import DoorwardError


class EdgeError(DoorwardError):
    """Anything that keeps a door from working."""


class CameraError(EdgeError):
    """The camera cannot be opened, or went away."""


class SensorError(EdgeError):
    """The presence sensor, or another of the door's wires, cannot be used."""


class IndicatorError(EdgeError):
    """What shows prompts cannot be used."""


class LockError(EdgeError):
    """The lock cannot be driven."""


class StateError(EdgeError):
    """What the door must remember cannot be kept."""


class AttackError(EdgeError):
    """An attack cannot be made or played."""


class SealError(EdgeError):
    """What was sealed for this door's disk does not open."""
