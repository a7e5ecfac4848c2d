"""Who is to be enrolled, and how? The page on which an enrolment begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.enrolment_places import Hindrance, places
from console.core.looking_up import sought
from console.core.photo_draft import Draft
from console.enrolment_book import Subject
from console.errors import BrainAway, NotDone
from console.photos.work import TRIAL
from console.web import enrolment_follow, enrolment_photos
from console.web.asking import ask, mended
from console.web.forms import Form, asked, show, typed
from console.web.pages import see, signed_in
from console.web.people_known import plain_card
from console.web.routes import BOTH, page
from console.web.services import services
from console.words import _
from console.words.marked import N_
from doorbus import messages as m
from doorbus.messages.console import Role

AT_DOOR: Final = "door:"
PHONE: Final = "phone"
PHOTOS: Final = "photos"
MOST_FOUND: Final = 8

HINDRANCES: Final = {
    Hindrance.OFFLINE: N_("It is offline."),
    Hindrance.BUSY: N_("It is busy with another enrolment."),
    Hindrance.NO_CAMERA: N_("Its camera gives no picture."),
    Hindrance.SHUT: N_("It is locked down or being evacuated."),
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way to take pictures: value, label, what there is to know, and whether it goes now."""

    value: str
    label: str
    note: str = ""
    possible: bool = True


async def enrol(request: Request) -> Response:
    """Choose who and how, and begin."""
    if request.method == "POST":
        return await _begin(request)
    form = asked(request, "card", "name", "how", "q")
    person = None
    if form["card"]:
        try:
            person = await _person(request, form["card"])
        except BrainAway:
            raise
        except NotDone:
            person = None  # a card that nobody has: somebody new
    return await _page(request, form, person)


async def _begin(request: Request) -> Response:
    form = await typed(request)
    try:
        person = await _person(request, form["card"]) if form["known"] else None
        fields = _fields(form, person)
    except NotDone as why:
        return await _page(request, form.refused(why), None)
    house = services(request)
    uploaded = "source" in fields
    if uploaded and house.desks.photos.full:
        return await _page(request, form.wrong(how=_too_many()), person)
    again = bool(person and person["templates"])
    kind: type[m.Enroll | m.Reenroll] = m.Reenroll if again else m.Enroll
    try:
        data = await ask(request, kind, transaction=form.transaction, **fields)
    except NotDone as why:
        return await _refused(request, form, person, why)
    enrolment = str(data["enrolment"])
    name = person["name"] if person else form["name"]
    house.desks.book.note(enrolment, Subject(fields["card"], name, again))
    if uploaded and house.desks.photos.find(enrolment) is None:
        draft = Draft(enrolment, fields["card"], name, again, form["consent"])
        house.desks.photos.begin(draft.opened(enrolment, str(data["token"])), signed_in(request))
    return see(f"/enrol/{enrolment}", **({"camera": "on"} if form["how"] == PHONE else {}))


def _fields(form: Form, person: dict[str, Any] | None) -> dict[str, Any]:
    """What the brain is asked. Raises `NotDone` where nothing was chosen."""
    fields: dict[str, Any] = {"card": plain_card(form["card"]), "consent": form["consent"]}
    if person is None:
        fields["name"] = form["name"]
    how = form["how"]
    if how.startswith(AT_DOOR):
        return fields | {"door": how.removeprefix(AT_DOOR)}
    if how in {PHONE, PHOTOS}:
        return fields | {"source": "upload", "count": TRIAL}
    raise mended(how=_("Choose how pictures are taken."))


async def _refused(
    request: Request, form: Form, person: dict[str, Any] | None, why: NotDone
) -> Response:
    form = form.refused(why, door="how")
    open_one = ""
    if why.code in {m.ErrorCode.ENROLMENT_OPEN, m.ErrorCode.ALREADY_ENROLLED}:
        shown = await _person(request, form["card"])
        newest = shown.get("enrolment") or {}
        if why.code is m.ErrorCode.ENROLMENT_OPEN:
            open_one = str(newest.get("enrolment", ""))
        else:
            person = shown
    return await _page(request, form, person, open_one=open_one)


async def _person(request: Request, card: str) -> dict[str, Any]:
    """Somebody known. Raises `NotDone`."""
    return await ask(request, m.Show, card=plain_card(card))


async def _page(
    request: Request, form: Form, person: dict[str, Any] | None, *, open_one: str = ""
) -> Response:
    view = services(request).view
    ways = [
        Way(
            AT_DOOR + place.door,
            _("At the door %(door)s", door=place.door),
            _("200 pictures while they stand there; finds them again best.")
            if place.hindrance is None
            else _(HINDRANCES[place.hindrance]),
            place.hindrance is None,
        )
        for place in places(view.doors, lambda door: view.enrolments.at(door) is not None)
    ]
    ways += [
        Way(PHONE, _("With the camera of this device"), _("They stand beside you.")),
        Way(PHOTOS, _("With photos"), _("Files from this device. You vouch for whom they show.")),
    ]
    found: list[dict[str, Any]] = []
    if form["q"] and person is None:
        listed = await ask(request, m.ListResidents, limit=MOST_FOUND, **sought(form["q"]))
        found = listed["residents"]
    context = {
        "ways": ways,
        "chosen": form["how"] or next(one.value for one in ways if one.possible),
        "person": person,
        "open_one": open_one,
        "found": found,
    }
    return show(request, "enrol.html", form, context)


def _too_many() -> str:
    return _("Too many people are being enrolled by photos. Finish some of them first.")


routes: Final[tuple[BaseRoute, ...]] = (
    page("/enrol", enrol, least=Role.ADMINISTRATOR, methods=BOTH),
    *enrolment_photos.routes,
    *enrolment_follow.routes,
)
