"""Is a password good enough?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.accounts.refusals import Refusal
from console.core.password_rules import LEAST, Weakness, normal, weakness


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("", Weakness.SHORT),
        ("short", Weakness.SHORT),
        ("elevenchars", Weakness.SHORT),
        ("x1" * 200, Weakness.LONG),
        ("password1234", Weakness.COMMON),
        ("Password123!", Weakness.COMMON),
        ("P@ssw0rd2026!", Weakness.COMMON),
        ("passwordpassword", Weakness.COMMON),
        ("Administrator1", Weakness.COMMON),
        ("Welcome2026!!", Weakness.COMMON),
        ("doorward2026", Weakness.COMMON),
        ("correct horse battery staple", Weakness.COMMON),
        ("iloveyou!1234", Weakness.COMMON),
        ("aaaaaaaaaaaa", Weakness.SIMPLE),
        ("abcabcabcabcabc", Weakness.SIMPLE),
        ("123456789012", Weakness.SIMPLE),
        ("abcdefghijklmnop", Weakness.SIMPLE),
        ("qwertyuiopas", Weakness.SIMPLE),
        ("1qaz2wsx3edc", Weakness.SIMPLE),
        ("alice-porter", Weakness.NAME),
        ("alice-porter1!", Weakness.NAME),
        ("ALICE-PORTER.", Weakness.NAME),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, wrong: Weakness) -> None:
    assert weakness(password, "alice-porter") is wrong


@pytest.mark.parametrize(
    "password",
    [
        "four very different words",
        "тихая река под луной",
        "小猫在屋顶上看着月亮慢慢升起来",
        "d8Kq0wz!mPx4",
        "twelve chars",
        "my password is a whole sentence",
    ],
)
def test_what_is_long_and_ones_own_is_taken(password: str) -> None:
    assert weakness(password, "alice") is None


def test_a_name_of_one_letter_forbids_no_password() -> None:
    assert weakness("a nice long passphrase", "a") is None


@given(st.text(max_size=LEAST - 1))
def test_nothing_shorter_than_the_least_is_taken(password: str) -> None:
    if len(normal(password)) < LEAST:
        assert weakness(password, "alice") is Weakness.SHORT


@given(st.text(max_size=400), st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True))
def test_any_text_is_judged(password: str, name: str) -> None:
    assert weakness(password, name) in {None, *Weakness}


def test_the_same_letters_are_the_same_password_however_they_are_composed() -> None:
    assert normal("cafe\u0301") == normal("caf\u00e9")


def test_each_weakness_has_words() -> None:
    assert {Refusal(one.value) for one in Weakness} <= set(Refusal)
