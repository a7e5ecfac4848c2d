"""Which visits teach, and which never may."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from test_brain_lookalikes import gallery, like, people

from brain.core.renewal import Confirmed, RenewalRule, lesson
from matching.decision import MatchRule
from matching.fusion import Vectors, fuse

RULE = MatchRule(threshold=0.5, margin=0.05, floor=0.3)
CLEAR = 2.0
EVERYBODY = people(6)
OWN = EVERYBODY[:1]


def crops(cosine: float, count: int = 8) -> Vectors:
    return np.concatenate([like(OWN, cosine, seed) for seed in range(count)])


def confirmed(probes: Vectors) -> Confirmed:
    return Confirmed("r-0", probes, OWN)


def test_a_visit_beyond_doubt_gives_its_mean() -> None:
    given_ = lesson(confirmed(crops(0.9)), gallery(EVERYBODY), RULE, CLEAR)

    assert given_ is not None
    assert np.allclose(given_, fuse(crops(0.9))[0])


def test_a_visit_just_above_the_threshold_teaches_nothing() -> None:
    one = np.repeat(like(OWN, 0.55), 5, axis=0)

    assert lesson(confirmed(one), gallery(EVERYBODY), RULE, CLEAR) is None
    assert lesson(confirmed(one), gallery(EVERYBODY), RULE, clear=0.5) is not None


def test_one_crop_of_somebody_else_spoils_the_visit() -> None:
    mixed = np.concatenate([crops(0.9), EVERYBODY[1:2]])

    assert lesson(confirmed(mixed), gallery(EVERYBODY), RULE, CLEAR) is None


def test_one_crop_of_nobody_spoils_the_visit() -> None:
    mixed = np.concatenate([crops(0.9), like(OWN, 0.2)])

    assert lesson(confirmed(mixed), gallery(EVERYBODY), RULE, CLEAR) is None


def test_somebody_with_a_lookalike_is_never_learnt() -> None:
    twin = gallery(np.concatenate([EVERYBODY, like(OWN, 0.6)]))

    assert lesson(confirmed(crops(0.99)), twin, RULE, CLEAR) is None


def test_what_was_learnt_never_carries_a_resident_away_from_who_was_enrolled() -> None:
    stranger = like(OWN, 0.4, seed=3)
    drifted = gallery(np.concatenate([stranger, EVERYBODY[1:]]))
    visit = np.repeat(stranger, 5, axis=0)

    assert lesson(Confirmed("r-0", visit, OWN), drifted, RULE, CLEAR) is None


def test_a_visit_of_another_resident_teaches_nothing() -> None:
    visit = np.repeat(EVERYBODY[1:2], 5, axis=0)

    assert lesson(confirmed(visit), gallery(EVERYBODY), RULE, CLEAR) is None


@given(st.integers(0, 100), st.floats(0, 0.5), st.integers(1, 50))
def test_learnt_templates_are_never_more_than_their_share(
    enrolled: int, share: float, most: int
) -> None:
    room = replace(RenewalRule(), share=share, most=most).room(enrolled)

    assert 0 <= room <= min(most, share * enrolled)
