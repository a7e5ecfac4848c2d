"""What counts as a swap, and which refusals of one person are counted?"""

from __future__ import annotations

import numpy as np

from bench.attacks import genuine
from bench.attacks.splices import Known, Trial, asked, by_enrolment
from brain.encoder_settings import DEFAULTS
from matching.gallery import Gallery, Vectors
from matching.sight import Seen

WIDE = 64
RULE = asked(DEFAULTS["sface"], 0.46)
BOTH = frozenset({1, 2})


def views(person: int, count: int) -> Vectors:
    rng = np.random.default_rng(person)
    made = np.eye(WIDE)[person] + 0.3 * rng.normal(size=(count, WIDE)) / WIDE**0.5
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


GALLERY = Gallery.build(1, WIDE, {f"r{one}": views(one, 1) for one in range(4)})


def visit(probes: Vectors) -> genuine.Visit:
    return Seen(probes, (), np.ones(len(probes), np.float32)), GALLERY, RULE


def trial(shown: frozenset[int], **let_in: str) -> Trial:
    known = {Known[name.upper()]: resident for name, resident in let_in.items()}
    return Trial("ann", "bea", "during", "faded", shown, let_in=known, unasked=known)


def test_a_burst_of_one_person_is_let_in_and_not_refused() -> None:
    counts = genuine.refused([visit(views(1, 20))])

    assert (counts["visits"], counts["let in"], counts["refused"]) == (1, 1, 0)


def test_a_refusal_is_counted_by_each_limit_that_alone_refuses() -> None:
    mixture = views(1, 1) + 1.6 * views(9, 1)
    mixture /= np.linalg.norm(mixture)

    counts = genuine.refused([visit(np.vstack([views(1, 19), mixture]))])

    assert (counts["let in"], counts["refused"]) == (1, 1)
    assert (counts["stray"], counts["rival"]) == (1, 0)


def test_a_visit_that_would_not_be_let_in_anyway_says_nothing() -> None:
    counts = genuine.refused([visit(views(30, 20))])

    assert (counts["visits"], counts["let in"], counts["refused"]) == (1, 0, 0)


def test_whoever_of_both_is_let_in_it_is_a_swap() -> None:
    assert trial(BOTH, both="ann").defect
    assert trial(BOTH, second="bea").swapped(Known.SECOND)
    assert not trial(BOTH, second="bea").defect


def test_one_person_alone_is_a_swap_only_under_anothers_name() -> None:
    alone = frozenset({2})

    assert not trial(alone, both="bea").defect
    assert trial(alone, both="ann").defect


def test_swaps_are_counted_by_who_is_enrolled() -> None:
    lines = by_enrolment([trial(BOTH, first="ann"), trial(BOTH), trial(frozenset(), both="ann")])

    counts = {line.split("  ")[0]: line.split()[-2:] for line in lines[1:]}
    assert counts == {
        Known.BOTH.value: ["1", "1"],
        Known.FIRST.value: ["1", "1"],
        Known.SECOND.value: ["0", "0"],
    }
