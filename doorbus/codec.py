"""How a payload becomes bytes and user properties, and back."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar, cast

import cbor2
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.topics import Form, Topic

T = TypeVar("T")

PICTURE_FIELD = "jpeg"

MAX_DEPTH = 16
"""Most lists and maps within each other; no payload of the contract has half as many."""

MOST_MISTAKES = 10
"""Most mistakes told of one message; a burst of nonsense would have thousands."""


def encode(topic: Topic[T], value: T, level: str | None = None) -> Wire:
    """Write `value` for `topic`; `level` is the door or administrator, None the bare topic."""
    payload, properties = _WRITERS[topic.form](topic, value)
    return Wire(topic.name(level), payload, properties, topic.qos, topic.retain, topic.expiry_s)


def decode(topic: Topic[T], wire: Wire) -> T:
    """Read what `wire` carries.

    Raises:
        MessageError: the payload does not fit the topic; names the topic and each wrong field, and
            never repeats a value (it may be a card or a picture).
    """
    try:
        return cast(T, _READERS[topic.form](topic, wire))
    except ValidationError as error:
        raise MessageError(f"{wire.topic}: {explain(error)}") from None
    except (ValueError, RecursionError, cbor2.CBORError) as error:
        raise MessageError(
            f"{wire.topic}: not readable as {topic.form.value} ({type(error).__name__})"
        ) from None


def explain(error: ValidationError) -> str:
    """Say what is wrong with which field, without the values."""
    problems = _roots(error.errors(include_url=False, include_input=False))
    parts = [_say(problem) for problem in problems[:MOST_MISTAKES]]
    if len(problems) > MOST_MISTAKES:
        parts.append(f"and {len(problems) - MOST_MISTAKES} more")
    return "; ".join(parts)


def _roots(problems: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that only follow: a list is too short because what stood in it was wrong."""
    places = [problem["loc"] for problem in problems]
    above = {place[:depth] for place in places for depth in range(len(place))}
    return [problem for problem in problems if problem["loc"] not in above]


def _say(problem: ErrorDetails) -> str:
    # A name that the sender made up may be a value in the wrong place.
    steps = [str(step) if _NAME.fullmatch(str(step)) else "(a name)" for step in problem["loc"]]
    if problem["type"] in _TAG_MISTAKES:
        context = problem.get("ctx", {})
        field = str(context.get("discriminator", "kind")).strip("'")
        allowed = context.get("expected_tags")
        return f"{field}: " + (f"must be one of {allowed}" if allowed else "must be there")
    if not steps:
        return _words(problem)
    # The place in a list is not the name of a field.
    field = next((step for step in reversed(steps) if not step.isdigit()), "")
    plain = _PLAIN.get(field) if problem["type"] in _FORM_MISTAKES else None
    return f"{'.'.join(steps)}: {plain or _words(problem)}"


def _words(problem: ErrorDetails) -> str:
    return _MISTAKES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")


_NAME = re.compile(r"[a-z_]{1,32}|[0-9]{1,4}")
_TAG_MISTAKES = frozenset({"union_tag_invalid", "union_tag_not_found"})

_MISTAKES = {"missing": "must be there", "extra_forbidden": "no such field; mend its spelling"}

_FORM_MISTAKES = frozenset(
    {"string_pattern_mismatch", "string_too_long", "string_too_short", "string_type"}
)

_CARD = "must be exactly 12 digits, in quotation marks"
_NAME_FORM = "must be 1 to 32 of a-z, 0-9 and -"
_PIN = "must be 4 to 11 digits, in quotation marks"
_TIME = "must be a time of day such as 08:30, in quotation marks"
_DAY = "must be a day, or a minute of it, such as 2026-11-02 or 2026-11-02T12:00"

_PLAIN = {
    "card": _CARD,
    "new_card": _CARD,
    "add": _CARD,
    "remove": _CARD,
    "door": _NAME_FORM,
    "doors": _NAME_FORM,
    "group": _NAME_FORM,
    "schedule": _NAME_FORM,
    "transaction": "must be 1 to 64 printable characters without spaces, in quotation marks",
    "pin": _PIN,
    "duress": _PIN,
    "start": _TIME,
    "end": _TIME,
    "from": _DAY,
    "until": _DAY,
    "valid_from": _DAY,
    "valid_until": _DAY,
    "at": _DAY,
    "date": "must be a day such as 2026-12-25",
    "pass": "must be p- and 16 hexadecimal digits, as `passes` shows it",
}
"""Forms in words, by field; only what people write has one."""


def _write_json(topic: Topic[T], value: T) -> tuple[bytes, dict[str, str]]:
    return topic.payload.dump_json(value, exclude_none=True), {}


def _write_cbor(topic: Topic[T], value: T) -> tuple[bytes, dict[str, str]]:
    return cbor2.dumps(topic.payload.dump_python(value, exclude_none=True)), {}


def _write_jpeg(_: Topic[T], value: T) -> tuple[bytes, dict[str, str]]:
    fields = cast(BaseModel, value).model_dump()
    picture = fields.pop(PICTURE_FIELD)
    return picture, {name: str(field) for name, field in fields.items()}


def _write_text(_: Topic[T], value: T) -> tuple[bytes, dict[str, str]]:
    return str(cast(StrEnum, value)).encode(), {}


def _read_json(topic: Topic[T], wire: Wire) -> T:
    json.loads(wire.payload, object_pairs_hook=_each_name_once)
    return topic.payload.validate_json(wire.payload)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")
    return fields


def _read_cbor(topic: Topic[T], wire: Wire) -> T:
    return topic.payload.validate_python(read_cbor(wire.payload))


def read_cbor(data: bytes) -> Any:
    """One CBOR item of definite lengths, without tags, each name once; lists become tuples.

    Raises:
        ValueError: it is more than that, or too deep.
        cbor2.CBORError: it is no CBOR.
    """
    stream = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(
        stream,
        max_depth=MAX_DEPTH,
        allow_indefinite=False,
        allow_duplicate_keys=False,
        strict_hashable_types=True,
        semantic_decoders=_NO_TAGS,
        tag_hook=_refuse_tag,
    )
    content = decoder.decode()
    if stream.read(1):
        raise ValueError("more than one item")
    return _tuples(content)


def _refuse_tag(*_: object) -> Any:
    raise ValueError("a tag")


_NO_TAGS = dict.fromkeys((*range(1024), 43000, 55799), _refuse_tag)
"""Dates, regular expressions, shared and endless numbers and the like have no place here."""


def _tuples(value: Any) -> Any:
    """CBOR has lists where the models have tuples."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return value


def _read_jpeg(topic: Topic[T], wire: Wire) -> T:
    fields: dict[str, Any] = {
        name: text for name, text in wire.properties.items() if name not in ENVELOPE
    }
    fields[PICTURE_FIELD] = wire.payload
    return topic.payload.validate_python(fields, strict=False)


def _read_text(topic: Topic[T], wire: Wire) -> T:
    return topic.payload.validate_python(wire.payload.decode("ascii"), strict=False)


ENVELOPE = frozenset({"door", "epoch", "signature"})
"""User properties that belong to the signature, not to the payload."""

_WRITERS: Mapping[Form, Any] = {
    Form.JSON: _write_json,
    Form.CBOR: _write_cbor,
    Form.JPEG: _write_jpeg,
    Form.TEXT: _write_text,
}
_READERS: Mapping[Form, Any] = {
    Form.JSON: _read_json,
    Form.CBOR: _read_cbor,
    Form.JPEG: _read_jpeg,
    Form.TEXT: _read_text,
}
