"""Is every page whole: on a phone and a desk, light and dark, narrow, and by axe's rules?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from browser_pages import OpenPage
from console_life import Life, lived

if TYPE_CHECKING:
    from console_world import ConsoleWorld
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SETTLES_MS: Final = 250
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DARK_CHINESE: Final = {"color_scheme": "dark", "locale": "zh-CN"}
NARROW: Final = {"width": 320, "height": 640}
"""A small phone; and a desk of 1280 pixels at 400 %."""

ZOOMED: Final = {"width": 640, "height": 400}
"""A desk of 1280 pixels at 200 %."""


@pytest.fixture(scope="module")
def life(world: ConsoleWorld) -> Life:
    """A site at which something of each kind has happened."""
    return lived(world)


def shown(life: Life) -> dict[str, str]:
    """What there is to look at for whoever is signed in; every page has to be there."""
    return {name: path for name, path in life.pages.items() if name != "sign-in"}


def violations(page: Page) -> list[str]:
    """What axe finds wrong."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  # beside Chromium only

    found: list[dict[str, Any]] = (
        Axe()
        .run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        .response["violations"]
    )
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def too_wide(page: Page) -> list[str]:
    """What reaches beyond the right edge, if one has to scroll to see it."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .map((one) => `${one.tagName}.${one.className}`)"""
    )
    return found


def goes_through(
    page: Page, life: Life, name: str, shot: Callable[[Page, str], Path]
) -> dict[str, list[str]]:
    """Look at every page: a picture of each, and what is wrong with each."""
    wrong: dict[str, list[str]] = {}
    for place, path in shown(life).items():
        answer = page.goto(path)
        page.wait_for_timeout(SETTLES_MS)
        shot(page, f"{place}-{name}")
        found = [*violations(page), *too_wide(page)]
        if answer is None or (answer.status != 200) is not (place == "missing"):
            found.append(f"answered {answer and answer.status}")
        if found:
            wrong[path] = found
    return wrong


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_a_phone_in_daylight(
    phone: OpenPage, life: Life, shot: Callable[[Page, str], Path]
) -> None:
    """WCAG 2.2, levels A and AA, as far as a program can tell."""
    assert goes_through(phone("administrator"), life, "light", shot) == {}


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_a_desk_in_the_dark_in_chinese(
    desk: OpenPage, life: Life, shot: Callable[[Page, str], Path]
) -> None:
    """Other colours, another layout and another language."""
    assert goes_through(desk("administrator", **DARK_CHINESE), life, "dark-zh", shot) == {}


def test_axe_finds_nothing_where_one_signs_in(
    screen: OpenPage, shot: Callable[[Page, str], Path]
) -> None:
    """Strangers see this page alone."""
    page = screen(None, "/sign-in")

    shot(page, "sign-in")

    assert violations(page) == []
    assert too_wide(page) == []


@pytest.mark.parametrize("size", [NARROW, ZOOMED], ids=["small phone", "twice as large"])
@pytest.mark.timeout(120)
def test_nobody_has_to_scroll_sideways(desk: OpenPage, life: Life, size: dict[str, int]) -> None:
    """WCAG 1.4.10: at 320 pixels everything is there, one below the other."""
    page = desk("administrator", viewport=size)
    wide = {}

    for path in shown(life).values():
        page.goto(path)
        if found := too_wide(page):
            wide[path] = found

    assert wide == {}


@pytest.mark.parametrize("role", ["viewer", "porter"])
@pytest.mark.timeout(120)
def test_the_navigation_leads_nobody_to_a_page_that_they_may_not_see(
    phone: OpenPage, role: str, shot: Callable[[Page, str], Path]
) -> None:
    """Each role has its own places."""
    page = phone(role)
    shot(page, f"doors-{role}")
    places = page.eval_on_selector_all(
        "#places a", "all => all.map((one) => one.getAttribute('href'))"
    )

    assert "/doors" in places
    assert "/accounts" not in places
    for place in places:
        answer = page.goto(place)
        assert answer is not None
        assert answer.status == 200, place
