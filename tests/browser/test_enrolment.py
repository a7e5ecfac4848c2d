"""Enrolling on the page: at a door, with photos, with the phone's own camera, and a whole list."""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser_pages import PHONE, OpenPage
from console_world import ConsoleWorld
from painted_photos import film, photo

from console.web import cookies
from story.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

Shot = Callable[["Page", str], Path]
FRAMES = 200
TRAINED_MS = 60_000
LISTS = itertools.count(100, 100)
"""Numbers of people from which each list begins."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleWorld]:
    """A console of its own, whose brain wants as many frames as a real one."""
    folder = tmp_path_factory.mktemp("enrolling")
    with ConsoleWorld(folder, brain={"enrolment": {"count": FRAMES}}) as running:
        yield running


def begun(page: Page, person: Person, how: str, **more: str) -> str:
    """Fill in the wizard and begin; the address of the enrolment."""
    page.goto("/enrol")
    page.get_by_label("Name", exact=True).fill(more.get("name", person.name))
    page.get_by_label("Card number").fill(more.get("card", person.card))
    page.get_by_label("What they agreed to").fill("form of 5 January, staff office")
    page.get_by_role("radio", name=how).check()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile(r"/enrol/e-[0-9a-f]+"))
    return page.url.split("?")[0]


def templates(world: ConsoleWorld, card: str) -> int:
    return int(world.ask("show", card=card)["templates"])


def stored(page: Page) -> int:
    """How many pictures the page says there are."""
    return int(page.locator("#enrolment-state progress").get_attribute("value") or 0)


def state(page: Page, wanted: str, timeout: float = TRAINED_MS) -> None:
    page.locator(f'#enrolment-state[data-state="{wanted}"]').wait_for(timeout=timeout)


def test_200_frames_at_a_door_are_followed_to_the_end_though_the_broker_restarts(
    world: ConsoleWorld, phone: OpenPage, desk: OpenPage, shot: Shot
) -> None:
    person = Person(1)
    page = phone("administrator", "/enrol")
    shot(page, "enrol")
    address = begun(page, person, "At the door front")
    page.get_by_text("Now they should step before the door").wait_for()
    shot(page, "enrolment-waits")
    world.comes(person)
    page.locator("#enrolment-picture img").wait_for()
    world.until(lambda: stored(page) >= 40, "40 pictures are there")
    shot(page, "enrolment-front")
    other = desk("administrator", address)
    shot(other, "enrolment-front")

    world.restart_broker()

    assert stored(page) < FRAMES
    try:
        state(page, "trained")
        state(other, "trained")
    finally:
        world.goes()
    shot(page, "enrolment-trained")
    assert page.get_by_text(f"Doors know {person.name} now").is_visible()
    assert templates(world, person.card) > 0
    page.reload()
    assert page.get_by_text(f"Doors know {person.name} now").is_visible()
    assert world.visit(person).value == "granted"


def test_the_page_says_what_the_person_at_the_door_should_do_and_when_the_door_is_gone(
    world: ConsoleWorld, phone: OpenPage, shot: Shot
) -> None:
    person = Person(2)
    page = phone("administrator")
    begun(page, person, "At the door back")
    world.comes(person, "back")
    world.until(lambda: stored(page) >= 10, "10 pictures are there")

    world.goes("back")

    page.locator("#enrolment-state .notice-warn").wait_for()
    shot(page, "enrolment-nobody-there")
    world.door("back").stop()
    try:
        page.get_by_text("The door is away").wait_for()
        shot(page, "enrolment-door-away")
    finally:
        world.door("back").start()
    page.get_by_text("The door is away").wait_for(state="hidden")
    page.get_by_role("link", name="Cancel the enrolment").click()
    page.get_by_role("checkbox", name=f"Remove {person.name} as well").check()
    shot(page, "enrolment-cancel")
    page.get_by_role("button", name="Cancel the enrolment").click()
    page.get_by_text("and the person removed again").first.wait_for()
    assert not world.ask("list", card=person.card)["residents"]


def test_somebody_who_looks_like_another_is_named(
    world: ConsoleWorld, phone: OpenPage, shot: Shot
) -> None:
    first, second = Person(3), Person(4)
    world.enrol(first, count=12)
    page = phone("administrator")
    begun(page, second, "At the door front")
    world.comes(first)  # the same person with another card

    try:
        state(page, "trained")
    finally:
        world.goes()

    page.get_by_role("link", name=first.name).wait_for()
    shot(page, "enrolment-lookalike")
    assert page.get_by_text("Remove the card that is too many").is_visible()


def test_what_is_wrong_stands_beside_its_field_and_nobody_is_added(
    world: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    page = screen("administrator", "/enrol")
    page.get_by_label("Name", exact=True).fill("Somebody <script>")
    page.get_by_label("Card number").fill("2026")
    page.get_by_role("radio", name="With photos").check()

    page.get_by_role("button", name="Begin").click()

    page.locator("#wrong-card").wait_for()
    shot(page, "enrol-mistake")
    assert page.get_by_label("Name", exact=True).input_value() == "Somebody <script>"
    assert not world.ask("list", name="Somebody <script>")["residents"]


def test_photos_are_judged_one_by_one_and_bad_ones_use_nothing_up(
    world: ConsoleWorld, phone: OpenPage, shot: Shot, tmp_path: Path
) -> None:
    person = Person(5)
    page = phone("administrator")
    begun(page, person, "With photos")
    shot(page, "enrolment-photos-empty")
    files = {
        "nobody.jpg": photo(),
        "two.jpg": photo(5, 6),
        "notes.txt": b"no picture at all",
        "large.jpg": photo(5, size=(6400, 4800)),
        "phone.heic": photo(5, kind="HEIF", moment=3),
        "again.heic": photo(5, kind="HEIF", moment=3),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    page.get_by_label("Choose photos").set_input_files([tmp_path / name for name in files])

    page.get_by_text("2 photos are good").wait_for(timeout=TRAINED_MS)
    told = {
        item.locator(".quiet").inner_text(): item.locator(".photo-fate").inner_text()
        for item in page.locator(".photo").all()
    }
    shot(page, "enrolment-photos")
    assert told == {
        "nobody.jpg": "There is nobody on it.",
        "two.jpg": "There is more than one person on it. Take one of them alone.",
        "notes.txt": "This is not a picture that can be read. Save it as JPEG or PNG.",
        "large.jpg": "One face, clear enough.",
        "phone.heic": "One face, clear enough.",
        "again.heic": "This is the same picture as number 5.",
    }
    page.get_by_role("button", name="Leave out Photo 2").click()
    page.locator("#photo-2").wait_for(state="detached")
    page.get_by_role("button", name="Finish").click()
    page.get_by_text(f"Doors know {person.name} now").wait_for(timeout=TRAINED_MS)
    shot(page, "enrolment-photos-trained")
    assert templates(world, person.card) == 2
    assert world.visit(person).value == "granted"


def test_photos_that_were_chosen_before_the_script_came_are_sent(
    phone: OpenPage, tmp_path: Path
) -> None:
    page = phone("administrator")
    begun(page, Person(12), "With photos")
    (tmp_path / "one.jpg").write_bytes(photo(12))
    held: list[Route] = []
    script = re.compile(r"/static/.*enrolment[^/]*\.js")
    page.route(script, lambda route: held.append(route))  # noqa: PLW0108  # no builtin is taken
    page.reload(wait_until="commit")
    page.get_by_label("Choose photos").set_input_files(tmp_path / "one.jpg")
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(50)

    held.pop().continue_()

    page.get_by_text("1 photo is good").wait_for()


def test_photos_of_two_people_are_refused_and_can_be_mended(
    world: ConsoleWorld, phone: OpenPage, shot: Shot, tmp_path: Path
) -> None:
    person = Person(7)
    page = phone("administrator")
    begun(page, person, "With photos")
    for name, number in (("one.jpg", 7), ("two.jpg", 8)):
        (tmp_path / name).write_bytes(photo(number))
    page.get_by_label("Choose photos").set_input_files([tmp_path / "one.jpg", tmp_path / "two.jpg"])
    page.get_by_text("2 photos are good").wait_for()

    page.get_by_role("button", name="Finish").click()

    page.get_by_text("The pictures show more than one person").wait_for(timeout=TRAINED_MS)
    shot(page, "enrolment-photos-refused")
    assert templates(world, person.card) == 0
    page.get_by_role("button", name="Leave out Photo 2").click()
    page.locator("#photo-2").wait_for(state="detached")
    page.get_by_role("button", name="Finish").click()
    page.get_by_text(f"Doors know {person.name} now").wait_for(timeout=TRAINED_MS)
    assert templates(world, person.card) == 1


def test_the_broker_may_restart_while_photos_are_looked_at(
    world: ConsoleWorld, phone: OpenPage, tmp_path: Path
) -> None:
    person = Person(9)
    page = phone("administrator")
    begun(page, person, "With photos")
    names = [tmp_path / f"{moment}.jpg" for moment in range(6)]
    for moment, name in enumerate(names):
        name.write_bytes(photo(9, moment=moment))
    page.get_by_label("Choose photos").set_input_files(names[:3])
    page.get_by_text("3 photos are good").wait_for()

    world.stop_broker()
    page.get_by_label("Choose photos").set_input_files(names[3:])
    page.locator("#photo-6").wait_for()
    world.start_broker()

    page.get_by_text("6 photos are good").wait_for(timeout=TRAINED_MS)
    page.get_by_role("button", name="Finish").click()
    page.get_by_text(f"Doors know {person.name} now").wait_for(timeout=TRAINED_MS)
    assert templates(world, person.card) > 0


@pytest.fixture
def camera_page(
    world: ConsoleWorld, browser: Browser, tmp_path: Path
) -> Iterator[Callable[[int], Page]]:
    """A phone whose camera sees somebody: Chromium's own fake device, fed with painted plates."""
    program = shutil.which("chromium")
    opened = []

    def open_page(number: int) -> Page:
        options = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film(tmp_path / 'camera.mjpeg', number)}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ]
        running = browser.browser_type.launch(executable_path=program, args=options)
        opened.append(running)
        context = running.new_context(
            base_url=world.address,
            viewport={"width": PHONE["width"], "height": PHONE["height"]},
            is_mobile=True,
            has_touch=True,
            locale="en-GB",
        )
        context.add_cookies(
            [
                {
                    "name": cookies.SESSION,
                    "value": world.session("administrator"),
                    "url": world.address,
                }
            ]
        )
        page = context.new_page()
        page.goto("/enrol")
        return page

    yield open_page
    for running in opened:
        running.close()


