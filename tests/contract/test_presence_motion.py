"""Presence by motion: wakes for a person, and for nothing else that a camera shows."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.presence_motion import MotionPresence
from edge.ports import Frame

Picture = NDArray[np.uint8]
FPS = 8.0


@pytest.fixture
def presence() -> MotionPresence:
    presence = MotionPresence()
    presence.start()
    return presence


def room(rng: np.random.Generator, gain: float = 1.0, sigma: float = 3.0) -> NDArray[np.float64]:
    """A wall with a door frame and sensor noise, 160x120."""
    picture = np.full((120, 160, 3), 110.0)
    picture[:, 50:53] = 60
    picture[:, 107:110] = 60
    picture += np.linspace(-20, 20, 160)[None, :, None]
    return picture * gain + rng.normal(0, sigma, picture.shape)


def with_person(picture: NDArray[np.float64], x: int, near: float = 1.0) -> NDArray[np.float64]:
    """The same with a head and shoulders at `x`."""
    head, body = (round(14 * near), round(19 * near)), (round(30 * near), round(28 * near))
    cv2.ellipse(picture, (x, 60), head, 0, 0, 360, (150, 170, 210), -1)
    cv2.ellipse(picture, (x, 60 + round(48 * near)), body, 0, 0, 360, (70, 50, 40), -1)
    return picture


def play(
    presence: MotionPresence, pictures: Iterable[NDArray[np.float64]], start: float = 0
) -> list[bool]:
    return [
        presence.present(
            Frame(np.clip(picture, 0, 255).astype(np.uint8), start + index / FPS, index)
        )
        for index, picture in enumerate(pictures)
    ]


def test_an_empty_place_with_noise_stays_asleep(presence: MotionPresence) -> None:
    rng = np.random.default_rng(1)

    answers = play(presence, (room(rng, sigma=12) for _ in range(80)))

    assert not any(answers)


def test_somebody_stepping_in_wakes_at_the_first_frame_that_shows_them(
    presence: MotionPresence,
) -> None:
    rng = np.random.default_rng(2)
    empty = [room(rng) for _ in range(16)]
    person = [with_person(room(rng), 10 + 8 * step) for step in range(8)]

    answers = play(presence, [*empty, *person])

    assert not any(answers[:16])
    assert all(answers[16:])


@pytest.mark.parametrize("gain", [0.6, 0.8, 1.3, 1.6])
def test_a_change_of_exposure_is_nobody(presence: MotionPresence, gain: float) -> None:
    rng = np.random.default_rng(3)

    answers = play(
        presence, [*(room(rng) for _ in range(8)), *(room(rng, gain) for _ in range(24))]
    )

    assert not any(answers)


def test_somebody_who_left_is_gone_at_once(presence: MotionPresence) -> None:
    rng = np.random.default_rng(4)
    visit = [with_person(room(rng), 75 + step % 3) for step in range(60)]

    answers = play(presence, [room(rng), *visit, *(room(rng) for _ in range(4))])

    assert all(answers[1:61])
    assert not any(answers[61:])


def test_somebody_near_is_seen_though_they_cover_most_and_the_exposure_follows(
    presence: MotionPresence,
) -> None:
    rng = np.random.default_rng(8)
    person = [with_person(room(rng, gain=0.8), 80, near=2.2) for _ in range(40)]

    answers = play(presence, [room(rng), *person, room(rng)])

    assert all(answers[1:41])
    assert not answers[-1]


def test_whoever_stood_still_for_long_is_gone_at_once_too(presence: MotionPresence) -> None:
    rng = np.random.default_rng(9)
    still = [with_person(room(rng), 80, near=1.5) for _ in range(int(20 * FPS))]

    answers = play(presence, [room(rng), *still, *(room(rng) for _ in range(4))])

    assert answers[1]
    assert not any(answers[-4:])


def test_a_parcel_left_behind_becomes_part_of_the_place(presence: MotionPresence) -> None:
    rng = np.random.default_rng(5)

    def parcel() -> NDArray[np.float64]:
        picture = room(rng)
        picture[82:118, 65:100] = 40
        return picture

    answers = play(presence, [room(rng), *(parcel() for _ in range(int(30 * FPS)))])

    assert answers[1]
    assert not answers[-1]
    assert play(presence, [with_person(parcel(), 75)], start=31.0) == [True]


def test_dusk_does_not_wake(presence: MotionPresence) -> None:
    rng = np.random.default_rng(6)

    answers = play(presence, (room(rng, gain=1 - 0.004 * step) for step in range(160)))

    assert not any(answers)


def test_without_a_picture_the_last_answer_holds_and_stop_forgets(
    presence: MotionPresence,
) -> None:
    rng = np.random.default_rng(7)
    play(presence, [room(rng), with_person(room(rng), 80)])

    assert presence.present(None)
    presence.stop()
    presence.stop()
    assert not presence.present(None)
