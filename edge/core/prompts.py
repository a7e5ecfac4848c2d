"""What is the person at the door told?"""

from __future__ import annotations

from enum import Enum


class Prompt(Enum):
    """What the person at the door is told. Never a score, never a name."""

    IDLE = "idle"
    LOOK_HERE = "look here"
    COME_CLOSER = "come closer"
    ONE_AT_A_TIME = "one at a time"
    TOO_DARK = "too dark"
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