def test_the_phones_own_camera_guides_takes_and_sends(
    world: ConsoleWorld, camera_page: Callable[[int], Page], shot: Shot
) -> None:
    person = Person(10)
    page = camera_page(person.number)
    begun(page, person, "With the camera of this device")
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_role("button", name="Take pictures").click()
    page.locator("#camera-step", has_text="a little to the left").wait_for()
    shot(page, "enrolment-camera")
    page.get_by_role("button", name="Send these pictures").wait_for(timeout=TRAINED_MS)
    page.get_by_role("button", name="Leave out: Picture 1", exact=True).click()
    shot(page, "enrolment-camera-taken")

    page.get_by_role("button", name="Send these pictures").click()

    page.get_by_text("photos are good").wait_for(timeout=TRAINED_MS)
    page.get_by_text("Sent. What became of each picture").wait_for(timeout=TRAINED_MS)
    assert page.locator(".photo").count() == 9
    page.locator(".photo-waits, .photo-shown").first.wait_for(state="detached")
    page.get_by_role("button", name="Finish").click()
    page.get_by_text(f"Doors know {person.name} now").wait_for(timeout=TRAINED_MS)
    assert templates(world, person.card) > 0


def test_without_scripts_an_enrolment_is_followed_all_the_same(
    world: ConsoleWorld, phone: OpenPage
) -> None:
    person = Person(11)
    page = phone("administrator", "/enrol", java_script_enabled=False)
    begun(page, person, "At the door front")
    world.comes(person)

    try:
        state(page, "trained")
    finally:
        world.goes()

    assert page.get_by_text(f"Doors know {person.name} now").is_visible()


