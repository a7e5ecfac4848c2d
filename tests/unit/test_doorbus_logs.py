"""Nothing private reaches the log, however deep it lies."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from doorbus import logs
from doorbus import messages as m

CARD = "314159265358"


@pytest.fixture(autouse=True)
def _own_configuration() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def _redacted(**event: Any) -> dict[str, Any]:
    return dict(logs.redact(None, "info", event))


@pytest.mark.parametrize("key", sorted(logs.PRIVATE))
def test_the_values_of_private_keys_are_taken_out(key: str) -> None:
    assert _redacted(event="x", **{key: "Resident One"})[key] == "(private)"


def test_a_card_number_is_taken_out_of_any_text() -> None:
    said = _redacted(event=f"card {CARD} seen", detail=f"<{CARD}>", error=ValueError(CARD))

    assert CARD not in str(said)
    assert said["event"] == "card (card) seen"


@pytest.mark.parametrize("number", ["31415926535", "3141592653589", "1767225600000"])
def test_other_numbers_stay(number: str) -> None:
    assert _redacted(event=number)["event"] == number


@pytest.mark.parametrize(
    "value",
    [
        {"card": CARD},
        {"a": {"name": CARD}},
        [CARD],
        ({"b": [f"x {CARD}"]},),
        {CARD},
        {CARD: 1},
        m.Add(op="add", transaction="t", name="Resident One", card=CARD),
        [m.Show(op="show", card=CARD)],
        Path(f"/frames/{CARD}.jpg"),
    ],
)
def test_nothing_private_is_left_within(value: object) -> None:
    said = str(_redacted(event="x", value=value))

    assert CARD not in said
    assert "Resident One" not in said


@pytest.mark.parametrize("value", [b"12345", bytearray(5), memoryview(b"12345"), [b"12345"]])
def test_bytes_are_counted_not_written(value: object) -> None:
    assert "5 bytes" in str(_redacted(event="x", value=value))


def test_plain_values_stay_what_they_are() -> None:
    assert _redacted(event="x", door="front", count=3, ratio=0.5, ok=True, none=None) == {
        "event": "x",
        "door": "front",
        "count": 3,
        "ratio": 0.5,
        "ok": True,
        "none": None,
    }


def test_machines_get_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(json=True)

    structlog.get_logger().info("frame stored", door="front", card=CARD)

    line = jsonlib.loads(capsys.readouterr().err)
    assert line["event"] == "frame stored"
    assert (line["door"], line["card"], line["level"]) == ("front", "(private)", "info")
    assert line["timestamp"].endswith("Z")


def test_people_get_a_line_on_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()

    structlog.get_logger().info("frame stored", door="front")

    captured = capsys.readouterr()
    assert "frame stored" in captured.err
    assert captured.out == ""


def test_an_exception_is_written_without_the_card_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()

    try:
        int(f"no card {CARD}")
    except ValueError:
        structlog.get_logger().exception("failed")

    said = capsys.readouterr().err
    assert "no card (card)'" in said
    assert CARD not in said


@pytest.mark.parametrize(("verbose", "count"), [(False, 0), (True, 1)])
def test_details_are_for_who_asks(
    capsys: pytest.CaptureFixture[str], verbose: bool, count: int
) -> None:
    logs.configure(verbose=verbose)

    structlog.get_logger().debug("a detail")

    assert capsys.readouterr().err.count("a detail") == count
