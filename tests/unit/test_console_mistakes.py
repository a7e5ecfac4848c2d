"""Tests of what is said of a mistake, and beside which field: by forms and by the brain."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from console.errors import BrainAway, NotDone
from console.web.asking import made
from console.web.forms import Form, filled
from console.words import orders, refusals
from doorbus import messages as m
from doorbus.messages import ErrorCode

MARK = "t1"


def wrong(kind: type[BaseModel], **fields: object) -> NotDone:
    with pytest.raises(NotDone) as why:
        made(kind, transaction=MARK, **fields)
    return why.value


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (m.Add, {"name": "A", "card": "12"}, {"card": "A card is exactly 12 digits."}),
        (m.Add, {"card": "202600000017"}, {"name": "This must be filled in."}),
        (m.Add, {"name": " ", "card": "202600000017"}, {"name": "This must be filled in."}),
        (m.SetPin, {"card": "202600000017", "pin": "123"}, {"pin": "A PIN is 4 to 11 digits."}),
        (
            m.SetPin,
            {"card": "202600000017", "pin": "2718", "duress": "2718"},
            {"duress": "This must be another one than the PIN."},
        ),
        (m.AddHoliday, {"date": "2026-02-29"}, {"date": "There is no such day."}),
        (m.AddHoliday, {"date": "1999-01-01"}, {"date": "The year must be 2000 to 2199."}),
        (m.AddHoliday, {"date": "tomorrow"}, {"date": "A day such as 2026-12-25."}),
        (m.DropRule, {"rule": "seven"}, {"rule": "This must be a whole number."}),
        (
            m.Permit,
            {"everybody": True},
            {"where": "Say where: one door, a group, or every door."},
        ),
        (
            m.ChangePassback,
            {"name": "a", "inside": ("x",), "outside": ("x",), "mode": "hard"},
            {"outside": "A door leads in or out, not both."},
        ),
        (
            m.ChangePassback,
            {"name": "a", "inside": ("x",), "outside": ("y",), "mode": "gentle"},
            {"mode": "Choose one of those that are offered."},
        ),
        (
            m.ChangePassback,
            {"name": "a", "inside": ("x",), "outside": ("y",), "mode": "hard", "forget_h": "0"},
            {"forget_h": "This must be more than 0.0."},
        ),
    ],
)
def test_each_mistake_has_its_own_words_beside_its_field(
    kind: type[BaseModel], fields: dict[str, object], said: dict[str, str]
) -> None:
    assert wrong(kind, **fields).fields == said


def test_what_concerns_no_field_is_said_of_the_whole() -> None:
    why = wrong(m.Rename, card="202600000017")

    assert (str(why), why.fields) == ("Give a new name, a new card, or both.", {})


def test_what_is_typed_is_read_as_what_it_stands_for() -> None:
    asked = made(
        m.ChangePassback,
        transaction=MARK,
        name="vault",
        inside=["a", "b"],
        outside=("c",),
        mode="soft",
        forget_h="2.5",
        op=None,
    )

    assert (asked.inside, asked.forget_h, asked.op) == (("a", "b"), 2.5, "passback")


def _requests(union: Any) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    for part in get_args(union):
        if isinstance(part, type) and issubclass(part, BaseModel):
            found.append(part)
        else:
            found += _requests(part)
    return found


@given(st.sampled_from(_requests(m.Request)), st.dictionaries(st.sampled_from(
    ["name", "card", "door", "doors", "group", "pin", "date", "rule", "count", "valid_from",
     "windows", "limit", "since"]), st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=2)
))  # fmt: skip
def test_whatever_is_typed_is_a_request_or_is_refused_in_words(
    kind: type[BaseModel], fields: dict[str, object]
) -> None:
    try:
        made(kind, **fields)
    except NotDone as why:
        for text in (str(why), *why.fields.values()):
            assert text
            assert "String should" not in text
            assert "%(" not in text


# --- refusals of the brain -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text", "given_fields", "field"),
    [
        (ErrorCode.CARD_TAKEN, "this card belongs to ...", {"name", "card"}, "card"),
        (ErrorCode.CARD_TAKEN, "this card belongs to ...", {"card", "new_card"}, "new_card"),
        (ErrorCode.UNKNOWN_CARD, "`add`: nobody here has the card", {"group", "add"}, "add"),
        (ErrorCode.UNKNOWN_DOOR, "`outside`: no door x is known", {"inside", "outside"}, "outside"),
        (ErrorCode.UNKNOWN_DOOR, "no door x is known here; make it", {"door", "card"}, "door"),
        (ErrorCode.UNKNOWN_GROUP, "`after`: there is no group", {"group", "after"}, "after"),
        (ErrorCode.NAME_TAKEN, "`date`: 2026-12-25 is a holiday", {"date", "name"}, "date"),
        (ErrorCode.PIN_TAKEN, "pin: somebody else has this PIN", {"card", "pin"}, "pin"),
        (ErrorCode.BAD_REQUEST, "pass.until: must be later than `from`", {"until"}, "until"),
        (
            ErrorCode.BAD_REQUEST,
            "consent: holds the resident's name or card, and ...",
            {"consent", "name"},
            "consent",
        ),
        (ErrorCode.IN_USE, "`group`: rules name it still (3, 7); `unrule` them", {"group"}, ""),
        (ErrorCode.RATE_LIMITED, "too many requests: try again in 9 s; `limits`", {"door"}, ""),
        (ErrorCode.UNKNOWN_CARD, "nobody here has this card", {"transaction"}, ""),
    ],
)
def test_a_refusal_is_said_beside_the_field_that_it_is_about(
    code: ErrorCode, text: str, given_fields: set[str], field: str
) -> None:
    assert refusals.refusal(code, text, given_fields).field == field


def test_numbers_in_a_refusal_are_told() -> None:
    used = refusals.refusal(ErrorCode.IN_USE, "rules name it still (3, 7, and more)", ())
    often = refusals.refusal(ErrorCode.RATE_LIMITED, "try again in 9 s; ...", ())

    assert used.text % used.values == "Rules still name it (3, 7): delete these first."
    assert "wait 9 seconds" in often.text % often.values


def test_an_order_that_was_not_sent_is_not_said_to_be_in_doubt() -> None:
    kept, doubt = "nothing was sent just now", "nobody knows whether it was done"

    assert kept in orders.not_done(BrainAway("away", sent=False), "front")
    assert doubt in orders.not_done(BrainAway("no answer"), "front")


def test_what_a_pass_may_not_be_is_said_without_names_of_fields() -> None:
    text = "pass.until: at most 366 days after `from`; give somebody who comes for longer a card"

    found = refusals.refusal(ErrorCode.BAD_REQUEST, text, {"name", "until"})

    assert (found.field, "`" in found.text) == ("until", False)


@given(st.sampled_from(ErrorCode), st.text(max_size=80), st.sets(st.sampled_from(["card", "name"])))
def test_every_refusal_has_words(code: ErrorCode, text: str, given_fields: set[str]) -> None:
    found = refusals.refusal(code, text, given_fields)

    assert found.field in {"", *given_fields}
    assert found.text % found.values or not text


# --- forms ---------------------------------------------------------------------------------------


def test_a_form_keeps_its_transaction_until_somebody_answered() -> None:
    form = Form({"name": "Ann"})

    away = form.refused(BrainAway("away"))
    answered = away.refused(NotDone("no", fields={"name": "taken"}))

    assert (away.transaction, away.status) == (form.transaction, 503)
    assert answered.transaction != form.transaction
    assert (answered.status, answered.errors, answered["name"]) == (422, {"name": "taken"}, "Ann")


def test_a_refusal_stands_beside_the_forms_own_fields_whoever_refused() -> None:
    refused = NotDone("no", fields={"at": "no day", "card": "nobody has it"})

    form = Form().refused(refused, at="day", door="how")
    away = Form(transaction=MARK).refused(BrainAway("away"), at="day")

    assert form.errors == {"day": "no day", "card": "nobody has it"}
    assert (away.transaction, away.errors) == (MARK, {})


def test_a_form_that_is_filled_in_has_what_is_there() -> None:
    form = filled(name="Ann", doors=["a", "b"], nothing=None, empty="")

    assert (form["name"], form.all("doors"), form["nothing"]) == ("Ann", ("a", "b"), "")
    assert form.chosen("doors", "a")
    assert not form.chosen("doors", "c")
    assert form.given("name", "empty") == {"name": "Ann"}
