"""Who stands before the door of a demo that goes on? Each for a while, or whom somebody names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from demo.stage import EMPTY
from demo.story import NEIGHBOUR, RESIDENT, STRANGER


@dataclass(frozen=True, slots=True)
class Turn:
    """A while at the door.

    Attributes:
        who: for people to read.
        scene: what the camera sees.
        seconds: how long, where one follows the other.
    """

    who: str
    scene: Mapping[str, Any]
    seconds: float


NOBODY = Turn("nobody", EMPTY, 20)
TURNS: Mapping[str, Turn] = {
    "resident": Turn(
        f"{RESIDENT.name}, who may come in",
        {"kind": "animated", "portrait": RESIDENT.visits_as},
        20,
    ),
    "stranger": Turn(
        "a stranger, whom nobody enrolled", {"kind": "animated", "portrait": STRANGER}, 20
    ),
    "photo": Turn(
        f"a photo of {RESIDENT.name}, held up",
        {"kind": "still", "portrait": RESIDENT.visits_as},
        25,
    ),
    "neighbour": Turn(
        f"{NEIGHBOUR.name}, who may come in too",
        {"kind": "animated", "portrait": NEIGHBOUR.visits_as},
        20,
    ),
    "nobody": NOBODY,
}
"""By the word that people type."""

ENROLLED = TURNS["stranger"]
"""Who steps up when somebody opens an enrolment at the door."""

ROUND = ("resident", "nobody", "stranger", "nobody", "neighbour", "nobody", "photo", "nobody")


def in_turn() -> Iterator[Turn]:
    """One after the other, for ever; slowly, so that each visit can be looked at."""
    return (TURNS[word] for word in cycle(ROUND))
