"""Under whose name does it stand in the audit when one begins something and another ends it?"""

from __future__ import annotations

import re
import time

import httpx
import pytest
from console_world import ConsoleWorld
from painted_photos import photo

from console.accounts.desk import Accounts
from console.accounts.notes import Actor
from doorbus.messages.console import Role
from story.people import Person

pytestmark = pytest.mark.browser


def _tokens(page: httpx.Response) -> dict[str, str]:
    found = re.findall(r'name="(csrf|transaction)" value="([^"]+)"', page.text)
    return dict(found)


def _until_good(browser: httpx.Client, address: str, wanted: str) -> None:
    deadline = time.monotonic() + 20
    while wanted not in browser.get(address).text:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_templates_of_photos_stand_under_the_name_of_who_had_them_made(
    world: ConsoleWorld,
) -> None:
    accounts = Accounts(world.settings.data_dir, world.settings.sessions)
    accounts.open()
    accounts.add("second", Role.ADMINISTRATOR, Actor("shell", Role.ADMINISTRATOR))
    accounts.close()
    person = Person(377)
    with world.http("administrator") as first, world.http("second") as second:
        fields = {"name": person.name, "card": person.card, "how": "photos"}
        begun = first.post("/enrol", data={**_tokens(first.get("/enrol")), **fields})
        address = begun.headers["location"]
        files = {"photos": ("a.jpg", photo(377), "image/jpeg")}
        first.post(f"{address}/photos", data=_tokens(first.get(address)), files=files)
        _until_good(second, address, "1 photo is good")

        second.post(f"{address}/train", data=_tokens(second.get(address)))
        _until_good(second, address, 'data-stage="done"')

    told = world.ask("log", card=person.card)["entries"]
    by = {one["what"]: one["actor"] for one in reversed(told) if one["actor"].startswith("console")}
    assert by["enroll"] == "console.main/second", told
