"""Enrolling and importing by requests to a console with a broker, a brain and doors behind it."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator

import httpx
import pytest
from console_world import ConsoleWorld
from painted_photos import photo

from story.people import Person

pytestmark = pytest.mark.browser

BAD = "name,card\nAnn,12\n"
MARKUP = "<script>alert(1)</script>.jpg"


@pytest.fixture
def admin(world: ConsoleWorld) -> Iterator[httpx.Client]:
    with world.http("administrator") as client:
        yield client


def tokens(page: httpx.Response) -> dict[str, str]:
    """What the forms of a page carry."""
    fields = {}
    for name in ("csrf", "transaction"):
        found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
        assert found is not None, page.text
        fields[name] = found[1]
    return fields


def begun(admin: httpx.Client, person: Person, how: str = "photos") -> str:
    """Begin an enrolment; its address."""
    fields = {"name": person.name, "card": person.card, "how": how}
    answer = admin.post("/enrol", data={**tokens(admin.get("/enrol")), **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def shown(admin: httpx.Client, address: str, wanted: Callable[[str], bool]) -> str:
    """The page once it says what is wanted."""
    deadline = time.monotonic() + 20
    while True:
        text = admin.get(address).text
        if wanted(text):
            return text
        assert time.monotonic() < deadline, text
        time.sleep(0.05)


@pytest.mark.parametrize("role", ["porter", "viewer"])
def test_who_administers_nothing_gets_no_further(world: ConsoleWorld, role: str) -> None:
    with world.http(role) as client:
        got = [
            client.get(path).status_code
            for path in ("/enrol", "/enrol/e-1", "/enrol/e-1/picture", "/import", "/import/1")
        ]
        csrf = tokens(client.get("/me"))["csrf"]
        posted = [
            client.post(path, headers={"X-CSRF-Token": csrf}).status_code
            for path in ("/enrol", "/enrol/e-1/photos", "/enrol/e-1/train", "/import")
        ]

    assert set(got) | set(posted) == {403}


def test_without_the_pages_own_token_nothing_is_begun(
    world: ConsoleWorld, admin: httpx.Client
) -> None:
    person = Person(301)
    fields = {"name": person.name, "card": person.card, "how": "photos"}

    assert admin.post("/enrol", data=fields).status_code == 403
    assert admin.post("/import", files={"people": ("p.csv", BAD)}).status_code == 403
    assert not world.ask("list", card=person.card)["residents"]


def test_a_form_sent_twice_begins_one_enrolment(admin: httpx.Client) -> None:
    person = Person(302)
    form = tokens(admin.get("/enrol"))
    fields = {**form, "name": person.name, "card": person.card, "how": "photos"}

    first, second = (admin.post("/enrol", data=fields).headers["location"] for _ in range(2))

    assert first == second
    assert admin.get(first).status_code == 200


def test_an_enrolment_begun_elsewhere_is_followed_by_its_address(
    world: ConsoleWorld, admin: httpx.Client
) -> None:
    person, other = Person(303), Person(304)
    opened = world.ask("enroll", card=person.card, name=person.name, door="back", count=12)
    upload = world.ask("enroll", card=other.card, name=other.name, source="upload", count=2)

    followed = admin.get(f"/enrol/{opened['enrolment']}")
    elsewhere = admin.get(f"/enrol/{upload['enrolment']}")
    unknown = admin.get("/enrol/e-0000000000000000")

    assert followed.status_code == 200
    assert person.name in followed.text
    assert 'data-state="capturing"' in followed.text
    assert elsewhere.status_code == unknown.status_code == 404
    assert other.name in elsewhere.text
    world.ask("cancel", card=person.card)
    world.ask("cancel", card=other.card)
    assert 'data-state="cancelled"' in admin.get(f"/enrol/{opened['enrolment']}").text


def test_photos_by_a_plain_form_are_judged_and_tell_nothing_of_their_camera(
    world: ConsoleWorld, admin: httpx.Client
) -> None:
    person = Person(305)
    address = begun(admin, person)
    form = tokens(admin.get(address))
    files = [
        ("photos", (MARKUP, photo(305), "image/jpeg")),
        ("photos", ("nobody.jpg", photo(), "image/jpeg")),
    ]

    assert admin.post(f"{address}/photos", data=form, files=files).status_code == 303

    page = shown(admin, address, lambda text: "1 photo is good" in text and "is nobody" in text)
    assert MARKUP not in page
    assert "&lt;script&gt;alert(1)" in page
    kept = admin.get(f"{address}/photos/1")
    assert kept.headers["content-type"] == "image/jpeg"
    assert b"Painted Phone" not in kept.content
    assert admin.get(f"{address}/photos/9").status_code == 404
    assert admin.post(f"{address}/train", data=form).status_code == 303
    shown(admin, address, lambda text: 'data-stage="done"' in text)
    assert world.ask("show", card=person.card)["templates"] == 1
    assert admin.get(f"{address}/photos/1").status_code == 404  # nobody needs it any more


def test_a_form_without_photos_says_so_beside_the_field(admin: httpx.Client) -> None:
    address = begun(admin, Person(306))

    answer = admin.post(f"{address}/photos", data=tokens(admin.get(address)))

    assert answer.status_code == 422
    assert 'id="wrong-photos"' in answer.text


def test_a_cancelled_enrolment_leaves_nobody_behind_where_that_is_wished(
    world: ConsoleWorld, admin: httpx.Client
) -> None:
    kept, gone = Person(307), Person(308)
    for person, also in ((kept, ""), (gone, "remove")):
        address = begun(admin, person)
        form = tokens(admin.get(f"{address}/cancel"))
        answer = admin.post(f"{address}/cancel", data={**form, "also": also})
        assert answer.status_code == 303

    shown_kept = world.ask("show", card=kept.card)
    assert shown_kept["enrolment"]["state"] == "cancelled"
    assert not world.ask("list", card=gone.card)["residents"]


def test_somebody_known_gets_new_pictures_and_the_old_ones_hold_until_then(
    world: ConsoleWorld, admin: httpx.Client
) -> None:
    person = Person(309)
    world.enrol(person)
    page = admin.get("/enrol", params={"card": person.card})
    assert person.name in page.text
    fields = {**tokens(page), "known": "yes", "card": person.card, "how": "photos"}
    address = admin.post("/enrol", data=fields).headers["location"]
    form = tokens(admin.get(address))
    admin.post(f"{address}/photos", data=form, files={"photos": ("a.jpg", photo(309))})
    shown(admin, address, lambda text: "1 photo is good" in text)
    assert world.ask("show", card=person.card)["templates"] == 3

    admin.post(f"{address}/train", data=form)

    shown(admin, address, lambda text: 'data-stage="done"' in text)
    assert world.ask("show", card=person.card)["templates"] == 1
    assert world.ask("show", card=person.card)["former"] == 3


@pytest.mark.parametrize(
    ("people", "encoding", "words"),
    [
        (b"", "", "nothing in this list"),
        (b"name;age\nAnn;7\n", "", "must name the columns"),
        ("name,card\n王,1\n".encode("gb18030"), "UTF-8", "no list in that encoding"),
        (b"name,card\n", "", "no rows"),
    ],
)
def test_a_list_that_is_none_is_refused_beside_its_field(
    admin: httpx.Client, people: bytes, encoding: str, words: str
) -> None:
    form = tokens(admin.get("/import"))

    answer = admin.post(
        "/import", data={**form, "encoding": encoding}, files={"people": ("people.csv", people)}
    )

    assert answer.status_code == 422
    assert 'id="wrong-people"' in answer.text
    assert words in answer.text


def test_an_import_sends_nothing_before_it_is_told_to_and_its_report_holds_no_formula(
    world: ConsoleWorld, admin: httpx.Client
) -> None:
    good = Person(310)
    people = f"name,card,groups\n{good.name},{good.card},crew\n=HYPERLINK(),480000000311,crew\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(f"all/{good.card}.jpg", photo(310))
        opened.writestr("../../outside.jpg", photo(1))
    files = {
        "people": ("people.csv", people.encode()),
        "photos": ("all.zip", archive.getvalue()),
    }
    form = tokens(admin.get("/import"))
    address = admin.post("/import", data=form, files=files).headers["location"]

    looked = shown(admin, address, lambda text: 'data-phase="ready"' in text)

    assert "1 row cannot be sent" in looked
    assert not world.ask("list", card=good.card)["residents"]
    assert admin.post(f"{address}/start", data=form).status_code == 303
    shown(admin, address, lambda text: 'data-phase="done"' in text)
    report = admin.get(f"{address}/report.csv")
    assert "'=HYPERLINK()" in report.text
    assert ",=" not in report.text
    assert world.ask("show", card=good.card)["groups"] == ["crew"]
    assert world.ask("show", card=good.card)["templates"] == 1
    assert admin.post(f"{address}/forget", data=form).status_code == 303
    assert admin.get(address).status_code == 404
    assert not [*world.folder.rglob("imports/*/*")]
