"""How both daemons log: one line an event, with what is private taken out before it is written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from pydantic import BaseModel

PRIVATE = frozenset({"name", "card", "key", "token", "embedding", "template", "jpeg", "payload"})
"""Keys whose values never reach a log."""

_CARD = re.compile(r"(?<!\d)\d{12}(?!\d)")


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out private values at any depth, and whatever looks like a card number."""
    for key, value in event.items():
        event[key] = _without_private(key, value)
    return event


def _without_private(key: object, value: Any) -> Any:
    if key in PRIVATE:
        return "(private)"
    match value:
        case Mapping():
            return {_plain(str(k)): _without_private(k, v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_without_private(None, item) for item in value]
        case _:
            return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case bytes() | bytearray() | memoryview():
            return f"({len(value)} bytes)"
        case BaseModel():
            return f"({type(value).__name__})"
        case _:
            return _CARD.sub("(card)", str(value))


def configure(*, verbose: bool = False, json: bool = False) -> None:
    """Log to standard error, for people or (with `json`) for machines; called once, by a `main`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer()
            if json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if verbose else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
