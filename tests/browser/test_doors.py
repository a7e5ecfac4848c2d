"""Doors on the page: seen live, opened, locked down, released, looked through, by keyboard."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser_pages import OpenPage
from console_world import ConsoleWorld

from doorbus import messages as m
from story.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LIVE_MS = 5_000
RESIDENT = Person(501)


@pytest.fixture(scope="module")
def resident(world: ConsoleWorld) -> Person:
    """Somebody whom both doors know."""
    world.enrol(RESIDENT)
    return RESIDENT


@pytest.fixture(autouse=True)
def released(world: ConsoleWorld) -> Iterator[None]:
    """Whatever a test ordered or let a door feel is over after it."""
    yield
    world.door("back").feels(contact=False, tamper=False, fire=False)
    world.ask("release", doors="all", reason="a test is over")


def expect(found: Any) -> Any:
    from playwright.sync_api import expect as really  # noqa: PLC0415

    return really(found)


def entries(world: ConsoleWorld, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.ask("log", what=what, limit=5)["entries"]
    return found


def told(world: ConsoleWorld, kind: m.EventKind, mark: int) -> None:
    world.wait(
        lambda seen: isinstance(seen.value, m.DoorEvent) and seen.value.kind is kind,
        mark,
        f"a door tells {kind}",
    )


def test_every_page_about_doors_is_written_as_a_picture(
    world: ConsoleWorld,
    screen: OpenPage,
    shot: Callable[[Page, str], Path],
    resident: Person,
) -> None:
    world.visit(resident)
    world.visit(Person(77), "back")
    page = screen("administrator")
    for path, name in (
        ("/doors", "doors"),
        ("/doors/front", "doors-one"),
        ("/doors/front/unlock", "doors-unlock"),
        ("/orders/lockdown?target=all", "doors-lockdown"),
        ("/orders/evacuate", "doors-evacuate"),
        ("/now", "doors-now"),
    ):
        page.goto(path)
        shot(page, name)
        assert page.locator("h1").count() == 1
        wide = page.evaluate("document.documentElement.scrollWidth")
        size = page.viewport_size
        assert size is not None
        assert wide <= size["width"], f"{path} is {wide} wide"


def test_a_porter_opens_a_door_by_keyboard_alone_and_the_log_has_why(
    world: ConsoleWorld, desk: OpenPage, shot: Callable[[Page, str], Path]
) -> None:
    before = world.door("front").openings
    page = desk("porter")
    link = page.get_by_role("link", name="Open front")
    for _ in range(60):
        if link.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        pytest.fail("the link that opens the door is not reached by Tab")

    page.keyboard.press("Enter")
    expect(page.get_by_label("Why")).to_be_focused()
    page.keyboard.type("parcel for the third floor")
    page.keyboard.press("Enter")

    expect(page.get_by_text("The door itself said that it opened.")).to_be_visible()
    world.until(lambda: world.door("front").openings == before + 1, "the lock opened once")
    entry = entries(world, "unlock")[0]
    assert entry["actor"] == "console.main/porter"
    assert entry["reason"] == "parcel for the third floor"
    shot(page, "doors-opened")


def test_an_unlock_without_a_reason_moves_nothing_and_says_so_beside_the_field(
    world: ConsoleWorld, phone: OpenPage
) -> None:
    before = world.door("front").openings
    page = phone("porter", "/doors/front/unlock")
    page.get_by_label("Why").evaluate("field => field.removeAttribute('required')")

    page.get_by_role("button", name="Open the door").click()

    expect(page.locator("#wrong-reason")).to_contain_text("Say why")
    assert world.door("front").openings == before


def test_a_lock_down_is_seen_on_the_card_refuses_an_unlock_and_ends_by_release(
    world: ConsoleWorld, desk: OpenPage, shot: Callable[[Page, str], Path]
) -> None:
    page = desk("administrator", "/orders/lockdown?target=all")
    page.get_by_label("Why").fill("drill")
    page.get_by_role("button", name=re.compile("Lock down 2 doors")).click()
    expect(page.locator("#ordered")).to_contain_text("Done: the door said so")
    shot(page, "doors-locked-down")

    page.goto("/doors")
    expect(page.locator("#state-front")).to_contain_text("Lock-down", timeout=LIVE_MS)
    shot(page, "doors-in-lockdown")
    porter = desk("porter", "/doors/front/unlock")
    porter.get_by_label("Why").fill("parcel")
    porter.get_by_role("button", name="Open the door").click()
    expect(porter.get_by_role("alert")).to_contain_text("a lock-down keeps door front shut")
    assert porter.get_by_label("Why").input_value() == "parcel"
    shot(porter, "doors-refused")

    page.goto("/orders/release?target=all")
    page.get_by_role("button", name=re.compile("Release 2 doors")).click()
    expect(page.locator("#ordered")).to_contain_text("Done: the door said so")
    assert entries(world, "lockdown_asked")[0]["actor"] == "console.main/administrator"


def test_a_picture_comes_to_who_may_ask_and_is_kept_by_no_browser(
    world: ConsoleWorld, phone: OpenPage, shot: Callable[[Page, str], Path]
) -> None:
    page = phone("porter", "/doors/front")
    page.get_by_role("button", name="Take a picture").click()

    picture = page.locator("#picture-front img")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('#picture-front img').naturalWidth > 0")
    shot(page, "doors-picture")
    address = picture.get_attribute("src")
    assert address
    with world.http("porter") as client:
        answer = client.get(address)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "image/jpeg"
    with world.http("viewer") as client:
        assert client.get(address).status_code == 403
        assert "picture-front" not in client.get("/doors/front").text


def test_a_door_that_is_forced_open_stands_out_at_once_and_still_when_it_is_shut_again(
    world: ConsoleWorld, desk: OpenPage, shot: Callable[[Page, str], Path]
) -> None:
    page = desk("viewer")
    expect(page.locator("#state-back")).not_to_contain_text("Forced open")

    world.door("back").feels(contact=True)
    expect(page.locator("#state-back")).to_contain_text("Forced open", timeout=LIVE_MS)
    expect(page.locator("#standing")).to_contain_text("1 needs somebody")
    shot(page, "doors-forced")

    world.door("back").feels(contact=False)
    expect(page.locator("#state-back")).to_contain_text("Was forced open", timeout=LIVE_MS)


def test_a_visit_appears_live_with_its_name_for_a_porter_and_without_for_a_viewer(
    world: ConsoleWorld, desk: OpenPage, resident: Person
) -> None:
    porter, viewer = desk("porter"), desk("viewer")

    assert world.visit(resident) is m.EventKind.GRANTED

    expect(porter.locator("#lines-front")).to_contain_text(f"{resident.name} came in")
    expect(viewer.locator("#lines-front")).to_contain_text("came in")
    for page in (viewer, desk("viewer", "/now"), desk("viewer", "/doors/front")):
        assert resident.name not in page.content()


def test_what_is_typed_survives_a_fragment_and_a_broker_that_restarts_meanwhile(
    world: ConsoleWorld, desk: OpenPage
) -> None:
    before = world.door("front").openings
    page = desk("porter", "/doors/front/unlock")
    page.get_by_label("Why").fill("parcel, typed before the broker went")
    world.stop_broker()
    try:
        expect(page.locator("#away")).to_contain_text("The broker is away", timeout=LIVE_MS)
        page.get_by_role("button", name="Open the door").click()
        expect(page.get_by_label("Why")).to_have_value("parcel, typed before the broker went")
        assert world.door("front").openings == before
    finally:
        world.start_broker()
    expect(page.locator("#away")).not_to_contain_text("away", timeout=20_000)

    # Whoever waits for broker, brain and door presses again; one of these is the one that counts.
    deadline = time.monotonic() + 20
    while page.get_by_text("The door itself said that it opened.").count() == 0:
        assert time.monotonic() < deadline
        page.evaluate("document.querySelector('form[action$=unlock] button')?.click()")
        page.wait_for_timeout(500)
    world.until(lambda: world.door("front").openings == before + 1, "the lock opened once")
    time.sleep(1.0)
    assert world.door("front").openings == before + 1


def _looks_after_all(page: Page) -> None:
    """Other tests at this site have their alarms, too."""
    page.goto("/now")
    buttons = page.get_by_role("button", name="I looked after it")
    for left in reversed(range(buttons.count())):
        buttons.first.click()
        expect(buttons).to_have_count(left)


def test_duress_is_shown_to_administrators_alone_until_they_looked_after_it(
    world: ConsoleWorld, desk: OpenPage, resident: Person, shot: Callable[[Page, str], Path]
) -> None:
    world.ask("pin", card=resident.card, pin="271828", duress="271829")
    administrator, porter = desk("administrator", "/now"), desk("porter", "/now")
    mark = world.observer.mark()

    world.door("back").types("271829")

    world.wait(lambda seen: isinstance(seen.value, m.Alarm), mark, "the brain calls for help")
    expect(administrator.locator("#alarms")).to_contain_text("forced to open")
    shot(administrator, "doors-alarm")
    for path in ("/now", "/doors", "/doors/back"):
        assert not re.search("duress|forced to open", _seen(porter, path), re.IGNORECASE)
    assert re.search(r"\d alarm", _seen(administrator, "/doors"))
    _looks_after_all(administrator)
    expect(administrator.locator("#alarms")).not_to_contain_text("forced to open")


def test_an_alarm_is_counted_until_it_was_looked_after(
    world: ConsoleWorld, desk: OpenPage, resident: Person
) -> None:
    world.ask("pin", card=resident.card, pin="271828", duress="271829")
    page = desk("administrator")
    mark = world.observer.mark()

    world.door("back").types("271829")

    world.wait(lambda seen: isinstance(seen.value, m.Alarm), mark, "the brain calls for help")
    expect(page.locator("#called")).to_contain_text("alarm", timeout=LIVE_MS)
    assert "forced to open" not in page.locator("#called").inner_text()
    _looks_after_all(page)
    page.goto("/doors")
    expect(page.locator("#called")).to_be_empty()


def test_a_door_and_its_camera_are_used_without_any_script(
    world: ConsoleWorld, phone: OpenPage
) -> None:
    before = world.door("front").openings
    page = phone("porter", java_script_enabled=False)

    page.get_by_role("link", name="Open front").click()
    page.get_by_label("Why").fill("parcel")
    page.get_by_role("button", name="Open the door").click()
    expect(page.get_by_text("The door itself said that it opened.")).to_be_visible()
    page.get_by_role("button", name="Take a picture").click()

    expect(page.locator("#picture-front img")).to_be_visible()
    world.until(lambda: world.door("front").openings == before + 1, "the lock opened once")


def test_a_door_that_goes_away_comes_first_once_nobody_touches_the_list(
    world: ConsoleWorld, desk: OpenPage
) -> None:
    page = desk("viewer")
    first = page.locator("#doors > li").first
    expect(first).to_have_attribute("data-door", "back")

    world.door("front").stop()
    try:
        expect(page.locator("#state-front")).to_contain_text("Switched off", timeout=LIVE_MS)
        expect(first).to_have_attribute("data-door", "front", timeout=8_000)
    finally:
        world.door("front").start()
    expect(page.locator("#state-front")).to_contain_text("All is well", timeout=20_000)


def test_the_list_of_what_happens_can_be_held_still(
    world: ConsoleWorld, desk: OpenPage, resident: Person
) -> None:
    page = desk("porter", "/now")
    world.visit(resident)
    expect(page.locator("#happened")).to_contain_text(f"{resident.name} came in")
    page.get_by_role("button", name="Hold the list still").click()
    held = page.locator("#held").inner_text()

    world.visit(Person(78))

    expect(page.locator("#happened")).to_contain_text("Somebody was refused")
    assert page.locator("#held").inner_text().count("refused") == held.count("refused")
    assert not page.locator("#happened").is_visible()
    page.get_by_role("button", name="Hold the list still").click()
    expect(page.locator("#happened")).to_be_visible()


def _seen(page: Page, path: str) -> str:
    page.goto(path)
    return page.locator("main").inner_text()
