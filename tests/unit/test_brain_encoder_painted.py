"""Plates are found and told apart, and nothing else is: `brain.adapters.encoder_painted`."""

from __future__ import annotations

import numpy as np
import pytest

from brain.adapters import encoder_shelf, encoders, eyes_made
from brain.adapters.encoder_painted import PaintedDetector, PaintedEncoder
from brain.config import BrainSettings
from brain.core.training import Sample
from brain.eyes import Eyes
from brain.ports import Image
from faces import jpeg
from story.people import SIDE, look

PEOPLE = 50


def picture(*who: int, side: int = 400) -> Image:
    image = np.full((side, side, 3), 100, np.uint8)
    for place, number in enumerate(who):
        left = 20 + place * (SIDE + 20)
        image[40 : 40 + SIDE, left : left + SIDE] = look(number, number)
    return jpeg.decode(jpeg.encode(image))


def test_every_plate_is_found_where_it_is_and_nothing_else_is() -> None:
    detector = PaintedDetector()

    two = detector.detect(picture(1, 2))

    assert len(two) == 2
    assert sorted(round(float(plate.points[:, 0].mean())) // 50 for plate in two) == [1, 4]
    assert detector.detect(picture()) == []


def test_nobody_of_fifty_is_taken_for_another_and_everybody_for_themselves() -> None:
    detector, encoder = PaintedDetector(), PaintedEncoder()
    seen = []
    for number in range(1, PEOPLE + 1):
        for moment in (number, number + 1):
            image = np.full((240, 240, 3), 100, np.uint8)
            image[40 : 40 + SIDE, 60 : 60 + SIDE] = look(number, moment)
            image = jpeg.decode(jpeg.encode(image))
            (plate,) = detector.detect(image)
            seen.append(encoder.encode(image, plate.points))

    cosines = np.asarray(seen) @ np.asarray(seen).T
    own = np.kron(np.eye(PEOPLE), np.ones((2, 2))) > 0

    assert cosines[own].min() > 0.9
    assert cosines[~own].max() < 0.6


def test_a_plate_that_lies_beyond_the_picture_is_no_error() -> None:
    encoder = PaintedEncoder()
    (plate,) = PaintedDetector().detect(picture(1))

    vector = encoder.encode(picture(1), plate.points + 1000)

    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_the_processes_that_look_at_pictures_get_eyes_for_plates(tmp_path: object) -> None:
    settings = BrainSettings.model_validate(
        {
            "name": "brain.main",
            "broker": {"host": "h", "port": 1, "ca": "a", "cert": "b", "key": "c"},
            "keys": {"brain": "k", "doors": "d"},
            "data_dir": str(tmp_path),
            "encoder": "painted",
            "liveness": {"policies": ["demo"]},
        }
    )

    encoding = encoder_shelf.configured(settings)
    eyes = eyes_made.made(encoding.recipe)
    eyes.start()

    assert encoding.identity == "painted"
    assert isinstance(eyes, Eyes)
    assert isinstance(eyes.frame(0, jpeg.encode(picture(3))), Sample)
    assert encoders.landmarks("painted") is None
