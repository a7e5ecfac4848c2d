"""What a brain takes for a living person, door by door."""

from __future__ import annotations

import pytest
from doorbus_strategies import LIVENESS
from hypothesis import given
from hypothesis import strategies as st

from doorbus.messages import (
    BlinkSeen,
    EvidenceSeen,
    LifeFinding,
    LifeSign,
    Liveness,
    Reason,
    TaskName,
    TaskSet,
)
from matching.life import LifeRule, LifeRules, against_life, in_words

BLINK = BlinkSeen(start_ms=100, closed_ms=200, end_ms=300, depth=0.4)
TIMES = [0, 1000]


def seen(
    sign: LifeSign, finding: LifeFinding = LifeFinding.LIVE, start: int = 0, end: int = 500
) -> EvidenceSeen:
    return EvidenceSeen(sign=sign, finding=finding, score=0.4321, start_ms=start, end_ms=end)


def liveness(
    *evidence: EvidenceSeen,
    blinks: tuple[BlinkSeen, ...] = (BLINK,),
    policy: str = "standard",
    answered: bool | None = None,
) -> Liveness:
    task = None
    if answered is not None:
        task = TaskSet(task=TaskName.TURN_LEFT, asked_ms=-900, answered=answered)
    models = {"landmarks": "points.dat 0123456789ab"}
    return Liveness(
        policy=policy, blinks=blinks, evidence=evidence, task=task, fps=29.6, models=models
    )


def test_a_blink_within_the_burst_is_life() -> None:
    assert against_life(liveness(), TIMES, LifeRule()) is None


@pytest.mark.parametrize(
    "life",
    [
        liveness(blinks=()),
        liveness(policy="demo"),
        liveness(blinks=(BLINK.model_copy(update={"closed_ms": 400}),)),
        liveness(blinks=(BLINK.model_copy(update={"depth": 0.0}),)),
        liveness(blinks=(BlinkSeen(start_ms=60_000, closed_ms=60_100, end_ms=60_200, depth=1),)),
        liveness(blinks=(BlinkSeen(start_ms=-9_100, closed_ms=-9_000, end_ms=-8_900, depth=1),)),
        liveness(seen(LifeSign.BLINK), blinks=()),
        liveness(seen(LifeSign.TEXTURE), seen(LifeSign.SOLID), blinks=()),
        liveness(seen(LifeSign.CHALLENGE), blinks=()),
        liveness(seen(LifeSign.CHALLENGE), blinks=(), answered=False),
        liveness(blinks=(), answered=True),
        liveness(seen(LifeSign.CHALLENGE, start=500, end=0), blinks=(), answered=True),
        liveness(seen(LifeSign.CHALLENGE, start=9_000, end=9_000), blinks=(), answered=True),
    ],
    ids=[
        *("no blink", "other policy", "order of times", "no depth", "long after", "long before"),
        *("a blink without times", "no moment", "no task", "task not done", "task not seen done"),
        *("task's order of times", "task long after"),
    ],
)
def test_anything_less_is_not(life: Liveness) -> None:
    assert against_life(life, TIMES, LifeRule()) is Reason.NO_LIFE


def test_a_task_done_stands_for_a_blink() -> None:
    life = liveness(seen(LifeSign.CHALLENGE), blinks=(), answered=True)

    assert against_life(life, TIMES, LifeRule()) is None


@pytest.mark.parametrize("sign", LifeSign)
def test_whatever_speaks_against_life_overrides_all_that_speaks_for_it(sign: LifeSign) -> None:
    everything = [seen(other) for other in LifeSign]

    life = liveness(*everything, seen(sign, LifeFinding.SPOOF), answered=True)

    assert against_life(life, TIMES, LifeRule()) is Reason.SPOOF


def test_the_demos_portraits_pass_only_where_their_policy_is_accepted() -> None:
    life = liveness(seen(LifeSign.TEXTURE, LifeFinding.SPOOF), policy="demo")

    assert against_life(life, TIMES, LifeRule(policies={"standard", "demo"})) is None
    assert against_life(life, TIMES, LifeRule()) is Reason.NO_LIFE


@pytest.mark.parametrize("sign", [LifeSign.TEXTURE, LifeSign.SOLID])
def test_a_door_must_show_the_signs_that_are_required_of_it(sign: LifeSign) -> None:
    rules = LifeRules(doors={"vault": LifeRule(required={sign})})
    shown, unsure = liveness(seen(sign)), liveness(seen(sign, LifeFinding.ABSTAINED))

    assert against_life(shown, TIMES, rules.at("vault")) is None
    assert against_life(unsure, TIMES, rules.at("vault")) is Reason.NO_LIFE
    assert against_life(liveness(), TIMES, rules.at("vault")) is Reason.NO_LIFE
    assert against_life(liveness(), TIMES, rules.at("front")) is None


def test_screens_must_have_been_looked_for_where_that_is_required() -> None:
    rule = LifeRule(required={LifeSign.SCREEN})

    looked = liveness(seen(LifeSign.SCREEN, LifeFinding.ABSTAINED))

    assert against_life(looked, TIMES, rule) is None
    assert against_life(liveness(), TIMES, rule) is Reason.NO_LIFE


def test_a_required_blink_is_not_replaced_by_a_task() -> None:
    life = liveness(seen(LifeSign.CHALLENGE), blinks=(), answered=True)

    assert against_life(life, TIMES, LifeRule(required={LifeSign.BLINK})) is Reason.NO_LIFE


def test_the_audit_tells_signs_and_findings_and_no_score() -> None:
    told = in_words(liveness(seen(LifeSign.TEXTURE), answered=True))

    assert told == (
        "policy standard; 1 blinks; texture live; task turn_left done; 30 fps; "
        "landmarks: points.dat 0123456789ab"
    )


@given(LIVENESS, st.lists(st.integers(0, 600_000), min_size=1, max_size=5))
def test_asking_for_more_never_lets_more_in(life: Liveness, times: list[int]) -> None:
    accepted = {life.policy}
    easy = against_life(life, times, LifeRule(policies=accepted))

    hard = against_life(life, times, LifeRule(policies=accepted, required=set(LifeSign)))

    assert easy is None or hard is not None


@pytest.mark.parametrize(
    ("start", "end", "life"),
    [(-29_000, 500, True), (-31_000, 500, False), (0, 7_000, False), (-600_000, 600_000, False)],
)
def test_a_sign_that_claims_to_hold_for_minutes_is_none(start: int, end: int, life: bool) -> None:
    rule = LifeRule(required=(LifeSign.TEXTURE,))

    found = against_life(liveness(seen(LifeSign.TEXTURE, start=start, end=end)), TIMES, rule)

    assert (found is None) is life


@pytest.mark.parametrize(
    "odd", ["x; texture live", "a: b", "two\nlines", "", "a" * 65, "points ; z"]
)
def test_no_name_of_a_model_can_pass_for_a_sign(odd: str) -> None:
    with pytest.raises(ValueError, match="models"):
        Liveness(policy="standard", blinks=(), fps=30, models={"landmarks": odd})
    with pytest.raises(ValueError, match="models"):
        Liveness(policy="standard", blinks=(), fps=30, models={odd: "points.dat"})
