"""How do photos become an enrolment? The page on which they are put together, and looked at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.enrolment_ending import refused
from console.core.photo_draft import MOST_PHOTOS, Draft, Fate, Photo, Stage
from console.errors import NotDone
from console.live import Fragments
from console.photos.process import MOST_FILE
from console.web.forms import Form, show, typed
from console.web.pages import fragment, see, signed_in
from console.web.routes import page
from console.web.services import services
from console.words import _, gettext
from console.words.enrolment import of_photo, photos_left_out, why_refused
from doorbus import messages as m
from doorbus.messages.console import Role

TONES: Final = {
    Fate.WAITS: "plain",
    Fate.SHOWN: "plain",
    Fate.GOOD: "good",
    Fate.USELESS: "bad",
    Fate.UNREADABLE: "bad",
}
LONGEST_S: Final = 120.0
"""Seconds without a byte, from a phone at the edge of its network."""


def photos_page(request: Request, draft: Draft, form: Form) -> Response:
    """The page of a draft."""
    context = _context(request, draft) | {"camera": request.query_params.get("camera") == "on"}
    return show(request, "enrolment_photos.html", form, context)


async def add(request: Request) -> Response:
    """More photos, from whichever device."""
    draft = _draft(request)
    form = await typed(request)
    files = [one for one in (await request.form()).getlist("photos") if isinstance(one, UploadFile)]
    files = [one for one in files if one.filename or one.size]
    if not files:
        return photos_page(request, draft, form.wrong(photos=_("Choose at least one photo.")))
    desk = services(request).desks.photos
    try:
        for file in files:
            content = await file.read(MOST_FILE + 1)
            await file.close()
            await desk.add(draft.id, file.filename or "", content, signed_in(request))
    except NotDone as why:
        return photos_page(request, _draft(request), form.refused(why))
    return see(f"/enrol/{draft.id}")


async def photo(request: Request) -> Response:
    """One of them, as the brain gets it."""
    one = _draft(request).photo(request.path_params["number"])
    if one is None or not one.jpeg:
        return Response(status_code=404)
    return Response(one.jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def take_out(request: Request) -> Response:
    """Without one of them."""
    draft = _draft(request)
    services(request).desks.photos.take_out(draft.id, request.path_params["number"])
    return see(f"/enrol/{draft.id}")


async def train(request: Request) -> Response:
    """Make templates of those that are good."""
    draft = _draft(request)
    with suppress(NotDone):  # the page that comes next says how they stand
        services(request).desks.photos.train(draft.id, signed_in(request))
    return see(f"/enrol/{draft.id}")


async def retry(request: Request) -> Response:
    """Go on after something went wrong."""
    draft = _draft(request)
    services(request).desks.photos.retry(draft.id, signed_in(request))
    return see(f"/enrol/{draft.id}")


def news(request: Request, wanted: str) -> Callable[[], Fragments]:
    """What changed on the page of a draft."""
    house = services(request)
    shown: object = None

    def found() -> Fragments:
        nonlocal shown
        draft = house.desks.photos.find(wanted)
        if draft is None:
            return {}
        context = _context(request, draft)
        key = (house.desks.photos.version(wanted), context["alike"])
        if key == shown:
            return {}
        shown = key
        return {"photos-state": fragment(request, "enrolment_photos_state.html", context)}

    return found


def _draft(request: Request) -> Draft:
    """The draft of the address. Raises `NotDone`."""
    draft = services(request).desks.photos.find(request.path_params["enrolment"])
    if draft is None:
        raise NotDone(_("These photos are no longer here. Begin again."), status=404)
    return draft


def _context(request: Request, draft: Draft) -> dict[str, Any]:
    book = services(request).desks.book
    result = draft.result
    alike = result.lookalikes if result else ()
    useless = sum(one.fate in {Fate.USELESS, Fate.UNREADABLE} for one in draft.photos)
    return {
        "enrolment": draft.id,
        "draft": draft,
        "stage": draft.stage.value,
        "photos": [_shown(one) for one in reversed(draft.photos)],
        "most": MOST_PHOTOS,
        "left_out": photos_left_out(useless) if useless else "",
        "result": result,
        "failed": result is not None and result.state is not m.EnrolmentState.TRAINED,
        "refusal": why_refused(refused(result.reason), result.reason) if result else None,
        "alike": [book.name_of(one) for one in alike],
        "problem": gettext(draft.problem) if draft.problem else "",
        "gathering": draft.stage is Stage.GATHERING,
        "pending": bool(draft.unseen) or draft.stage is Stage.TRAINING,
    }


def _shown(one: Photo) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "there": bool(one.jpeg),
        "fate": one.fate.value,
        "tone": TONES[one.fate],
        "text": of_photo(one),
    }


_ADDRESS: Final = "/enrol/{enrolment}"
routes: Final[tuple[BaseRoute, ...]] = (
    page(
        f"{_ADDRESS}/photos",
        add,
        least=Role.ADMINISTRATOR,
        methods=("POST",),
        most_bytes=2 * MOST_FILE,
        patience_s=LONGEST_S,
    ),
    page(f"{_ADDRESS}/photos/{{number:number}}", photo, least=Role.ADMINISTRATOR),
    page(
        f"{_ADDRESS}/photos/{{number:number}}/remove",
        take_out,
        least=Role.ADMINISTRATOR,
        methods=("POST",),
    ),
    page(f"{_ADDRESS}/train", train, least=Role.ADMINISTRATOR, methods=("POST",)),
    page(f"{_ADDRESS}/retry", retry, least=Role.ADMINISTRATOR, methods=("POST",)),
)
