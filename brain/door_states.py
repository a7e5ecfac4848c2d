"""What do doors' states come to: connected, locked, open, well?

They are unsigned, for people and monitors; nothing but figures follows from them.
"""

from __future__ import annotations

from brain.figures import Figures
from doorbus import codec
from doorbus.bus import Wire
from doorbus.topics import CONTACT, DOOR_HEALTH, LOCK_STATE


class DoorStates:
    """Takes doors' states in; on one thread. An empty message is a state that was taken away."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def take_lock(self, wire: Wire) -> None:
        """A message on `door/<door>/lock/state`. Raises `MessageError`."""
        door = LOCK_STATE.level(wire.topic)
        if door is not None and wire.payload:
            self._figures.lock(door, codec.decode(LOCK_STATE, wire))

    def take_contact(self, wire: Wire) -> None:
        """A message on `door/<door>/contact`. Raises `MessageError`."""
        door = CONTACT.level(wire.topic)
        if door is not None and wire.payload:
            self._figures.contact(door, codec.decode(CONTACT, wire))

    def take_health(self, wire: Wire) -> None:
        """A message on `door/<door>/health`. Raises `MessageError`."""
        door = DOOR_HEALTH.level(wire.topic)
        if door is not None and wire.payload:
            self._figures.health(door, codec.decode(DOOR_HEALTH, wire))
