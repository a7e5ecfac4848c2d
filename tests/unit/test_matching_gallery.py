"""The templates of all residents, searched exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.gallery import Gallery, Vectors

SIX = 6


def vectors(count: int, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, SIX))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


people = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.integers(1, 4), min_size=1, max_size=6
)


@given(people, st.integers(0, 1000))
def test_scores_are_the_best_cosine_of_each_resident(sizes: dict[str, int], seed: int) -> None:
    everybody = {name: vectors(size, seed + n) for n, (name, size) in enumerate(sizes.items())}
    gallery = Gallery.build(1, SIX, everybody)
    probes = vectors(3, seed + 99)

    scores = gallery.scores(probes)

    for column, name in enumerate(gallery.residents):
        expected = [max(float(p @ t) for t in everybody[name]) for p in probes]
        assert scores[:, column] == pytest.approx(expected, abs=1e-5)


@given(people, st.integers(0, 1000))
def test_adding_and_removing_somebody_leaves_the_others_as_they_were(
    sizes: dict[str, int], seed: int
) -> None:
    gallery = Gallery.build(
        1, SIX, {name: vectors(size, seed + n) for n, (name, size) in enumerate(sizes.items())}
    )

    there_and_back = gallery.with_resident(2, "guest", vectors(2, 5)).without(3, "guest")

    assert there_and_back.residents == gallery.residents
    assert np.array_equal(there_and_back.templates, gallery.templates)
    assert there_and_back.version == 3


def test_an_empty_gallery_scores_nobody() -> None:
    gallery = Gallery.build(0, SIX, {})

    assert gallery.scores(vectors(2, 0)).shape == (2, 0)
    assert gallery.dimensions == SIX
    assert gallery.without(1, "nobody").residents == ()
    assert gallery.with_resident(1, "first", vectors(2, 1)).residents == ("first",)


def test_replacing_templates_keeps_one_entry() -> None:
    gallery = Gallery.build(1, SIX, {"a": vectors(3, 0), "b": vectors(2, 1)})

    replaced = gallery.with_resident(2, "a", vectors(1, 9))

    assert sorted(replaced.residents) == ["a", "b"]
    assert len(replaced.of("a")) == 1
    assert np.array_equal(replaced.of("b"), gallery.of("b"))
    assert len(replaced.of("nobody")) == 0


def test_a_snapshot_cannot_be_written_to() -> None:
    gallery = Gallery.build(1, SIX, {"a": vectors(3, 0)})

    with pytest.raises(ValueError, match="read-only"):
        gallery.templates[0, 0] = 9


@pytest.mark.parametrize("rows", [np.empty((0, SIX)), np.ones((2, SIX + 1)), np.ones(SIX)])
def test_templates_of_the_wrong_shape_are_refused(rows: Vectors) -> None:
    with pytest.raises(ValueError, match="templates of shape"):
        Gallery.build(1, SIX, {"a": rows})


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_a_resident_whose_vectors_are_no_numbers_is_not_taken_in(nothing: float) -> None:
    good = np.eye(2, 8, dtype=np.float32)
    poisoned = good.copy()
    poisoned[1, 3] = nothing
    gallery = Gallery.build(1, 8, {"r-a": good})

    with pytest.raises(ValueError, match="not finite"):
        Gallery.build(1, 8, {"r-a": good, "r-b": poisoned})
    with pytest.raises(ValueError, match="r-b"):
        gallery.with_resident(2, "r-b", poisoned)
