"""A visitor's pass on the page: made, shown, sent as a picture that a door takes, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from browser_pages import OpenPage
from console_world import ConsoleWorld
from numpy.typing import NDArray

from demo.observer import Seen
from doorbus import messages as m

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Shot = Callable[["Page", str], Path]
MARKUP = 'Plumber <img src=x onerror="alert(1)">'
PAPER = 320
"""Pixels of a pass that is held before the door's camera of 480 x 360."""


def made(page: Page, name: str, where: str = "door:front", uses: int = 1) -> str:
    """Make a pass on the page; its number."""
    page.goto("/passes/issue")
    page.get_by_label("Whose it is").fill(name)
    page.get_by_label("What it opens").select_option(where)
    page.get_by_label("How often it opens").fill(str(uses))
    page.get_by_role("button", name="Make the pass").click()
    page.wait_for_url("**/passes/p-*")
    return page.url.split("?")[0].rsplit("/", 1)[1]


def saved(page: Page) -> NDArray[np.uint8]:
    """The picture that "Save as a picture" gives."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a picture").click()
    picture = cv2.imread(str(download.value.path()), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def told(world: ConsoleWorld, kind: m.EventKind, mark: int) -> m.DoorEvent:
    seen: Seen = world.wait(
        lambda one: isinstance(one.value, m.DoorEvent) and one.value.kind is kind,
        mark,
        f"the door tells {kind}",
    )
    assert isinstance(seen.value, m.DoorEvent)
    return seen.value


def held_up(world: ConsoleWorld, picture: NDArray[np.uint8]) -> int:
    """A visitor holds the picture before the front door's camera; the mark before it."""
    mark = world.observer.mark()
    small = cv2.resize(picture, (PAPER, PAPER), interpolation=cv2.INTER_AREA)
    world.door("front").scene.holds_up(np.asarray(np.dstack([small] * 3), np.uint8))
    return mark


def test_the_picture_of_a_pass_opens_the_door_until_it_is_used_up(
    world: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    page = screen("administrator", "/passes")
    shot(page, "passes-empty")
    page.goto("/passes/issue")
    shot(page, "pass-issue")
    number = made(page, MARKUP)
    shot(page, "pass")
    picture = saved(page)
    code, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert code.startswith("DW1:")

    mark = held_up(world, picture)

    try:
        assert number in told(world, m.EventKind.PASS, mark).detail
    finally:
        world.goes()
    page.reload()
    page.get_by_text("Used up").first.wait_for()
    assert page.locator("#pass-code").count() == 0
    page.goto("/passes")
    shot(page, "passes")
    assert page.get_by_role("link", name=MARKUP).first.is_visible()


def test_a_pass_that_was_taken_back_opens_nothing_and_the_page_says_who_was_told(
    world: ConsoleWorld, phone: OpenPage, shot: Shot
) -> None:
    page = phone("administrator", "/passes")
    number = made(page, "Gardener", "doors:all", uses=3)
    picture = saved(page)

    page.get_by_role("link", name="Take it back").click()
    sure = page.get_by_role("button", name="Take it back")
    sure.wait_for()
    shot(page, "pass-revoke")
    sure.click()

    page.get_by_text("The pass is taken back.").first.wait_for()
    assert page.get_by_text("Every door that is there was told").is_visible()
    shot(page, "pass-revoked")
    mark = held_up(world, picture)
    try:
        detail = told(world, m.EventKind.PASS_REFUSED, mark).detail
    finally:
        world.goes()
    assert number in detail
    assert "revoked" in detail


def test_mistakes_stand_beside_their_fields_and_nothing_is_issued(
    world: ConsoleWorld, phone: OpenPage, shot: Shot
) -> None:
    before = world.ask("passes")["total"]
    page = phone("administrator", "/passes/issue")
    page.get_by_label("Whose it is").fill("Too early")
    page.get_by_label("What it opens").select_option("door:back")
    page.get_by_label("Until").fill("2020-01-01T10:00")

    page.get_by_role("button", name="Make the pass").click()

    wrong = page.locator("#wrong-until")
    wrong.wait_for()
    shot(page, "pass-mistake")
    assert page.get_by_label("Whose it is").input_value() == "Too early"
    assert page.get_by_label("Until").get_attribute("aria-invalid") == "true"
    assert world.ask("passes")["total"] == before


def test_a_porter_sees_passes_and_no_code(world: ConsoleWorld, phone: OpenPage, shot: Shot) -> None:
    number = made(phone("administrator"), "Courier")
    page = phone("porter", "/passes")
    assert page.get_by_role("link", name="Make a pass").count() == 0

    page.get_by_role("link", name="Courier").click()

    page.get_by_text("shown to administrators alone").wait_for()
    shot(page, "pass-porter")
    assert page.locator("img").count() == 0
    with world.http("porter") as porter:
        assert porter.get(f"/passes/{number}/picture.png").status_code == 403
        assert porter.get("/passes/issue").status_code == 403
        assert "DW1:" not in porter.get(f"/passes/{number}").text
    with world.http("viewer") as viewer:
        assert viewer.get("/passes").status_code == 403
        assert viewer.get(f"/passes/{number}").status_code == 403


def test_a_phone_that_can_share_sends_the_very_picture(phone: OpenPage) -> None:
    page = phone("administrator")
    page.add_init_script(
        """Object.defineProperty(navigator, "canShare", { value: () => true });
        Object.defineProperty(navigator, "share", { value: async (what) => {
            const bytes = new Uint8Array(await what.files[0].arrayBuffer());
            document.title = JSON.stringify([what.files[0].type, [...bytes]]);
        } });"""
    )
    made(page, "Courier")

    page.get_by_role("button", name="Send as a picture").click()

    page.wait_for_function("() => document.title.startsWith('[')")
    kind, content = json.loads(page.title())
    picture = cv2.imdecode(np.asarray(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert kind == "image/png"
    assert picture is not None
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0].startswith("DW1:")
