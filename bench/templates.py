"""How many templates does a resident need? `python -m bench.templates`, on YouTube Faces.

Everybody with three videos or more is enrolled, half of them at a time, from all of their videos
but one; the one left out visits. Strangers are all others. Prints what share of visits is missed
while 1 % of strangers pass, over resampled galleries, by the number of templates and how they were
chosen: by farthest point, as `brain.core.training` does, or evenly in time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.recognition import bias, embeddings, networks, pictures
from bench.recognition.pictures import NoDataError, Pictures
from bench.recognition.rates import Interval, Outcome
from brain.core.training import diverse
from faces.encoding.unbiased import without_bias
from matching.fusion import fuse

Vectors = NDArray[np.float32]
Choose = Callable[[Vectors, int], Sequence[int]]

DRAWS = 50
FPIR = 0.01
LEAST_VIDEOS = 3
COUNTS = (1, 2, 3, 5, 8, 10, 15)


def main() -> int:
    """Measure and print."""
    try:
        place = pictures.folder()
    except NoDataError as error:
        print(error, file=sys.stderr)
        return 2
    data, other = pictures.ytf(place), pictures.lfw(place)
    vectors = without_bias(_embedded(data), bias.mean(other, _embedded(other)))
    vectors[~_embedded(data).any(axis=1)] = 0
    draws = [_Draw(data, vectors, number) for number in range(DRAWS)]
    frames = float(np.mean([len(rows) for draw in draws for rows in draw.enrolled]))
    print(
        f"{len(draws[0].enrolled)} residents with {frames:.0f} pictures each on average, "
        f"{DRAWS} galleries; residents missed while {FPIR:.0%} of strangers pass, mean [95 %]\n"
        f"{'templates':12}{'farthest point':28}evenly in time"
    )
    for count in COUNTS:
        row = [Interval.of([draw.missed(choose, count) for draw in draws]) for choose in CHOICES]
        print(f"{count:<12}" + "".join(f"{one!s:28}" for one in row))
    everything = Interval.of([draw.missed(diverse, 10_000) for draw in draws])
    print(f"{'all':12}{everything}")
    return 0


def _evenly(vectors: Vectors, wanted: int) -> Sequence[int]:
    rows = np.linspace(0, len(vectors) - 1, min(wanted, len(vectors))).round()
    return [int(row) for row in rows]


CHOICES: tuple[Choose, ...] = (diverse, _evenly)


class _Draw:
    """One gallery with its visitors."""

    def __init__(self, data: Pictures, vectors: Vectors, number: int) -> None:
        lots = np.random.default_rng((20_26, number))
        names = [name for name in sorted(data.people) if len(data.people[name]) >= LEAST_VIDEOS]
        chosen = {names[row] for row in lots.permutation(len(names))[: len(names) // 2]}
        self.enrolled: list[Vectors] = []
        mates: list[Vectors] = []
        self._who: list[int] = []
        strangers: list[Vectors] = []
        for name, videos in sorted(data.people.items()):
            seen = [_seen(vectors, video) for video in videos]
            if name not in chosen:
                strangers += [fuse(rows) for rows in seen if len(rows)]
                continue
            visit = seen.pop(int(lots.integers(len(seen))))
            if len(visit):
                mates.append(fuse(visit))
                self._who.append(len(self.enrolled))
            self.enrolled.append(np.concatenate(seen))
        self._mates, self._strangers = np.concatenate(mates), np.concatenate(strangers)

    def missed(self, choose: Choose, count: int) -> float:
        """Share of residents' visits that are missed with so many templates each."""
        centres = [fuse(rows[list(choose(rows, count))]) for rows in self.enrolled]
        everybody = np.concatenate(centres).T
        outcome = Outcome.of(
            np.asarray(self._mates @ everybody, np.float64),
            self._who,
            np.asarray(self._strangers @ everybody, np.float64),
        )
        return outcome.fnir(FPIR)


def _seen(vectors: Vectors, video: Sequence[int]) -> Vectors:
    rows = vectors[list(video)]
    return np.asarray(rows[rows.any(axis=1)], np.float32)


def _embedded(data: Pictures) -> Vectors:
    found = embeddings.refined(data, embeddings.found(data))
    return bias.with_mirror(embeddings.vectors(data, found, networks.SFace()))


if __name__ == "__main__":
    sys.exit(main())
