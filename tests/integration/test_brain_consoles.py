"""What a console may have the brain do, for whom, and what the audit tells of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brain_consoles import Console, ceiling, console
from brain_world import RED, Admin, World

from doorbus import messages as m
from doorbus.messages import ErrorCode, Role

CARD, NAME = "480000000017", "Zebedee Quill"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.brain(
        consoles=str(tmp_path / "consoles"), limits={"snapshot": {"burst": 2, "every_s": 3600}}
    )
    yield world
    world.close()


@pytest.fixture
def admin(world: World) -> Admin:
    return world.admin()


@pytest.fixture
def alice(world: World) -> Console:
    return console(world)


def audit(reader: Admin, **wanted: Any) -> list[tuple[str, str, str]]:
    entries = reader.ok("log", **wanted)["entries"]
    return [(one["actor"], one["what"], one["reason"]) for one in entries]


def test_an_account_acts_under_its_own_name_and_the_console_gets_the_answer(
    alice: Console, admin: Admin
) -> None:
    before = len(admin.responses)

    alice.ok("add", name=NAME, card=CARD)
    alice.as_account("bob").ok("disable", card=CARD)

    assert len(admin.responses) == before
    assert audit(admin, admin="console.main/bob") == [("console.main/bob", "disable", "")]
    assert audit(admin, admin="console.main/alice") == [("console.main/alice", "add", "")]


def test_accounts_have_transactions_of_their_own(alice: Console) -> None:
    first = alice.ok("add", name=NAME, card=CARD, transaction="one")

    again = alice.ok("add", name=NAME, card=CARD, transaction="one")
    others = alice.as_account("bob").refused("add", name=NAME, card=CARD, transaction="one")

    assert again == first
    assert others.code is ErrorCode.CARD_TAKEN


def test_accounts_have_limits_of_their_own(world: World, alice: Console) -> None:
    world.door()
    codes = [getattr(alice.ask("snapshot", door="front"), "code", None) for _ in range(3)]

    others = alice.as_account("bob", Role.PORTER).ask("snapshot", door="front")

    assert codes == [None, None, ErrorCode.RATE_LIMITED]
    assert isinstance(others, m.OkResponse)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, "for whom it asks"),
        ({"account": "alice"}, "belong together"),
        ({"role": "administrator"}, "belong together"),
        ({"account": "alice", "role": "root"}, "belong together"),
        ({"account": "al/ice", "role": "viewer"}, "belong together"),
    ],
    ids=repr,
)
def test_a_console_that_does_not_say_for_whom_it_asks_gets_nothing(
    everyone: Console, said: dict[str, str], names: str
) -> None:
    response = everyone.say(b'{"op": "list", "transaction": "t"}', **said)

    assert isinstance(response, m.ErrorResponse)
    assert (response.code, response.transaction) == (ErrorCode.BAD_REQUEST, "t")
    assert names in response.error


@pytest.mark.parametrize("name", ["admin.alice", None])
def test_nobody_else_speaks_for_an_account(world: World, name: str | None) -> None:
    other = Console(world.broker.bus, name)
    world.clients.append(other)

    refused = other.refused("list")

    assert refused.code is ErrorCode.BAD_REQUEST
    assert "for consoles" in refused.error


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console of a world for all tests in which nothing may come of anything."""
    folder = tmp_path_factory.mktemp("consoles")
    world = World(folder)
    world.brain(consoles=str(folder / "consoles"))
    yield console(world)
    world.close()


PORTERS = [("unlock", {"door": "front"}), ("snapshot", {"door": "front"}), ("list", {})]
ADMINISTRATORS: list[tuple[str, dict[str, Any]]] = [
    ("add", {"name": NAME, "card": CARD}),
    ("enroll", {"name": NAME, "card": CARD, "source": "upload", "count": 1}),
    ("remove", {"card": CARD}),
    ("export", {"card": CARD}),
    ("lockdown", {"doors": "all"}),
    ("release", {"doors": "all"}),
    ("permit", {"everybody": True, "everywhere": True}),
    ("pass", {"name": "Plumber", "door": "front", "until": "2099-01-01"}),
    ("pin", {"card": CARD, "pin": "271828"}),
]


