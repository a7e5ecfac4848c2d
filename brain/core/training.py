"""Which few of an enrolment's frames stand for a person, and is it one person at all?

Templates are chosen by farthest point sampling (Gonzalez 1985): from the most typical frame on,
each next one is the frame least like those chosen already. That seeks variety in pose and light, so
what is not a good view of the one person is taken out first.

Ten, since more gain nothing and fewer cost: on YouTube Faces, enrolled from all videos of a person
but one, 12.3 % of visits are missed with one template while 1 % of strangers pass, 6.8 % with three
or five, 5.4 % with ten and 5.2 % with all pictures (`python -m bench.templates`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from doorbus.messages import EnrolmentHint
from matching.decision import Fault
from matching.fusion import fuse
from matching.gallery import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One frame of an enrolment that shows one face.

    Attributes:
        index: its number in the enrolment.
        embedding: unit length, shape (dimensions,), float32.
        size_px: side of the face in the picture, pixels.
        sharpness: variance of the Laplacian of the aligned face, grey levels squared.
        brightness: mean grey level of the face, 0 to 255.
        digest: of the picture's bytes, so that a frozen picture is seen.
    """

    index: int
    embedding: NDArray[np.float32]
    size_px: float
    sharpness: float
    brightness: float
    digest: bytes


@dataclass(frozen=True, slots=True)
class TrainingRule:
    """What is asked of an enrolment's frames. The cosines belong to one encoder.

    Attributes:
        templates: how many to choose at most.
        same_person: least cosine of a frame to the most typical one.
        one_person: share of the good frames that must reach it.
        usable: share of all frames that must be good.
        least_size_px: smallest face.
        least_brightness: darkest face, mean grey level.
        least_sharpness: most blurred face.
        distinct: share of the good frames that must be different pictures.
        moving: least mean distance (1 - cosine) of good frames to their centre; one picture saved
            again and again, also as another JPEG each time, stays below it.
    """

    templates: int = 10
    same_person: float = 0.35
    one_person: float = 0.9
    usable: float = 0.5
    least_size_px: float = 40
    least_brightness: float = 40
    least_sharpness: float = 15
    distinct: float = 0.5
    moving: float = 1e-3

    @property
    def for_photos(self) -> TrainingRule:
        """The same for photos that somebody chose: few may be alike, and no camera is frozen.

        Copies of one file are refused as they come; what else is one picture again and again gives
        templates that say no more than one.
        """
        return replace(self, distinct=0.0, moving=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """An enrolment that became templates.

    Attributes:
        chosen: the frames that stand for the person, most typical first.
        usable: how many frames were good.
    """

    chosen: tuple[Sample, ...]
    usable: int

    @property
    def templates(self) -> Vectors:
        """The chosen embeddings, shape (n, dimensions)."""
        return np.stack([sample.embedding for sample in self.chosen])


@dataclass(frozen=True, slots=True)
class TrainingRefused:
    """An enrolment that cannot be used; `reason` says why, to people."""

    reason: str


def train(
    samples: Sequence[Sample], faults: Sequence[Fault], rule: TrainingRule
) -> Trained | TrainingRefused:
    """Choose templates, or say why there are none; nobody else's have a part in it.

    Args:
        samples: the frames that show one face, in any order.
        faults: one for each frame that does not.
        rule: what is asked.
    """
    frames = len(samples) + len(faults)
    good = sorted((s for s in samples if not _flaw(s, rule)), key=lambda sample: sample.index)
    if not good or len(good) < rule.usable * frames:
        return TrainingRefused(_what_is_wrong(samples, faults, len(good), rule))
    pictures = len({sample.digest for sample in good})
    vectors = np.stack([sample.embedding for sample in good])
    spread = float(1 - (vectors @ fuse(vectors).T).mean())
    if len(good) > 1 and (pictures < rule.distinct * len(good) or spread < rule.moving):
        return TrainingRefused("the frames are one picture again and again; is the camera frozen?")
    # From one real frame, not from their mean: the mean of two people is like both of them.
    cosines = vectors @ vectors.T
    alike = cosines[int(cosines.mean(axis=1).argmax())] >= rule.same_person
    if alike.sum() < rule.one_person * len(good):
        return TrainingRefused("the frames show more than one person; enrol one person alone")
    kept = [sample for sample, same in zip(good, alike, strict=True) if same]
    chosen = diverse(vectors[alike], rule.templates)
    return Trained(tuple(kept[row] for row in chosen), len(kept))


def flaw(look: Sample | Fault, rule: TrainingRule) -> str | None:
    """Why a frame is not usable, in a few words; None for a good one."""
    hint = what_ails(look, rule)
    return None if hint is None else _WORDS[hint]


def what_ails(look: Sample | Fault, rule: TrainingRule) -> EnrolmentHint | None:
    """The same as a code."""
    return _FAULTS[look] if isinstance(look, Fault) else _flaw(look, rule)


def _flaw(sample: Sample, rule: TrainingRule) -> EnrolmentHint | None:
    if sample.brightness < rule.least_brightness:
        return EnrolmentHint.TOO_DARK
    if sample.size_px < rule.least_size_px:
        return EnrolmentHint.COME_CLOSER
    if sample.sharpness < rule.least_sharpness:
        return EnrolmentHint.BLURRED
    return None


_FAULTS = {
    Fault.BAD_PICTURE: EnrolmentHint.BAD_PICTURE,
    Fault.NO_FACE: EnrolmentHint.NO_FACE,
    Fault.SEVERAL_FACES: EnrolmentHint.SEVERAL_FACES,
    Fault.LOW_QUALITY: EnrolmentHint.LOW_QUALITY,
}

_WORDS = {
    EnrolmentHint.BAD_PICTURE: "no readable picture",
    EnrolmentHint.NO_FACE: "without a face",
    EnrolmentHint.SEVERAL_FACES: "with several faces",
    EnrolmentHint.LOW_QUALITY: "of low quality",
    EnrolmentHint.TOO_DARK: "too dark",
    EnrolmentHint.COME_CLOSER: "too far away",
    EnrolmentHint.BLURRED: "blurred",
}


def _what_is_wrong(
    samples: Sequence[Sample], faults: Sequence[Fault], good: int, rule: TrainingRule
) -> str:
    looks: list[Sample | Fault] = [*faults, *samples]
    flaws = [words for look in looks if (words := flaw(look, rule))]
    parts = sorted({(-flaws.count(flaw), flaw) for flaw in flaws})
    listed = ", ".join(f"{-number} {flaw}" for number, flaw in parts) or "there are no frames"
    return f"only {good} of {len(samples) + len(faults)} frames are usable: {listed}"


def diverse(vectors: Vectors, wanted: int) -> list[int]:
    """Rows chosen by farthest point, from the row nearest the centre; at most `wanted`.

    Args:
        vectors: unit length, shape (n, dimensions), n at least 1.
        wanted: how many.
    """
    centre = fuse(vectors)[0]
    chosen = [int((vectors @ centre).argmax())]
    nearest = vectors @ vectors[chosen[0]]
    while len(chosen) < min(wanted, len(vectors)):
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return chosen
