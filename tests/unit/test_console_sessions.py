"""Sessions: how long somebody stays signed in, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from console_desk import BETTER, GOOD, HERE, SHELL, Desk, refused

from console.accounts import sessions
from console.accounts.desk import Accounts
from console.accounts.passwords import SignedIn
from console.accounts.refusals import Refusal
from doorbus.messages.console import Role


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.accounts.close()


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
