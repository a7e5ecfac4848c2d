"""Guessing at codes: when doors, and when all codes alone, rest for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brain.core.codes import SITE, CodeLimits, WrongCodes, rests, wrong

LIMITS = CodeLimits(window_s=100, door=3, site=8, rest_s=50)


def _guess(guesses: list[tuple[float, str]]) -> tuple[WrongCodes, list[tuple[float, str]]]:
    state, begun = WrongCodes(), []
    for at, door in guesses:
        state, places = wrong(state, door, at, LIMITS)
        begun += [(at, place) for place in places]
    return state, begun


def test_a_door_rests_after_so_many_wrong_codes_and_others_do_not() -> None:
    state, begun = _guess([(1, "front"), (2, "front"), (3, "front")])

    assert begun == [(3, "front")]
    assert rests(state, "front", 4, alone=True)
    assert rests(state, "front", 4, alone=False)
    assert not rests(state, "back", 4, alone=True)
    assert not rests(state, "front", 53, alone=True)


def test_codes_alone_rest_everywhere_when_somebody_goes_round() -> None:
    doors = ["a", "b", "c", "d"]
    state, begun = _guess([(float(n), doors[n % 4]) for n in range(8)])

    assert (7.0, SITE) in begun
    assert rests(state, "z", 8, alone=True)
    assert not rests(state, "z", 8, alone=False)


def test_seldom_mistakes_bring_no_rest() -> None:
    assert _guess([(60.0 * n, "front") for n in range(50)])[1] == []


@given(st.lists(st.tuples(st.floats(0, 20, allow_nan=False), st.sampled_from("ab")), max_size=60))
def test_rests_end_and_never_begin_below_the_limit(steps: list[tuple[float, str]]) -> None:
    now, guesses = 0.0, []
    for pause, door in steps:
        now += pause
        guesses.append((now, door))

    state, begun = _guess(guesses)

    for at, place in begun:
        near = [d for t, d in guesses if at - LIMITS.window_s < t <= at]
        counted = len(near) if place == SITE else near.count(place)
        assert counted >= (LIMITS.site if place == SITE else LIMITS.door)
    assert not rests(state, "a", now + LIMITS.rest_s, alone=True)
