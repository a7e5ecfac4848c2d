"""People and rules on the page, as a newcomer does each task on a phone and at a desk."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser_pages import OpenPage
from console_world import ConsoleWorld

from doorctl.conversation import RequestRefused
from story.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Shot = Callable[["Page", str], Path]

_numbers = itertools.count(1)


@pytest.fixture
def somebody(world: ConsoleWorld) -> tuple[str, str]:
    """Name and card of somebody who is known, and not enrolled."""
    number = next(_numbers)
    name, card = f"Resident B{number:02}", f"2028000{number:05}"
    world.ask("add", name=name, card=card)
    return name, card


def expect(found: Any) -> Any:
    from playwright.sync_api import expect as really  # noqa: PLC0415

    return really(found)


def audited(world: ConsoleWorld, what: str, card: str) -> list[dict[str, Any]]:
    """What the administrator's account did to somebody."""
    answer = world.ask("log", what=what, card=card, admin="console.main/administrator", limit=20)
    entries: list[dict[str, Any]] = answer["entries"]
    return entries


def asked(page: Page) -> Any:
    """The dialog that a link opened."""
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    return dialog


def test_somebody_is_added_and_found_again(
    world: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    number = next(_numbers)
    name, card = f"Newcomer {number:02}", f"2028000{number:05}"
    page = screen("administrator", "/people")
    page.get_by_role("link", name="Add somebody").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Card number").fill("2028")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#wrong-card")).to_have_text("A card is exactly 12 digits.")
    shot(page, "people-add-mistake")
    page.get_by_label("Card number").fill(card)
    page.get_by_role("button", name="Add").click()

    expect(page).to_have_url(re.compile(f"/people/{card}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto("/people")
    page.get_by_label("Name or card number").fill(name.upper())
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    shot(page, "people")
    assert len(audited(world, "add", card)) == 1


def test_somebody_is_let_in_in_hours_that_are_made_for_it(
    world: ConsoleWorld, screen: OpenPage, shot: Shot, somebody: tuple[str, str]
) -> None:
    name, card = somebody
    hours = f"lessons-{next(_numbers)}"
    page = screen("administrator", "/rules/add-hours")
    page.get_by_label("What to call them").fill(hours)
    page.get_by_label("Wednesday").first.uncheck()
    page.get_by_label("From").first.fill("09:00")
    page.get_by_label("Until").first.fill("12:30")
    page.get_by_role("button", name="One more window").click()
    window = page.get_by_role("group", name="Window 2")
    window.get_by_label("Saturday").check()
    window.get_by_label("From").fill("22:00")
    window.get_by_label("Until").fill("02:00")
    shot(page, "rules-hours")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Mon, Tue, Thu, Fri 09:00 to 12:30").first).to_be_visible()

    page.goto(f"/people/{card}")
    page.get_by_role("link", name="Let them in somewhere").click()
    expect(page.get_by_role("radio", name=name)).to_be_checked()
    page.get_by_label("Where").select_option(label="Door front")
    page.get_by_label("When").select_option(value=hours)
    shot(page, "rules-add")
    page.get_by_role("button", name="Save the rule").click()

    expect(page).to_have_url(re.compile(f"/people/{card}"))
    said = page.get_by_text(f"{name} may enter by door front, in the hours {hours}")
    expect(said.first).to_be_visible()
    shot(page, "people-one")
    rule = world.ask("rules", card=card)["rules"][0]
    assert (rule["op"], rule["door"], rule["schedule"]) == ("permit", "front", hours)
    assert len(audited(world, "permit", card)) == 1
    page.goto("/rules")
    shot(page, "rules")


def test_why_somebody_cannot_get_in_is_answered_and_mended(
    world: ConsoleWorld, screen: OpenPage, shot: Shot, somebody: tuple[str, str]
) -> None:
    name, card = somebody
    page = screen("administrator", f"/people/{card}")
    page.get_by_role("link", name="Shut them out").click()
    asked(page).get_by_role("button", name="Shut them out").click()
    expect(page.get_by_text("Shut out: no door opens for them.").first).to_be_visible()
    shot(page, "people-shut-out")

    page.get_by_label("Door").select_option("front")
    page.get_by_role("button", name="Why, or why not?").click()
    expect(page.get_by_text("No, not by door front.")).to_be_visible()
    expect(page.get_by_text("This person is shut out everywhere")).to_be_visible()
    shot(page, "people-may")
    page.get_by_role("link", name="Let in again").click()
    asked(page).get_by_role("button", name="Let in again").click()

    expect(page).to_have_url(re.compile(f"/people/{card}([?]|$)"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("no door opens for them")).to_have_count(0)
    assert world.ask("show", card=card)["enabled"] is True
    assert len(audited(world, "disable", card)) == len(audited(world, "enable", card)) == 1


def test_somebody_types_a_pin_twice_and_nobody_sees_it_again(
    world: ConsoleWorld, screen: OpenPage, shot: Shot, somebody: tuple[str, str]
) -> None:
    _, card = somebody
    digits = f"77{int(card) % 10**6:06}"
    page = screen("administrator", f"/people/{card}/pin")
    page.get_by_label("PIN", exact=True).fill(digits)
    page.get_by_label("The same once more").first.fill("1234")
    page.get_by_role("button", name="Set the PIN").click()
    expect(page.locator("#wrong-again")).to_have_text("These are not the same digits as above.")
    shot(page, "people-pin-mistake")
    page.get_by_label("PIN", exact=True).fill(digits)
    page.get_by_label("The same once more").first.fill(digits)
    page.get_by_role("button", name="Set the PIN").click()

    expect(page.get_by_text("They have a PIN. Nobody can see it.")).to_be_visible()
    assert digits not in page.content()
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert digits not in kept
    assert world.ask("show", card=card)["pin"] is True


def test_somebody_is_removed_by_name_and_what_was_erased_is_said(
    world: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    person = Person(40 + next(_numbers))
    world.enrol(person)
    page = screen("administrator", f"/people/{person.card}")
    shot(page, "people-enrolled")
    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_text("pictures of enrolments")).to_be_visible()
    expect(page.get_by_text("Backups that were made before")).to_be_visible()
    page.get_by_label("Type their name or card number").fill("somebody else")
    page.get_by_role("button", name="Remove for good").click()
    expect(page.locator("#wrong-typed")).to_be_visible()
    shot(page, "people-remove")
    page.get_by_label("Type their name or card number").fill(person.name)
    page.get_by_role("button", name="Remove for good").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{person.name} was removed")
    shot(page, "people-removed")
    with pytest.raises(RequestRefused):
        world.ask("show", card=person.card)
    page.goto("/people/erasures")
    for _ in range(50):
        if page.get_by_text("Every door has forgotten everybody").count():
            break
        page.wait_for_timeout(100)
        page.reload()
    expect(page.get_by_text("Every door has forgotten everybody")).to_be_visible()
    shot(page, "people-erasures")


def test_a_form_outlives_a_restart_of_the_broker_and_is_carried_out_once(
    world: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    number = next(_numbers)
    name, card = f"Patient {number:02}", f"2028000{number:05}"
    page = screen("administrator", "/people/add")
    page.get_by_label("Name").fill(name)
    world.stop_broker()
    try:
        page.get_by_label("Card number").fill(card)
        page.get_by_role("button", name="Add").click()
        again = page.get_by_role("button", name="Try again").or_(
            page.get_by_role("button", name="Add")
        ).first  # fmt: skip
        expect(page.get_by_text("cannot be reached").first).to_be_visible()
        expect(page.get_by_label("Name")).to_have_value(name)
        expect(page.get_by_label("Card number")).to_have_value(card)
        shot(page, "people-add-away")
    finally:
        world.start_broker()
    with world.http("administrator") as beside:
        world.until(lambda: beside.get("/people").is_success, "the console sees the brain again")
    again.click()

    expect(page).to_have_url(re.compile(f"/people/{card}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert len(audited(world, "add", card)) == 1


def test_pressing_twice_does_it_once(
    world: ConsoleWorld, desk: OpenPage, somebody: tuple[str, str]
) -> None:
    _, card = somebody
    page = desk("administrator", f"/people/{card}/groups", java_script_enabled=False)
    page.get_by_label("new group").fill("pressed-twice")
    page.get_by_role("button", name="Put in").dblclick()

    expect(page).to_have_url(re.compile(f"/people/{card}"))
    assert world.ask("show", card=card)["groups"] == ["pressed-twice"]
    assert len(audited(world, "group", card)) == 1


def test_everything_works_without_script(
    world: ConsoleWorld, phone: OpenPage, somebody: tuple[str, str]
) -> None:
    name, card = somebody
    page = phone("administrator", f"/people/{card}", java_script_enabled=False)
    page.get_by_role("link", name="Shut them out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Shut out {name}?")
    page.get_by_role("button", name="Shut them out").click()
    expect(page.get_by_text("Shut out: no door opens for them.").first).to_be_visible()
    page.get_by_role("link", name="Keep them out somewhere").click()
    page.get_by_label("Where").select_option(label="Every door")
    page.get_by_role("button", name="Save the rule").click()
    said = page.get_by_text(f"{name} may not enter by every door, at any time.")
    expect(said.first).to_be_visible()

    with page.expect_download() as saved:
        page.get_by_role("link", name="Save what is kept of them").click()
        page.get_by_role("button", name="Save the file").click()

    assert re.fullmatch(r"doorward-r-[0-9a-f]+\.json", saved.value.suggested_filename)
    assert len(audited(world, "export", card)) == 1


def test_a_file_is_saved_from_a_dialog(
    world: ConsoleWorld, desk: OpenPage, somebody: tuple[str, str]
) -> None:
    _, card = somebody
    page = desk("administrator", f"/people/{card}")
    page.get_by_role("link", name="Save what is kept of them").click()

    with page.expect_download() as saved:
        asked(page).get_by_role("button", name="Save the file").click()

    assert card in Path(saved.value.path()).read_text(encoding="utf-8")
    assert len(audited(world, "export", card)) == 1


def test_a_porter_looks_up_and_is_offered_no_change(
    phone: OpenPage, shot: Shot, somebody: tuple[str, str]
) -> None:
    name, card = somebody
    page = phone("porter", "/people")
    page.get_by_label("Name or card number").fill(card[-4:])
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=name).click()
    shot(page, "people-one-porter")
    page.get_by_role("button", name="Why, or why not?").click()

    expect(page.locator("#answer")).to_contain_text("not enrolled yet")
    expect(page.locator("main form[method=post]")).to_have_count(0)
