"""What can a door show to whoever stands before it?"""

from __future__ import annotations

from enum import StrEnum


class DoorPrompt(StrEnum):
    """What a person at a door is shown, for machines; the door has its own words for each."""

    IDLE = "idle"
    LOOK_HERE = "look_here"
    COME_CLOSER = "come_closer"
    ONE_AT_A_TIME = "one_at_a_time"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLINK = "blink"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    TURN_LEFT_AGAIN = "turn_left_again"
    TURN_RIGHT_AGAIN = "turn_right_again"
    WAIT = "wait"
    WELCOME = "welcome"
    REFUSED = "refused"
    PAUSED = "paused"
    HOLD_STILL = "hold_still"
    COME_IN = "come_in"
    CLOSE_DOOR = "close_door"
    STAYS_SHUT = "stays_shut"
    LEAVE = "leave"
    SHOW_CARD = "show_card"
    ENTER_PIN = "enter_pin"
    WRONG_DOOR = "wrong_door"
    BEGINS_LATER = "begins_later"
    HAS_ENDED = "has_ended"
    USED_UP = "used_up"
    NO_PASSES_NOW = "no_passes_now"
    DOES_NOT_COUNT = "does_not_count"
