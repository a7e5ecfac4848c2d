"""Refusals across doors: nobody is called for a few, somebody is for many, and not every second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core import guessing
from brain.core.guessing import Alarm, Watched, WatchRule, refused

RULE = WatchRule(window_s=100, door=5, site=9, doors=3, quiet_s=200)
DOORS = ("a", "b", "c", "d", "e")
Refused = tuple[float, str]

spans = st.lists(st.tuples(st.floats(0, 60, allow_nan=False), st.sampled_from(DOORS)), max_size=120)


def told(refusals: list[Refused], rule: WatchRule = RULE) -> list[tuple[float, Alarm]]:
    watched, heard = Watched(), []
    for now, door in refusals:
        watched, alarms = refused(watched, door, now, rule)
        heard += [(now, alarm) for alarm in alarms]
    return heard


def in_time(steps: list[Refused]) -> list[Refused]:
    now, made = 0.0, []
    for step, door in steps:
        now += step
        made.append((now, door))
    return made


def test_many_refusals_at_one_door_are_told_once() -> None:
    heard = told([(float(second), "front") for second in range(8)])

    assert heard == [(4.0, Alarm(("front",), 5))]


def test_somebody_who_goes_round_is_told_though_no_door_had_many() -> None:
    rounds = [(float(second), DOORS[second % 3]) for second in range(9)]

    assert told(rounds) == [(8.0, Alarm(("a", "b", "c"), 9))]


def test_single_refusals_at_many_doors_are_nobody_who_goes_round() -> None:
    everywhere = [(float(number), f"door-{number}") for number in range(60)]

    assert told(everywhere) == []


def test_refusals_far_apart_are_not_added_up() -> None:
    assert told([(101.0 * number, "front") for number in range(50)]) == []


def test_what_goes_on_is_told_again_after_a_while() -> None:
    heard = told([(10.0 * number, "front") for number in range(60)])

    times = [at for at, _ in heard]
    assert times == [40.0, 240.0, 440.0]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MOST_MARKS", 400)
    watched = Watched()
    for number in range(1000):
        watched, _ = refused(watched, f"door-{number % 300}", 0.0, RULE)

    assert len(watched.marks) == 400
    assert len(watched.told) <= 301


@given(spans)
def test_nobody_is_called_for_less_than_the_rule_says(steps: list[Refused]) -> None:
    refusals = in_time(steps)

    for at, alarm in told(refusals):
        counted = [
            door for now, door in refusals if at - RULE.window_s < now <= at and door in alarm.doors
        ]
        assert len(counted) >= alarm.refusals >= (RULE.door if len(alarm.doors) == 1 else RULE.site)
        assert len(alarm.doors) == 1 or len(alarm.doors) >= RULE.doors


@given(spans)
def test_the_same_is_never_told_twice_within_the_quiet_time(steps: list[Refused]) -> None:
    last: dict[tuple[str, ...], float] = {}

    for at, alarm in told(in_time(steps)):
        scope = alarm.doors if len(alarm.doors) == 1 else ()
        assert at - last.get(scope, -1e9) >= RULE.quiet_s
        last[scope] = at


@given(spans)
def test_a_door_with_too_many_is_always_told(steps: list[Refused]) -> None:
    refusals = in_time(steps)
    heard = told(refusals)

    for at, door in refusals:
        count = sum(where == door and at - RULE.window_s < now <= at for now, where in refusals)
        if count >= RULE.door:
            assert any(
                alarm.doors == (door,) and at - RULE.quiet_s < when <= at + 1e-9
                for when, alarm in heard
            )
