"""Requests about access come through the codec as they were, and wrong ones with their field."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from doorbus_access_strategies import ACCESS_REQUESTS, MOMENTS
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from doorbus import codec, topics
from doorbus import messages as m
from doorbus.messages.administration_rules import AccessRequest

REQUESTS: TypeAdapter[Any] = TypeAdapter(m.Request)
GOOD = {"op": "permit", "transaction": "t", "everybody": True, "everywhere": True}


@given(ACCESS_REQUESTS)
def test_a_request_is_read_as_it_was_written(request: Any) -> None:
    wire = codec.encode(topics.REQUEST, request, "admin.alice")

    assert codec.decode(topics.REQUEST, wire) == request


def test_every_request_about_access_is_a_request() -> None:
    assert set(get_args(AccessRequest)) <= set(get_args(get_args(m.Request)[0]))


@given(MOMENTS, MOMENTS)
def test_a_validity_is_taken_exactly_where_it_ends_after_it_begins(since: str, until: str) -> None:
    """A day lasts to its end, so one day alone is a validity; a minute is the first without it."""
    lasts = until if "T" in until else f"{until}T23:59:59"
    begins = since if "T" in since else f"{since}T00:00"

    told = _mistakes(GOOD | {"valid_from": since, "valid_until": until})

    assert ("`valid_until`" in told) is (lasts <= begins)
    assert (told == "") is (lasts > begins)


def _mistakes(fields: dict[str, Any]) -> str:
    try:
        REQUESTS.validate_python(fields)
    except ValidationError as error:
        return codec.explain(error)
    return ""


@pytest.mark.parametrize(
    "written",
    ["2026-1-1", "2026-01-01 10:00", "2026-01-01T10:00:00", "2026-01-01T24:00", "1999-12-31", "x"],
)
def test_what_is_no_date_and_no_minute_is_refused(written: str) -> None:
    with pytest.raises(ValidationError) as refused:
        REQUESTS.validate_python(GOOD | {"valid_from": written})

    assert "valid_from" in codec.explain(refused.value)


def test_a_request_is_never_about_everybody_by_leaving_something_out() -> None:
    bare = {"op": "permit", "transaction": "t", "door": "front"}

    with pytest.raises(ValidationError, match="exactly one of"):
        REQUESTS.validate_python(bare)
    with pytest.raises(ValidationError, match="everybody"):
        REQUESTS.validate_python(bare | {"everybody": False})
