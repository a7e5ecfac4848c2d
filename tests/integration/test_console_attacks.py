"""The console's HTTP as an attacker uses it: without the page, as somebody else, as a lesser role.

Every test that concerns "every route" asks the app for its routes: a new one cannot be forgotten.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from console_routes import Address, guarded, is_static, unguarded
from console_served import PASSWORD, SHELL, Served, csrf_of, is_signed_in, serving, sign_in

from console.accounts import tokens
from doorbus.messages.console import Role
from doorctl import provisioning
from doorctl.site import Site

TO_ALL = """
GET /sign-in
POST /sign-in
GET /welcome/{token}
POST /welcome/{token}
"""

TO_VIEWERS = """
GET /
GET /doors
GET /doors/{door}
GET /figures
GET /live
GET /live/doors
GET /live/doors/{door}
GET /live/now
GET /log
GET /log/doors
GET /log/export.csv
GET /log/export.json
GET /log/{number:number}
GET /me
POST /me/choices
POST /me/password
POST /me/sessions/end
GET /now
POST /sign-out
"""

TO_PORTERS = """
POST /doors/{door}/snapshot
GET /doors/{door}/snapshot/{command}
GET /doors/{door}/unlock
POST /doors/{door}/unlock
GET /passes
GET /passes/{number}
GET /people
GET /people/erasures
GET /people/{card}
GET /people/{card}/may
GET /rules
GET /rules/groups/{group}
"""
"""Whatever stands in none of these lists is for administrators alone."""

ORDER = tuple(Role)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One console for all tests here."""
    folder = tmp_path_factory.mktemp("console")
    provisioning.create_site(folder / "site", hosts=("127.0.0.1",), admins=("alice",))
    with serving(folder / "data", Site.load(folder / "site")) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(served: Served) -> dict[Role, httpx.Client]:
    """A browser for each role."""
    return {role: served.signed_in(f"the-{role.value}", role) for role in Role}


def addresses(served: Served) -> list[Address]:
    return guarded(served.console.app)


def own_token(browser: httpx.Client) -> str:
    return csrf_of(browser.get("/me"))


# Every route


def test_every_route_was_made_by_the_guard(served: Served) -> None:
    assert all(is_static(route) for route in unguarded(served.console.app))


@pytest.mark.parametrize(
    ("least", "table"),
    [(None, TO_ALL), (Role.VIEWER, TO_VIEWERS), (Role.PORTER, TO_PORTERS)],
    ids=["all", "viewers", "porters"],
)
def test_each_role_has_the_addresses_of_its_table_and_no_others(
    served: Served, least: Role | None, table: str
) -> None:
    given = {str(one) for one in addresses(served) if one.least is least}
    assert given == set(table.strip().splitlines())


def test_a_stranger_gets_nothing_but_the_sign_in(served: Served) -> None:
    stranger = served.browser()
    for one in addresses(served):
        if one.least is None:
            continue
        answer = stranger.request(one.method, one.url)
        if one.method == "GET":
            assert answer.status_code == 303, one
            assert answer.headers["location"].startswith("/sign-in?next=%2F"), one
        else:
            assert answer.status_code == 401, one


def test_a_lesser_role_gets_nothing_of_a_greater_one(
    served: Served, signed_in: dict[Role, httpx.Client]
) -> None:
    refused = 0
    for role, browser in signed_in.items():
        token = own_token(browser)
        for one in addresses(served):
            if one.least is None or ORDER.index(role) >= ORDER.index(one.least):
                continue
            answer = browser.request(one.method, one.url, headers={"X-CSRF-Token": token})
            assert answer.status_code == 403, f"{role} {one}"
            assert "data-stream" in answer.text, f"{role} {one}: still the page of somebody"
            refused += 1
    assert refused > 20


