"""What do lamps and buzzer say of a prompt?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.core.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Beeps:
    """What a buzzer does: seconds of sound and silence in turn, beginning with sound.

    Attributes:
        pattern: the seconds; empty is silence.
        again: whether it begins anew at its end, until another prompt comes.
    """

    pattern: tuple[float, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """What is seen and heard.

    Attributes:
        green: come in, or go out.
        red: no.
        white: the door wants something of whoever stands there.
        beeps: what is heard.
    """

    green: bool = False
    red: bool = False
    white: bool = False
    beeps: Beeps = Beeps()


_REFUSED: Final = Signal(red=True, beeps=Beeps((0.1, 0.1, 0.1, 0.1, 0.1)))

_SIGNALS: Final = {
    Prompt.IDLE: Signal(),
    Prompt.ONE_AT_A_TIME: Signal(red=True, white=True),
    Prompt.TOO_DARK: Signal(red=True, white=True),
    Prompt.TOO_BRIGHT: Signal(red=True, white=True),
    Prompt.WELCOME: Signal(green=True, beeps=Beeps((0.4,))),
    Prompt.COME_IN: Signal(green=True),
    Prompt.REFUSED: _REFUSED,
    Prompt.WRONG_DOOR: _REFUSED,
    Prompt.BEGINS_LATER: _REFUSED,
    Prompt.HAS_ENDED: _REFUSED,
    Prompt.USED_UP: _REFUSED,
    Prompt.NO_PASSES_NOW: _REFUSED,
    Prompt.DOES_NOT_COUNT: _REFUSED,
    Prompt.PAUSED: Signal(red=True),
    Prompt.STAYS_SHUT: Signal(red=True),
    Prompt.CLOSE_DOOR: Signal(red=True, beeps=Beeps((0.1, 1.9), again=True)),
    Prompt.LEAVE: Signal(green=True, beeps=Beeps((0.5, 0.5), again=True)),
}

_ASKS: Final = Signal(white=True)
"""Of every other prompt: it asks for something."""


def signal(prompt: Prompt) -> Signal:
    """What lamps and buzzer say of `prompt`."""
    return _SIGNALS.get(prompt, _ASKS)
