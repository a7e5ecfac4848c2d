"""Every address of the console, as an attacker would list them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from console.web.routes import Guarded
from doorbus.messages.console import Role

FILLED = {
    "name": "somebody",
    "card": "202600000017",
    "door": "front",
    "enrolment": "e-0123456789abcdef",
    "token": "x" * 43,
}


@dataclass(frozen=True, order=True)
class Address:
    """One method of one route.

    Attributes:
        path: as it is declared.
        method: of HTTP.
        least: the role that it needs; None where it is open to all.
    """

    path: str
    method: str
    least: Role | None

    @property
    def url(self) -> str:
        """The path with something in each of its parameters."""
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda one: FILLED.get(one[1], "1"), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def guarded(app: Starlette) -> list[Address]:
    """Every address that `console.web.routes` made."""
    return sorted(
        Address(route.path, method, route.least)
        for route in app.routes
        if isinstance(route, Guarded)
        for method in route.methods or ()
        if method != "HEAD"
    )


def unguarded(app: Starlette) -> Iterator[BaseRoute]:
    """Every route that was made in another way."""
    for route in app.routes:
        if not isinstance(route, Guarded):
            yield route


def is_static(route: BaseRoute) -> bool:
    """Whether a route gives files to whoever asks."""
    return isinstance(route, Mount) and route.path == "/static"
