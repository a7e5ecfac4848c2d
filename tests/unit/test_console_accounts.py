"""Accounts, invitations and sessions: what is kept, for how long, and what ends them."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher

from console.accounts import hashing, notes, sessions
from console.accounts.desk import Accounts
from console.accounts.hashing import Hashing
from console.accounts.invitations import LIFE_S
from console.accounts.notes import Actor
from console.accounts.passwords import Caller, SignedIn
from console.accounts.refusals import AccountRefused, Refusal
from console.config import SessionSettings
from console.core.visitor import Visitor
from console.errors import AccountStoreError, BrainAway, NotDone
from doorbus.messages import ErrorCode, Note, Request
from doorbus.messages.console import Noteworthy, Role

GOOD = "four very different words"
BETTER = "five other and longer words"
HERE = Caller("192.0.2.1", "a browser")
SHELL = Actor("shell", Role.ADMINISTRATOR)
R = TypeVar("R")


class Desk:
    """Accounts with a clock that tests set, cheap hashes, and a brain that is told things."""

    def __init__(self, folder: Path, settings: SessionSettings | None = None) -> None:
        self.now = 1_900_000_000.0
        self.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.folder = folder
        self.settings = settings or SessionSettings()
        self.away = "brain"
        self.told: list[tuple[str, Role, Note]] = []
        self.refuses: NotDone | None = None
        self.accounts = self.made()

    def made(self) -> Accounts:
        made = Accounts(
            self.folder, self.settings, clock=lambda: self.now, hashing=Hashing(self.hasher)
        )
        made.open()
        return made

    async def ask(self, request: Request, account: str, role: Role) -> dict[str, Any]:
        if self.refuses is not None:
            raise self.refuses
        assert isinstance(request, Note)
        self.told.append((account, role, request))
        return {}

    def run(self, work: Callable[[Accounts], Awaitable[R]]) -> R:
        """Do something while people can sign in."""

        async def running() -> R:
            await self.accounts.start(self)
            try:
                return await work(self.accounts)
            finally:
                await self.accounts.stop()

        return asyncio.run(running())

    def restart(self) -> None:
        self.accounts.close()
        self.accounts = self.made()

    def member(self, name: str, role: Role = Role.ADMINISTRATOR) -> SignedIn:
        token = self.accounts.add(name, role, SHELL)
        return self.accept(token)

    def accept(self, token: str, password: str = GOOD) -> SignedIn:
        return self.run(lambda accounts: accounts.passwords.accept(token, password, HERE))

    def sign_in(self, name: str, password: str = GOOD, caller: Caller = HERE) -> SignedIn:
        return self.run(lambda accounts: accounts.passwords.sign_in(name, password, caller))

    def visitor(self, token: str, *, uses: bool = True) -> Visitor | None:
        return asyncio.run(self._visit(token, uses=uses))

    async def _visit(self, token: str, *, uses: bool) -> Visitor | None:
        return await self.accounts.visit(token, uses=uses)

    def who(self, token: str) -> Visitor:
        found = self.visitor(token)
        assert found is not None
        return found

    def tell(self) -> list[tuple[str, Role, Note]]:
        """Let the brain be there until everything was told."""

        async def until_told(_: Accounts) -> None:
            for _again in range(200):
                if not self.waiting():
                    return
                await asyncio.sleep(0.01)

        self.away = ""
        self.run(until_told)
        self.away = "brain"
        return self.told

    def waiting(self) -> list[notes.Waiting]:
        with self.accounts._store.read() as connection:
            return notes.waiting(connection)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.accounts.close()


def refused(why: Refusal) -> Any:
    return pytest.raises(AccountRefused, check=lambda error: error.why is why)


def everything_kept(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in desk.folder.iterdir() if path.is_file())


# Invitations


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


# Signing in


def test_the_right_password_signs_in_with_a_new_identity_each_time(desk: Desk) -> None:
    first = desk.member("alice")
    second = desk.sign_in("alice")
    assert first.session != second.session
    assert desk.who(first.session).csrf != desk.who(second.session).csrf


def test_signing_in_ends_the_session_that_the_browser_had(desk: Desk) -> None:
    old = desk.member("alice")
    desk.sign_in("alice", caller=Caller("192.0.2.1", "", session=old.session))
    assert desk.visitor(old.session) is None


@pytest.mark.parametrize("name", ["nobody-such", "invited", "off", "", "NOT A NAME", "x" * 500])
def test_every_account_that_cannot_sign_in_is_refused_alike_and_costs_one_hash(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accounts.add("invited", Role.PORTER, SHELL)
    desk.member("off", Role.PORTER)
    desk.accounts.change("off", SHELL, enabled=False)
    compared: list[str] = []
    compare = Hashing._compare

    def counted(self: Hashing, kept: str, password: str) -> str:
        compared.append(kept)
        return compare(self, kept, password)

    monkeypatch.setattr(Hashing, "_compare", counted)

    with refused(Refusal.WRONG):
        desk.sign_in(name)

    assert len(compared) == 1
    assert compared[0].startswith("$argon2id$")


def test_an_account_changed_while_its_password_is_compared_is_not_let_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.member("alice", Role.PORTER)
    compare = Hashing._compare

    def meanwhile(self: Hashing, kept: str, password: str) -> str:
        desk.accounts.change("alice", SHELL, enabled=False)
        return compare(self, kept, password)

    monkeypatch.setattr(Hashing, "_compare", meanwhile)

    with refused(Refusal.WRONG):
        desk.sign_in("alice")


def test_the_parameters_are_those_that_argon2_cffi_recommends() -> None:
    made = Hashing()._hasher
    assert (made.type, made.time_cost, made.memory_cost) == (
        PasswordHasher().type,
        PasswordHasher().time_cost,
        PasswordHasher().memory_cost,
    )
    assert made.memory_cost >= 19 * 1024


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_sign_in(desk: Desk) -> None:
    desk.member("alice")
    before = _hash_of(desk, "alice")
    desk.accounts.close()
    desk.hasher = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    desk.accounts = desk.made()

    desk.sign_in("alice")

    assert "t=1" in before
    assert "t=2" in _hash_of(desk, "alice")
    desk.sign_in("alice")


def test_so_many_hashes_at_once_and_so_many_that_wait() -> None:
    under_way, most = 0, 0
    lock = threading.Lock()

    class Slow(Hashing):
        def _compare(self, kept: str, password: str) -> str:
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            threading.Event().wait(0.02)
            with lock:
                under_way -= 1
            return super()._compare(kept, password)

    async def run() -> Sequence[object]:
        made = Slow(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        made.start()
        tries = (made.is_right(None, "x") for _ in range(50))
        came = await asyncio.gather(*tries, return_exceptions=True)
        made.stop()
        return came

    came = asyncio.run(run())

    assert most == hashing.WORKERS
    done = [one for one in came if one is False]
    assert len(done) == hashing.WORKERS + hashing.WAITING
    assert all(isinstance(one, AccountRefused) for one in came if one is not False)


def test_guessing_is_refused_and_still_is_after_a_restart(desk: Desk) -> None:
    desk.member("alice")
    for _ in range(5):
        with refused(Refusal.WRONG):
            desk.sign_in("alice", "wrong password")
    with refused(Refusal.TOO_MANY_TRIES):
        desk.sign_in("alice")

    desk.restart()

    with refused(Refusal.TOO_MANY_TRIES):
        desk.sign_in("alice")
    desk.now += 2
    assert desk.sign_in("alice").account == "alice"


def test_a_known_browser_signs_in_while_strangers_guess(desk: Desk) -> None:
    alice = desk.member("alice")
    for number in range(40):
        with pytest.raises(AccountRefused):
            desk.sign_in("alice", "wrong password", Caller(f"198.51.100.{number}", ""))
    with refused(Refusal.TOO_MANY_TRIES):
        desk.sign_in("alice", GOOD, Caller("203.0.113.9", ""))

    known = Caller("203.0.113.9", "", known_by=alice.known_by)

    assert desk.sign_in("alice", GOOD, known).account == "alice"


def test_the_browser_of_one_account_is_known_to_no_other(desk: Desk) -> None:
    desk.member("alice")
    mallory = desk.member("mallory", Role.VIEWER)
    from_there = Caller("198.51.100.1", "", known_by=mallory.known_by)
    for _ in range(5):
        with refused(Refusal.WRONG):
            desk.sign_in("alice", "wrong password", from_there)
    with refused(Refusal.TOO_MANY_TRIES):
        desk.sign_in("alice", GOOD, from_there)


def test_a_stolen_known_browser_cannot_guess_forever(desk: Desk) -> None:
    alice = desk.member("alice")
    known = Caller("203.0.113.9", "", known_by=alice.known_by)
    for _ in range(5):
        with refused(Refusal.WRONG):
            desk.sign_in("alice", "wrong password", known)
    with refused(Refusal.TOO_MANY_TRIES):
        desk.sign_in("alice", GOOD, known)


# Sessions


def test_a_session_that_is_not_used_ends(desk: Desk) -> None:
    alice = desk.member("alice")
    desk.now += 29 * 60
    assert desk.visitor(alice.session) is not None
    desk.now += 29 * 60
    assert desk.visitor(alice.session) is not None
    desk.now += 30 * 60
    assert desk.visitor(alice.session) is None


def test_an_open_stream_is_no_use(desk: Desk) -> None:
    alice = desk.member("alice")
    for _ in range(3):
        desk.now += 10 * 60
        found = desk.visitor(alice.session, uses=False)
    assert found is None


def test_a_session_ends_however_much_it_is_used(desk: Desk) -> None:
    alice = desk.member("alice")
    for _ in range(12 * 4 - 1):
        desk.now += 15 * 60
        assert desk.visitor(alice.session) is not None
    desk.now += 15 * 60
    assert desk.visitor(alice.session) is None


def test_a_clock_set_back_keeps_nobody_signed_in(desk: Desk) -> None:
    alice = desk.member("alice")
    desk.now -= 3600
    assert desk.visitor(alice.session) is None


def test_a_session_outlives_a_restart(desk: Desk) -> None:
    alice = desk.member("alice")
    desk.restart()
    assert desk.who(alice.session).account == "alice"


def test_signing_out_ends_this_session_and_no_other(desk: Desk) -> None:
    one, other = desk.member("alice"), desk.sign_in("alice")
    desk.accounts.sign_out(desk.who(one.session))
    assert desk.visitor(one.session) is None
    assert desk.visitor(other.session) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.change("bob", SHELL, role=Role.VIEWER),
        lambda accounts: accounts.change("bob", SHELL, role=Role.ADMINISTRATOR),
        lambda accounts: accounts.change("bob", SHELL, enabled=False),
        lambda accounts: accounts.remove("bob", SHELL),
    ],
    ids=["lower role", "higher role", "disabled", "removed"],
)
def test_a_changed_account_is_signed_out_everywhere(
    desk: Desk, change: Callable[[Accounts], None]
) -> None:
    alice, bob = desk.member("alice"), desk.member("bob", Role.PORTER)
    other = desk.sign_in("bob")
    change(desk.accounts)
    assert desk.visitor(bob.session) is None
    assert desk.visitor(other.session) is None
    assert desk.visitor(alice.session) is not None


def test_another_password_ends_all_sessions_and_goes_on_in_a_new_one(desk: Desk) -> None:
    alice, elsewhere = desk.member("alice"), desk.sign_in("alice")
    who = desk.who(alice.session)

    new = desk.run(lambda accounts: accounts.passwords.change(who, GOOD, BETTER, HERE))

    assert desk.visitor(alice.session) is None
    assert desk.visitor(elsewhere.session) is None
    assert desk.who(new.session).csrf != who.csrf
    with refused(Refusal.WRONG):
        desk.sign_in("alice", GOOD)
    assert desk.sign_in("alice", BETTER).account == "alice"


def test_an_invitation_that_is_taken_ends_all_sessions(desk: Desk) -> None:
    alice = desk.member("alice")
    new = desk.accept(desk.accounts.invite("alice", SHELL), BETTER)
    assert desk.visitor(alice.session) is None
    assert desk.visitor(new.session) is not None


def test_guessing_ones_own_old_password_is_throttled(desk: Desk) -> None:
    who = desk.who(desk.member("alice").session)

    def change(old: str) -> SignedIn:
        return desk.run(lambda accounts: accounts.passwords.change(who, old, BETTER, HERE))

    for _ in range(5):
        with refused(Refusal.PASSWORD_WRONG):
            change("wrong password")
    with refused(Refusal.TOO_MANY_TRIES):
        change(GOOD)


def test_nobody_ends_the_session_of_another_account(desk: Desk) -> None:
    alice, bob = desk.member("alice"), desk.member("bob", Role.PORTER)
    desk.accounts.end_session(desk.who(bob.session), desk.who(alice.session).session)
    assert desk.visitor(alice.session) is not None


def test_an_account_has_so_many_sessions_at_most(desk: Desk) -> None:
    first = desk.member("alice")
    for _ in range(sessions.MOST):
        desk.now += 1
        last = desk.sign_in("alice")
    assert desk.visitor(first.session) is None
    assert len(desk.accounts.sessions(desk.who(last.session))) == sessions.MOST


@pytest.mark.parametrize("cookie", ["", "x", "x" * 10_000, "\udcff", "' OR 1=1 --"])
def test_a_cookie_that_was_made_up_is_nobodys(desk: Desk, cookie: str) -> None:
    desk.member("alice")
    assert desk.visitor(cookie) is None


# Administration


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


# The file


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


# Notes for the audit


def test_what_happened_while_the_brain_was_away_is_told_later_in_order(desk: Desk) -> None:
    alice = desk.member("alice")
    by = Actor("alice", Role.ADMINISTRATOR)
    desk.accounts.add("bob", Role.PORTER, by)
    desk.accounts.change("bob", by, role=Role.VIEWER)
    desk.accounts.invite("bob", by)
    desk.accounts.remove("bob", by)
    desk.accounts.sign_out(desk.who(alice.session))

    told = desk.tell()

    assert [(who, note.what, note.about) for who, _, note in told] == [
        ("shell", Noteworthy.ACCOUNT_MADE, "alice"),
        ("alice", Noteworthy.PASSWORD_CHANGED, None),
        ("alice", Noteworthy.SIGNED_IN, None),
        ("alice", Noteworthy.ACCOUNT_MADE, "bob"),
        ("alice", Noteworthy.ACCOUNT_CHANGED, "bob"),
        ("alice", Noteworthy.INVITATION_MADE, "bob"),
        ("alice", Noteworthy.ACCOUNT_REMOVED, "bob"),
        ("alice", Noteworthy.SIGNED_OUT, None),
    ]
    assert desk.waiting() == []


@pytest.mark.parametrize(
    ("refusal", "kept"),
    [
        (BrainAway("no answer"), True),
        (NotDone("not this console", code=ErrorCode.NOT_ALLOWED), True),
        (NotDone("too often", code=ErrorCode.RATE_LIMITED), True),
        (NotDone("what is this", code=ErrorCode.BAD_REQUEST), False),
    ],
)
def test_a_note_is_kept_while_the_brain_may_yet_take_it(
    desk: Desk, refusal: NotDone, *, kept: bool
) -> None:
    desk.accounts.add("alice", Role.PORTER, SHELL)
    desk.refuses = refusal
    before = [one.request.transaction for one in desk.waiting()]

    async def a_moment(_: Accounts) -> None:
        await asyncio.sleep(0.1)

    desk.away = ""
    desk.run(a_moment)

    assert [one.request.transaction for one in desk.waiting()] == (before if kept else [])


def test_a_refused_sign_in_is_noted_under_the_account_or_under_nobody(desk: Desk) -> None:
    desk.member("alice", Role.PORTER)
    desk.tell()
    desk.told.clear()
    for name in ("alice", "mallory", "SELECT"):
        with refused(Refusal.WRONG):
            desk.sign_in(name, "wrong password")
    assert [(who, role, note.what) for who, role, note in desk.tell()] == [
        ("alice", Role.PORTER, Noteworthy.SIGN_IN_REFUSED),
        ("nobody", Role.VIEWER, Noteworthy.SIGN_IN_REFUSED),
    ]


def test_guessing_fills_no_audit(desk: Desk) -> None:
    desk.member("alice")
    before = len(desk.waiting())
    for number in range(30):
        with pytest.raises(AccountRefused):
            desk.sign_in("alice", "wrong password", Caller(f"198.51.100.{number}", ""))
    assert len(desk.waiting()) - before == 1


def _hash_of(desk: Desk, name: str) -> str:
    with sqlite3.connect(desk.folder / "accounts.sqlite") as connection:
        found = connection.execute("SELECT password FROM account WHERE name = ?", (name,))
        kept = str(found.fetchone()[0])
    connection.close()
    return kept
