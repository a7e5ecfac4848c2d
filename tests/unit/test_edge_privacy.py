"""What of a camera picture may leave a door, looked for in the pixels: `edge.core.privacy`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.core.privacy import CELLS, FILL, Area, Faces, PrivacyRule, fit_to_leave

HEIGHT, WIDTH = 120, 160
BOX = (60.0, 40.0, 30.0, 40.0)


def noise(seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(1, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def test_without_a_rule_the_picture_leaves_as_it_is_and_is_not_the_same_memory() -> None:
    image = noise()

    shown = fit_to_leave(image, PrivacyRule(), [BOX])

    assert np.array_equal(shown, image)
    assert not np.shares_memory(shown, image)


def test_a_masked_area_is_gone_and_everything_else_is_untouched() -> None:
    image = noise()
    rule = PrivacyRule(mask=(Area(0.5, 0.0, 1.0, 0.25),))

    shown = fit_to_leave(image, rule, [])

    assert (shown[:30, 80:] == FILL).all()
    left = np.ones((HEIGHT, WIDTH), bool)
    left[:30, 80:] = False
    assert np.array_equal(shown[left], image[left])


def test_the_picture_that_is_masked_stays_whole_for_recognition() -> None:
    image = noise()
    before = image.copy()

    fit_to_leave(image, PrivacyRule((Area(0, 0, 1, 1),), Faces.HIDE), [BOX])

    assert np.array_equal(image, before)


def test_a_hidden_face_is_gone_with_what_is_around_it() -> None:
    image = noise()

    shown = fit_to_leave(image, PrivacyRule(faces=Faces.HIDE), [BOX])

    assert (shown[28:92, 51:99] == FILL).all()
    assert np.array_equal(shown[:28], image[:28])


def test_of_a_blurred_face_no_more_than_a_few_mean_colours_are_left() -> None:
    shown = fit_to_leave(noise(), PrivacyRule(faces=Faces.BLUR), [BOX])

    colours = np.unique(shown[28:92, 51:99].reshape(-1, 3), axis=0)
    assert 1 < len(colours) <= CELLS * CELLS


def test_two_faces_of_the_same_mean_colours_leave_the_same_blur() -> None:
    """So nothing finer than the cells can be told from what has left."""
    one = noise()
    part = one[28:92, 51:99]
    other = one.copy()
    for rows in np.array_split(np.arange(part.shape[0]), CELLS):
        for columns in np.array_split(np.arange(part.shape[1]), CELLS):
            cell = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            flipped = cell[::-1, ::-1]
            other[28 + rows[0] : 29 + rows[-1], 51 + columns[0] : 52 + columns[-1]] = flipped
    assert not np.array_equal(one, other)

    rule = PrivacyRule(faces=Faces.BLUR)

    assert np.array_equal(fit_to_leave(one, rule, [BOX]), fit_to_leave(other, rule, [BOX]))


@given(
    corners=st.tuples(
        st.floats(0, 0.98), st.floats(0, 0.98), st.floats(0.01, 1), st.floats(0.01, 1)
    ),
    faces=st.sampled_from(list(Faces)),
    boxes=st.lists(
        st.tuples(st.floats(-50, 170), st.floats(-50, 130), st.floats(1, 200), st.floats(1, 200)),
        max_size=3,
    ),
)
def test_nothing_of_a_masked_area_leaves_whatever_faces_lie_across_it(
    corners: tuple[float, float, float, float],
    faces: Faces,
    boxes: list[tuple[float, float, float, float]],
) -> None:
    left, top, right, bottom = corners
    area = Area(left, top, max(right, left + 0.01), max(bottom, top + 0.01))
    rule = PrivacyRule((area,), faces)
    rows = slice(int(area.top * HEIGHT), min(HEIGHT, int(np.ceil(area.bottom * HEIGHT))))
    columns = slice(int(area.left * WIDTH), min(WIDTH, int(np.ceil(area.right * WIDTH))))
    one, other = noise(1), noise(1)
    other[rows, columns] = noise(2)[rows, columns]

    assert np.array_equal(fit_to_leave(one, rule, boxes), fit_to_leave(other, rule, boxes))


@pytest.mark.parametrize("faces", list(Faces))
def test_a_face_beyond_the_border_is_no_trouble(faces: Faces) -> None:
    shown = fit_to_leave(
        noise(), PrivacyRule(faces=faces), [(-40, -40, 60, 60), (150, 110, 90, 90), (400, 9, 5, 5)]
    )

    assert shown.shape == (HEIGHT, WIDTH, 3)
