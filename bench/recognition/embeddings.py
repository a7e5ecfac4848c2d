"""What does each network make of every picture? Looked at once, then kept in `bench-out/`.

What is kept is named by the code that made it and by the pictures' names and sizes, so that a
change of either looks again.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import faces
from bench.recognition import networks
from bench.recognition.networks import Network
from bench.recognition.pictures import Pictures
from brain import adapters
from faces import models, quality
from faces.detect import DetectedFace, FaceDetector
from faces.landmarks import LandmarkRefiner

Vectors = NDArray[np.float32]

OUT = Path("bench-out") / "recognition"

_SEEING = ("align", "detect", "quality")
_REFINING = ("align", "detect", "landmarks")

BYSTANDER = 0.3
"""Faces smaller than this part of the largest one are never the picture's subject."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The face of each picture.

    Attributes:
        there: whether there is one, shape (n,).
        box: x, y, width, height, pixels, shape (n, 4).
        points: landmarks, shape (n, 5, 2).
        score: the detector's confidence, shape (n,).
        quality: size, sharpness, brightness, yaw, pitch, roll as `faces.quality`, shape (n, 6).
    """

    there: NDArray[np.bool_]
    box: NDArray[np.float32]
    points: NDArray[np.float32]
    score: NDArray[np.float32]
    quality: NDArray[np.float32]


def found(pictures: Pictures) -> Found:
    """Find the subject of every picture: of the large faces, the one nearest the middle."""
    file = _cache(
        pictures, "faces", _sources(faces, _SEEING) + inspect.getsource(_subject).encode()
    )
    if not file.exists():
        _find(pictures, file)
    with np.load(file) as kept:
        return Found(*(kept[name] for name in Found.__slots__))


def refined(pictures: Pictures, faces_found: Found) -> Found:
    """The same faces, their points looked at again as the product does, and measured by these."""
    code = _sources(faces, (*_REFINING, "quality")) + faces_found.points.tobytes()
    file = _cache(pictures, "refined", code)
    if not file.exists():
        _refine(pictures, faces_found, file)
    with np.load(file) as kept:
        return replace(faces_found, points=kept["points"], quality=kept["quality"])


def vectors(pictures: Pictures, faces_found: Found, network: Network) -> NDArray[np.float32]:
    """Embed every picture's face and its mirror image; without a face, zeros.

    Returns:
        shape (n, 2, dimensions).
    """
    code = _sources(faces, ("align",)) + faces_found.points.tobytes()
    code += _sources(adapters, ("chips_dlib",)) + inspect.getsource(networks).encode()
    file = _cache(pictures, network.name, code)
    if not file.exists():
        _embed(pictures, faces_found, network, file)
    with np.load(file) as kept:
        return np.asarray(kept["vectors"], np.float32)


def _find(pictures: Pictures, file: Path) -> None:
    detector = FaceDetector(models.path("yunet"))
    detector.start()
    n = len(pictures.files)
    there = np.zeros(n, np.bool_)
    box, points = np.zeros((n, 4), np.float32), np.zeros((n, 5, 2), np.float32)
    score, measured = np.zeros(n, np.float32), np.zeros((n, 6), np.float32)
    for row, image in _read(pictures, "faces"):
        face = _subject(detector.detect(image), image.shape)
        if face is None:
            continue
        there[row], box[row], points[row], score[row] = True, face.box, face.points, face.score
        measured[row] = astuple(quality.measure(image, face.points))
    _keep(file, there=there, box=box, points=points, score=score, quality=measured)


def _refine(pictures: Pictures, faces_found: Found, file: Path) -> None:
    refiner = LandmarkRefiner(models.path("yunet"))
    refiner.start()
    points, measured = faces_found.points.copy(), faces_found.quality.copy()
    for row, image in _read(pictures, "points"):
        if faces_found.there[row]:
            points[row] = refiner.refine(image, points[row])
            measured[row] = astuple(quality.measure(image, points[row]))
    _keep(file, points=points, quality=measured)


def _subject(seen: Sequence[DetectedFace], shape: tuple[int, ...]) -> DetectedFace | None:
    # Faces in profile are measured too, though a door asks people to look in.
    largest = max((face.area for face in seen), default=0.0)
    large = [face for face in seen if face.area >= BYSTANDER * largest]

    def off_centre(face: DetectedFace) -> float:
        x, y, w, h = face.box
        return float(np.hypot(x + w / 2 - shape[1] / 2, y + h / 2 - shape[0] / 2))

    return min(large, key=off_centre, default=None)


def _embed(pictures: Pictures, faces_found: Found, network: Network, file: Path) -> None:
    network.start()
    made: NDArray[np.float32] | None = None
    for row, image in _read(pictures, network.name):
        if not faces_found.there[row]:
            continue
        vector = network.encode(image, faces_found.points[row])
        if made is None:
            made = np.zeros((len(pictures.files), *vector.shape), np.float32)
        made[row] = vector
    _keep(file, vectors=np.zeros((len(pictures.files), 2, 1), np.float32) if made is None else made)


def _read(pictures: Pictures, what: str) -> Iterable[tuple[int, NDArray[np.uint8]]]:
    began = time.monotonic()
    for row, file in enumerate(pictures.files):
        yield row, np.asarray(cv2.imread(str(file)), np.uint8)
        if row % 500 == 499:
            each = (time.monotonic() - began) / (row + 1)
            left = each * (len(pictures.files) - row - 1)
            print(
                f"{pictures.name} {what}: {row + 1} of {len(pictures.files)}, {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )


def _sources(package: object, modules: Iterable[str]) -> bytes:
    place = Path(str(getattr(package, "__file__", "")))
    return b"".join((place.parent / f"{module}.py").read_bytes() for module in modules)


def _cache(pictures: Pictures, what: str, code: bytes) -> Path:
    digest = hashlib.sha256(code)
    for file in pictures.files:
        digest.update(f"{file.name} {file.stat().st_size}\n".encode())
    return OUT / f"{pictures.name}-{what}-{digest.hexdigest()[:16]}.npz"


def _keep(file: Path, **arrays: NDArray[np.generic]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part.npz")
    np.savez(half, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the flag for an array
    os.replace(half, file)  # noqa: PTH105  # as good as Path.replace
