"""Payload models let in what the contract names, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from doorbus import messages as m


def _takes(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("card", ["000000000000", "123456789012"])
def test_a_card_is_exactly_twelve_digits(card: str) -> None:
    assert _takes(m.Card, card)


@pytest.mark.parametrize(
    "card",
    [
        "",
        "12345678901",
        "1234567890123",
        "12345678901a",
        "123456789012\n",
        " 123456789012",
        "12345678901\u0662",
        "-12345678901",
        "1234567890.2",
    ],
)
def test_what_is_not_exactly_twelve_digits_is_no_card(card: str) -> None:
    assert not _takes(m.Card, card)


@pytest.mark.parametrize("door", ["front", "a", "0-9", "x" * 32, "-"])
def test_a_door_is_named_by_small_letters_digits_and_hyphens(door: str) -> None:
    assert _takes(m.DoorName, door)


@pytest.mark.parametrize(
    "door", ["", "Front", "a b", "a/b", "+", "#", "x" * 33, "admin.alice", "ä", "front\n"]
)
def test_a_door_s_name_can_neither_widen_a_topic_nor_be_a_staff_name(door: str) -> None:
    assert not _takes(m.DoorName, door)


@pytest.mark.parametrize("name", ["X", "Resident One", "\u738b\u5c0f\u660e", "O'N\u00e9ill-\u0141"])
def test_a_person_s_name_is_any_text_of_a_line(name: str) -> None:
    assert _takes(m.PersonName, name)


@pytest.mark.parametrize(
    "name", ["", "   ", "a\nb", "a\x00b", "a\x7fb", "a\x85b", "a\u2028b", "x" * 101]
)
def test_a_person_s_name_has_no_control_characters_and_is_there(name: str) -> None:
    assert not _takes(m.PersonName, name)


def test_a_name_is_kept_without_the_spaces_around_it() -> None:
    add = m.Add(op="add", transaction="t", name="  Resident One ", card="0" * 12)

    assert add.name == "Resident One"


@pytest.mark.parametrize("transaction", ["", "a b", "x" * 65, "\u00e4", "a\n", "\x7f"])
def test_a_transaction_is_printable_without_spaces(transaction: str) -> None:
    assert not _takes(m.Transaction, transaction)


@pytest.mark.parametrize("nonce", ["0" * 31, "0" * 33, "G" * 32, "A" * 32, ""])
def test_a_nonce_is_128_bits_in_small_hexadecimal(nonce: str) -> None:
    assert not _takes(m.Nonce, nonce)


@pytest.mark.parametrize("hold", [-0.1, 60.1, float("nan"), float("inf")])
def test_no_verdict_holds_a_lock_for_longer_than_a_minute(hold: float) -> None:
    with pytest.raises(ValidationError):
        m.Verdict(
            visit=1, nonce="0" * 32, decision=m.Decision.GRANT, reason=m.Reason.MATCH, hold_s=hold
        )


@pytest.mark.parametrize("hold", [0.0, -1.0, 60.1, float("nan")])
def test_an_unlock_by_hand_is_for_a_while_within_a_minute(hold: float) -> None:
    with pytest.raises(ValidationError):
        m.Unlock(op="unlock", transaction="t", door="front", hold_s=hold)


@pytest.mark.parametrize("visit", [-1, 2**53 + 1, True, 1.0, "1"])
def test_a_counter_is_a_whole_number_that_json_can_carry(visit: object) -> None:
    with pytest.raises(ValidationError):
        m.VisitDecided.model_validate(
            {
                "door": "front",
                "visit": visit,
                "decision": m.Decision.DENY,
                "reason": m.Reason.UNKNOWN,
            }
        )


@pytest.mark.parametrize(
    "model",
    [
        one
        for one in vars(m).values()
        if isinstance(one, type) and issubclass(one, m.Payload) and one is not m.Payload
    ],
    ids=lambda model: model.__name__,
)
def test_every_payload_is_frozen_strict_and_closed(model: type[m.Payload]) -> None:
    config = model.model_config

    assert (config.get("frozen"), config.get("strict"), config.get("extra")) == (
        True,
        True,
        "forbid",
    )


def test_a_frame_and_its_ack_share_one_name() -> None:
    frame = m.EnrolFrame(jpeg=b"", enrolment="e-1", index=17, count=200)

    assert frame.item == m.frame_item("e-1", 17) == "e-1/17"
    assert m.AckItem(id=frame.item, outcome=m.Outcome.STORED).id == frame.item


@pytest.mark.parametrize(
    "value",
    [
        m.EnrolFrame(jpeg=b"PICTURE", enrolment="e-1", index=0, count=1),
        m.Crop(jpeg=b"PICTURE", at_ms=0),
        m.Snapshot(jpeg=b"PICTURE", command="c-1"),
        m.UploadFrame(jpeg=b"PICTURE", enrolment="e-1", token="7" * 32),
    ],
)
def test_pictures_and_tokens_do_not_show_when_printed(value: m.Payload) -> None:
    assert "PICTURE" not in repr(value)
    assert "7777" not in repr(value)


def test_no_visible_verdict_or_event_can_carry_a_score() -> None:
    for model in (m.Verdict, m.DoorEvent, m.VisitDecided):
        assert not {name for name in model.model_fields if "score" in name or "distance" in name}
