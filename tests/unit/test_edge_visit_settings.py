"""What may be set of visits and enrolments."""

from __future__ import annotations

from pathlib import Path

import pytest
from edge_yaml import mistakes, read

from edge.core.policies import Challenging, Wanted


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("visit", {"burst": 400}),
        ("visit", {"pause_s": 1}),
        ("enrolment", {"min_interval_s": -0.1}),
    ],
)
def test_times_and_numbers_that_cannot_work_are_refused(
    tmp_path: Path, key: str, value: object
) -> None:
    assert f": {key}" in mistakes(tmp_path, **{key: value})


def test_texture_is_optional_and_no_task_is_set_unless_wished_for(tmp_path: Path) -> None:
    usual = read(tmp_path)
    wished = read(
        tmp_path,
        liveness={"texture": "required", "challenge": "fallback", "challenge_after_s": 4},
    )

    assert (usual.liveness.wanted, usual.visit_rule.challenge) == (
        Wanted.OPTIONAL,
        Challenging.OFF,
    )
    assert wished.liveness.wanted is Wanted.REQUIRED
    assert wished.visit_rule.challenge is Challenging.FALLBACK
    assert wished.visit_rule.challenge_after_s == 4


@pytest.mark.parametrize("mistake", [{"texture": "maybe"}, {"challenge": "sometimes"}])
def test_what_is_no_choice_of_liveness_is_refused(
    tmp_path: Path, mistake: dict[str, object]
) -> None:
    assert next(iter(mistake)) in mistakes(tmp_path, liveness=mistake)


def test_an_unknown_liveness_policy_is_refused_and_the_known_ones_named(tmp_path: Path) -> None:
    text = mistakes(tmp_path, liveness={"policy": "trusting"})

    assert "standard" in text
