"""Who is in a portrait, where are their lids, and what of the picture is them?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from edge.errors import CameraError
from edge.ports import Image
from faces import models
from faces.detect import FaceDetector

Floats = NDArray[np.float32]

FACE_HEIGHT = 240
"""Pixels of a face from forehead to chin (YuNet's box) on a plate."""

PLATE_SIZE = (900, 740)
"""Width and height of a plate."""

FACE_CENTRE = (450.0, 310.0)
"""Where on the plate the face's centre lies: room above for hair, below and aside for shoulders."""

PRINT_SIZE = (2.2, 2.0)
"""Width and height of a printed photo as shares of `FACE_HEIGHT`."""

_CUT_SCALE = 0.25
"""The outline is looked for in a small picture: a second less work, and a smoother line."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """One portrait, brought to a common size and place.

    Attributes:
        plate: the picture, BGR, uint8, shape (740, 900, 3), the face's centre at `FACE_CENTRE` and
            `FACE_HEIGHT` pixels high; beyond the portrait's border its edge is repeated.
        alpha: how much of a pixel belongs to the person, float32, shape (740, 900), 0 to 1.
        print_alpha: the same for a rectangular print of the portrait, held up.
        landmarks: dlib's 68 points, float32, shape (68, 2), pixels of the plate.
    """

    plate: Image
    alpha: Floats
    print_alpha: Floats
    landmarks: Floats


class Cutter:
    """Makes cutouts; holds the face detector and dlib's landmarks. Belongs to one thread at a time.

    Kept apart from the tracker's own models: what plays the person must not depend on what looks.
    """

    def __init__(self) -> None:
        self._detector: FaceDetector | None = None
        self._predict: Any = None

    def start(self) -> None:
        """Load the models. Raises `faces.errors.ModelError` naming file and command."""
        detector = FaceDetector(models.path("yunet"), width=640)
        detector.start()
        self._predict = dlib.shape_predictor(str(models.path("landmarks68")))
        self._detector = detector

    def cut(self, path: Path) -> Cutout:
        """Read the portrait at `path`; its largest face is the person.

        Raises:
            CameraError: no picture, or no face in it.
        """
        if self._detector is None:
            raise RuntimeError("Cutter.cut called before start")
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise CameraError(
                f"portrait {path}: there is no picture that can be read; give a JPEG or PNG"
            )
        image = np.asarray(picture, dtype=np.uint8)
        found = self._detector.detect(image)
        if not found:
            raise CameraError(
                f"portrait {path}: no face was found; give a frontal portrait with head and "
                "shoulders"
            )
        x, y, width, height = found[0].box
        scale = FACE_HEIGHT / height
        place = np.array(
            [
                [scale, 0, FACE_CENTRE[0] - scale * (x + width / 2)],
                [0, scale, FACE_CENTRE[1] - scale * (y + height / 2)],
            ],
            dtype=np.float32,
        )
        plate = _placed(image, place, scale)
        inside = _inside(image.shape[:2], place)
        face_width = width * scale
        return Cutout(
            plate=plate,
            alpha=_outline(plate, inside, face_width),
            print_alpha=_print(inside),
            landmarks=self._points(plate, face_width),
        )

    def _points(self, plate: Image, face_width: float) -> Floats:
        # The landmark model expects the square box of dlib's own detector: somewhat lower.
        half = 0.55 * face_width
        left, top = FACE_CENTRE[0] - half, FACE_CENTRE[1] + 0.06 * FACE_HEIGHT - half
        box = dlib.rectangle(*(round(v) for v in (left, top, left + 2 * half, top + 2 * half)))
        shape = self._predict(cv2.cvtColor(plate, cv2.COLOR_BGR2GRAY), box)
        return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float32)


def _placed(image: Image, place: Floats, scale: float) -> Image:
    """The portrait on the plate; scaled down by areas first, so that nothing flickers later."""
    if scale < 1:
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        shift = np.array([[1, 0, place[0, 2]], [0, 1, place[1, 2]]], dtype=np.float32)
    else:
        small, shift = image, place
    placed = cv2.warpAffine(
        small, shift, PLATE_SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(placed, dtype=np.uint8)


def _inside(shape: tuple[int, ...], place: Floats) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the portrait on the plate, cut to it."""
    corners = place[:, :2] @ np.array([[0, shape[1]], [0, shape[0]]], dtype=np.float32)
    (left, right), (top, bottom) = corners + place[:, 2:]
    return (
        max(0, int(np.ceil(left))),
        max(0, int(np.ceil(top))),
        min(PLATE_SIZE[0], int(right)),
        min(PLATE_SIZE[1], int(bottom)),
    )


def _outline(plate: Image, inside: tuple[int, int, int, int], face_width: float) -> Floats:
    """Find the person's outline by GrabCut (Rother et al. 2004), told where head and chest are."""
    s = _CUT_SCALE
    left, top, right, bottom = (round(v * s) for v in inside)
    size = (round(PLATE_SIZE[0] * s), round(PLATE_SIZE[1] * s))
    small = cv2.resize(plate, size, interpolation=cv2.INTER_AREA)
    guess = _guess(size, (FACE_CENTRE[0] * s, FACE_CENTRE[1] * s), face_width * s)
    reach = guess != cv2.GC_BGD
    part = guess[top:bottom, left:right].copy()
    # GrabCut draws from OpenCV's own random numbers; the same portrait gives the same outline.
    cv2.setRNGSeed(1)
    blank = np.zeros((1, 65))
    cv2.grabCut(
        small[top:bottom, left:right],
        part,
        (0, 0, 0, 0),
        blank,
        blank.copy(),
        3,
        cv2.GC_INIT_WITH_MASK,
    )
    person = np.isin(part, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    _, labels = cv2.connectedComponents(person)
    middle = labels[round(FACE_CENTRE[1] * s) - top, round(FACE_CENTRE[0] * s) - left]
    person = (labels == middle).astype(np.uint8)
    person = _opened(cv2.morphologyEx(person, cv2.MORPH_CLOSE, np.ones((5, 5))), 5)
    whole = cv2.copyMakeBorder(
        person, top, size[1] - bottom, left, size[0] - right, cv2.BORDER_REPLICATE
    )
    soft = cv2.resize(
        (whole * reach).astype(np.float32), PLATE_SIZE, interpolation=cv2.INTER_LINEAR
    )
    soft = cv2.GaussianBlur(soft, (0, 0), 4)
    # Slightly inwards of the outline: a halo of the old background would show at once.
    return np.asarray(np.clip((soft - 0.5) * 3, 0, 1), dtype=np.float32)


def _opened(mask: NDArray[Any], size: int) -> Image:
    """Without whatever is thinner than `size` pixels."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc), dtype=np.uint8)


def _guess(size: tuple[int, int], centre: tuple[float, float], width: float) -> Image:
    """What is surely, probably, probably not and surely not the person, in GrabCut's numbers."""
    height = FACE_HEIGHT * _CUT_SCALE
    mask = np.full((size[1], size[0]), cv2.GC_BGD, dtype=np.uint8)

    def head(up: float, across: float, along: float, mark: int) -> None:
        middle = (round(centre[0]), round(centre[1] - up * height))
        axes = (round(across * width), round(along * height))
        cv2.ellipse(mask, middle, axes, 0, 0, 360, (mark,), -1)

    def torso(corners: list[tuple[float, float]], mark: int) -> None:
        right = [(centre[0] + x * width, centre[1] + y * height) for x, y in corners]
        left = [(2 * centre[0] - x, y) for x, y in reversed(right)]
        cv2.fillPoly(mask, [np.round(right + left).astype(np.int32)], (mark,))

    torso([(0.7, 0.4), (1.4, 0.75), (2.3, 1.15), (2.55, 2.6)], cv2.GC_PR_BGD)
    head(0.14, 0.85, 0.8, cv2.GC_PR_BGD)
    torso([(0.5, 0.7), (1.5, 1.15), (1.8, 2.6)], cv2.GC_PR_FGD)
    head(0.12, 0.62, 0.66, cv2.GC_PR_FGD)
    torso([(0.25, 0.4), (0.45, 0.9), (1.0, 1.4), (1.1, 2.6)], cv2.GC_FGD)
    head(0.1, 0.46, 0.58, cv2.GC_FGD)
    return mask


def _print(inside: tuple[int, int, int, int]) -> Floats:
    """The outline of a printed photo: a rectangle around the face, inside the portrait."""
    wide, high = (share * FACE_HEIGHT / 2 for share in PRINT_SIZE)
    left = max(inside[0], round(FACE_CENTRE[0] - wide))
    right = min(inside[2], round(FACE_CENTRE[0] + wide))
    top = max(inside[1], round(FACE_CENTRE[1] - high))
    bottom = min(inside[3], round(FACE_CENTRE[1] + 1.1 * high))
    mask = np.zeros((PLATE_SIZE[1], PLATE_SIZE[0]), dtype=np.float32)
    mask[top:bottom, left:right] = 1
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1), dtype=np.float32)
