"""How both daemons log: one line an event, with what is private taken out before it is written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PRIVATE = frozenset({"name", "card", "key", "token", "embedding", "template", "jpeg", "payload"})
"""Keys whose values never reach a log."""

_CARD = re.compile(r"(?<!\d)\d{12}(?!\d)")


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out private values, and anything in a text that looks like a card number."""
    for key, value in event.items():
        if key in PRIVATE:
            event[key] = "(private)"
        elif isinstance(value, str):
            event[key] = _CARD.sub("(card)", value)
        elif isinstance(value, bytes):
            event[key] = f"({len(value)} bytes)"
    return event


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
        cache_logger_on_first_use=True,
    )