@pytest.mark.parametrize(
    "forged",
    ["missing", "empty", "made up", "of another session", "of the sign-in", "in the address"],
)
def test_without_its_own_token_nothing_is_changed_anywhere(
    served: Served, signed_in: dict[Role, httpx.Client], forged: str
) -> None:
    browser = signed_in[Role.ADMINISTRATOR]
    stranger = served.browser()
    token = {
        "missing": None,
        "empty": "",
        "made up": "0" * 64,
        "of another session": own_token(signed_in[Role.PORTER]),
        "of the sign-in": csrf_of(stranger.get("/sign-in")),
        "in the address": None,
    }[forged]
    asked = {"csrf": own_token(browser)} if forged == "in the address" else {}
    # Each forgery at a few addresses, and the plainest one at every address there is.
    changing = [one for one in addresses(served) if one.method != "GET" and one.least is not None]
    for one in changing if forged == "missing" else changing[:3]:
        as_field = browser.request(
            one.method, one.url, params=asked, data={} if token is None else {"csrf": token}
        )
        assert as_field.status_code == 403, one
        if token is not None:
            as_header = browser.request(one.method, one.url, headers={"X-CSRF-Token": token})
            assert as_header.status_code == 403, one
    assert len(changing) >= 10


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_with_the_right_token_from_elsewhere_nothing_is_changed(
    served: Served, signed_in: dict[Role, httpx.Client], headers: dict[str, str]
) -> None:
    browser = signed_in[Role.ADMINISTRATOR]
    token = own_token(browser)
    changing = [one for one in addresses(served) if one.method != "GET" and one.least is not None]
    everywhere = headers == {"Sec-Fetch-Site": "cross-site"}
    for one in changing if everywhere else changing[:3]:
        answer = browser.request(one.method, one.url, headers={"X-CSRF-Token": token, **headers})
        assert answer.status_code == 403, one


def test_the_pages_own_forms_are_taken(served: Served, signed_in: dict[Role, httpx.Client]) -> None:
    browser = signed_in[Role.VIEWER]
    token = own_token(browser)
    own = {"Origin": served.url, "Sec-Fetch-Site": "same-origin"}
    for headers, data in (
        (own, {"csrf": token, "language": "en"}),
        ({**own, "X-CSRF-Token": token}, {"language": "en"}),
        ({}, {"csrf": token, "language": "en"}),
    ):
        answer = browser.post("/me/choices", data=data, headers=headers)
        assert answer.status_code == 303


def test_no_link_changes_anything(served: Served, signed_in: dict[Role, httpx.Client]) -> None:
    served.accounts.add("somebody", Role.PORTER, SHELL)
    before = _everything(served)
    for one in addresses(served):
        if one.method == "GET" and not one.path.startswith("/live"):
            signed_in[Role.ADMINISTRATOR].get(one.url)
    after = _everything(served)
    served.accounts.remove("somebody", SHELL)
    assert after == before


def test_methods_that_no_page_has_are_refused(signed_in: dict[Role, httpx.Client]) -> None:
    browser = signed_in[Role.ADMINISTRATOR]
    token = own_token(browser)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        answer = browser.request(method, "/accounts", headers={"X-CSRF-Token": token})
        assert answer.status_code == 405, method


# Signing in


def test_a_session_planted_before_the_sign_in_is_worth_nothing_after_it(served: Served) -> None:
    served.signed_in("victim")
    browser = served.browser()
    planted = tokens.fresh()
    browser.cookies.set("doorward-session", planted, domain="127.0.0.1")

    sign_in(browser, "victim")

    attacker = served.browser(cookies={"doorward-session": planted})
    assert is_signed_in(browser)
    assert browser.cookies["doorward-session"] != planted
    assert not is_signed_in(attacker)


def test_the_attackers_own_session_does_not_become_the_victims(served: Served) -> None:
    served.signed_in("victim2")
    attacker = served.signed_in("attacker2", Role.VIEWER)
    theirs = attacker.cookies["doorward-session"]
    browser = served.browser()
    browser.cookies.set("doorward-session", theirs, domain="127.0.0.1")

    # Whoever has a session sees no sign-in form; it is sent all the same.
    browser.cookies.set("doorward-form", "f" * 43, domain="127.0.0.1")
    answer = browser.post(
        "/sign-in",
        data={"csrf": tokens.form_token("f" * 43), "name": "victim2", "password": PASSWORD},
    )

    assert answer.status_code == 303
    assert browser.cookies["doorward-session"] != theirs
    assert not is_signed_in(attacker)


