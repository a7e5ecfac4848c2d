"""The log and the figures as people use them, on a phone and at a desk."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser_pages import OpenPage
from console_world import ConsoleWorld

from doorbus import messages as m
from story.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Shot = Callable[["Page", str], Path]
RESIDENT, STRANGER = Person(41), Person(49)
MARKUP = '<img src=x onerror="document.title = 1">'


@pytest.fixture(scope="module")
def day(world: ConsoleWorld) -> ConsoleWorld:
    """Somebody was let in, somebody was refused, somebody did not blink, a door was opened."""
    world.enrol(RESIDENT)
    world.visit(RESIDENT)
    world.visit(STRANGER)
    mark = world.comes(RESIDENT, blinks=False)
    world.wait(
        lambda seen: (
            isinstance(seen.value, m.DoorEvent) and seen.value.kind is m.EventKind.NO_BLINK
        ),
        mark,
        "the door tells of no blink",
    )
    world.goes()
    world.ask("unlock", door="front", reason=MARKUP)
    return world


@pytest.mark.usefixtures("day")
def test_what_a_refusal_was_about_is_two_presses_away(screen: OpenPage, shot: Shot) -> None:
    page = screen("porter", "/log")
    shot(page, "log")

    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("What", exact=True).select_option("deny")
    page.get_by_label("Door").select_option("front")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/log?*what=deny*")
    shot(page, "log-filtered")
    page.get_by_role("link", name="Refused").first.click()

    page.wait_for_url(re.compile(r"/log/\d+$"))
    assert page.get_by_role("heading", name="What the person was shown").is_visible()
    assert page.get_by_role("heading", name="What the door saw").is_visible()
    assert page.get_by_role("columnheader", name="Score").count() == 0
    shot(page, "log-refusal")


@pytest.mark.usefixtures("day")
def test_the_filter_takes_the_keyboard_alone(desk: OpenPage) -> None:
    page = desk("viewer", "/log")

    page.locator("summary", has_text="Filter").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Opened from afar")
    page.keyboard.press("Tab")
    for _ in range(40):  # a time has many parts
        if page.evaluate("document.activeElement.textContent.trim()") == "Show":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/log?*what=unlock*")
    assert page.get_by_text(MARKUP).first.is_visible()
    assert page.title().startswith("Log")


@pytest.mark.usefixtures("day")
def test_a_wrong_end_of_a_time_keeps_what_was_typed(screen: OpenPage, shot: Shot) -> None:
    page = screen("viewer", "/log?since=2026-01-05T08:00&until=2026-01-04T08:00")

    assert page.get_by_text("The end must be later than the beginning.").first.is_visible()
    assert page.get_by_label("From").input_value() == "2026-01-05T08:00"
    shot(page, "log-wrong-time")


@pytest.mark.usefixtures("day")
def test_the_log_is_saved_as_a_sheet(screen: OpenPage) -> None:
    page = screen("administrator", "/log?what=grant")

    with page.expect_download() as download:
        page.get_by_role("link", name="As a sheet (CSV)").click()

    assert re.fullmatch(r"log-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["what"] for row in rows} == {"grant"}
    assert RESIDENT.name in {row["name"] for row in rows}


@pytest.mark.usefixtures("day")
def test_what_doors_told_shows_what_was_asked_of_the_person(screen: OpenPage, shot: Shot) -> None:
    page = screen("viewer", "/log")

    page.get_by_role("link", name="From the doors").click()
    page.wait_for_url("**/log/doors")
    page.goto("/log/doors?kind=refusals")

    assert page.get_by_role("row").count() >= 3
    shot(page, "log-doors")


def test_an_administrator_says_that_it_was_somebody_else(
    day: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    number = day.ask("log", what="grant", card=RESIDENT.card, limit=1)["entries"][0]["number"]
    page = screen("administrator", f"/log/{number}")
    shot(page, "log-visit")

    page.get_by_role("link", name="This was somebody else").click()
    page.get_by_role("button", name="Take back what was learnt").click()

    page.get_by_text("Nothing was learnt from this visit").wait_for()
    newest = day.ask("log", what="undo", limit=1)["entries"][0]
    assert newest["actor"] == "console.main/administrator"


@pytest.mark.usefixtures("day")
def test_figures_are_drawn_and_can_be_read_as_tables(screen: OpenPage, shot: Shot) -> None:
    page = screen("viewer", "/figures")
    shot(page, "figures")
    dark = screen("viewer", "/figures", color_scheme="dark")
    shot(dark, "figures-dark")

    page.get_by_label("Time").select_option("1")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/figures?*days=1*")
    page.get_by_text("The numbers as a table").first.click()

    assert page.get_by_role("cell").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
