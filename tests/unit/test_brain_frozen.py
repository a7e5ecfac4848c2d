"""When is a burst one picture again and again?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.frozen import frozen


@pytest.mark.parametrize(("different", "says"), [(20, False), (15, False), (14, True), (1, True)])
def test_three_quarters_of_a_burst_must_be_different_pictures(different: int, says: bool) -> None:
    pictures = [bytes([min(place, different - 1)]) for place in range(20)]

    assert frozen(pictures) is says


@given(st.lists(st.binary(max_size=2), min_size=1, max_size=20), st.randoms())
def test_the_order_of_pictures_does_not_matter(pictures: list[bytes], lots: object) -> None:
    mixed = list(pictures)
    lots.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis's own Random

    assert frozen(mixed) == frozen(pictures)


def test_a_single_picture_is_no_copy() -> None:
    assert not frozen([b"one"])
