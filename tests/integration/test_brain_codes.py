"""PINs, cards, codes alone, duress and passes, at a real brain with a real database."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from brain_world import GREEN, RED, Admin, Door, World, painted
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from doorbus import messages as m
from doorbus import passes, topics
from doorbus.messages import CodeKind, Decision, ErrorCode, EventKind, Reason
from doorbus.signing import nonce

CARD, OTHER = "000000000001", "000000000002"
PIN, DURESS = "271828", "271829"
NOON = datetime(2026, 1, 6, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()
    for brain in world.brains:
        brain.stop()


def _started(world: World, **doors: dict[str, Any]) -> tuple[Admin, Door]:
    world.clock.fixed = NOON
    world.brain(doors=doors)
    return world.admin(), world.door()


def _second(value: str) -> m.SecondFactor:
    kind = CodeKind.CARD if len(value) == 12 else CodeKind.PIN
    return m.SecondFactor(kind=kind, value=value)


def _visit(door: Door, number: int, second: str | None = None, look: Any = RED) -> m.Verdict:
    shown = None if second is None else _second(second)
    return door.visit([painted(look) for _ in range(20)], number, second=shown)


def _code(door: Door, number: int, value: str) -> m.Verdict:
    kind = CodeKind.CARD if len(value) == 12 else CodeKind.PIN
    code = m.CodeShown(visit=number, nonce=nonce(), kind=kind, value=value)
    door.send(topics.CODE_SHOWN, code)
    return door.heard.wait(m.Verdict, lambda verdict: verdict.nonce == code.nonce)


def _audit(world: World, *what: str) -> list[tuple[str, str | None, str | None, str]]:
    store = SqlStore(world.settings().database_url, KEYS)
    store.start(upgrade=False)
    with store.work() as work:
        lines = work.audit.latest(1000)
    store.stop()
    return [(one.what, one.resident, one.door, one.reason) for one in lines if one.what in what]


def _everything_kept(world: World) -> bytes:
    """All bytes of the data folder, the database's log included."""
    files = [path for path in (world.folder / "data").rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


# --- beside a face -------------------------------------------------------------------------------


def test_a_door_that_wants_a_pin_opens_for_face_and_pin_together_only(world: World) -> None:
    admin, door = _started(world, front={"second": "pin"})
    world.enrol(admin, door, CARD, RED)
    admin.ok("pin", card=CARD, pin="4711")

    told = [
        (verdict.decision, verdict.reason)
        for verdict in (
            _visit(door, 1),
            _visit(door, 2, "4712"),
            _visit(door, 3, CARD),
            _visit(door, 4, "4711"),
            _visit(door, 5, "4711", look=GREEN),
        )
    ]

    assert told == [
        (Decision.DENY, Reason.SECOND_FACTOR),
        (Decision.DENY, Reason.WRONG_SECOND_FACTOR),
        (Decision.DENY, Reason.SECOND_FACTOR),
        (Decision.GRANT, Reason.MATCH),
        (Decision.DENY, Reason.UNKNOWN),
    ]


def test_a_door_that_wants_a_card_wants_the_residents_own(world: World) -> None:
    admin, door = _started(world, front={"second": "card"})
    world.enrol(admin, door, CARD, RED)
    admin.ok("add", card=OTHER, name="Another")

    assert _visit(door, 1, OTHER).reason is Reason.WRONG_SECOND_FACTOR
    assert _visit(door, 2, CARD).decision is Decision.GRANT


def test_what_is_shown_must_be_right_even_where_nothing_need_be(world: World) -> None:
    admin, door = _started(world)
    world.enrol(admin, door, CARD, RED)
    admin.ok("pin", card=CARD, pin="4711")

    assert _visit(door, 1, "4712").reason is Reason.WRONG_SECOND_FACTOR
    assert _visit(door, 2, "4711").decision is Decision.GRANT
    assert _visit(door, 3).decision is Decision.GRANT


# --- a code alone --------------------------------------------------------------------------------


def test_a_code_alone_opens_where_the_brain_lets_it(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    resident = admin.ok("add", card=CARD, name="Somebody")["resident"]
    assert admin.ok("pin", card=CARD, pin=PIN) == {
        "resident": resident,
        "alone": True,
        "duress": False,
    }

    told = [_code(door, 1, PIN), _code(door, 2, "314159"), _code(door, 3, CARD)]

    assert [verdict.reason for verdict in told] == [
        Reason.MATCH,
        Reason.WRONG_SECOND_FACTOR,
        Reason.NO_CODES,
    ]
    assert ("grant", resident, "front", "match code") in _audit(world, "grant")
    admin.heard.wait(m.VisitDecided, lambda event: event.resident == resident)


def test_a_code_alone_opens_nothing_where_the_brain_does_not_say_so(world: World) -> None:
    admin, door = _started(world)
    admin.ok("add", card=CARD, name="Somebody")
    admin.ok("pin", card=CARD, pin=PIN)

    assert _code(door, 1, PIN).reason is Reason.NO_CODES


def test_a_short_pin_opens_beside_a_face_only(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    admin.ok("add", card=CARD, name="Somebody")
    admin.ok("pin", card=CARD, pin="4711")

    assert _code(door, 1, "4711").reason is Reason.WRONG_SECOND_FACTOR


def test_the_rules_hold_for_codes_too(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    admin.ok("add", card=CARD, name="Somebody")
    admin.ok("pin", card=CARD, pin=PIN)
    admin.ok("disable", card=CARD)

    assert _code(door, 1, PIN).reason is Reason.DISABLED


def test_a_replayed_code_gets_its_verdict_again_and_changes_nothing(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    admin.ok("add", card=CARD, name="Somebody")
    admin.ok("pin", card=CARD, pin=PIN)
    code = m.CodeShown(visit=1, nonce=nonce(), kind=CodeKind.PIN, value=PIN)
    wire = door.send(topics.CODE_SHOWN, code)
    door.heard.wait(m.Verdict, lambda verdict: verdict.nonce == code.nonce)
    entries = len(_audit(world, "grant"))

    door.bus.publish(wire)
    door.heard.wait(m.Verdict, lambda verdict: verdict.nonce == code.nonce, after=1)

    assert len(_audit(world, "grant")) == entries


def test_guessing_rests_the_codes_of_a_door_and_calls_somebody(world: World) -> None:
    world.clock.fixed = NOON
    world.brain(doors={"front": {"codes": True}}, codes={"door": 4, "site": 100})
    admin, door = world.admin(), world.door()
    world.enrol(admin, door, CARD, RED)
    admin.ok("pin", card=CARD, pin=PIN)

    reasons = [_code(door, visit, f"99999{visit}").reason for visit in range(1, 5)]
    after = _code(door, 5, PIN)

    assert reasons == [Reason.WRONG_SECOND_FACTOR] * 4
    assert after.reason is Reason.TOO_MANY_CODES
    alarm = admin.heard.wait(m.Alarm)
    assert (alarm.what, alarm.door) == (m.AlarmKind.WRONG_CODES, "front")
    assert [one[2] for one in _audit(world, "wrong_codes")] == ["front"]
    assert _visit(door, 6).decision is Decision.GRANT
    world.clock.ahead += 301
    assert _code(door, 7, PIN).decision is Decision.GRANT


# --- duress --------------------------------------------------------------------------------------


def test_a_duress_pin_opens_alike_and_calls_for_help_silently(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    resident = world.enrol(admin, door, CARD, RED)
    admin.ok("pin", card=CARD, pin=PIN, duress=DURESS)

    plain, forced, beside = _code(door, 1, PIN), _code(door, 2, DURESS), _visit(door, 3, DURESS)

    one = plain.model_dump(exclude={"visit", "nonce"})
    assert forced.model_dump(exclude={"visit", "nonce"}) == one
    assert beside.model_dump(exclude={"visit", "nonce"}) == one
    alarm = admin.heard.wait(m.Alarm)
    assert (alarm.what, alarm.door, alarm.resident) == (m.AlarmKind.DURESS, "front", resident)
    assert _audit(world, "duress") == [("duress", resident, "front", "")] * 2


def test_a_duress_pin_calls_for_help_where_a_rule_keeps_its_owner_out_too(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    admin.ok("add", card=CARD, name="Somebody")
    admin.ok("pin", card=CARD, pin=PIN, duress=DURESS)
    admin.ok("disable", card=CARD)

    assert _code(door, 1, DURESS).reason is Reason.DISABLED
    assert admin.heard.wait(m.Alarm).what is m.AlarmKind.DURESS


# --- setting PINs --------------------------------------------------------------------------------


def test_a_pin_that_opens_alone_belongs_to_one_resident_only(world: World) -> None:
    admin, _ = _started(world)
    for card in (CARD, OTHER):
        admin.ok("add", card=card, name="Somebody")
    admin.ok("pin", card=CARD, pin=PIN, duress=DURESS)

    for pin, duress in ((PIN, None), (DURESS, None), ("314159", DURESS), ("314159", PIN)):
        asked = {"pin": pin} | ({} if duress is None else {"duress": duress})
        assert admin.refused("pin", card=OTHER, **asked).code is ErrorCode.PIN_TAKEN
    admin.ok("pin", card=CARD, pin=PIN)
    admin.ok("pin", card=OTHER, pin=DURESS)
    admin.ok("unpin", card=CARD)
    admin.ok("pin", card=OTHER, pin=PIN)


def test_short_pins_may_be_shared_for_a_face_tells_their_owners_apart(world: World) -> None:
    admin, _ = _started(world)
    for card in (CARD, OTHER):
        admin.ok("add", card=card, name="Somebody")
        admin.ok("pin", card=card, pin="4711")


@pytest.mark.parametrize(
    "fields",
    [
        {"pin": "123"},
        {"pin": "123456789012"},
        {"pin": "12a456"},
        {"pin": 123456},
        {"pin": PIN, "duress": PIN},
        {"pin": PIN, "duress": "12345"},
        {},
    ],
)
def test_a_wrong_pin_request_names_the_field_and_repeats_no_digit(
    world: World, fields: dict[str, object]
) -> None:
    admin, _ = _started(world)
    admin.ok("add", card=CARD, name="Somebody")

    refused = admin.refused("pin", card=CARD, **fields)

    assert refused.code is ErrorCode.BAD_REQUEST
    assert refused.error.startswith("pin")
    assert PIN not in refused.error
    assert "123" not in refused.error


def test_no_pin_can_be_read_in_anything_that_is_kept(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    admin.ok("add", card=CARD, name="Somebody")
    admin.ok("pin", card=CARD, pin=PIN, duress=DURESS)
    _code(door, 1, PIN)

    kept = _everything_kept(world)

    assert b"front" in kept
    assert PIN.encode() not in kept
    assert DURESS.encode() not in kept


def test_a_resident_who_is_removed_leaves_no_pin(world: World) -> None:
    admin, door = _started(world, front={"codes": True})
    admin.ok("add", card=CARD, name="Somebody")
    admin.ok("pin", card=CARD, pin=PIN)

    admin.ok("remove", card=CARD)

    assert _code(door, 1, PIN).reason is Reason.WRONG_SECOND_FACTOR
    rows = sqlite3.connect(world.folder / "data" / "doorward.sqlite").execute(
        "SELECT (SELECT count(*) FROM pin) + (SELECT count(*) FROM pin_code)"
    )
    assert rows.fetchone() == (0,)


# --- passes --------------------------------------------------------------------------------------


def _issue(admin: Admin, **changes: Any) -> dict[str, Any]:
    fields = {"name": "Plumber", "door": "front", "from": "2026-01-06", "until": "2026-01-06"}
    return admin.ok("pass", **{**fields, **changes})


def test_a_pass_is_signed_for_its_doors_and_window(world: World) -> None:
    admin, _ = _started(world)

    told = _issue(admin, uses=3)

    one = passes.read(told["code"], world.brain_key.public_key())
    day = int(NOON) - 12 * 3600
    assert (one.doors, one.valid_from, one.valid_until, one.uses) == (
        ("front",),
        day,
        day + 86_400,
        3,
    )
    assert told["pass"] == one.id


def test_a_pass_keeps_the_sites_own_time(world: World) -> None:
    world.clock.fixed = NOON
    world.brain(timezone="Europe/Berlin")
    admin = world.admin()

    told = _issue(admin, until="2026-01-06T18:00")

    assert told["until"] == int(NOON) + 5 * 3600


def test_a_repeated_request_gets_the_same_pass(world: World) -> None:
    admin, _ = _started(world)

    first, again = (_issue(admin, transaction="once") for _ in range(2))

    assert first == again
    assert admin.ok("passes")["total"] == 1


def test_neither_a_visitors_name_nor_a_pass_can_be_read_in_what_is_kept(world: World) -> None:
    admin, _ = _started(world)

    told = _issue(admin, name="Quentin Quux")

    kept = _everything_kept(world)
    assert told["pass"].encode() in kept
    assert b"Quentin" not in kept
    assert b"DW1:" not in kept
    assert admin.ok("passes", **{"pass": told["pass"]})["code"] == told["code"]


def test_a_pass_for_all_doors_and_for_a_group(world: World) -> None:
    admin, _ = _started(world)
    admin.ok("doors", group="house", doors=["back", "front"])

    everywhere = admin.ok("pass", name="Fair", doors="all", until="2026-01-07")
    house = admin.ok("pass", name="Guest", doors="house", until="2026-01-07")

    assert everywhere["doors"] == []
    assert house["doors"] == ["back", "front"]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"door": "attic"}, ErrorCode.UNKNOWN_DOOR, "attic"),
        ({"until": "2026-01-05"}, ErrorCode.BAD_REQUEST, "pass.until"),
        ({"from": "2026-01-06T13:00", "until": "2026-01-06T13:00"}, ErrorCode.BAD_REQUEST, "until"),
        ({"until": "2027-06-01"}, ErrorCode.BAD_REQUEST, "366 days"),
        ({"until": "2026-02-30"}, ErrorCode.BAD_REQUEST, "pass.until"),
        ({"from": "2026-13-01"}, ErrorCode.BAD_REQUEST, "pass.from"),
        ({"until": "tomorrow"}, ErrorCode.BAD_REQUEST, "until"),
        ({"uses": 0}, ErrorCode.BAD_REQUEST, "uses"),
        ({"uses": 1001}, ErrorCode.BAD_REQUEST, "uses"),
        ({"name": ""}, ErrorCode.BAD_REQUEST, "name"),
        ({"doors": "all"}, ErrorCode.BAD_REQUEST, "door"),
    ],
)
def test_a_pass_that_cannot_be_is_refused_naming_the_field(
    world: World, changes: dict[str, Any], code: ErrorCode, words: str
) -> None:
    admin, _ = _started(world)
    fields = {"name": "Plumber", "door": "front", "from": "2026-01-06", "until": "2026-01-06"}

    refused = admin.refused("pass", **{**fields, **changes})

    assert refused.code is code
    assert words in refused.error
    assert admin.ok("passes")["total"] == 0


def test_an_unknown_group_of_doors_is_refused(world: World) -> None:
    admin, _ = _started(world)

    refused = admin.refused("pass", name="Guest", doors="nowhere", until="2026-01-07")

    assert refused.code is ErrorCode.UNKNOWN_GROUP


def test_a_revoked_pass_is_told_to_doors_at_once_and_when_they_come_back(world: World) -> None:
    admin, front = _started(world)
    told = admin.ok("pass", name="Fair", doors="all", until="2026-01-07")

    answer = admin.ok("unpass", **{"pass": told["pass"]})
    back = world.door("back")

    assert answer == {"pass": told["pass"], "doors": ["front"]}
    for door in (front, back):
        assert door.heard.wait(m.RevokedPasses).revoked == (told["pass"],)
    assert admin.ok("passes")["passes"][0]["revoked"] is True
    assert admin.refused("unpass", **{"pass": "p-" + "0" * 16}).code is ErrorCode.UNKNOWN_PASS


def test_what_doors_tell_of_a_pass_is_audited_counted_and_used_up_everywhere(
    world: World,
) -> None:
    admin, front = _started(world)
    back = world.door("back")
    told = admin.ok("pass", name="Fair", doors="all", until="2026-01-07", uses=2)

    for door in (front, back):
        door.ack_of(door.tell(EventKind.PASS, told["pass"]).id)
    front.ack_of(front.tell(EventKind.PASS_REFUSED, f"used_up {told['pass']}").id)

    for door in (front, back):
        assert door.heard.wait(m.RevokedPasses).revoked == (told["pass"],)
    shown = admin.ok("passes", **{"pass": told["pass"]})
    assert (shown["used"], shown["revoked"]) == (2, True)
    assert sorted(_audit(world, "pass", "pass_used", "pass_refused"), key=str) == sorted(
        [
            ("pass", None, None, told["pass"]),
            ("pass_used", None, "front", told["pass"]),
            ("pass_used", None, "back", told["pass"]),
            ("pass_refused", None, "front", f"used_up {told['pass']}"),
        ],
        key=str,
    )


def test_an_event_that_comes_twice_counts_once(world: World) -> None:
    admin, front = _started(world)
    told = _issue(admin, uses=5)
    event = m.DoorEvent(id="1-900", kind=EventKind.PASS, at=NOON - 60, detail=told["pass"])

    for _ in range(3):
        front.send(topics.DOOR_EVENT, event)
    front.ack_of(front.tell(EventKind.WOKE).id)

    assert admin.ok("passes", **{"pass": told["pass"]})["used"] == 1


def test_a_pass_that_opened_while_the_brain_was_away_is_audited_at_its_own_time(
    world: World,
) -> None:
    admin, front = _started(world)
    told = _issue(admin)
    at = NOON - 3600
    event = m.DoorEvent(id="1-901", kind=EventKind.PASS, at=at, detail=told["pass"])

    front.send(topics.DOOR_EVENT, event)
    front.ack_of("1-901")

    entries = admin.ok("log", what="pass_used", door="front")["entries"]
    assert [entry["at"] for entry in entries] == [at]


def test_passes_that_ended_are_not_listed(world: World) -> None:
    admin, _ = _started(world)
    _issue(admin)

    world.clock.fixed = NOON + 86_400

    assert admin.ok("passes") == {"total": 0, "offset": 0, "passes": []}


def test_duress_at_a_door_of_its_own_calls_for_help_once_it_is_told(world: World) -> None:
    admin, front = _started(world)
    resident = admin.ok("add", card=CARD, name="Somebody")["resident"]
    at = NOON - 3600
    event = m.DoorEvent(id="1-902", kind=EventKind.DURESS, at=at, detail=resident)

    for _ in range(2):
        front.send(topics.DOOR_EVENT, event)
    front.ack_of(front.tell(EventKind.WOKE).id)

    alarm = admin.heard.wait(m.Alarm)
    assert (alarm.at, alarm.door, alarm.resident) == (at, "front", resident)
    assert len(admin.heard.of(m.Alarm)) == 1
    assert _audit(world, "duress") == [("duress", resident, "front", "")]


def test_a_pass_that_another_brain_of_the_site_took_back_is_told_to_this_ones_doors(
    world: World,
) -> None:
    admin, front = _started(world)
    told = _issue(admin)
    time.sleep(2.5)
    store = SqlStore(world.settings().database_url, KEYS)
    store.start(upgrade=False)

    with store.work() as work:
        work.passes.revoke(told["pass"])
    store.stop()

    assert front.heard.wait(m.RevokedPasses).revoked == (told["pass"],)
