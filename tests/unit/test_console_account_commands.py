"""`python -m console account`: what whoever has a shell on the server can do."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from console_served import PASSWORD, accept, is_signed_in, serving, sign_in

from console.__main__ import main
from doorbus.messages.console import Role
from doorctl.site import Site

Typed = Callable[..., str]


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command; what it prints, after its exit code."""
    file = tmp_path / "console.yaml"
    file.write_text(
        "name: console.main\n"
        "broker: {host: 127.0.0.1, port: 1, ca: ca.crt, cert: client.crt, key: client.key}\n"
        "listen: {address: https://doors.example/}\n"
    )

    def run(*arguments: str) -> str:
        code = main(["account", *arguments, "--config", str(file)])
        told = capsys.readouterr()
        return f"{code} {told.out}{told.err}"

    return run


def link_in(said: str) -> str:
    """The path of the link that was printed, among what the console logs."""
    found = re.search(r"https://doors\.example(/welcome/\S+)", said)
    assert found, said
    return found[1]


def test_a_new_account_gets_a_link_to_what_people_type(typed: Typed) -> None:
    said = typed("add", "alice", "--role", "administrator")
    assert said.startswith("0 https://doors.example/welcome/")
    assert "works once, for 24 hours" in said


def test_accounts_are_listed_with_what_they_may_and_how_they_are(typed: Typed) -> None:
    assert "No accounts yet" in typed("list")
    typed("add", "alice", "--role", "administrator")
    typed("add", "bob", "--role", "porter")
    typed("disable", "bob")
    lines = typed("list").splitlines()
    assert lines[0].split()[1:4] == ["alice", "administrator", "invited"]
    assert lines[1].split()[:3] == ["bob", "porter", "disabled"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "nobody", "--role", "viewer"], "2 This name is reserved"),
        (["add", "Not A Name", "--role", "viewer"], "2 A name is 1 to 32"),
        (["invite", "mallory"], "2 There is no such account"),
        (["disable", "mallory"], "2 There is no such account"),
        (["remove", "mallory"], "2 There is no such account"),
    ],
)
def test_what_cannot_be_done_is_said(typed: Typed, arguments: list[str], said: str) -> None:
    assert typed(*arguments).startswith(said)


def test_it_works_while_the_console_runs(tmp_path: Path, site: Site, typed: Typed) -> None:
    with serving(tmp_path / "data", site) as served:
        browser = served.browser()
        accept(browser, link_in(typed("add", "alice", "--role", "administrator")))
        assert is_signed_in(browser)

        # She is the last administrator: whoever has a shell may do it all the same.
        typed("disable", "alice")
        assert not is_signed_in(browser)
        assert sign_in(browser, "alice").status_code == 422
        typed("enable", "alice")
        assert sign_in(browser, "alice", PASSWORD).status_code == 303

        lost = link_in(typed("invite", "alice"))
        assert accept(served.browser(), lost, "another set of four words").status_code == 303
        assert not is_signed_in(browser)
        assert served.accounts.find("alice").role is Role.ADMINISTRATOR


def test_what_was_done_at_the_shell_waits_for_the_audit_under_its_name(
    tmp_path: Path, typed: Typed
) -> None:
    typed("add", "alice", "--role", "porter")
    typed("remove", "alice")
    with sqlite3.connect(tmp_path / "data" / "accounts.sqlite") as connection:
        kept = list(connection.execute("SELECT account, what, about FROM note ORDER BY at"))
    connection.close()
    assert kept == [("shell", "account_made", "alice"), ("shell", "account_removed", "alice")]
