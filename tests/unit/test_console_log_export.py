"""A file of the log is put together from the brain's pages, and is no longer than it may be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from console.web import log_export


def pages(*numbers: list[int]) -> list[dict[str, Any]]:
    return [{"entries": [{"number": one} for one in page]} for page in numbers]


async def _rest(given: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    for page in given:
        yield page


def written(given: list[dict[str, Any]]) -> str:
    async def all_of() -> str:
        entries = log_export.entries(given[0], _rest(given[1:]))
        return "".join([text async for text in log_export.as_array(entries)])

    return asyncio.run(all_of())


def test_pages_are_put_together_in_their_order_also_where_one_is_empty() -> None:
    told = json.loads(written(pages([9, 8], [], [5, 4], [2])))

    assert [one["number"] for one in told] == [9, 8, 5, 4, 2]


def test_nothing_at_all_is_an_empty_array() -> None:
    assert json.loads(written(pages([]))) == []


def test_a_file_ends_where_it_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_export, "MOST", 3)

    told = json.loads(written(pages([9, 8], [7, 6], [5])))

    assert [one["number"] for one in told] == [9, 8, 7]


def test_a_brain_that_goes_away_in_between_tears_the_file() -> None:
    async def torn() -> AsyncIterator[dict[str, Any]]:
        yield pages([8])[0]
        raise ConnectionError

    async def all_of() -> list[dict[str, Any]]:
        return [one async for one in log_export.entries(pages([9])[0], torn())]

    with pytest.raises(ConnectionError):
        asyncio.run(all_of())