@pytest.mark.parametrize(("op", "fields"), ADMINISTRATORS, ids=str)
def test_a_porter_is_refused_what_is_for_administrators(
    everyone: Console, op: str, fields: dict[str, Any]
) -> None:
    assert (
        everyone.as_account("pete", Role.PORTER).refused(op, **fields).code is ErrorCode.NOT_ALLOWED
    )


@pytest.mark.parametrize(("op", "fields"), PORTERS + ADMINISTRATORS, ids=str)
def test_a_viewer_is_refused_what_opens_or_names(
    everyone: Console, op: str, fields: dict[str, Any]
) -> None:
    assert (
        everyone.as_account("vera", Role.VIEWER).refused(op, **fields).code is ErrorCode.NOT_ALLOWED
    )


def test_a_refused_attempt_stands_in_the_audit_and_changes_nothing(
    alice: Console, admin: Admin
) -> None:
    alice.as_account("pete", Role.PORTER).refused("add", name=NAME, card=CARD)

    assert audit(admin) == [("console.main/pete", "add", "refused: not_allowed")]
    assert admin.ok("list")["total"] == 0


def test_the_ceiling_of_the_console_counts_whatever_it_states(world: World) -> None:
    desk = console(world, Role.PORTER)

    refused = desk.as_account("alice", Role.ADMINISTRATOR).refused("add", name=NAME, card=CARD)

    assert refused.code is ErrorCode.NOT_ALLOWED
    assert desk.ok("list")["total"] == 0


def test_a_higher_ceiling_does_not_lift_an_account(alice: Console) -> None:
    refused = alice.as_account("vera", Role.VIEWER).refused("list")

    assert refused.code is ErrorCode.NOT_ALLOWED


def test_a_console_that_the_brain_has_no_file_of_may_nothing(world: World) -> None:
    stray = console(world, most=None)

    refused = stray.refused("log")

    assert refused.code is ErrorCode.NOT_ALLOWED
    assert "consoles/main.yaml" in refused.error


@pytest.mark.parametrize("text", ["most: king\n", "most: [", "", "least: viewer\n"])
def test_a_file_that_cannot_be_read_allows_nothing(world: World, text: str) -> None:
    stray = console(world)
    (world.folder / "consoles" / "main.yaml").write_text(text)

    assert stray.refused("log").code is ErrorCode.NOT_ALLOWED


def test_a_changed_ceiling_counts_without_a_restart(world: World, alice: Console) -> None:
    alice.ok("list")

    ceiling(world.folder / "consoles", "main", "viewer")

    assert alice.refused("list").code is ErrorCode.NOT_ALLOWED


def test_who_lost_a_role_is_not_told_the_answer_of_before(alice: Console) -> None:
    fields = {"name": NAME, "card": CARD, "source": "upload", "count": 1, "transaction": "mine"}
    assert "token" in alice.ok("enroll", **fields)

    lowered = alice.as_account("alice", Role.PORTER).refused("enroll", **fields)

    assert lowered.code is ErrorCode.NOT_ALLOWED


# --- what a viewer and a porter are told ---------------------------------------------------------


def test_a_viewer_is_told_no_names(world: World, alice: Console, admin: Admin) -> None:
    world.enrol(admin, world.door(), CARD, RED, NAME)

    seen = alice.as_account("vera", Role.VIEWER).ok("log")["entries"]
    named = alice.as_account("pete", Role.PORTER).ok("log")["entries"]

    assert {one["name"] for one in seen} == {None}
    assert any(one["resident"] for one in seen)
    assert NAME in {one["name"] for one in named}


