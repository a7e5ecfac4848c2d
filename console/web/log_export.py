"""How does somebody get the log as a file? Page by page from the brain, as it is read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from console.core import log_wanted
from console.web import log_known
from console.web.asking import ask
from console.web.pages import see
from console.web.routes import page
from console.web.services import services
from doorbus import messages as m
from doorctl import log_sheet
from doorctl.spreadsheets import BYTE_ORDER_MARK

MOST: Final = 100_000
"""Entries of a file; what is older is asked for by a time range."""


async def as_csv(request: Request) -> Response:
    """A sheet; no cell of it is a formula."""
    return await _file(request, "csv", "text/csv")


async def as_json(request: Request) -> Response:
    """An array of what the brain answers."""
    return await _file(request, "json", "application/json")


async def _file(request: Request, kind: str, media: str) -> Response:
    await log_known.doors(request)  # from which the site's zone is known
    wanted = await log_known.wanted(request, log_known.typed_filters(request))
    if wanted.wrong:
        # The page with the filters says what is wrong with them.
        return see("/log", **wanted.form.given(*log_wanted.FILTERS))
    pages = _pages(request, dict(wanted.fields))
    # Asked before the answer begins, so that a refusal is a page and no torn file.
    first = await anext(pages)
    zone = log_known.zone(request)
    today = datetime.fromtimestamp(services(request).clock.wall(), zone).date()
    every = entries(first, pages)
    texts = _csv(every, request) if kind == "csv" else as_array(every)
    return StreamingResponse(
        texts,
        media_type=f"{media}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="log-{today}.{kind}"'},
    )


async def _pages(request: Request, fields: dict[str, object]) -> AsyncIterator[dict[str, Any]]:
    before: int | None = None
    while True:
        told = await ask(request, m.ReadLog, before=before, limit=m.MOST_LOG_ENTRIES, **fields)
        yield told
        before = told["before"]
        if before is None:
            return


async def entries(
    first: dict[str, Any], pages: AsyncIterator[dict[str, Any]]
) -> AsyncIterator[dict[str, Any]]:
    """Each entry; where the brain goes away in between the file is torn, which browsers tell."""
    left = MOST
    told: dict[str, Any] | None = first
    while told is not None and left > 0:
        for one in told["entries"][:left]:
            yield one
        left -= len(told["entries"])
        told = await anext(pages, None)


async def _csv(every: AsyncIterator[dict[str, Any]], request: Request) -> AsyncIterator[str]:
    zone = log_known.zone(request)
    yield BYTE_ORDER_MARK + log_sheet.head()
    async for one in every:
        yield log_sheet.line(one, zone)


async def as_array(every: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    """Entries as one JSON array, one a line."""
    between = "[\n"
    async for one in every:
        yield between + json.dumps(one, ensure_ascii=False)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


routes: list[BaseRoute] = [page("/log/export.csv", as_csv), page("/log/export.json", as_json)]
