"""Who is enrolled from what, and who knocks?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.recognition.pictures import Pictures, Session

LFW_PHOTOS = 3
"""Photos of one person that are enrolled."""


@dataclass(frozen=True, slots=True)
class Split:
    """One gallery and its visitors.

    Attributes:
        enrolled: pictures of each resident.
        mates: visits of residents.
        who: which resident each of these is.
        strangers: visits of people who are not enrolled.
    """

    enrolled: tuple[Session, ...]
    mates: tuple[Session, ...]
    who: tuple[int, ...]
    strangers: tuple[Session, ...]


def shared(pictures: Pictures) -> Split:
    """The one split that everybody can repeat without drawing lots.

    YouTube Faces: every second person is enrolled from the first video. LFW: everybody with several
    photos is enrolled from the first three.
    """
    names = sorted(pictures.people)
    if pictures.name == "ytf":
        chosen: dict[str, tuple[int, ...]] = dict.fromkeys(names[::2], (0,))
    else:
        chosen = dict.fromkeys(names, tuple(range(LFW_PHOTOS)))
    return _split(pictures, chosen, pictures.strangers)


def resampled(pictures: Pictures, draw: int, size: int | None = None) -> Split:
    """A gallery drawn by lot; the same number draws the same gallery.

    YouTube Faces: half of the people, each enrolled from one video of theirs. LFW: everybody with
    several photos, each enrolled from three of theirs; the strangers are always the same, since
    there is but one set of them.

    Args:
        pictures: the set.
        draw: number of the lot.
        size: how many people to enrol, where not as many as said above.
    """
    lots = np.random.default_rng((20_26, draw))
    names = sorted(pictures.people)
    usual = (len(names) + 1) // 2 if pictures.name == "ytf" else len(names)
    enrolled = lots.choice(len(names), min(size or usual, len(names)), replace=False)
    count = 1 if pictures.name == "ytf" else LFW_PHOTOS
    chosen = {
        names[row]: tuple(
            lots.choice(len(pictures.people[names[row]]), count, replace=False).tolist()
        )
        for row in sorted(enrolled.tolist())
    }
    return _split(pictures, chosen, pictures.strangers)


def _split(
    pictures: Pictures, chosen: dict[str, tuple[int, ...]], strangers: Sequence[Session]
) -> Split:
    enrolled: list[Session] = []
    mates: list[Session] = []
    who: list[int] = []
    outside = list(strangers)
    for name in sorted(pictures.people):
        sessions = pictures.people[name]
        if name not in chosen:
            # Where there are strangers by nature, people with hundreds of photos would drown them.
            outside.extend(() if pictures.strangers else sessions)
            continue
        taken = chosen[name]
        enrolled.append(tuple(file for one in taken for file in sessions[one]))
        for number, session in enumerate(sessions):
            if number not in taken:
                mates.append(session)
                who.append(len(enrolled) - 1)
    return Split(tuple(enrolled), tuple(mates), tuple(who), tuple(outside))
