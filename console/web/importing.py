"""How do many people become residents at once? A list and photos, looked at, then sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.list_encoding import ENCODINGS
from console.errors import NotDone
from console.imports.desk import MOST_LIST
from console.imports.run import OVER, Import, Phase
from console.imports.unpacking import Sent
from console.live import Fragments
from console.web.forms import Form, show, typed
from console.web.pages import fragment, render, see, signed_in
from console.web.routes import BOTH, page
from console.web.services import services
from console.web.streaming import stream
from console.words import _, gettext
from console.words.imports import OUTCOMES, problem, why
from doorbus.messages.console import Role
from doorctl.import_report import report as table
from doorctl.importing import Outcome, Result
from doorctl.people_file import Person
from doorctl.spreadsheets import BYTE_ORDER_MARK

MOST_BYTES: Final = 512 << 20
LONGEST_S: Final = 120.0
MOST_WRONG: Final = 200
"""Rows of a page with something wrong; the report has all."""

MOST_GOOD: Final = 50
MOST_NOBODYS: Final = 20


async def imports(request: Request) -> Response:
    """What was imported of late, and the form for another."""
    if request.method == "POST":
        return await _begin(request)
    return _page(request, Form())


async def _begin(request: Request) -> Response:
    form = await typed(request)
    sent = await request.form()
    people = sent.get("people")
    if not isinstance(people, UploadFile) or not people.filename:
        return _page(request, form.wrong(people=_("Choose a list of people.")))
    photos = [
        Sent(one.filename, one.file)
        for one in sent.getlist("photos")
        if isinstance(one, UploadFile) and one.filename
    ]
    try:
        run = await services(request).desks.imports.begin(
            people.filename,
            await people.read(MOST_LIST + 1),
            form["encoding"],
            photos,
            signed_in(request),
        )
    except NotDone as error:
        return _page(request, form.refused(error))
    return see(f"/import/{run.id}")


def _page(request: Request, form: Form) -> Response:
    runs = services(request).desks.imports.all()
    return show(request, "import.html", form, {"runs": runs, "encodings": ENCODINGS})


async def one_import(request: Request) -> Response:
    """Where one stands."""
    run = services(request).desks.imports.find(request.path_params["number"])
    if run is None:
        return render(request, "import_gone.html", status=404)
    return render(request, "import_one.html", _context(run))


async def start(request: Request) -> Response:
    """Send the good rows."""
    number = request.path_params["number"]
    services(request).desks.imports.carry_out(number, signed_in(request))
    return see(f"/import/{number}")


async def look_again(request: Request) -> Response:
    """Look once more, where the brain was away."""
    number = request.path_params["number"]
    services(request).desks.imports.look_again(number, signed_in(request))
    return see(f"/import/{number}")


async def stop(request: Request) -> Response:
    """Send no more rows."""
    number = request.path_params["number"]
    services(request).desks.imports.end(number)
    return see(f"/import/{number}")


async def forget(request: Request) -> Response:
    """Delete an import, and its report."""
    await services(request).desks.imports.forget(request.path_params["number"])
    return see("/import", done="import_forgotten")


async def report(request: Request) -> Response:
    """What became of every row, for a spreadsheet."""
    run = services(request).desks.imports.find(request.path_params["number"])
    if run is None:
        return render(request, "import_gone.html", status=404)
    content = (BYTE_ORDER_MARK + table(run.report())).encode()
    headers = {
        "Content-Disposition": f'attachment; filename="import-{run.id}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def news(request: Request) -> Callable[[], Fragments]:
    """What changed on the page of an import."""
    number = request.path_params["number"]
    desk = services(request).desks.imports
    shown = -1

    def found() -> Fragments:
        nonlocal shown
        run, version = desk.find(number), desk.version(number)
        if run is None or version == shown:
            return {}
        shown = version
        return {"import-state": fragment(request, "import_state.html", _context(run))}

    return found


def _context(run: Import) -> Mapping[str, Any]:
    counts = run.counts
    told = [one for one in run.results if one.why or one.outcome is Outcome.REFUSED]
    return {
        "run": run,
        "phase": run.phase.value,
        "over": run.phase in OVER,
        "pending": run.phase in {Phase.LOOKING, Phase.RUNNING},
        "problem": gettext(run.problem) if run.problem else "",
        "wrong": [_row(one) for one in islice(run.wrong, MOST_WRONG)],
        "more_wrong": max(0, len(run.wrong) - MOST_WRONG),
        "good": [_row(one) for one in islice(run.good, MOST_GOOD)],
        "more_good": max(0, len(run.good) - MOST_GOOD),
        "nobodys": run.nobodys[:MOST_NOBODYS],
        "more_nobodys": max(0, len(run.nobodys) - MOST_NOBODYS),
        "outcomes": [
            (_(word), tone, counts[kind])
            for kind, (word, tone) in OUTCOMES.items()
            if counts.get(kind)
        ],
        "results": [_result(one) for one in told[:MOST_WRONG]],
        "more_results": max(0, len(told) - MOST_WRONG),
    }


def _row(one: Person) -> Mapping[str, Any]:
    return {
        "row": one.row,
        "name": one.name,
        "card": one.card,
        "groups": ", ".join(one.groups),
        "photos": len(one.photos),
        "wrong": [problem(text) for text in one.wrong],
    }


def _result(one: Result) -> Mapping[str, Any]:
    word, tone = OUTCOMES[one.outcome]
    known = one.outcome is not Outcome.REFUSED
    return {**_row(one.person), "word": _(word), "tone": tone, "why": why(one.why), "known": known}


_ONE: Final = "/import/{number}"
routes: Final[tuple[BaseRoute, ...]] = (
    page(
        "/import",
        imports,
        least=Role.ADMINISTRATOR,
        methods=BOTH,
        most_bytes=MOST_BYTES,
        patience_s=LONGEST_S,
    ),
    page(_ONE, one_import, least=Role.ADMINISTRATOR),
    page(f"{_ONE}/start", start, least=Role.ADMINISTRATOR, methods=("POST",)),
    page(f"{_ONE}/look", look_again, least=Role.ADMINISTRATOR, methods=("POST",)),
    page(f"{_ONE}/stop", stop, least=Role.ADMINISTRATOR, methods=("POST",)),
    page(f"{_ONE}/forget", forget, least=Role.ADMINISTRATOR, methods=("POST",)),
    page(f"{_ONE}/report.csv", report, least=Role.ADMINISTRATOR),
    stream("/live/import/{number}", news, least=Role.ADMINISTRATOR),
)
