"""A day at the page, on a phone: everything in one go, with the broker gone in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from browser_pages import OpenPage
from console_world import PASSWORD, ConsoleWorld

from doorbus import messages as m
from story.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Shot = Callable[["Page", str], Path]
FRAMES: Final = 200
ME: Final = "console.main/administrator"
RESIDENT, STRANGER = Person(1), Person(2)
TRAIN_MS: Final = 60_000
BACK_MS: Final = 20_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleWorld]:
    """A console of its own, whose brain wants as many frames as one at work."""
    brain = {"enrolment": {"count": FRAMES, "templates": 10}}
    with ConsoleWorld(tmp_path_factory.mktemp("story"), brain=brain) as running:
        yield running


def test_a_newcomer_is_enrolled_let_in_and_forgotten_and_the_audit_says_by_whom(
    world: ConsoleWorld, phone: OpenPage, shot: Shot
) -> None:
    page = phone(None, "/")
    _signs_in(page)
    shot(page, "story-1-doors")

    _enrols(world, page, shot)
    _is_let_in(world, page, shot)
    _opens_once_although_the_broker_was_away(world, page, shot)
    _makes_a_pass_and_takes_it_back(page)
    _removes(world, page, shot)

    entries = world.ask("log", limit=200)["entries"]
    mine = [entry["what"] for entry in reversed(entries) if entry["actor"] == ME]
    # The account's first sign-in took its invitation, before the story.
    wanted = ["signed_in", "signed_in", "enroll", "unlock", "pass", "unpass", "remove"]
    assert [what for what in mine if what in wanted] == wanted, mine
    assert {entry["reason"] for entry in entries if entry["what"] == "unlock"} == {"Parcel"}


def _signs_in(page: Page) -> None:
    page.get_by_label("Name").fill("administrator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/doors")
    page.get_by_role("heading", name="front").wait_for()


def _enrols(world: ConsoleWorld, page: Page, shot: Shot) -> None:
    page.goto("/enrol")
    page.get_by_label("Name", exact=True).fill(RESIDENT.name)
    page.get_by_label("Card number").fill(RESIDENT.card)
    page.get_by_label("What they agreed to").fill("form of 5 January, staff office")
    page.get_by_label("At the door front").check()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/enrol/e-*")
    page.get_by_text("Now they should step before the door.").wait_for()
    world.comes(RESIDENT)
    page.get_by_text("All is well.").wait_for()
    page.locator("#enrolment-picture img").wait_for()
    shot(page, "story-2-frames")

    world.stop_broker()
    page.get_by_text("The line is broken.").wait_for(timeout=BACK_MS)
    shot(page, "story-3-broker-away")
    world.start_broker()

    page.get_by_text(f"Doors know {RESIDENT.name} now.").wait_for(timeout=TRAIN_MS)
    shot(page, "story-4-trained")
    world.goes()


def _is_let_in(world: ConsoleWorld, page: Page, shot: Shot) -> None:
    page.goto("/doors/front")
    assert world.visit(RESIDENT) is m.EventKind.GRANTED
    page.locator("#lines-front").get_by_text(RESIDENT.name).wait_for()
    assert world.visit(STRANGER) is m.EventKind.DENIED
    page.locator("#lines-front li").nth(1).wait_for()
    shot(page, "story-5-visits")


def _opens_once_although_the_broker_was_away(world: ConsoleWorld, page: Page, shot: Shot) -> None:
    page.goto("/doors/front/unlock")
    page.get_by_label("Why").fill("Parcel")
    before = world.door("front").openings
    world.stop_broker()
    page.get_by_role("button", name="Open the door").click()
    page.get_by_text(re.compile("away|not there|no answer", re.IGNORECASE)).first.wait_for()
    shot(page, "story-6-unlock-away")
    assert page.get_by_label("Why").input_value() == "Parcel"
    world.start_broker()
    page.locator("#away").get_by_text("broker").wait_for(state="hidden", timeout=BACK_MS)
    world.until(lambda: world.door("front").locked, "the door is back")

    page.get_by_role("button", name=re.compile("Open the door|Try again")).first.click()

    page.wait_for_url("**/doors/front?done=*")
    world.until(lambda: world.door("front").openings == before + 1, "the door opens")


def _makes_a_pass_and_takes_it_back(page: Page) -> None:
    page.goto("/passes/issue")
    page.get_by_label("Whose it is").fill("Plumber")
    page.get_by_label("What it opens").select_option("door:front")
    page.get_by_label("How often it opens").fill("1")
    page.get_by_role("button", name="Make the pass").click()
    page.wait_for_url("**/passes/p-*")
    page.locator("#pass-code").wait_for()
    page.get_by_role("link", name="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("The pass is taken back.").wait_for()


def _removes(world: ConsoleWorld, page: Page, shot: Shot) -> None:
    page.goto(f"/people/{RESIDENT.card}/remove")
    page.get_by_label("Type their name or card number").fill(RESIDENT.name)
    shot(page, "story-7-remove")
    page.get_by_role("button", name="Remove for good").click()
    page.get_by_role("heading", name=re.compile("was removed")).wait_for()
    shot(page, "story-8-removed")
    assert world.visit(RESIDENT) is m.EventKind.DENIED
