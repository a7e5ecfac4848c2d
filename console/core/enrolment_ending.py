"""Why was an enrolment or a photo refused, as codes that advice can be given for?

The brain says it in a sentence, for whoever reads its log as well; what is not known here is shown
as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Flaw(StrEnum):
    """What is wrong with a picture."""

    TOO_DARK = "too dark"
    TOO_FAR = "too far away"
    BLURRED = "blurred"
    UNREADABLE = "no readable picture"
    NO_FACE = "without a face"
    SEVERAL_FACES = "with several faces"
    LOW_QUALITY = "of low quality"


class Ending(StrEnum):
    """Why there are no templates."""

    FEW_USABLE = "few_usable"
    EXPIRED = "expired"
    SEVERAL_PEOPLE = "several_people"
    FROZEN = "frozen"
    UNUSABLE = "unusable"
    FAILED = "failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refused:
    """What a refusal says.

    Attributes:
        ending: see there.
        usable, frames: how many of how many could be used, where that was why.
        flaws: what was wrong with the others, the most frequent first.
    """

    ending: Ending
    usable: int = 0
    frames: int = 0
    flaws: tuple[tuple[Flaw, int], ...] = ()


_FEW: Final = re.compile(r"only (\d+) of (\d+) frames are usable: (.*)")
_PART: Final = re.compile(rf"(\d+) ({'|'.join(map(re.escape, Flaw))})")
_BEGINNINGS: Final[Mapping[str, Ending]] = {
    "expired": Ending.EXPIRED,
    "the frames show more than one person": Ending.SEVERAL_PEOPLE,
    "the frames are one picture again and again": Ending.FROZEN,
    "training failed": Ending.FAILED,
}
_STAYED: Final = re.compile(r"\d+ frames stayed unusable")


def refused(reason: str) -> Refused:
    """What the reason of a refused enrolment says."""
    few = _FEW.match(reason)
    if few is not None:
        flaws = tuple((Flaw(what), int(count)) for count, what in _PART.findall(few[3]))
        return Refused(Ending.FEW_USABLE, int(few[1]), int(few[2]), flaws)
    if _STAYED.match(reason):
        return Refused(Ending.UNUSABLE)
    for beginning, ending in _BEGINNINGS.items():
        if reason.startswith(beginning):
            return Refused(ending)
    return Refused(Ending.OTHER)


def flaw(reason: str) -> Flaw | None:
    """What is wrong with a photo; None where the brain said something else."""
    try:
        return Flaw(reason)
    except ValueError:
        return None
