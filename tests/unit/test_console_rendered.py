"""Pieces of pages are filled in once for all who read them alike, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.requests import Request

from console.core.visitor import Visitor
from console.web import rendered
from console.web.rendered import Rendered
from doorbus.messages.console import Role


def _of(role: Role, account: str = "one") -> Request:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "state": {}})
    request.state.visitor = Visitor(account=account, role=role, csrf="", session="s")
    return request


def _counted(made: list[str], text: str) -> Callable[[], str]:
    def make() -> str:
        made.append(text)
        return text

    return make


def test_two_of_one_role_share_a_piece() -> None:
    kept, made = Rendered(), list[str]()

    for account in ("one", "two"):
        kept.once("card", 1, _of(Role.PORTER, account), _counted(made, "x"))

    assert made == ["x"]


def test_another_role_gets_a_piece_of_its_own() -> None:
    kept, made = Rendered(), list[str]()

    told = [
        kept.once("card", 1, _of(role), _counted(made, role.value))
        for role in (Role.PORTER, Role.VIEWER, Role.PORTER)
    ]

    assert told == ["porter", "viewer", "porter"]
    assert made == ["porter", "viewer"]


def test_a_piece_is_filled_in_anew_once_what_it_shows_has_changed() -> None:
    kept, made = Rendered(), list[str]()
    request = _of(Role.PORTER)

    told = [kept.once("card", version, request, _counted(made, str(version))) for version in (1, 2)]

    assert told == ["1", "2"]


def test_pieces_that_nobody_asks_for_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered, "MOST_KEPT", 2)
    kept, made = Rendered(), list[str]()
    request = _of(Role.PORTER)

    for key in ("a", "b", "a", "c", "a", "b"):
        kept.once(key, 1, request, _counted(made, key))

    assert made == ["a", "b", "c", "b"]
