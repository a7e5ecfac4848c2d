"""Signing in: who is let in, what a guess costs, and what it does to others."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from console_desk import GOOD, SHELL, Desk, refused

from console.accounts import hashing
from console.accounts.hashing import Hashing
from console.accounts.passwords import Caller
from console.accounts.refusals import AccountRefused, Refusal
from doorbus.messages.console import Role


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.accounts.close()


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


def _hash_of(desk: Desk, name: str) -> str:
    with sqlite3.connect(desk.folder / "accounts.sqlite") as connection:
        found = connection.execute("SELECT password FROM account WHERE name = ?", (name,))
        kept = str(found.fetchone()[0])
    connection.close()
    return kept
