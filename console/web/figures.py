"""When do people come, and why are they refused? Counted by the brain, drawn as bars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core import bars
from console.core.looking_up import address
from console.web import log_known
from console.web.asking import ask
from console.web.forms import asked
from console.web.pages import render
from console.web.routes import page
from console.web.services import services
from console.words import log as words_log
from console.words import ngettext, word
from doorbus import messages as m

DAYS: Final = (1, 7, 30, 92)
USUAL: Final = 30
FILTERS: Final = ("days", "door")


@dataclass(frozen=True, slots=True)
class Lying:
    """A bar that lies, with what it says.

    Attributes:
        code: of the contract.
        text: what it is called.
        number: how many.
        share: of the longest, in percent.
        address: where these are listed.
    """

    code: str
    text: str
    number: int
    share: float
    address: str


async def figures(request: Request) -> Response:
    """By hour, day, door, and reason."""
    doors = await log_known.doors(request)
    form = asked(request, *FILTERS)
    days = int(form["days"]) if form["days"] in {str(each) for each in DAYS} else USUAL
    since = _beginning(request, days)
    counted = await ask(request, m.ReadFigures, since=since, door=form["door"] or None)
    granted = sum(each["granted"] for each in counted["hours"])
    refused = sum(each["refused"] for each in counted["hours"])
    context = {
        "form": form,
        "days": days,
        "spans": [(str(each), ngettext("Today", "The last %(num)s days", each)) for each in DAYS],
        "doors": [(door, door) for door in doors],
        "granted": granted,
        "refused": refused,
        "first": counted["days"][0]["date"],
        "last": counted["days"][-1]["date"],
        "hours": counted["hours"],
        "hour_bars": bars.columns(_pairs(counted["hours"])),
        "each_day": counted["days"],
        "day_bars": bars.columns(_pairs(counted["days"])),
        "marked": _marked([each["date"] for each in counted["days"]]),
        "reasons": _lying(counted["reasons"], "Reason", form["door"]),
        "told": _lying(counted["told"], "EventKind", form["door"]),
        "by_door": counted["doors"],
        "most": max((sum(each.values()) for each in counted["doors"].values()), default=0),
        "share": bars.share,
        "short_day": words_log.short_day,
    }
    return render(request, "figures.html", context)


def _beginning(request: Request, days: int) -> float:
    """Midnight at the site, so many days ago, today counted."""
    zone = log_known.zone(request)
    today = datetime.fromtimestamp(services(request).clock.wall(), zone).date()
    first = datetime.combine(today - timedelta(days - 1), time(), zone)
    return first.timestamp()


def _pairs(counts: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(each["granted"], each["refused"]) for each in counts]


def _marked(dates: list[str]) -> tuple[int, ...]:
    """Which days are named under the chart: few enough for a phone, the last one always."""
    last = len(dates) - 1
    step = max(1, -(-last // 5))
    return tuple(sorted(last - back for back in range(0, last + 1, step)))


def _lying(counts: dict[str, int], kind: str, door: str) -> list[Lying]:
    most = max(counts.values(), default=0)
    rows = sorted(counts.items(), key=lambda each: -each[1])
    return [
        Lying(code, _said(kind, code), number, bars.share(number, most), _listed(kind, code, door))
        for code, number in rows
    ]


def _said(kind: str, code: str) -> str:
    if kind == "Reason":
        return words_log.reason({"what": "deny", "reason": code})
    return word(kind, code)


def _listed(kind: str, code: str, door: str) -> str:
    if kind == "Reason":
        return address("/log", {"reason": code, "door": door})
    return address("/log/doors", {"kind": code, "door": door})


routes: list[BaseRoute] = [page("/figures", figures)]
