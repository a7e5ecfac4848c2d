"""Markup in what people type, and in what doors tell, is text on every page that shows it."""

from __future__ import annotations

import datetime as dt

import pytest
from browser_pages import OpenPage
from console_world import ConsoleWorld
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MARKUP = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\'"{{7*7}}</td></main>'
CARD = "202600009999"
PAGES = (
    "/doors",
    "/doors/front",
    "/now",
    "/people",
    f"/people/{CARD}",
    f"/people/{CARD}/remove",
    f"/people/{CARD}/rename",
    f"/people?search={MARKUP}",
    "/passes",
    "/rules",
    "/log",
    f"/log?reason={MARKUP}&card={MARKUP}&door={MARKUP}",
    "/log/doors",
    "/figures",
    f"/doors?done={MARKUP}",
    f"/sign-in?next={MARKUP}",
    f"/nowhere/{MARKUP}",
    f"/people/{MARKUP}",
    f"/doors/{MARKUP}",
    f"/accounts/{MARKUP}",
)


def is_clean(page: Page) -> bool:
    """Whether no markup of ours became part of a page, and none ran."""
    found = page.evaluate(
        "() => window.hit === undefined && !document.querySelector('img[src=x], [onerror]')"
        " && ![...document.scripts].some((one) => !one.src && one.type !== 'application/json')"
    )
    return bool(found) and "49</td>" not in page.content()


def test_markup_is_shown_as_text_everywhere(world: ConsoleWorld, desk: OpenPage) -> None:
    tomorrow = dt.datetime.fromtimestamp(world.clock.wall() + 86_400, dt.UTC).date().isoformat()
    world.ask("add", name=MARKUP, card=CARD)
    world.ask("pass", name=MARKUP, door="front", until=tomorrow)
    world.ask("holiday", date="2030-01-01", name=MARKUP)
    page = desk("administrator", "/doors")
    world.ask("unlock", door="front", reason=MARKUP)

    shown = 0
    for path in PAGES:
        page.goto(path)
        assert is_clean(page), path
        shown += MARKUP in page.inner_text("main")

    assert shown >= 3
    world.ask("remove", card=CARD)


def test_markup_that_comes_while_a_page_is_open_is_shown_as_text(
    world: ConsoleWorld, desk: OpenPage
) -> None:
    page = desk("administrator", "/doors/front")
    for reason in (MARKUP, f"</p></section>{MARKUP}"):
        world.ask("unlock", door="front", reason=reason)
        page.wait_for_timeout(700)
        assert is_clean(page)


def test_scripts_of_a_page_are_files_of_the_console_alone(
    world: ConsoleWorld, browser: Browser
) -> None:
    # Not by `desk`, which takes it for a mistake of the page that its policy was hit.
    context = browser.new_context(base_url=world.address)
    page = context.new_page()
    page.goto("/sign-in")

    sources = page.evaluate("() => [...document.scripts].map((one) => one.src)")
    blocked = page.evaluate(
        """() => new Promise((tell) => {
            document.addEventListener('securitypolicyviolation', (one) => tell(one.blockedURI));
            const script = document.createElement('script');
            script.textContent = 'window.hit = 1';
            document.body.append(script);
        })"""
    )
    hit = page.evaluate("() => window.hit")
    context.close()

    assert sources
    assert all(one.startswith(f"{world.address}/static/") for one in sources)
    assert blocked == "inline"
    assert hit is None
