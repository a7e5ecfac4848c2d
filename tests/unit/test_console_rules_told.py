"""Tests of what rules say and what a form asks for: each rule comes back as it was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.rules_told import FIELDS, RuleTold, Where, Who, asked, cards, told
from console.words import reading
from console.words import rules as words_rules
from console.words.readers import Reader

NAMES = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)
CARDS = st.from_regex(r"[0-9]{12}", fullmatch=True)
DAYS = st.dates().map(lambda day: f"{max(day.year, 1000):04}-{day.month:02}-{min(day.day, 28):02}")
TIMES = st.times().map(lambda time: f"{time:%H:%M}")


@st.composite
def forms(draw: st.DrawFn) -> dict[str, str]:
    """What a form for a rule may hold."""
    who = draw(st.sampled_from(Who))
    where = draw(st.sampled_from(Where))
    values = {
        "who": f"group/{draw(NAMES)}" if who is Who.GROUP else who.value,
        "where": where.value if where is Where.EVERYWHERE else f"{where.value}/{draw(NAMES)}",
    }
    if who is Who.PERSON:
        values["card"] = draw(CARDS)
    for name in ("schedule", "after"):
        if draw(st.booleans()):
            values[name] = draw(NAMES)
    for name in ("valid_from", "valid_until"):
        if draw(st.booleans()):
            values[name] = draw(DAYS)
            if draw(st.booleans()):
                values[f"{name}_time"] = draw(TIMES)
    return values


def answered(fields: dict[str, object], op: str) -> dict[str, Any]:
    """How the brain tells a rule that was asked for."""
    person = {"resident": "r-1"} if "card" in fields else {}
    return {"rule": 7, "op": op, **person, **fields}


@given(forms(), st.sampled_from(["permit", "forbid"]))
def test_a_rule_is_told_as_the_form_asked_for_it(values: dict[str, str], op: str) -> None:
    rule = told(answered(asked(values), op))

    kind, _, name = values["who"].partition("/")
    place, _, which = values["where"].partition("/")
    assert (rule.number, rule.permits) == (7, op == "permit")
    assert (rule.who, rule.whom) == (kind, name or values.get("card", ""))
    assert (rule.where, rule.place) == (place, which)
    assert (rule.schedule, rule.after) == (values.get("schedule", ""), values.get("after", ""))
    for bound, said in (("valid_from", rule.since), ("valid_until", rule.until)):
        assert said == "T".join(filter(None, (values.get(bound), values.get(f"{bound}_time"))))


@given(forms(), st.sampled_from(["permit", "forbid"]), st.sampled_from(["en", "zh"]))
def test_a_sentence_names_everything_that_the_rule_names(
    values: dict[str, str], op: str, language: str
) -> None:
    rule = told(answered(asked(values), op))

    with reading(Reader(language)):
        said = words_rules.rule(rule, {rule.whom: "Resident One"}, {})

    named = [rule.place, rule.schedule, rule.after]
    named.append("Resident One" if rule.who is Who.PERSON else rule.whom)
    assert all(name in said for name in named)
    assert "%(" not in said


def test_permit_and_forbid_are_told_apart_in_every_language() -> None:
    for language in ("en", "zh"):
        with reading(Reader(language)):
            both = {
                words_rules.rule(RuleTold(1, permits, Who.EVERYBODY, "", Where.DOOR, "a"), {}, {})
                for permits in (True, False)
            }
        assert len(both) == 2


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            RuleTold(1, True, Who.EVERYBODY, "", Where.EVERYWHERE, ""),
            "Everybody may enter by every door, at any time.",
        ),
        (
            RuleTold(2, False, Who.PERSON, "202600000017", Where.DOOR, "lab-1", until="2026-11-06"),
            "Resident One may not enter by door lab-1, at any time, until the end of 6 Nov 2026.",
        ),
        (
            RuleTold(
                3, True, Who.GROUP, "students", Where.DOORS, "labs", "lessons", after="tutors"
            ),
            (
                "Everybody in the group students may enter by the doors labs, in the hours lessons "
                "(Mon to Fri, Holidays 08:00 to 12:00; Fri 22:00 to 02:00 of the next day), once "
                "somebody in the group tutors has come in that day."
            ),
        ),
        (
            RuleTold(4, True, Who.PERSON, "", Where.DOOR, "a", since="2026-11-06T08:00"),
            "Somebody who was removed may enter by door a, at any time, from 6 Nov 2026, 08:00.",
        ),
    ],
)
def test_rules_are_plain_sentences(rule: RuleTold, sentence: str) -> None:
    week = ["mon", "tue", "wed", "thu", "fri"]
    schedules = {
        "lessons": [
            {"days": [*week, "holiday"], "start": "08:00", "end": "12:00", "next_day": False},
            {"days": ["fri"], "start": "22:00", "end": "02:00", "next_day": True},
        ]
    }

    assert words_rules.rule(rule, {"202600000017": "Resident One"}, schedules) == sentence


def test_what_was_not_said_is_left_out() -> None:
    assert asked({}) == {}
    assert asked({"who": "group/", "where": "door/"}) == {}
    assert asked({"who": "person", "where": "anything/else"}) == {}
    assert asked({"valid_from_time": "08:00"}) == {"valid_from": "T08:00"}


def test_every_field_of_who_and_where_is_said_beside_one_of_the_form() -> None:
    assert set(FIELDS) == {"card", "group", "everybody", "door", "doors", "everywhere"}


def test_people_are_named_once() -> None:
    rules = [
        RuleTold(number, True, Who.PERSON, card, Where.EVERYWHERE, "")
        for number, card in enumerate(("1", "2", "1", ""))
    ]

    assert cards([*rules, RuleTold(9, True, Who.GROUP, "g", Where.EVERYWHERE, "")]) == ("1", "2")
