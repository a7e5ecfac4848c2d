"""What if one person shows life and another one's face is sent? Two clips, spliced near a blink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.attacks.eye_region import EyeLine, placed
from edge.attacks.source import Source
from edge.ports import Image

BEFORE_S = 2.0
"""Seconds of the first person, at most, before the blink."""

AFTER_S = 3.0
"""Seconds of the second person."""

FADE = 6
"""Frames of a cross-fade."""

PLAIN = 1 / 3
"""Share of a person in a faded frame from which they count as being in it."""


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
        shares: how much of the second person is in each frame, 0 to 1.
        moment: when they change.
        manner: how.
    """

    fps: float
    images: Sequence[Image]
    shares: Sequence[float]
    moment: Moment
    manner: Manner

    def shows(self, indices: Sequence[int]) -> frozenset[int]:
        """Who can be made out in these frames: 1, 2 or both."""
        found = set()
        for index in indices:
            if self.shares[index] <= 1 - PLAIN:
                found.add(1)
            if self.shares[index] >= PLAIN:
                found.add(2)
        return frozenset(found)


def spliced(
    first: Source, second: Source, moment: Moment, manner: Manner, rng: np.random.Generator
) -> Splice:
    """Let `second` take over from `first` near one of the first's blinks.

    In place means that the second one's eyes appear where the first one's were, which is the
    hardest to notice; where the first never blinks, any moment will do.

    Args:
        first: whose life is shown.
        second: whose face follows.
        moment: when they change.
        manner: how.
        rng: which blink, when exactly, and from where the second plays.
    """
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
    shares: list[float] = []
    if manner is Manner.FADED:
        later = first.images[cut : cut + FADE]
        for step, (one, other) in enumerate(zip(later, behind, strict=False), start=1):
            share = step / (len(later) + 1)
            shares.append(share)
            mixed.append(np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8))
        behind = behind[len(mixed) :]
    return Splice(
        fps=first.fps,
        images=[*ahead, *mixed, *behind],
        shares=[*[0.0] * len(ahead), *shares, *[1.0] * len(behind)],
        moment=moment,
        manner=manner,
    )


def _fitted(image: Image, size: tuple[int, int], place: NDArray[np.float64] | None) -> Image:
    if place is None:
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    moved = cv2.warpAffine(
        image, place, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8)