def test_a_list_is_looked_at_then_imported_though_the_broker_restarts(
    world: ConsoleWorld, screen: OpenPage, shot: Shot, tmp_path: Path
) -> None:
    first = next(LISTS)
    people = [Person(first + number) for number in range(20)]
    rows = ["name,card,groups", *(f"{one.name} 王,{one.card},staff" for one in people)]
    rows += ["=cmd(),2026,staff", f"Two At Once,49{first:010},staff"]
    (tmp_path / "people.csv").write_bytes("\r\n".join(rows).encode("gb18030"))
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for one in people:
            archive.writestr(f"photos/{one.card}.jpg", photo(one.number))
        archive.writestr(f"photos/49{first:010}.jpg", photo(first + 50, first + 51))
        archive.writestr("../../outside.jpg", photo(1))
    page = screen("administrator", "/import")
    shot(page, "import")
    page.get_by_label("List of people").set_input_files(tmp_path / "people.csv")
    page.get_by_label("Photos").set_input_files(tmp_path / "photos.zip")
    page.get_by_role("button", name="Look at it").click()
    page.locator('#import-state[data-phase="ready"]').wait_for(timeout=TRAINED_MS)
    shot(page, "import-ready")
    assert page.get_by_text("1 row cannot be sent").is_visible()
    assert page.get_by_text("Card: exactly 12 digits.").is_visible()
    assert not world.ask("list", card=people[0].card)["residents"]

    with page.expect_navigation():
        page.get_by_role("button", name="Import 21 rows").click()
    address = page.url
    page.goto("/doors")
    world.restart_broker()
    page.goto(address)

    page.locator('#import-state[data-phase="done"]').wait_for(timeout=TRAINED_MS)
    shot(page, "import-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the report").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    told = {row["card"]: row["outcome"] for row in csv.DictReader(io.StringIO(text))}
    assert {told[one.card] for one in people} == {"imported"}
    assert told[f"49{first:010}"] == told["2026"] == "refused"
    assert "'=cmd()" in text
    listed = world.ask("list", limit=1000)["residents"]
    names = {one["card"]: one["name"] for one in listed}
    assert names[people[0].card] == f"{people[0].name} 王"
    assert f"49{first:010}" not in names
    assert all(templates(world, one.card) for one in people)
