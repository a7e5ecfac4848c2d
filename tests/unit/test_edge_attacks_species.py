"""Attacks made from a drawn person: each shows what it is named for, the same by its seed."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from attack_sources import EYES, MOUTH, SIZE, SKIN, grey, person
from numpy.typing import NDArray

from edge.attacks import held
from edge.attacks.eye_region import EyeLine, placed
from edge.attacks.screen import Panel, Replay
from edge.attacks.source import Source
from edge.attacks.species import APART, SPECIES
from edge.attacks.surroundings import SIZE as FRAME
from edge.ports import Image

DRAWN = [name for name in SPECIES if name != APART]
"""Those that need no model, so no real face."""


def made(name: str, source: Source, seed: int = 1, seconds: float = 1.0) -> list[Image]:
    return list(SPECIES[name](source, np.random.default_rng(seed), seconds))


@pytest.mark.parametrize("name", DRAWN)
def test_an_attack_is_as_long_as_asked_and_made_of_camera_pictures(name: str) -> None:
    source = person(fps=15.0)

    pictures = made(name, source, seconds=1.4)

    assert len(pictures) == 21
    assert {(picture.dtype, picture.shape) for picture in pictures} in (
        {(np.dtype(np.uint8), (FRAME[1], FRAME[0], 3))},
        {(np.dtype(np.uint8), (SIZE[1], SIZE[0], 3))},
    )


@pytest.mark.parametrize("name", DRAWN)
def test_a_seed_makes_the_same_attack_again_and_another_seed_another(name: str) -> None:
    source = person()

    once, again, other = (made(name, source, seed, 0.2) for seed in (1, 1, 2))

    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(once, other, strict=True))


@pytest.mark.parametrize("name", DRAWN)
def test_no_two_pictures_are_the_same_as_no_two_of_a_camera_are(name: str) -> None:
    pictures = made(name, person(), seconds=0.5)

    assert not any(np.array_equal(one, other) for one, other in pairwise(pictures))


@pytest.mark.parametrize("name", DRAWN)
def test_making_an_attack_leaves_the_source_alone(name: str) -> None:
    source = person()
    before = [image.copy() for image in source.images]

    made(name, source)

    assert all(np.array_equal(a, b) for a, b in zip(before, source.images, strict=True))


def test_frozen_eyes_never_shut_while_the_mouth_moves() -> None:
    source = person(shut=tuple(range(20, 40)))

    pictures = made("frozen-eyes", source, seconds=4.0)

    eyes = [grey(picture, EYES[0], 2) for picture in pictures]
    mouths = [grey(picture, MOUTH, 8) for picture in pictures]
    assert min(eyes) > 230
    assert np.ptp(mouths) > 20


def test_eyes_behind_a_mask_shut_while_the_printed_mouth_never_moves() -> None:
    source = person()

    pictures = made("cut-out-eyes", source, seconds=2.0)

    # The mask slips a little, so the eye is looked for where the hole may be.
    whites = [int(picture[90:110, 115:145].min(axis=2).max()) for picture in pictures]
    mouths = [float((picture[..., 2] - 1.0 * picture[..., 1]).max()) for picture in pictures]
    assert min(whites) < 215 < max(whites)
    assert np.ptp(mouths) < 0.25 * max(mouths)


def test_a_held_still_never_shuts_its_eyes() -> None:
    """White of the eyes is in view all the time, however it is turned."""
    source = person(shut=tuple(range(10, 60)))

    for seed in range(4):
        pictures = made("held-still", source, seed, seconds=1.0)
        skin = np.array(SKIN)
        whites = [
            (np.abs(picture.astype(int) - skin).max(axis=2) > 60) & (picture.min(axis=2) > 170)
            for picture in pictures
        ]
        assert min(int(white.sum()) for white in whites) > 40


def test_a_slide_show_shows_shut_eyes_between_open_ones() -> None:
    source = person()
    assert source.shut == (29,)

    shown = [_white(picture) for picture in made("slide-show", source, seed=3, seconds=6.0)]

    low, high = min(shown), max(shown)
    changes = sum((a > (low + high) / 2) != (b > (low + high) / 2) for a, b in pairwise(shown))
    assert low < 0.5 * high
    assert changes >= 4


def test_a_loop_repeats_a_short_piece_around_the_blink() -> None:
    source = person(frames=150, shut=(70, 71, 72))

    shown = np.array([_white(picture) for picture in made("looped", source, seconds=6.0)])

    closings = np.flatnonzero(np.diff((shown < 0.5 * shown.max()).astype(int)) == 1)
    assert len(closings) >= 3
    assert np.ptp(np.diff(closings)) == 0
    assert 0.8 * 30 <= np.diff(closings)[0] <= 2.0 * 30


def _white(picture: Image) -> int:
    """Pixels as white as the drawn eyes, by how much brighter than skin they are in blue."""
    middle = picture[100:400, 100:540].astype(int)
    return int(((middle[..., 0] > middle[..., 2] - 25) & (middle[..., 0] > 150)).sum())


def test_a_flat_sheet_is_seen_through_a_homography_and_a_bent_one_is_not() -> None:
    def error(bend: float) -> float:
        hold = held.Hold(330, 250, 1.3, yaw=0.4, pitch=-0.2, roll=0.1, bend=bend)
        columns, rows = held.sources(FRAME, (100.0, 120.0), hold)
        places = [(x, y) for x in range(200, 460, 20) for y in range(140, 380, 20)]
        frame = np.array(places, dtype=np.float32)
        sheet = np.array([(columns[y, x], rows[y, x]) for x, y in places], dtype=np.float32)
        through, _ = cv2.findHomography(frame, sheet)
        predicted = cv2.perspectiveTransform(frame[None], through)[0]
        return float(np.abs(predicted - sheet).max())

    assert error(0.0) < 0.2
    assert error(0.005) > 1.0


@pytest.mark.parametrize("scale", [0.7, 1.0, 2.5])
def test_a_sheet_held_straight_is_only_scaled_about_its_anchor(scale: float) -> None:
    hold = held.Hold(300, 200, scale)

    columns, rows = held.sources(FRAME, (50.0, 60.0), hold)

    assert columns[200, 300] == pytest.approx(50, abs=0.05)
    assert rows[200, 300] == pytest.approx(60, abs=0.05)
    assert columns[200, 400] - columns[200, 300] == pytest.approx(100 / scale, abs=0.1)
    assert rows[300, 300] - rows[200, 300] == pytest.approx(100 / scale, abs=0.1)


def test_the_stripes_of_a_panel_show_in_the_spectrum() -> None:
    """A plain grey picture has none of its own."""

    def peak(stripes: float) -> float:
        panel = Panel(10, 8, 1.3, stripes, gamma=1, glow=10, bars=0, glare=0, blur=0.5)
        plain = np.full((240, 240, 3), 150, dtype=np.uint8)
        device = Replay(
            np.random.default_rng(1),
            (240, 240),
            anchor=(120, 120),
            scale=1.5,
            room=plain,
            panel=panel,
        )
        seen = device.shown(plain, 0.0)[176:304, 256:384].astype(np.float32).mean(2)
        amplitude = np.abs(np.fft.rfft2(seen - seen.mean()))
        amplitude[:4, :4] = amplitude[-4:, :4] = 0
        return float(amplitude.max() / np.median(amplitude))

    assert peak(0.3) > 4 * peak(0.0)


def test_a_line_of_eyes_brought_onto_another_lands_there() -> None:
    one, other = EyeLine(160, 100, 60, 0.0), EyeLine(210, 140, 90, 0.3)

    place: NDArray[np.float64] = placed(one, other)

    for eye, wanted in zip(one.eyes, other.eyes, strict=True):
        assert place @ np.array([*eye, 1.0]) == pytest.approx(wanted)
