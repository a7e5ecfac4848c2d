"""Does the frame of the pages do what it should: keyboard, dialogs, drafts, lost lines?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest
from browser_pages import OpenPage

from console.web import cookies
from story.people import Person

if TYPE_CHECKING:
    from console_world import ConsoleWorld
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SOMEBODY: Final = Person(31)
LOST_MS: Final = 15_000


def in_focus(page: Page) -> str:
    """What has the focus, by its text or its id."""
    said: str = page.evaluate(
        "document.activeElement.innerText?.trim() || document.activeElement.id"
    )
    return said


def storage(page: Page) -> str:
    """All that this tab keeps."""
    kept: str = page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    return kept


def test_the_first_key_offers_to_skip_the_navigation(desk: OpenPage) -> None:
    """Whoever uses a keyboard need not walk through nine links on each page."""
    page = desk("administrator")

    page.keyboard.press("Tab")
    first = in_focus(page)
    page.keyboard.press("Enter")

    assert first == "Skip to the content"
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_question_opens_on_the_page_and_gives_the_focus_back(screen: OpenPage) -> None:
    """Escape leaves everything as it was."""
    page = screen("porter", "/doors")
    opener = page.get_by_role("link", name="Open front")

    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    titled = dialog.evaluate(
        "one => document.getElementById(one.getAttribute('aria-labelledby')).innerText"
    )
    inside = dialog.evaluate("one => one.contains(document.activeElement)")
    page.keyboard.press("Escape")

    dialog.wait_for(state="detached")
    assert "front" in titled
    assert inside
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Open front"
    assert page.url.endswith("/doors")


def test_a_field_that_is_wrong_says_so_beside_itself_and_keeps_what_was_typed(
    screen: OpenPage,
) -> None:
    """The summary has the focus and leads to the field."""
    page = screen("administrator", "/people/add")
    page.get_by_label("Name", exact=True).fill("Nobody <b>Bold</b>")
    card = page.get_by_label("Card number")
    card.evaluate("one => { one.removeAttribute('pattern'); one.removeAttribute('maxlength'); }")
    card.fill("12")

    page.get_by_role("button", name=re.compile("Add")).click()
    page.locator("[data-problem]").wait_for()

    assert page.evaluate("'problem' in document.activeElement.dataset")
    assert page.get_by_label("Card number").get_attribute("aria-invalid") == "true"
    assert page.locator("#wrong-card").inner_text().strip() == "A card is exactly 12 digits."
    assert page.get_by_label("Name", exact=True).input_value() == "Nobody <b>Bold</b>"
    assert page.locator("main b").count() == 0


def test_what_was_typed_is_still_there_after_the_page_was_left(desk: OpenPage) -> None:
    """A draft is kept in this tab, offered again, and thrown away when asked to."""
    page = desk("administrator", "/people/add")
    page.get_by_label("Name", exact=True).fill("Half A Name")

    page.goto("/doors")
    page.goto("/people/add")

    assert page.get_by_label("Name", exact=True).input_value() == "Half A Name"
    page.get_by_role("button", name="Start afresh").click()
    assert page.get_by_label("Name", exact=True).input_value() == ""
    assert "Half A Name" not in storage(page)


def test_no_secret_is_kept_in_the_browser(desk: OpenPage, world: ConsoleWorld) -> None:
    """PINs and passwords are in no draft."""
    world.ask("add", name=SOMEBODY.name, card=SOMEBODY.card)
    page = desk("administrator", f"/people/{SOMEBODY.card}/pin")
    for field in page.locator("main input:visible").all():
        field.fill("482913")
    pin = storage(page)

    page.goto("/me")
    for field in page.locator("main input[type=password]").all():
        field.fill("salt-lamp-river-12")

    assert "482913" not in pin
    assert "salt-lamp" not in storage(page)


def test_a_form_survives_a_console_that_cannot_be_reached(desk: OpenPage) -> None:
    """The page stays, says why, and sends the same once more when it is asked to."""
    page = desk("administrator", "/people/add")
    page.get_by_label("Name", exact=True).fill("Resident 32")
    page.get_by_label("Card number").fill("480000000032")

    page.context.set_offline(True)
    page.get_by_role("button", name=re.compile("Add")).click()
    again = page.get_by_role("button", name="Try again")
    again.wait_for()
    kept = page.get_by_label("Card number").input_value()
    page.context.set_offline(False)
    again.click()

    page.wait_for_url(re.compile("/people/480000000032"))
    assert kept == "480000000032"


@pytest.mark.timeout(90)
def test_a_broker_that_is_away_is_told_and_nothing_typed_is_lost(
    desk: OpenPage, world: ConsoleWorld
) -> None:
    """The banner comes and goes by itself; the form is sent again as it stands, and done once."""
    page = desk("administrator", "/people/add")
    page.get_by_label("Name", exact=True).fill("Resident 33")
    page.get_by_label("Card number").fill("480000000033")
    world.stop_broker()
    try:
        page.get_by_text("The broker is away.").wait_for(timeout=LOST_MS)
        page.get_by_role("button", name=re.compile("Add")).click()
        page.get_by_role("button", name="Try again").wait_for(timeout=LOST_MS)
        kept = page.get_by_label("Card number").input_value()
    finally:
        world.start_broker()
    page.get_by_text("The broker is away.").wait_for(state="detached", timeout=2 * LOST_MS)
    page.locator("#away .banner").wait_for(state="detached", timeout=2 * LOST_MS)
    page.get_by_role("button", name="Try again").click()

    page.wait_for_url(re.compile("/people/480000000033"), timeout=2 * LOST_MS)
    assert kept == "480000000033"


def test_a_lost_connection_is_told_and_comes_back_by_itself(phone: OpenPage) -> None:
    """What stands on the page may be old then."""
    page = phone("viewer", "/doors")
    page.wait_for_timeout(500)

    page.context.set_offline(True)
    page.evaluate(
        "window.dispatchEvent(new Event('pagehide')); window.dispatchEvent(new Event('pageshow'))"
    )
    lost = page.get_by_text("The connection to the console is lost.")
    lost.wait_for(timeout=LOST_MS)
    page.context.set_offline(False)

    lost.wait_for(state="hidden", timeout=2 * LOST_MS)


def test_everything_goes_without_script_too(desk: OpenPage) -> None:
    """Forms are forms, and a question is a page."""
    page = desk("porter", "/doors", java_script_enabled=False)

    page.get_by_role("link", name="Open front").click()
    page.get_by_label("Why").fill("parcel")
    page.get_by_role("button", name="Open the door").click()

    page.get_by_text("The door itself said that it opened.").first.wait_for()


def test_a_language_is_chosen_on_the_page_and_stays(screen: OpenPage) -> None:
    """Also before anybody signed in."""
    page = screen(None, "/sign-in")

    page.get_by_role("link", name="中文").click()
    page.goto("/sign-in")

    assert page.get_by_role("heading", level=1).inner_text() == "登录"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_whoever_signed_in_anew_elsewhere_sends_the_form_once_more(
    desk: OpenPage, world: ConsoleWorld
) -> None:
    """The form is of the session before; nothing typed into it is lost."""
    page = desk("administrator", "/people/add")
    page.get_by_label("Name", exact=True).fill("Resident 34")
    page.get_by_label("Card number").fill("480000000034")
    page.context.add_cookies(
        [{"name": cookies.SESSION, "value": world.session("administrator"), "url": world.address}]
    )

    page.get_by_role("button", name=re.compile("Add")).click()
    page.get_by_role("button", name="Try again").click()

    page.wait_for_url(re.compile("/people/480000000034"))
