"""From which score on is a visitor let in?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from brain.core.calibration import SFACE_PRIOR, Prior, calibrate

PRIOR = Prior(mean=0.1, spread=0.09)


def _scores(residents: int, seed: int, spread: float = 0.09) -> NDArray[np.float32]:
    """Sample visits of as many residents, one each; the diagonal is their own."""
    lots = np.random.default_rng(seed)
    table = lots.normal(0.1, spread, (residents, residents)).astype(np.float32)
    np.fill_diagonal(table, 0.8)
    return table


def _owners(table: NDArray[np.float32]) -> NDArray[np.intp]:
    return np.arange(len(table), dtype=np.intp)


def _let_in(threshold: float, residents: int, seed: int, spread: float = 0.09) -> float:
    lots = np.random.default_rng(seed)
    best = lots.normal(0.1, spread, (5_000, residents)).max(axis=1)
    return float((best >= threshold).mean())


@pytest.mark.parametrize("residents", [10, 100, 400])
def test_strangers_are_let_in_about_as_often_as_asked(residents: int) -> None:
    shares = []
    for seed in range(12):
        table = _scores(residents, seed)
        found = calibrate(table, _owners(table), 0.01, PRIOR)
        shares.append(_let_in(found.threshold, residents, seed + 1000))
    assert 0.002 < np.mean(shares) <= 0.015


def test_a_gallery_of_people_who_look_alike_gets_a_higher_threshold() -> None:
    usual, alike = _scores(100, 1), _scores(100, 1, spread=0.12)
    assert (
        calibrate(alike, _owners(alike), 0.01, PRIOR).threshold
        > calibrate(usual, _owners(usual), 0.01, PRIOR).threshold + 0.05
    )


def test_a_tail_heavier_than_the_normal_laws_raises_the_threshold() -> None:
    usual = _scores(100, 1)
    heavy = usual.copy()
    lots = np.random.default_rng(5)
    rows, columns = lots.integers(0, 50, 60), lots.integers(50, 100, 60)
    heavy[rows, columns] = 0.6
    assert (
        calibrate(heavy, _owners(heavy), 0.01, PRIOR).threshold
        > calibrate(usual, _owners(usual), 0.01, PRIOR).threshold + 0.02
    )


def test_a_residents_own_score_is_left_out() -> None:
    table = _scores(20, 3)
    higher = table.copy()
    np.fill_diagonal(higher, 1.0)
    assert calibrate(table, _owners(table), 0.01, PRIOR) == calibrate(
        higher, _owners(higher), 0.01, PRIOR
    )


def test_several_visits_of_a_resident_all_count_as_strangers_to_the_others() -> None:
    table = _scores(20, 3)
    found = calibrate(np.vstack([table, table]), np.concatenate([_owners(table)] * 2), 0.01, PRIOR)
    assert found.impostors == 2 * 20 * 19
    assert found.residents == 20


@pytest.mark.parametrize("residents", [0, 1])
def test_without_anybody_to_compare_open_data_give_a_careful_threshold(residents: int) -> None:
    table = np.ones((residents, residents), np.float32)
    found = calibrate(table, _owners(table), 0.001, PRIOR)
    assert found.impostors == 0
    assert _let_in(found.threshold, 1, 3) <= 0.001
    assert (
        found.threshold < calibrate(_scores(10, 1), _owners(_scores(10, 1)), 0.001, PRIOR).threshold
    )
    assert found.extrapolated


def test_few_residents_are_taken_with_care() -> None:
    """Ten residents cannot show what happens once in a thousand visits; two thousand can."""
    table = _scores(10, 4)
    few = calibrate(table, _owners(table), 0.001, PRIOR)
    assert _let_in(few.threshold, 10, 7) <= 0.001


@settings(deadline=None)  # the machine may be busy; nothing here is about time
@given(
    residents=st.integers(2, 40),
    seed=st.integers(0, 999),
    target=st.floats(1e-6, 0.2),
    rarer=st.floats(0.01, 0.99),
)
def test_a_rarer_target_never_lowers_the_threshold(
    residents: int, seed: int, target: float, rarer: float
) -> None:
    table = _scores(residents, seed)
    lax = calibrate(table, _owners(table), target, PRIOR)
    strict = calibrate(table, _owners(table), target * rarer, PRIOR)
    assert strict.threshold >= lax.threshold


@settings(deadline=None)
@given(seed=st.integers(0, 999))
def test_the_order_of_residents_does_not_matter(seed: int) -> None:
    table = _scores(12, seed)
    order = np.random.default_rng(seed + 1).permutation(12)
    there = calibrate(table, _owners(table), 0.01, PRIOR)
    back = calibrate(table[np.ix_(order, order)], _owners(table), 0.01, PRIOR)
    assert back.threshold == pytest.approx(there.threshold, abs=1e-9)


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, float("nan")])
def test_a_target_that_is_no_share_is_refused(target: float) -> None:
    table = _scores(3, 0)
    with pytest.raises(ValueError, match="share of strangers"):
        calibrate(table, _owners(table), target, PRIOR)


def test_what_is_extrapolated_is_called_so_with_the_comparisons_behind_it() -> None:
    table = _scores(100, 2)
    shown = calibrate(table, _owners(table), 0.03, PRIOR)
    beyond = calibrate(table, _owners(table), 0.0001, PRIOR)
    assert not shown.extrapolated
    assert shown.confidence == (
        "for 1 stranger in 33: from 9,900 comparisons of 100 residents with each other"
    )
    assert beyond.extrapolated
    assert beyond.confidence == (
        "for 1 stranger in 10,000: extrapolated from 9,900 comparisons of 100 residents with each"
        " other"
    )
    nobody = calibrate(table[:0, :0], _owners(table)[:0], 0.01, PRIOR)
    assert "nobody is enrolled" in nobody.confidence
    alone = calibrate(table[:1, :1], _owners(table)[:1], 0.01, PRIOR)
    assert "open data alone" in alone.confidence


def test_scores_that_are_no_numbers_give_no_threshold() -> None:
    scores = np.full((3, 3), np.nan, np.float32)

    with pytest.raises(ValueError, match="threshold"):
        calibrate(scores, np.arange(3), 0.001, SFACE_PRIOR)
