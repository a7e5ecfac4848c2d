"""What is the person at the door told?"""

from __future__ import annotations

from enum import Enum

from doorbus.messages import DoorPrompt
from edge.core.gate import Mode


class Prompt(Enum):
    """What the person at the door is told. Never a score, never a name."""

    IDLE = "idle"
    LOOK_HERE = "look here"
    COME_CLOSER = "come closer"
    ONE_AT_A_TIME = "one at a time"
    TOO_DARK = "too dark"
    TOO_BRIGHT = "too bright"
    BLINK = "blink"
    TURN_LEFT = "turn your head to your left, and back"
    TURN_RIGHT = "turn your head to your right, and back"
    TURN_LEFT_AGAIN = "once more to your left, and back"
    TURN_RIGHT_AGAIN = "once more to your right, and back"
    WAIT = "wait"
    WELCOME = "welcome"
    REFUSED = "refused"
    PAUSED = "try again later"
    HOLD_STILL = "enrolling: look here, turn your head a little"
    COME_IN = "open, come in"
    CLOSE_DOOR = "please close the door"
    STAYS_SHUT = "this door stays shut"
    LEAVE = "leave the building here"
    SHOW_CARD = "hold your card to the reader"
    ENTER_PIN = "enter your PIN"
    WRONG_DOOR = "this pass is for another door"
    BEGINS_LATER = "this pass begins later"
    HAS_ENDED = "this pass has ended"
    USED_UP = "this pass has been used"
    NO_PASSES_NOW = "passes do not count now"
    DOES_NOT_COUNT = "this pass does not count"

    @property
    def code(self) -> DoorPrompt:
        """As events have it."""
        return DoorPrompt[self.name]


_QUIET = frozenset({Prompt.IDLE, Prompt.LOOK_HERE})
"""Prompts that ask nothing of anybody in particular."""


def shown(prompt: Prompt, mode: Mode, *, held_open: bool) -> Prompt:
    """What is shown where a visit calls for `prompt`: what holds for all comes first.

    Args:
        prompt: what the visit calls for.
        mode: what the door is doing as a whole.
        held_open: the door stands open for too long.
    """
    if mode in {Mode.FIRE, Mode.EVACUATION}:
        return Prompt.LEAVE
    if mode is Mode.LOCK_DOWN:
        return Prompt.STAYS_SHUT
    if prompt in _QUIET and held_open:
        return Prompt.CLOSE_DOOR
    if prompt in _QUIET and mode is Mode.OFFICE:
        return Prompt.COME_IN
    return prompt
