"""Signing in, one's own account, and everybody's: in a browser, with a broker and a brain."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser_pages import OpenPage
from console_world import PASSWORD, ConsoleWorld
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Shot = Callable[[Page, str], Path]
ANOTHER = "seven quiet lanterns at sea"


def fill_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def noted(world: ConsoleWorld, actor: str) -> list[str]:
    """What the audit has of an account of the console, oldest first."""
    entries: list[dict[str, Any]] = world.ask("log", limit=200)["entries"]
    return [one["what"] for one in reversed(entries) if one["actor"] == f"console.main/{actor}"]


def test_somebody_signs_in_and_out(world: ConsoleWorld, screen: OpenPage, shot: Shot) -> None:
    page = screen(None, "/people")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fpeople$"))
    shot(page, "sign-in")

    fill_in(page, "porter", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
    expect(page.get_by_label("Name")).to_have_value("porter")
    expect(page.get_by_label("Password")).to_have_value("")
    shot(page, "sign-in-refused")

    fill_in(page, "porter", PASSWORD)
    expect(page).to_have_url(f"{world.address}/people")

    page.get_by_text("porter", exact=True).first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/people")
    expect(page).to_have_url(re.compile("/sign-in"))

    def told() -> bool:
        found = noted(world, "porter")
        return {"sign_in_refused", "signed_in", "signed_out"} <= set(found)

    world.until(told, "the audit has what happened")


def test_an_administrator_invites_changes_and_removes_somebody(
    world: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    name = f"guest-{secrets.token_hex(3)}"
    boss = screen("administrator", "/accounts")
    shot(boss, "accounts")
    boss.get_by_role("link", name="Invite somebody").click()
    boss.locator("#field-name").fill("Not A Name")
    boss.get_by_role("radio", name="Porter").check()
    boss.get_by_role("button", name="Make a link").click()
    expect(boss.locator("#field-name")).to_have_attribute("aria-invalid", "true")
    shot(boss, "accounts-add-refused")
    boss.locator("#field-name").fill(name)
    boss.get_by_role("button", name="Make a link").click()
    link = boss.get_by_label("One-time link").input_value()
    shot(boss, "accounts-link")

    guest = screen(None, link.removeprefix(world.address))
    guest.get_by_label("New password").fill("short")
    guest.get_by_label("The same password again").fill("short")
    guest.get_by_role("button", name="Save and sign in").click()
    expect(guest.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    shot(guest, "welcome-refused")
    guest.get_by_label("New password").fill(PASSWORD)
    guest.get_by_label("The same password again").fill(PASSWORD)
    guest.get_by_role("button", name="Save and sign in").click()
    expect(guest).to_have_url(re.compile("/doors"))
    again = screen(None, link.removeprefix(world.address))
    expect(again.get_by_role("heading", level=1)).to_have_text("This link is not valid any more")
    shot(again, "welcome-over")

    boss.goto(f"/accounts/{name}")
    shot(boss, "account")
    boss.get_by_role("button", name="Disable the account").click()
    expect(boss.get_by_text("disabled")).to_be_visible()
    guest.goto("/doors")
    expect(guest).to_have_url(re.compile("/sign-in"))
    boss.get_by_role("button", name="Enable the account").click()
    expect(boss.get_by_role("button", name="Disable the account")).to_be_visible()
    boss.get_by_role("link", name="Remove the account").click()
    boss.get_by_role("button", name="Remove the account").click()
    expect(boss.locator("[data-done]")).to_contain_text("The account is removed.")

    def told() -> bool:
        did = noted(world, "administrator")
        return did[-4:] == ["account_made", *["account_changed"] * 2, "account_removed"]

    world.until(told, "the audit has what the administrator did")
    assert {"password_changed", "signed_in"} <= set(noted(world, name))


def test_the_last_administrator_is_kept(world: ConsoleWorld, phone: OpenPage, shot: Shot) -> None:
    page = phone("administrator", "/accounts/administrator")
    page.get_by_role("button", name="Disable the account").click()
    expect(page.get_by_role("alert")).to_contain_text("the last administrator")
    shot(page, "account-last")
    with world.http("administrator") as still:
        assert still.get("/accounts").status_code == 200


def test_somebody_changes_their_own_account(
    world: ConsoleWorld, screen: OpenPage, shot: Shot
) -> None:
    page = screen("viewer", "/me")
    shot(page, "me")
    page.locator("#field-language").select_option("zh")
    page.locator("#field-looks").select_option("dark")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    shot(page, "me-zh-dark")
    page.locator("#field-language").select_option("")
    page.locator("#field-looks").select_option("")
    page.locator("#choices button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    elsewhere = screen(None, "/sign-in")
    fill_in(elsewhere, "viewer", PASSWORD)
    expect(elsewhere).to_have_url(re.compile("/doors"))
    _change_password(page, PASSWORD, ANOTHER)
    expect(page.locator("[data-done]")).to_contain_text("Your password is changed.")
    elsewhere.goto("/doors")
    expect(elsewhere).to_have_url(re.compile("/sign-in"))
    _change_password(page, PASSWORD, ANOTHER)
    expect(page.get_by_label("Your password now")).to_have_attribute("aria-invalid", "true")
    _change_password(page, ANOTHER, PASSWORD)
    expect(page.locator("[data-done]")).to_contain_text("Your password is changed.")
    world.until(lambda: "password_changed" in noted(world, "viewer"), "the audit has it")


def _change_password(page: Page, old: str, new: str) -> None:
    page.get_by_label("Your password now").fill(old)
    page.get_by_label("New password").fill(new)
    page.get_by_label("The same password again").fill(new)
    page.get_by_role("button", name="Change the password").click()
