"""What if one person shows life and another one's face is sent? Two clips, spliced near a blink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.attacks.eye_region import EyeLine, placed
from edge.attacks.source import Source
from edge.ports import Image

T = TypeVar("T")

BEFORE_S = 2.0
"""Seconds of the first person, at most, before the blink."""

AFTER_S = 3.0
"""Seconds of the second person."""

FADE = 6
"""Frames of a cross-fade."""


class Moment(Enum):
    """When the persons change, seen from a blink of the first."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "just after"


class Manner(Enum):
    """How they change."""

    AS_IT_IS = "as it is"
    IN_PLACE = "in place"
    FADED = "faded"


_WINDOWS_S = {Moment.BEFORE: (-0.6, -0.1), Moment.DURING: (-0.1, 0.1), Moment.AFTER: (0.1, 0.8)}
"""Least and most seconds from the least eye opening to the change."""


@dataclass(frozen=True, eq=False)
class Splice:
    """A clip of two people.

    Attributes:
        fps: frames a second, the first clip's.
        images: BGR, uint8, all of the first clip's shape.
        first_of_second: index of the first frame that shows the second person at all.
        last_of_first: index of the last frame that shows the first one at all.
        moment: when they change.
        manner: how.
    """

    fps: float
    images: Sequence[Image]
    first_of_second: int
    last_of_first: int
    moment: Moment
    manner: Manner

    def shows(self, indices: Sequence[int]) -> frozenset[int]:
        """Who is in these frames: 1, 2 or both; a faded one is both."""
        found = set()
        for index in indices:
            if index <= self.last_of_first:
                found.add(1)
            if index >= self.first_of_second:
                found.add(2)
        return frozenset(found)


def spliced(first: Source, second: Source, rng: np.random.Generator) -> Splice:
    """Let `second` take over from `first` near one of the first's blinks.

    In place means that the second one's eyes appear where the first one's were, which is the
    hardest to notice; where the first never blinks, any moment will do.

    Args:
        first: whose life is shown.
        second: whose face follows.
        rng: which blink, when, how, and from where the second plays.
    """
    moment = _one_of(tuple(Moment), rng)
    manner = _one_of(tuple(Manner), rng)
    blink = int(rng.choice(first.shut or first.seen))
    off = round(float(rng.uniform(*_WINDOWS_S[moment])) * first.fps)
    cut = min(max(1, blink + off), len(first.images) - 1)
    begin = max(0, min(cut - 1, blink - round(BEFORE_S * first.fps)))
    ahead = list(first.images[begin:cut])
    start = int(rng.choice(second.seen))
    turns = list(second.played(round(AFTER_S * first.fps), start))
    place = None
    if manner is not Manner.AS_IT_IS:
        place = placed(EyeLine.of(second.face(start)), EyeLine.of(first.face(cut)))
    behind = [_fitted(second.images[index], first.size, place) for index in turns]
    mixed: list[Image] = []
    if manner is Manner.FADED:
        later = first.images[cut : cut + FADE]
        for step, (one, other) in enumerate(zip(later, behind, strict=False), start=1):
            share = step / (len(later) + 1)
            mixed.append(np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8))
        behind = behind[len(mixed) :]
    return Splice(
        fps=first.fps,
        images=[*ahead, *mixed, *behind],
        first_of_second=len(ahead),
        last_of_first=len(ahead) + len(mixed) - 1,
        moment=moment,
        manner=manner,
    )


def _one_of(options: Sequence[T], rng: np.random.Generator) -> T:
    return options[int(rng.integers(len(options)))]


def _fitted(image: Image, size: tuple[int, int], place: NDArray[np.float64] | None) -> Image:
    if place is None:
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    moved = cv2.warpAffine(
        image, place, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8)
