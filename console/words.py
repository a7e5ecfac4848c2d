"""How is something said to a reader: in their language, and at the site's own time?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails
from starlette.requests import Request

LANGUAGES: Final = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a page.

    Attributes:
        language: `en` or `zh`.
        functions: what templates say things with: `_`, `ngettext`, `date`, `word` ...
    """

    language: str
    functions: Mapping[str, Callable[..., str]]


DONE: Final[Mapping[str, str]] = {}
"""What is said after something was done, by code."""


def reader(request: Request, otherwise: str) -> Reader:
    """Who reads, by what they chose or their browser asks for."""
    del request
    return Reader(otherwise, {"_": str})


def done(code: str, reader: Reader) -> str:
    """What is said after something was done; empty for a code that is none."""
    return reader.functions["_"](DONE[code]) if code in DONE else ""


def op_of(kind: type[BaseModel]) -> str:
    """The name of a request, such as `add`."""
    return str(get_args(kind.model_fields["op"].annotation)[0])


def mistake(problem: ErrorDetails) -> str:
    """What is wrong with one field, for the person who typed it."""
    text: Any = problem["msg"]
    return str(text).removeprefix("Value error, ")
