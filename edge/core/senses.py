"""What does a door feel beside what it sees? Four wires, each with a meaning of its own."""

from __future__ import annotations

from enum import Enum


class Sense(Enum):
    """One input; active means the unusual: open, pressed, broken into, burning."""

    CONTACT = "contact"
    EXIT = "exit"
    TAMPER = "tamper"
    FIRE = "fire"
