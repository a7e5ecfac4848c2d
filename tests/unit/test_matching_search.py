"""Exact search: the same two residents as by multiplying everything, whatever is in the index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from brain.adapters.product_onnx import OnnxProduct
from matching import index as index_module
from matching.index import Index
from matching.search import BLOCK, PROBE_LIMIT, ByteProduct, Nearest, Rows, Vectors, nearest

DIMENSIONS = 16


class PlainProduct:
    """The port in numpy: slow and plainly right."""

    def largest(self, codes: NDArray[np.uint8], probes: NDArray[np.int8]) -> NDArray[np.int32]:
        products = codes.astype(np.int32) @ probes.astype(np.int32)
        return np.asarray(products.max(axis=1), np.int32)


@pytest.fixture(scope="module")
def onnx() -> OnnxProduct:
    product = OnnxProduct()
    product.start()
    return product


@pytest.fixture(params=["plain", "onnx"])
def product(request: pytest.FixtureRequest, onnx: OnnxProduct) -> ByteProduct:
    return PlainProduct() if request.param == "plain" else onnx


def unit(rows: NDArray[np.float64]) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def crowd(sizes: list[int], seed: int, spread: float = 0.6) -> dict[str, Vectors]:
    rng = np.random.default_rng(seed)
    return {
        f"r-{n}": unit(rng.normal(size=DIMENSIONS) + spread * rng.normal(size=(size, DIMENSIONS)))
        for n, size in enumerate(sizes)
    }


def some_probes(people: dict[str, Vectors], seed: int, count: int = 6) -> Vectors:
    """Half near somebody, half strangers."""
    rng = np.random.default_rng(seed)
    every = np.concatenate(list(people.values())).astype(np.float64)
    near = every[rng.integers(0, len(every), count)] + 0.1 * rng.normal(size=(count, DIMENSIONS))
    return unit(np.concatenate([near, rng.normal(size=(count, DIMENSIONS))]))


def searched(index: Index, probes: Vectors, product: ByteProduct) -> Nearest:
    return nearest(index.rows, index.starts, index.ends, probes, product)


def assert_same_as_multiplying_all(index: Index, probes: Vectors, product: ByteProduct) -> None:
    found = searched(index, probes, product)

    scores = index.scores(probes)
    ranked = -np.sort(-scores, axis=1)
    every = np.arange(len(probes))
    assert found.score == pytest.approx(ranked[:, 0], abs=1e-6)
    assert scores[every, found.best] == pytest.approx(ranked[:, 0], abs=1e-6)
    if len(index.residents) > 1:
        assert found.second_score == pytest.approx(ranked[:, 1], abs=1e-6)
        assert scores[every, found.second] == pytest.approx(ranked[:, 1], abs=1e-6)
        assert (found.best != found.second).all()
    else:
        assert (found.second == -1).all()
        assert (found.second_score == -1).all()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=40),
    st.integers(0, 10_000),
    st.floats(0.001, 3),
)
def test_the_answer_is_that_of_multiplying_everything(
    sizes: list[int], seed: int, spread: float
) -> None:
    people = crowd(sizes, seed, spread)
    index = Index.build(DIMENSIONS, people)

    assert_same_as_multiplying_all(index, some_probes(people, seed), PlainProduct())


def test_many_residents_are_searched_exactly(product: ByteProduct) -> None:
    people = crowd([5] * 3000, 1)

    index = Index.build(DIMENSIONS, people)

    assert_same_as_multiplying_all(index, some_probes(people, 2, 20), product)


def test_templates_far_outside_the_usual_range_are_searched_exactly(product: ByteProduct) -> None:
    people = crowd([3] * 200, 3)
    people |= {f"axis-{n}": np.eye(DIMENSIONS, dtype=np.float32)[n : n + 1] for n in range(8)}
    index = Index.build(DIMENSIONS, people)

    probes = np.concatenate([np.eye(DIMENSIONS, dtype=np.float32), some_probes(people, 4)])

    assert_same_as_multiplying_all(index, probes, product)


def test_one_person_with_more_templates_than_are_looked_at_at_once(product: ByteProduct) -> None:
    people = crowd([40 * BLOCK], 5, spread=0.05) | {"other": unit(np.ones((1, DIMENSIONS)))}
    index = Index.build(DIMENSIONS, people)

    assert_same_as_multiplying_all(index, some_probes(people, 6), product)


def test_of_two_residents_with_the_same_templates_the_first_is_best(product: ByteProduct) -> None:
    twins = crowd([5], 7)["r-0"]
    people = crowd([5] * 100, 8) | {"one": twins, "two": twins}
    index = Index.build(DIMENSIONS, people)

    found = searched(index, twins, product)

    assert [index.residents[column] for column in found.best] == ["one"] * len(twins)
    assert [index.residents[column] for column in found.second] == ["two"] * len(twins)
    assert np.array_equal(found.score, found.second_score)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(1, 70)), max_size=30))
def test_whoever_came_and_went_only_those_who_are_there_are_found(
    changes: list[tuple[bool, int, int]],
) -> None:
    index, there = Index.build(DIMENSIONS, {}), dict[str, Vectors]()
    for number, (comes, person, size) in enumerate(changes):
        name = f"r-{person}"
        if comes:
            there[name] = crowd([size], 100 + number)["r-0"]
            index = index.with_resident(name, there[name])
        else:
            there.pop(name, None)
            index = index.without(name)

    assert set(index.residents) == set(there)
    assert index.size == len(index.every()) == sum(map(len, there.values()))
    for name, vectors in there.items():
        assert np.array_equal(index.of(name), vectors)
    if there:
        assert_same_as_multiplying_all(index, some_probes(there, 9), PlainProduct())


def test_an_older_gallery_stays_as_it_was() -> None:
    people = crowd([3] * 50, 10)
    old = Index.build(DIMENSIONS, people)
    probes = some_probes(people, 11)
    before = searched(old, probes, PlainProduct())

    one = old.with_resident("new", crowd([200], 12)["r-0"])
    other = old.with_resident("another", crowd([200], 13)["r-0"]).without("r-1")

    after = searched(old, probes, PlainProduct())
    assert np.array_equal(before.best, after.best)
    assert np.array_equal(before.score, after.score)
    assert_same_as_multiplying_all(one, probes, PlainProduct())
    assert_same_as_multiplying_all(other, probes, PlainProduct())


def test_adding_as_many_again_copies_everything_a_few_times_only() -> None:
    index = Index.build(DIMENSIONS, crowd([5] * 1000, 14))
    grown = [index]
    for number in range(1000):
        grown.append(grown[-1].with_resident(f"new-{number}", unit(np.ones((5, 16)))))

    assert len({id(one.rows) for one in grown}) <= 5


def test_gaps_are_closed_when_half_of_the_rows_are_gaps() -> None:
    index = Index.build(DIMENSIONS, crowd([5] * 1000, 15))
    for number in range(600):
        index = index.without(f"r-{number}")

    assert index.size == 2000
    assert index.count < 2 * index.size + 5


def test_a_gallery_uses_the_search_only_where_it_pays(
    monkeypatch: pytest.MonkeyPatch, onnx: OnnxProduct
) -> None:
    people = crowd([5] * 400, 16)
    probes = some_probes(people, 17)
    index = Index.build(DIMENSIONS, people, onnx)
    plain = index.nearest(probes)

    monkeypatch.setattr(index_module, "FEW", 1000)
    searched_too = index.nearest(probes)

    assert np.array_equal(plain.best, searched_too.best)
    assert np.array_equal(plain.second, searched_too.second)
    assert plain.score == pytest.approx(searched_too.score, abs=1e-6)


def test_nobody_is_nearest_where_nobody_is() -> None:
    with pytest.raises(ValueError, match="empty index"):
        Index.build(DIMENSIONS, {}).nearest(unit(np.ones((1, DIMENSIONS))))


def test_bounds_hold_for_every_template() -> None:
    rng = np.random.default_rng(18)
    vectors, probes = unit(rng.normal(size=(500, 128))), unit(rng.normal(size=(30, 128)))
    rows = Rows(128, 500)
    rows.append(vectors)

    bounds = rows.bounds(probes, 500, PlainProduct())

    scores = np.pad(probes @ vectors.T, ((0, 0), (0, -500 % BLOCK)), constant_values=-1)
    best = scores.reshape(30, -1, BLOCK).max(axis=2)
    assert (best <= bounds).all()
    assert (bounds - best).max() < 0.06


def test_bytes_are_multiplied_exactly_at_their_limits(onnx: OnnxProduct) -> None:
    rng = np.random.default_rng(19)
    codes = rng.choice(np.array([1, 255], np.uint8), (9, BLOCK, 512))
    probes = rng.choice(np.array([-PROBE_LIMIT, PROBE_LIMIT], np.int8), (512, 21))

    assert np.array_equal(onnx.largest(codes, probes), PlainProduct().largest(codes, probes))


def test_multiplying_before_start_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="before start"):
        OnnxProduct().largest(np.zeros((1, BLOCK, 4), np.uint8), np.zeros((4, 1), np.int8))
