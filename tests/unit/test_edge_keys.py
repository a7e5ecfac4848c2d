"""Which keys make a card, which a PIN, and which nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorbus.messages import CodeKind, SecondFactor
from edge.core.keys import PAUSE_S, Key, Keys, press


def _typed(text: str, each_s: float = 0.1) -> list[SecondFactor]:
    keys, made, now = Keys(), [], 0.0
    for letter in text:
        now += each_s
        key = {"\n": Key.ENTER, "c": Key.CLEAR}.get(letter, letter)
        keys, one = press(keys, key, now)
        if one is not None:
            made.append(one)
    return made


@given(st.from_regex(r"[0-9]{0,20}", fullmatch=True))
def test_digits_and_enter_make_a_pin_a_card_or_nothing(digits: str) -> None:
    made = _typed(f"{digits}\n")

    if 4 <= len(digits) <= 12:
        kind = CodeKind.CARD if len(digits) == 12 else CodeKind.PIN
        assert made == [SecondFactor(kind=kind, value=digits)]
    else:
        assert made == []


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("1234\n5678\n", ["1234", "5678"]),
        ("99c1234\n", ["1234"]),
        ("1234567890123\n4321\n", ["4321"]),
        ("\n\n1234\n", ["1234"]),
    ],
)
def test_enter_ends_and_clear_forgets(typed: str, values: list[str]) -> None:
    assert [one.value for one in _typed(typed)] == values


def test_what_was_begun_long_ago_is_forgotten() -> None:
    assert _typed("1234\n", each_s=PAUSE_S) == []


def test_no_text_of_it_shows_the_digits() -> None:
    keys, _ = press(Keys(), "7", 0.0)
    (made,) = _typed("271828\n")

    assert "7" not in repr(keys).replace("at=", "")
    assert "271828" not in repr(made)
    assert "271828" not in str(made)
