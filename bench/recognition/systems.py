"""Which systems are compared, and what does Doorward itself do with a split?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.recognition import bias, peers
from bench.recognition.embeddings import Found
from bench.recognition.pictures import Session
from bench.recognition.protocols import Split
from bench.recognition.rates import NOBODY, Figures, Outcome
from brain.core.calibration import Calibration, Prior, calibrate
from faces import quality
from faces.encoding.unbiased import without_bias
from matching.fusion import fuse

Vectors = NDArray[np.float32]
System = Callable[[Split], Outcome]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All pictures' vectors of one set; zeros where no face was found.

    Attributes:
        sface: SFace of the face as YuNet found it, and of its mirror image, shape (n, 2, 128).
        aligned: the same with the points looked at again, as Doorward does.
        dlib: dlib's network of the face and its mirror image, shape (n, 2, 128).
        peer: the real face_recognition's encodings, shape (n, 128); None where it is left out.
        foreign_bias: SFace's bias as another set has it, shape (128,).
        worth: what each view counts in a burst, shape (n,).
    """

    sface: Vectors
    aligned: Vectors
    dlib: Vectors
    peer: Vectors | None
    foreign_bias: Vectors
    worth: Vectors

    @property
    def doorward(self) -> Vectors:
        """What Doorward's encoder makes of every picture, shape (n, 128)."""
        return _without_bias(self.aligned, self.foreign_bias)


PEER = "face_recognition 1.3.0, nearest photo"
NEAREST = "its way: dlib ResNet on YuNet's faces, nearest"
DLIB = "dlib ResNet, mean"
PLAIN = "SFace as in OpenCV's sample, mean"
DOORWARD = "Doorward: ... and views weighted"
BOTH = "Doorward and a tenth of dlib ResNet"

USUAL = {PEER: -0.6, NEAREST: -0.6, PLAIN: 0.363}
"""Thresholds that their makers name: face_recognition's `tolerance`, OpenCV's sample of SFace."""

DLIB_SHARE = 0.1
"""Of the second encoder in the score of both; of 0.05 to 0.5, the one that hurt least."""


def systems(material: Material) -> dict[str, System]:
    """By the names in the tables; all but the predecessor, whose pictures are looked at anew."""
    plain = bias.unit(material.sface[:, 0])
    mirror, aligned = bias.with_mirror(material.sface), bias.with_mirror(material.aligned)
    ours = material.doorward
    both = _beside(ours, bias.with_mirror(material.dlib))
    found: dict[str, System] = {}
    peer = material.peer
    if peer is not None:
        found[PEER] = lambda split: peers.nearest_photo(peer, split)
    return found | {
        NEAREST: lambda split: peers.nearest_photo(material.dlib[:, 0], split),
        DLIB: lambda split: peers.mean_cosine(material.dlib[:, 0], split),
        PLAIN: lambda split: peers.mean_cosine(plain, split),
        "  and the mirror image": lambda split: peers.mean_cosine(mirror, split),
        "  ... and points looked at again": lambda split: peers.mean_cosine(aligned, split),
        "  ... and bias taken out": lambda split: doorward(ours, split),
        DOORWARD: lambda split: doorward(ours, split, material.worth),
        BOTH: lambda split: doorward(both, split, material.worth),
    }


def worth(found: Found) -> Vectors:
    """What each picture's view counts in a burst, by the product's own measure; shape (n,)."""
    views = [quality.Quality(*row) for row in found.quality.tolist()]
    return np.array([quality.weight(view) for view in views], np.float32)


def doorward(vectors: Vectors, split: Split, worth: Vectors | None = None) -> Outcome:
    """Fused visits against fused residents, by the brain's own code."""
    centres = _fused(vectors, split.enrolled)

    def scores(visits: Sequence[Session]) -> Figures:
        probes = _fused(vectors, visits, worth)
        table = np.asarray(probes @ centres.T, np.float64)
        table[~probes.any(axis=1)] = NOBODY
        return table

    return Outcome.of(scores(split.mates), split.who, scores(split.strangers))


def calibration(
    vectors: Vectors, split: Split, target: float, prior: Prior, *, single: bool
) -> Calibration:
    """The threshold that the brain would choose, knowing nothing but the enrolled pictures.

    Args:
        vectors: of all pictures.
        split: of which only `enrolled` is looked at.
        target: share of strangers to let in.
        prior: what is known of the encoder.
        single: whether a visit is one picture, as on LFW, or a whole session.
    """
    centres = _fused(vectors, split.enrolled)
    if single:
        visits: list[Session] = [(file,) for session in split.enrolled for file in session]
        owners = [row for row, session in enumerate(split.enrolled) for _ in session]
    else:
        visits, owners = list(split.enrolled), list(range(len(split.enrolled)))
    table = np.asarray(_fused(vectors, visits) @ centres.T, np.float32)
    return calibrate(table, np.array(owners, np.intp), target, prior)


def _fused(vectors: Vectors, sessions: Sequence[Session], worth: Vectors | None = None) -> Vectors:
    fused = np.zeros((len(sessions), vectors.shape[1]), np.float32)
    for row, session in enumerate(sessions):
        seen = [file for file in session if vectors[file].any()]
        if seen:
            fused[row] = fuse(vectors[seen], None if worth is None else worth[seen])[0]
    return fused


def _without_bias(pairs: Vectors, taken: Vectors) -> Vectors:
    made = without_bias(bias.with_mirror(pairs), taken)
    made[~pairs.any(axis=(1, 2))] = 0
    return made


def _beside(ours: Vectors, theirs: Vectors) -> Vectors:
    """Vectors whose cosine is the weighted mean of two encoders' cosines."""
    freed = bias.unit(theirs - theirs[theirs.any(axis=1)].mean(axis=0))
    freed[~theirs.any(axis=1)] = 0
    return np.hstack([ours * (1 - DLIB_SHARE) ** 0.5, freed * DLIB_SHARE**0.5])
