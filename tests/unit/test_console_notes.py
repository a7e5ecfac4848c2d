"""What happened at the console reaches the audit, now or later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_desk import SHELL, Desk, refused

from console.accounts.desk import Accounts
from console.accounts.notes import Actor
from console.accounts.passwords import Caller
from console.accounts.refusals import AccountRefused, Refusal
from console.errors import BrainAway, NotDone
from doorbus.messages import ErrorCode
from doorbus.messages.console import Noteworthy, Role


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.accounts.close()


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


@pytest.mark.parametrize("turns", range(6))
def test_telling_ends_though_it_is_woken_at_that_moment(desk: Desk, turns: int) -> None:
    async def begun_woken_and_ended() -> bool:
        telling = desk.accounts._telling
        telling.start(desk)
        await asyncio.sleep(0)
        telling._wake.set()
        for _turn in range(turns):
            await asyncio.sleep(0)
        stopping = asyncio.create_task(telling.stop())
        ended, _ = await asyncio.wait({stopping}, timeout=2)
        return stopping in ended

    assert asyncio.run(begun_woken_and_ended())
