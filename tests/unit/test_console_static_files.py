"""Are style and script kept by browsers for ever, and still never stale?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from console.web import navigation, static_files
from console.web.static_files import FOLDER, Static
from doorbus.messages.console import Role


def got(path: str, **headers: str) -> httpx.Response:
    """What a browser gets."""

    async def ask() -> httpx.Response:
        served = httpx.ASGITransport(Starlette(routes=[Mount("/static", Static())]))
        async with httpx.AsyncClient(transport=served, base_url="http://console") as browser:
            return await browser.get(path, headers=headers)

    return asyncio.run(ask())


def test_a_file_under_its_mark_is_kept_for_ever() -> None:
    """The mark changes with the files, so the address is never used for anything else."""
    answer = got(static_files.address("console.css"))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == static_files.FOR_EVER


@pytest.mark.parametrize("name", ["console.css", "manifest.webmanifest"])
def test_a_file_without_the_mark_is_asked_for_again(name: str) -> None:
    """By its ETag: what did not change is not sent twice."""
    first = got(f"/static/{name}")
    second = got(f"/static/{name}", **{"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert second.status_code == 304


def test_an_old_mark_leads_nowhere() -> None:
    """A page of before an update must not get the files of after it for ever."""
    assert got("/static/0123456789ab/console.css").status_code == 404


def test_the_mark_follows_the_content(tmp_path: Path) -> None:
    """One letter is enough."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.css").write_text("a {}", encoding="utf-8")
    before = static_files.mark(tmp_path / "one")
    (tmp_path / "other" / "a.css").write_text("b {}", encoding="utf-8")

    assert static_files.mark(tmp_path / "other") != before


def test_nothing_beside_the_folder_is_served() -> None:
    """Not by climbing out of it either."""
    for path in ("../line.py", "%2e%2e/line.py", f"{static_files.mark()}/%2e%2e/%2e%2e/line.py"):
        assert got(f"/static/{path}").status_code == 404


@pytest.mark.parametrize("role", Role)
def test_every_place_of_the_navigation_has_its_icon(role: Role) -> None:
    """A name that is none shows an empty square."""
    icons = ET.parse(FOLDER / "icons.svg")  # noqa: S314  # our own file
    drawn = {one.get("id") for one in icons.getroot()}

    assert {one.icon for one in navigation.entries(role)} <= drawn


@pytest.mark.parametrize("role", Role)
def test_a_bar_on_a_phone_has_no_more_places_than_fit(role: Role) -> None:
    """The others stand under "More", which is a place itself."""
    entries = navigation.entries(role)
    primary = sum(one.primary for one in entries)

    assert primary + (primary < len(entries)) <= navigation.MOST_ON_A_PHONE


def test_a_page_belongs_to_the_place_that_leads_to_it() -> None:
    """By whole parts of the path: `/logs` is not `/log`."""
    doors = navigation.entries(Role.VIEWER)[0]

    assert doors.holds("/doors")
    assert doors.holds("/doors/front/unlock")
    assert doors.holds("/orders/lockdown")
    assert not doors.holds("/doorsteps")