def test_a_viewer_cannot_ask_whose_card_it_is(alice: Console) -> None:
    alice.ok("add", name=NAME, card=CARD)

    vera = alice.as_account("vera", Role.VIEWER)

    known, unknown = vera.refused("log", card=CARD), vera.refused("log", card="480000000099")
    assert known.code is unknown.code is ErrorCode.NOT_ALLOWED
    assert known.error == unknown.error


def test_a_porter_sees_passes_and_not_what_opens(alice: Console) -> None:
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))
    made = alice.ok("pass", name="Plumber", door="front", until=tomorrow)["pass"]

    shown = alice.as_account("pete", Role.PORTER).ok("passes", **{"pass": made})

    assert shown["name"] == "Plumber"
    assert "code" not in shown
    assert "code" in alice.as_account("alice").ok("passes", **{"pass": made})


# --- notes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_every_account_has_its_sign_in_noted(alice: Console, admin: Admin, role: Role) -> None:
    alice.as_account("vera", role).ok("note", what="signed_in")
    alice.ok("note", what="account_changed", about="bob")

    assert audit(admin, admin="console.main/vera") == [
        ("console.main/vera", "account_changed", "bob"),
        ("console.main/vera", "signed_in", ""),
    ]
    assert audit(admin, what="signed_in") == [("console.main/vera", "signed_in", "")]


def test_who_is_nobody_may_only_be_refused(alice: Console, admin: Admin) -> None:
    nobody = alice.as_account(m.NOBODY, Role.ADMINISTRATOR)

    nobody.ok("note", what="sign_in_refused")

    assert audit(admin) == [("console.main/nobody", "sign_in_refused", "")]
    for op, fields in (
        ("list", {}),
        ("note", {"what": "signed_in"}),
        ("unlock", {"door": "front"}),
    ):
        assert nobody.refused(op, **fields).code is ErrorCode.NOT_ALLOWED


def test_an_administrator_without_a_console_notes_nothing(admin: Admin) -> None:
    assert admin.refused("note", what="signed_in").code is ErrorCode.NOT_ALLOWED


def test_accounts_that_a_console_invents_give_it_no_more_than_a_few_have(tmp_path: Path) -> None:
    world = World(tmp_path)
    once = {"burst": 1, "every_s": 3600}
    world.brain(consoles=str(tmp_path / "consoles"), limits={"snapshot": once, "console": 2})
    world.door()
    invented = console(world)

    codes = [
        getattr(invented.as_account(f"a-{one}").ask("snapshot", door="front"), "code", None)
        for one in range(4)
    ]
    again = invented.as_account("a-0").refused("snapshot", door="front")
    by_hand = world.admin().ask("snapshot", door="front")
    world.close()

    assert codes == [None, None, ErrorCode.RATE_LIMITED, ErrorCode.RATE_LIMITED]
    assert again.code is ErrorCode.RATE_LIMITED
    assert isinstance(by_hand, m.OkResponse)


def test_a_console_that_notes_without_end_fills_no_log(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.brain(consoles=str(tmp_path / "consoles"), limits={"note": {"burst": 3, "every_s": 3600}})
    talks = console(world, Role.VIEWER)

    for one in range(6):
        talks.as_account(f"a-{one}", Role.VIEWER).ask("note", what="signed_in")
    for one in range(6):
        talks.as_account(f"b-{one}").ask("add", name=NAME, card=CARD)
    told = audit(world.admin())
    world.close()

    assert [what for _, what, _ in told].count("signed_in") == 3
    assert [what for _, what, _ in told].count("add") == 0  # refused ones count as notes
    assert [what for _, what, _ in told].count("limited") == 1


def test_an_import_of_many_is_not_hindered(alice: Console) -> None:
    for one in range(150):
        alice.ok("holiday", date=f"20{26 + one // 28:02d}-02-{one % 28 + 1:02d}", name="x")
