"""Which presentations does a run make, and what came of each?"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from edge.attacks.clips import LIVE, Clip
from edge.attacks.presentation import Ending, Observer, Outcome, Stand, play
from edge.attacks.source import Source, taken
from edge.attacks.species import SPECIES
from edge.errors import AttackError
from edge.ports import FaceTracker, Image


@dataclass(frozen=True, slots=True)
class Made:
    """An attack to be made from a live clip.

    Attributes:
        species: one of `SPECIES`.
        clip: whose person it shows.
        variant: another number looks otherwise.
    """

    species: str
    clip: Clip
    variant: int


@dataclass(frozen=True, slots=True)
class Row:
    """One presentation under one configuration.

    Attributes:
        stand: the configuration's name.
        species: `live`, or the attack's.
        clip: folder and file of the recording, or of the person an attack was made from.
        variant: of a made attack; None for a recording.
        blinks: labelled blinks of a recording; None where nobody labelled it.
        ending: what came of it.
    """

    stand: str
    species: str
    clip: str
    variant: int | None
    blinks: int | None
    ending: Ending

    @property
    def accepted(self) -> bool:
        """Whether a burst went out."""
        return self.ending.outcome is Outcome.ACCEPTED

    @property
    def made(self) -> bool:
        """Whether the attack was made here, and not recorded."""
        return self.variant is not None


@dataclass(frozen=True, slots=True)
class Run:
    """What to present to which configurations.

    Attributes:
        clips: recordings to play.
        made: attacks to make.
        seconds: how long a made attack lasts.
        seed: of all made attacks.
    """

    clips: Sequence[Clip]
    made: Sequence[Made]
    seconds: float
    seed: int


def planned(clips: Sequence[Clip], species: Sequence[str], most: int) -> list[Made]:
    """`most` attacks, shared out evenly among species, then among live clips.

    Args:
        clips: the live ones are attacked.
        species: which to make.
        most: how many in all; with several species it is rounded up to the same number of each.
    """
    live = [clip for clip in clips if clip.species == LIVE]
    if not live or not species:
        return []
    each = -(-most // len(species))
    return [
        Made(name, clip, variant)
        for name in species
        for variant, clip in islice(_rounds(live), each)
    ]


def _rounds(live: Sequence[Clip]) -> Iterator[tuple[int, Clip]]:
    variant = 0
    while True:
        yield from ((variant, clip) for clip in live)
        variant += 1


def present(
    run: Run,
    stands: Sequence[Stand],
    tracker: FaceTracker,
    say: Callable[[str], None],
    on_burst: Observer | None = None,
) -> Iterator[Row]:
    """Make every presentation, clip by clip, so that one clip at a time is in memory.

    Args:
        run: what to present.
        stands: the configurations, all with `tracker` as their eyes' tracker.
        tracker: started; watches the clips that attacks are made from.
        say: told what is being played, and what is left out and why.
        on_burst: told of each burst that went out.
    """
    for clip in run.clips:
        fps, images = clip.opened()
        endings = play(images, fps, stands, on_burst)
        yield from _rows(endings, clip.species, clip, None)
    wanted: dict[Clip, list[Made]] = {}
    for made in run.made:
        wanted.setdefault(made.clip, []).append(made)
    for clip, attacks in wanted.items():
        fps, images = clip.opened()
        try:
            source = taken(clip.name, fps, images, tracker)
        except AttackError as error:
            say(f"left out: {error}")
            continue
        say(f"{len(attacks)} attacks from {clip.name}")
        for made in attacks:
            yield from _rows(
                _made(made, source, run, stands, on_burst), made.species, clip, made.variant
            )


def pictures(made: Made, source: Source, run: Run) -> Iterator[Image]:
    """The pictures of one attack."""
    rng = np.random.default_rng(
        [
            run.seed,
            made.variant,
            *(zlib.crc32(text.encode()) for text in (made.species, made.clip.name)),
        ]
    )
    return SPECIES[made.species](source, rng, run.seconds)


def _made(
    made: Made, source: Source, run: Run, stands: Sequence[Stand], on_burst: Observer | None
) -> Mapping[str, Ending]:
    return play(pictures(made, source, run), source.fps, stands, on_burst)


def _rows(
    endings: Mapping[str, Ending], species: str, clip: Clip, variant: int | None
) -> Iterator[Row]:
    for name, ending in endings.items():
        yield Row(name, species, clip.name, variant, clip.blinks, ending)
