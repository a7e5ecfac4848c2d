"""Accounts and invitations: what is kept, and who may change it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from console_desk import BETTER, GOOD, HERE, SHELL, Desk, everything_kept, refused

from console.accounts.desk import Accounts
from console.accounts.invitations import LIFE_S
from console.accounts.refusals import AccountRefused, Refusal
from console.errors import AccountStoreError
from doorbus.messages.console import Role


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.accounts.close()


def test_an_invitation_works_once(desk: Desk) -> None:
    token = desk.accounts.add("alice", Role.PORTER, SHELL)
    desk.accept(token)
    with refused(Refusal.NO_INVITATION):
        desk.accept(token)


def test_an_invitation_is_over_after_a_day(desk: Desk) -> None:
    token = desk.accounts.add("alice", Role.PORTER, SHELL)
    desk.now += LIFE_S
    with refused(Refusal.NO_INVITATION):
        desk.accept(token)


def test_a_new_invitation_takes_the_place_of_the_old_one(desk: Desk) -> None:
    old = desk.accounts.add("alice", Role.PORTER, SHELL)
    new = desk.accounts.invite("alice", SHELL)
    with refused(Refusal.NO_INVITATION):
        desk.accept(old)
    assert desk.accept(new).account == "alice"


def test_a_disabled_account_cannot_use_its_invitation_even_once_enabled_again(desk: Desk) -> None:
    token = desk.accounts.add("alice", Role.PORTER, SHELL)
    desk.accounts.change("alice", SHELL, enabled=False)
    with refused(Refusal.NO_INVITATION):
        desk.accept(token)
    desk.accounts.change("alice", SHELL, enabled=True)
    with refused(Refusal.NO_INVITATION):
        desk.accept(token)


def test_two_who_open_one_invitation_at_once_are_not_both_let_in(desk: Desk) -> None:
    token = desk.accounts.add("alice", Role.PORTER, SHELL)

    async def both(accounts: Accounts) -> list[object]:
        takes = (accounts.passwords.accept(token, word, HERE) for word in (GOOD, BETTER))
        return list(await asyncio.gather(*takes, return_exceptions=True))

    came = desk.run(both)

    assert sorted(type(one).__name__ for one in came) == ["AccountRefused", "SignedIn"]


def test_a_password_that_is_not_good_enough_uses_no_invitation_up(desk: Desk) -> None:
    token = desk.accounts.add("alice", Role.PORTER, SHELL)
    with refused(Refusal.PASSWORD_SHORT):
        desk.accept(token, "short")
    assert desk.accept(token).account == "alice"


def test_whoever_reads_the_file_finds_no_password_token_or_cookie(desk: Desk) -> None:
    open_token = desk.accounts.add("bob", Role.PORTER, SHELL)
    alice = desk.member("alice")
    content = everything_kept(desk)
    assert b"alice" in content
    for secret in (GOOD, open_token, alice.session, alice.known_by, desk.who(alice.session).csrf):
        assert secret.encode() not in content


def test_a_token_has_at_least_128_bits(desk: Desk) -> None:
    assert len(desk.accounts.add("alice", Role.PORTER, SHELL)) >= 128 / 6
    assert len(desk.member("bob").session) >= 256 / 6


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.change("alice", SHELL, role=Role.PORTER),
        lambda accounts: accounts.change("alice", SHELL, enabled=False),
        lambda accounts: accounts.remove("alice", SHELL),
    ],
)
def test_the_last_administrator_who_can_sign_in_stays(
    desk: Desk, change: Callable[[Accounts], None]
) -> None:
    alice = desk.member("alice")
    desk.accounts.add("invited", Role.ADMINISTRATOR, SHELL)
    with refused(Refusal.LAST_ADMINISTRATOR):
        change(desk.accounts)
    assert desk.visitor(alice.session) is not None
    assert desk.accounts.find("alice").role is Role.ADMINISTRATOR


def test_of_two_who_demote_each_other_at_once_one_stays(desk: Desk) -> None:
    desk.member("alice")
    desk.member("bob")

    def demote(name: str) -> bool:
        try:
            desk.accounts.change(name, SHELL, role=Role.VIEWER)
        except AccountRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        done = list(both.map(demote, ["alice", "bob"]))

    assert sorted(done) == [False, True]


def test_the_shell_may_switch_off_even_the_last_one(desk: Desk) -> None:
    desk.member("alice")
    desk.accounts.change("alice", SHELL, enabled=False, even_the_last=True)
    assert not desk.accounts.find("alice").enabled


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("alice", Refusal.NAME_TAKEN),
        ("nobody", Refusal.NAME_RESERVED),
        ("shell", Refusal.NAME_RESERVED),
        ("", Refusal.NAME_WRONG),
        ("Alice", Refusal.NAME_WRONG),
        ("a" * 33, Refusal.NAME_WRONG),
        ("al ice", Refusal.NAME_WRONG),
        ("алиса", Refusal.NAME_WRONG),
        ("alice\n", Refusal.NAME_WRONG),
    ],
)
def test_a_name_that_cannot_be_makes_no_account(desk: Desk, name: str, why: Refusal) -> None:
    desk.accounts.add("alice", Role.VIEWER, SHELL)
    with refused(why):
        desk.accounts.add(name, Role.VIEWER, SHELL)
    assert [one.name for one in desk.accounts.every()] == ["alice"]


def test_nobody_else_may_read_the_file(desk: Desk) -> None:
    desk.member("alice")
    assert desk.folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in desk.folder.iterdir())


def test_a_file_of_a_newer_doorward_is_left_alone(desk: Desk) -> None:
    desk.accounts.close()
    with sqlite3.connect(desk.folder / "accounts.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(AccountStoreError, match="newer Doorward"):
        desk.made()


def test_a_file_that_is_none_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "accounts.sqlite").write_bytes(b"this is no database at all, " * 100)
    with pytest.raises(AccountStoreError, match=r"accounts\.sqlite.*not a database"):
        Desk(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_whoever_is_not_the_owner_is_told_who_is(desk: Desk) -> None:
    desk.accounts.close()
    os.chown(desk.folder / "accounts.sqlite", 1, 1)
    with pytest.raises(AccountStoreError, match="belongs to another user"):
        desk.made()


_KILLED = """
import os, signal, sys
from pathlib import Path
from console.accounts.desk import Accounts
from console.accounts.notes import Actor
from console.accounts import roster
from console.config import SessionSettings
from doorbus.messages.console import Role
accounts = Accounts(Path(sys.argv[1]), SessionSettings())
accounts.open()
accounts.add("whole", Role.VIEWER, Actor("shell", Role.ADMINISTRATOR))
with accounts._store.change() as connection:
    roster.add(connection, "half", Role.VIEWER, 0.0)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_leaves_what_was_done_and_nothing_half_done(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path / "data")], check=False, timeout=60
    )
    desk = Desk(tmp_path / "data")
    assert ended.returncode == -signal.SIGKILL
    assert [one.name for one in desk.accounts.every()] == ["whole"]
    assert [one.request.about for one in desk.waiting()] == ["whole"]
    desk.accounts.close()
