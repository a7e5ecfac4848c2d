"""Which systems are compared, and what does Doorward itself do with a split?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.recognition import bias, peers
from bench.recognition.pictures import Session
from bench.recognition.protocols import Split
from bench.recognition.rates import NOBODY, Figures, Outcome
from brain.core.calibration import Calibration, Prior, calibrate
from brain.core.fusion import fuse, without_bias

Vectors = NDArray[np.float32]
System = Callable[[Split], Outcome]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All pictures' vectors of one set.

    Attributes:
        sface: of the face and its mirror image, shape (n, 2, 128).
        dlib: the same of dlib's network.
        foreign_bias: SFace's bias as another set has it, shape (128,).
    """

    sface: Vectors
    dlib: Vectors
    foreign_bias: Vectors

    @property
    def doorward(self) -> Vectors:
        """What Doorward's encoder makes of every picture, shape (n, 128)."""
        made = without_bias(bias.with_mirror(self.sface), self.foreign_bias)
        made[~self.sface.any(axis=(1, 2))] = 0
        return made


DLIB = "dlib ResNet, mean"
PLAIN = "SFace as in OpenCV's sample, mean"
DOORWARD = "Doorward"


def systems(material: Material) -> dict[str, System]:
    """By the names in the tables; all but the predecessor, whose pictures are looked at anew."""
    plain, mirror = bias.unit(material.sface[:, 0]), bias.with_mirror(material.sface)
    ours = material.doorward
    return {
        "face_recognition's way (dlib, nearest photo)": lambda split: peers.nearest_photo(
            material.dlib[:, 0], split
        ),
        DLIB: lambda split: peers.mean_cosine(material.dlib[:, 0], split),
        PLAIN: lambda split: peers.mean_cosine(plain, split),
        "SFace with mirror image, mean": lambda split: peers.mean_cosine(mirror, split),
        DOORWARD: lambda split: doorward(ours, split),
    }


def doorward(vectors: Vectors, split: Split) -> Outcome:
    """Fused visits against fused residents, by the brain's own code."""
    centres = _fused(vectors, split.enrolled)

    def scores(visits: Sequence[Session]) -> Figures:
        probes = _fused(vectors, visits)
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


def _fused(vectors: Vectors, sessions: Sequence[Session]) -> Vectors:
    rows = [vectors[list(session)] for session in sessions]
    seen = [part[part.any(axis=1)] for part in rows]
    nothing = np.zeros((1, vectors.shape[1]), np.float32)
    return np.vstack([fuse(part) if len(part) else nothing for part in seen])