@pytest.mark.parametrize(
    ("cookie", "csrf", "headers"),
    [
        (None, None, {}),
        (None, "0" * 64, {}),
        ("f" * 43, None, {}),
        ("f" * 43, tokens.form_token("g" * 43), {}),
        ("", tokens.form_token(""), {}),
        ("f" * 43, tokens.form_token("f" * 43), {"Origin": "https://evil.example"}),
        ("f" * 43, tokens.form_token("f" * 43), {"Sec-Fetch-Site": "cross-site"}),
    ],
)
def test_nobody_is_signed_in_by_a_strangers_page(
    served: Served, cookie: str | None, csrf: str | None, headers: dict[str, str]
) -> None:
    link = served.invited(f"invited{len(served.accounts.every())}", Role.VIEWER)
    browser = served.browser(cookies={} if cookie is None else {"doorward-form": cookie})
    fields = {"name": "x", "password": PASSWORD, "again": PASSWORD}
    fields |= {} if csrf is None else {"csrf": csrf}
    for address in ("/sign-in", link):
        answer = browser.post(address, data=fields, headers=headers)
        assert answer.status_code == 403
        assert "doorward-session" not in browser.cookies


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.example",
        "evil.example",
        "/%0d%0aSet-Cookie: x=1\r\nSet-Cookie: y=1",
        "/ü",
        "/" + "x" * 5000,
    ],
)
def test_signing_in_leads_nowhere_else(served: Served, to: str) -> None:
    name = "redirected"
    if name not in {one.name for one in served.accounts.every()}:
        served.signed_in(name)
    answer = sign_in(served.browser(), name, next=to)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/doors"
    assert "y" not in answer.cookies


def test_signing_in_leads_to_the_page_that_was_wanted(served: Served) -> None:
    served.signed_in("wanting", Role.VIEWER)
    browser = served.browser()
    wanted = browser.get("/me?done=saved")
    form = browser.get(wanted.headers["location"])
    answer = browser.post(
        "/sign-in",
        data={
            "csrf": csrf_of(form),
            "next": "/me?done=saved",
            "name": " Wanting ",
            "password": PASSWORD,
        },
    )
    assert 'name="next" value="/me?done=saved"' in form.text
    assert answer.headers["location"] == "/me?done=saved"


def test_a_refused_sign_in_says_nothing_of_whether_the_account_exists(served: Served) -> None:
    served.signed_in("existing")
    served.accounts.add("onlyinvited", Role.VIEWER, SHELL)
    pages = {
        name: sign_in(served.browser(), name, "a wrong password")
        for name in ("existing", "onlyinvited", "notatall")
    }
    texts = {
        re.sub(r'data-now="\d+"', "", page.text)
        .replace(name, "NAME")
        .replace(csrf_of(page), "CSRF")
        for name, page in pages.items()
    }
    assert {page.status_code for page in pages.values()} == {422}
    assert len(texts) == 1


def test_what_is_typed_is_shown_again_but_the_password_never(served: Served) -> None:
    page = sign_in(served.browser(), "<b>mallory</b>", "a wrong password <i>")
    assert "a wrong password" not in page.text
    assert "&lt;b&gt;mallory&lt;/b&gt;" in page.text
    assert "<b>mallory" not in page.text


# Sessions


def test_signing_out_ends_the_session_on_the_server(served: Served) -> None:
    browser = served.signed_in("leaving")
    cookie = browser.cookies["doorward-session"]
    browser.post("/sign-out", data={"csrf": own_token(browser)})
    thief = served.browser(cookies={"doorward-session": cookie})
    assert "doorward-session" not in browser.cookies
    assert not is_signed_in(thief)


def test_a_demoted_administrator_loses_the_very_next_request(served: Served) -> None:
    browser = served.signed_in("demoted")
    served.signed_in("staying")
    assert browser.get("/accounts").status_code == 200
    served.accounts.change("demoted", SHELL, role=Role.VIEWER)
    assert browser.get("/accounts").status_code == 303


def test_one_account_cannot_see_or_end_the_sessions_of_another(served: Served) -> None:
    one, other = served.signed_in("one"), served.signed_in("other")
    page = other.get("/me").text
    theirs = page.split('name="session" value="')[1].split('"')[0]
    one.post("/me/sessions/end", data={"csrf": own_token(one), "session": theirs})
    assert is_signed_in(other)
    assert theirs not in one.get("/me").text


def test_markup_in_what_a_browser_calls_itself_is_shown_as_text(served: Served) -> None:
    browser = served.signed_in("markup")
    sign_in(
        served.browser(headers={"User-Agent": '<script>alert("x")</script><b onclick=1>'}),
        "markup",
    )
    page = browser.get("/me").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def _everything(served: Served) -> list[object]:
    path: Path = served.console.services.settings.data_dir / "accounts.sqlite"
    with sqlite3.connect(path) as connection:
        kept = [
            row
            for table in ("account", "invitation", "browser", "note")
            for row in connection.execute(f"SELECT * FROM {table}")  # noqa: S608  # names above
        ]
        kept += list(connection.execute("SELECT id, token, account FROM session"))
    connection.close()
    return kept
