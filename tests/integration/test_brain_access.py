"""Who may enter where and when, from an administrator's request to the verdict at a door."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from brain_world import BLUE, RED, Door, World, painted
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import Default, Resident
from brain.rules_admission import Admission
from doorbus import messages as m
from doorbus import topics
from doorbus.messages import Decision, ErrorCode, Reason

ANN, BEN = "000000000001", "000000000002"
ZONE = "Europe/Berlin"
OFFICE = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00"}]
MONDAY_9 = datetime(2026, 1, 5, 9, tzinfo=ZoneInfo(ZONE)).timestamp()
HOUR = 3600.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, ("front", "back"))
    yield world
    world.close()


class Site:
    """A brain, two doors, and Ann, who is enrolled."""

    def __init__(self, world: World, **access: Any) -> None:
        self.world = world
        self.settings = {"timezone": ZONE, "access": access}
        world.clock.fixed = MONDAY_9
        world.brain(**self.settings)
        self.admin = world.admin()
        self.front, self.back = world.door("front"), world.door("back")
        self.ann = world.enrol(self.admin, self.front, ANN, RED, "Ann")
        self._visits = 0

    def visit(self, door: Door, colour: tuple[int, int, int] = RED) -> Reason:
        return self.verdict(door, colour).reason

    def verdict(self, door: Door, colour: tuple[int, int, int] = RED) -> m.Verdict:
        self._visits += 1
        verdict = door.visit([painted(colour) for _ in range(20)], self._visits)
        assert (verdict.reason is Reason.MATCH) is (verdict.decision is Decision.GRANT)
        return verdict

    def later(self, hours: float) -> None:
        assert self.world.clock.fixed is not None
        self.world.clock.fixed += hours * HOUR

    def may(self, card: str = ANN, door: str = "front", **more: str) -> dict[str, Any]:
        return self.admin.ok("may", card=card, door=door, **more)


@pytest.fixture
def closed(world: World) -> Site:
    """A site where nobody may enter without a permit."""
    return Site(world, default="nobody")


@pytest.fixture
def open_site(world: World) -> Site:
    """A site where everybody may enter who is not forbidden to."""
    return Site(world)


# --- rules ---------------------------------------------------------------------------------------


def test_a_permit_lets_in_as_long_as_it_is_there(closed: Site) -> None:
    before = closed.visit(closed.front)
    rule = closed.admin.ok("permit", card=ANN, door="front")["rule"]
    during, elsewhere = closed.visit(closed.front), closed.visit(closed.back)
    closed.admin.ok("unrule", rule=rule)
    after = closed.visit(closed.front)

    assert (before, during, after) == (Reason.NOT_PERMITTED, Reason.MATCH, Reason.NOT_PERMITTED)
    assert elsewhere is Reason.NOT_PERMITTED


def test_a_refusal_by_a_rule_is_told_and_audited_with_its_reason(closed: Site) -> None:
    closed.visit(closed.front)

    told = closed.admin.heard.wait(m.VisitDecided)
    (line,) = audit(closed.world, "deny")

    assert (told.decision, told.reason, told.resident) == (
        Decision.DENY,
        Reason.NOT_PERMITTED,
        None,
    )
    assert line == ("door:front", closed.ann, "front", "not_permitted")


def test_a_schedule_of_a_group_counts_in_the_sites_own_time(closed: Site) -> None:
    closed.admin.ok("group", group="staff", add=[ANN])
    closed.admin.ok("doors", group="house", doors=["front", "back"])
    closed.admin.ok("schedule", schedule="office", windows=OFFICE)
    closed.admin.ok("permit", group="staff", doors="house", schedule="office")

    at_9 = closed.visit(closed.front)
    closed.later(9.5)
    at_18_30 = closed.visit(closed.back)
    closed.admin.ok("holiday", date="2026-01-06", name="Epiphany")
    closed.later(14.5)
    on_the_holiday = closed.visit(closed.front)
    closed.later(24)
    on_wednesday = closed.visit(closed.front)

    assert (at_9, at_18_30) == (Reason.MATCH, Reason.OUT_OF_HOURS)
    assert (on_the_holiday, on_wednesday) == (Reason.OUT_OF_HOURS, Reason.MATCH)


def test_a_changed_schedule_counts_from_the_next_visit_on(closed: Site) -> None:
    closed.admin.ok("schedule", schedule="office", windows=OFFICE)
    closed.admin.ok("permit", everybody=True, everywhere=True, schedule="office")
    before = closed.visit(closed.front)

    late = [{"days": ["mon"], "start": "10:00", "end": "18:00"}]
    closed.admin.ok("schedule", schedule="office", windows=late)

    assert (before, closed.visit(closed.front)) == (Reason.MATCH, Reason.OUT_OF_HOURS)


def test_a_forbid_keeps_out_whom_a_permit_and_the_default_let_in(open_site: Site) -> None:
    before = open_site.visit(open_site.front)
    open_site.admin.ok("permit", card=ANN, everywhere=True)
    open_site.admin.ok("forbid", card=ANN, door="front", valid_until="2026-01-05T12:00")
    during = open_site.visit(open_site.front)
    open_site.later(3)

    assert (before, during) == (Reason.MATCH, Reason.FORBIDDEN)
    assert open_site.visit(open_site.front) is Reason.MATCH


def test_who_leaves_a_group_leaves_its_permits(closed: Site) -> None:
    closed.admin.ok("group", group="staff", add=[ANN])
    closed.admin.ok("permit", group="staff", everywhere=True)
    before = closed.visit(closed.front)
    closed.admin.ok("group", group="staff", remove=[ANN])

    assert (before, closed.visit(closed.front)) == (Reason.MATCH, Reason.NOT_PERMITTED)


def test_students_wait_for_the_first_teacher_of_the_day(closed: Site) -> None:
    closed.world.enrol(closed.admin, closed.front, BEN, BLUE, "Ben")
    closed.admin.ok("group", group="students", add=[ANN])
    closed.admin.ok("group", group="teachers", add=[BEN])
    closed.admin.ok("permit", group="teachers", everywhere=True)
    closed.admin.ok("permit", group="students", door="front", after="teachers")

    early = closed.visit(closed.front)
    elsewhere = closed.visit(closed.back, BLUE)
    still_early = closed.visit(closed.front)
    teacher = closed.visit(closed.front, BLUE)
    student = closed.visit(closed.front)
    closed.later(24)
    next_day = closed.visit(closed.front)

    assert (early, elsewhere, still_early) == (
        Reason.NOBODY_IN_YET,
        Reason.MATCH,
        Reason.NOBODY_IN_YET,
    )
    assert (teacher, student, next_day) == (Reason.MATCH, Reason.MATCH, Reason.NOBODY_IN_YET)


def test_a_door_may_have_a_default_of_its_own(world: World) -> None:
    site = Site(world, default="everybody", doors={"back": "nobody"})

    assert site.visit(site.front) is Reason.MATCH
    assert site.visit(site.back) is Reason.NOT_PERMITTED


# --- anti-passback -------------------------------------------------------------------------------


def watch_vault(site: Site, mode: str) -> None:
    site.admin.ok("passback", name="vault", inside=["front"], outside=["back"], mode=mode)


def test_who_is_in_cannot_come_in_again_before_coming_out(open_site: Site) -> None:
    watch_vault(open_site, "hard")
    doors = [open_site.front, open_site.front, open_site.back, open_site.back, open_site.front]

    reasons = [open_site.visit(door) for door in doors]

    assert reasons == [Reason.MATCH, Reason.PASSBACK, Reason.MATCH, Reason.PASSBACK, Reason.MATCH]


def test_where_somebody_is_outlives_the_brain(open_site: Site) -> None:
    watch_vault(open_site, "hard")
    open_site.visit(open_site.front)

    open_site.world.brains.pop().stop()
    open_site.world.brain(**open_site.settings)

    assert open_site.visit(open_site.front) is Reason.PASSBACK


def test_after_hours_it_is_forgotten_where_somebody_is(open_site: Site) -> None:
    watch_vault(open_site, "hard")
    open_site.visit(open_site.front)
    open_site.later(11.9)
    before = open_site.visit(open_site.front)
    open_site.later(0.2)

    assert (before, open_site.visit(open_site.front)) == (Reason.PASSBACK, Reason.MATCH)


def test_an_administrator_may_have_it_forgotten(open_site: Site) -> None:
    watch_vault(open_site, "hard")
    open_site.visit(open_site.front)
    told = open_site.admin.ok("passback_reset", card=ANN)

    assert told == {"resident": open_site.ann, "areas": 1}
    assert open_site.visit(open_site.front) is Reason.MATCH


def test_a_soft_area_lets_in_and_tells_of_it(open_site: Site) -> None:
    watch_vault(open_site, "soft")
    open_site.visit(open_site.front)
    second = open_site.verdict(open_site.front)

    told = open_site.admin.heard.wait(m.PassbackBroken)

    assert second.reason is Reason.MATCH
    assert told == m.PassbackBroken(
        door="front", visit=second.visit, resident=open_site.ann, area="vault"
    )
    assert audit(open_site.world, "passback_broken") == [
        ("door:front", open_site.ann, "front", "vault")
    ]


@pytest.mark.parametrize("kind", [m.EventKind.NO_ANSWER, m.EventKind.DENIED])
def test_who_was_let_in_by_a_door_that_stayed_shut_may_try_again(
    open_site: Site, kind: m.EventKind
) -> None:
    """The verdict came too late, or the door is locked down: it says so itself."""
    watch_vault(open_site, "hard")
    visit = open_site.verdict(open_site.front).visit
    event = m.DoorEvent(id="1-900", kind=kind, at=1.0, visit=visit, detail="lock_down")
    open_site.front.send(topics.DOOR_EVENT, event)
    open_site.front.ack_of(event.id)

    assert open_site.may()["inside"] == {}
    assert open_site.visit(open_site.front) is Reason.MATCH


def test_what_a_door_says_of_an_earlier_visit_moves_nobody(open_site: Site) -> None:
    watch_vault(open_site, "hard")
    first = open_site.verdict(open_site.front).visit
    refused = open_site.visit(open_site.front)
    for number, visit in ((900, first), (901, first + 1)):
        event = m.DoorEvent(
            id=f"1-{number}", kind=m.EventKind.DENIED, at=1.0, visit=visit, detail="passback"
        )
        open_site.front.send(topics.DOOR_EVENT, event)
        open_site.front.ack_of(event.id)

    assert refused is Reason.PASSBACK
    assert open_site.visit(open_site.front) is Reason.PASSBACK


def test_a_visit_that_the_door_gave_up_before_the_verdict_moves_nobody(open_site: Site) -> None:
    watch_vault(open_site, "hard")
    event = m.DoorEvent(id="1-900", kind=m.EventKind.NO_ANSWER, at=1.0, visit=1, detail="late")
    open_site.front.send(topics.DOOR_EVENT, event)
    open_site.front.ack_of(event.id)

    late, again = open_site.verdict(open_site.front), open_site.visit(open_site.front)

    assert (late.visit, late.reason, again) == (1, Reason.MATCH, Reason.MATCH)
    assert open_site.visit(open_site.front) is Reason.PASSBACK


def test_a_refused_visit_leaves_everybody_where_they_are(closed: Site) -> None:
    watch_vault(closed, "hard")
    closed.visit(closed.front)  # not permitted, so not in
    closed.admin.ok("permit", everybody=True, everywhere=True)

    assert closed.visit(closed.front) is Reason.MATCH


def test_a_repeated_burst_moves_nobody(open_site: Site) -> None:
    watch_vault(open_site, "hard")
    burst = open_site.front.burst([painted(RED) for _ in range(20)], 50)
    open_site.front.send(topics.RECOGNIZE, burst)
    first = open_site.front.verdict_for(burst)
    before = len(open_site.front.heard.of(m.Verdict))
    open_site.front.send(topics.RECOGNIZE, burst)
    again = open_site.front.heard.wait(m.Verdict, after=before)

    assert first == again
    assert again.reason is Reason.MATCH
    assert len(audit(open_site.world, "grant")) == 1


def test_where_somebody_is_is_kept_with_the_verdict_or_not_at_all(open_site: Site) -> None:
    """One transaction: what is undone leaves no trace of either."""
    watch_vault(open_site, "hard")
    open_site.visit(open_site.front)
    brain = open_site.world.brains.pop()
    brain.stop()
    store: SqlStore = brain._parts.store  # type: ignore[assignment]  # its own
    store.start()
    admission = Admission(open_site.world.clock, ZoneInfo(ZONE))
    ann = Resident(open_site.ann, "Ann", ANN)

    with contextlib.suppress(DiskFullError), store.work() as work:
        assert admission.admit(work, ann, "back").reason is None
        assert not work.access.standings(ann.id)["vault"].inside
        raise DiskFullError
    with store.work() as work:
        inside = work.access.standings(ann.id)["vault"].inside
    store.stop()

    assert inside


class DiskFullError(Exception):
    """Something that undoes a transaction."""


# --- asking --------------------------------------------------------------------------------------


def test_may_says_why_somebody_cannot_get_in_and_when_they_can(closed: Site) -> None:
    closed.admin.ok("group", group="staff", add=[ANN])
    closed.admin.ok("schedule", schedule="office", windows=OFFICE)
    rule = closed.admin.ok("permit", group="staff", door="front", schedule="office")["rule"]

    now, at_night, there = closed.may(), closed.may(at="2026-01-05T22:00"), closed.may(door="back")

    assert now | {"why": ""} == {
        "resident": closed.ann,
        "door": "front",
        "at": "2026-01-05T09:00+01:00",
        "may": True,
        "reason": None,
        "why": "",
        "rule": rule,
        "until": "2026-01-05T18:00+01:00",
        "areas": [],
        "enrolled": True,
        "groups": ["staff"],
        "inside": {},
    }
    assert (at_night["may"], at_night["reason"], at_night["rule"]) == (False, "out_of_hours", rule)
    assert "other times" in at_night["why"]
    assert (there["reason"], there["rule"]) == ("not_permitted", None)


def test_may_moves_nobody(open_site: Site) -> None:
    watch_vault(open_site, "hard")

    asked = [open_site.may() for _ in range(3)]

    assert [one["may"] for one in asked] == [True] * 3
    assert open_site.visit(open_site.front) is Reason.MATCH
    assert (open_site.may()["reason"], open_site.may()["areas"]) == ("passback", ["vault"])
    assert open_site.may()["inside"] == {
        "vault": {"inside": True, "since": "2026-01-05T09:00+01:00"}
    }


def test_show_tells_groups_and_rules(closed: Site) -> None:
    closed.admin.ok("group", group="staff", add=[ANN])
    rules = [
        closed.admin.ok("permit", group="staff", door="front")["rule"],
        closed.admin.ok("forbid", card=ANN, door="back")["rule"],
    ]
    closed.admin.ok("permit", everybody=True, everywhere=True)

    shown = closed.admin.ok("show", card=ANN)

    assert shown["groups"] == ["staff"]
    assert [rule["rule"] for rule in shown["rules"]] == rules


def test_rules_are_listed_as_they_were_asked_for_and_narrowed_down(closed: Site) -> None:
    closed.admin.ok("group", group="staff", add=[ANN])
    closed.admin.ok("doors", group="house", doors=["front"])
    closed.admin.ok("schedule", schedule="office", windows=OFFICE)
    asked: list[dict[str, Any]] = [
        {"group": "staff", "doors": "house", "schedule": "office", "after": "staff"},
        {"card": ANN, "everywhere": True, "valid_from": "2026-01-01", "valid_until": "2026-02-01"},
        {"everybody": True, "door": "back"},
    ]
    numbers = [closed.admin.ok("permit", **fields)["rule"] for fields in asked]

    def listed(**fields: Any) -> list[int]:
        rules = closed.admin.ok("rules", **fields)["rules"]
        return [rule["rule"] for rule in rules]

    every = closed.admin.ok("rules")
    second = {"op": "permit", "rule": numbers[1], "resident": closed.ann}
    assert every["total"] == 3
    assert every["rules"][0] == {"op": "permit", "rule": numbers[0]} | asked[0]
    assert every["rules"][1] == second | asked[1]
    assert listed(card=ANN) == numbers[:2]
    assert listed(group="staff") == numbers[:1]
    assert listed(door="front") == numbers[:2]
    assert listed(offset=1, limit=1) == numbers[1:2]


def test_a_rules_number_is_never_given_twice(closed: Site) -> None:
    first = closed.admin.ok("permit", everybody=True, everywhere=True)["rule"]
    closed.admin.ok("unrule", rule=first)

    assert closed.admin.ok("permit", everybody=True, everywhere=True)["rule"] == first + 1


def test_access_shows_everything_that_rules_can_name(closed: Site) -> None:
    closed.admin.ok("group", group="staff", add=[ANN])
    closed.admin.ok("group", group="nobody-yet")
    closed.admin.ok("doors", group="house", doors=["front", "back"])
    closed.admin.ok("schedule", schedule="office", windows=OFFICE)
    closed.admin.ok("holiday", date="2026-12-25", name="Christmas")
    watch_vault(closed, "soft")

    assert closed.admin.ok("access") == {
        "timezone": ZONE,
        "default": "nobody",
        "defaults": {},
        "groups": {"nobody-yet": 0, "staff": 1},
        "doors": {"house": ["back", "front"]},
        "schedules": {"office": [OFFICE[0] | {"next_day": False}]},
        "holidays": {"2026-12-25": "Christmas"},
        "passback": {
            "vault": {"inside": ["front"], "outside": ["back"], "mode": "soft", "forget_h": 12.0}
        },
    }
    assert closed.admin.ok("members", group="staff")["members"] == [
        {"resident": closed.ann, "name": "Ann", "card": ANN}
    ]


# --- removal -------------------------------------------------------------------------------------


def test_who_is_removed_leaves_groups_rules_and_areas_but_groups_keep_their_names(
    open_site: Site,
) -> None:
    watch_vault(open_site, "hard")
    open_site.admin.ok("group", group="staff", add=[ANN])
    open_site.admin.ok("permit", card=ANN, door="front")
    open_site.admin.ok("permit", group="staff", door="front")
    open_site.visit(open_site.front)

    open_site.admin.ok("remove", card=ANN)

    rules = open_site.admin.ok("rules")["rules"]
    assert open_site.admin.ok("access")["groups"] == {"staff": 0}
    assert [rule.get("group") for rule in rules] == ["staff"]
    assert rows(open_site.world, "SELECT * FROM member") == []
    assert rows(open_site.world, "SELECT * FROM place") == []
    assert rows(open_site.world, "SELECT * FROM rule WHERE resident IS NOT NULL") == []


# --- several brains ------------------------------------------------------------------------------


def test_a_rule_counts_at_once_where_another_brain_serves_the_door(world: World) -> None:
    site = Site(world, default="nobody")
    other = SqlStore(site.world.settings().database_url, KEYS)
    other.start(upgrade=False)
    deputy = Admission(world.clock, ZoneInfo(ZONE), Default.NOBODY)
    ann = Resident(site.ann, "Ann", ANN)

    def asked() -> Reason | None:
        with other.work() as work:
            return deputy.would(work, ann, "front").reason

    before = asked()
    rule = site.admin.ok("permit", card=ANN, door="front")["rule"]
    during = asked()
    site.admin.ok("unrule", rule=rule)
    after = asked()
    other.stop()

    assert (before, during, after) == (Reason.NOT_PERMITTED, None, Reason.NOT_PERMITTED)


# --- what is refused -----------------------------------------------------------------------------

WINDOW = {"days": ["mon"], "start": "10:00", "end": "09:00"}
RULE = {"everybody": True, "everywhere": True}
MISTAKES: list[tuple[str, dict[str, Any], ErrorCode, str]] = [
    ("permit", {"card": ANN, "door": "side"}, ErrorCode.UNKNOWN_DOOR, "side"),
    ("permit", {"card": BEN, "door": "front"}, ErrorCode.UNKNOWN_CARD, "card"),
    ("permit", {"group": "x", "door": "front"}, ErrorCode.UNKNOWN_GROUP, "`group`"),
    ("permit", {"card": ANN, "doors": "x"}, ErrorCode.UNKNOWN_GROUP, "`doors`"),
    ("permit", RULE | {"schedule": "x"}, ErrorCode.UNKNOWN_SCHEDULE, "`schedule`"),
    ("permit", RULE | {"after": "x"}, ErrorCode.UNKNOWN_GROUP, "`after`"),
    ("permit", {"door": "front"}, ErrorCode.BAD_REQUEST, "exactly one of `card`"),
    ("permit", {"card": ANN}, ErrorCode.BAD_REQUEST, "exactly one of `door`"),
    ("permit", RULE | {"card": ANN}, ErrorCode.BAD_REQUEST, "exactly one of `card`"),
    (
        "permit",
        RULE | {"valid_from": "2026-02-01", "valid_until": "2026-01-31"},
        ErrorCode.BAD_REQUEST,
        "`valid_until`",
    ),
    ("permit", RULE | {"valid_from": "2026-02-30"}, ErrorCode.BAD_REQUEST, "valid_from"),
    ("forbid", RULE | {"after": "staff"}, ErrorCode.BAD_REQUEST, "after"),
    ("unrule", {"rule": 99}, ErrorCode.UNKNOWN_RULE, "99"),
    ("schedule", {"schedule": "s", "windows": [WINDOW]}, ErrorCode.BAD_REQUEST, "`end`"),
    ("schedule", {"schedule": "s", "windows": []}, ErrorCode.BAD_REQUEST, "windows"),
    ("unschedule", {"schedule": "x"}, ErrorCode.UNKNOWN_SCHEDULE, "`schedule`"),
    ("unschedule", {"schedule": "office"}, ErrorCode.IN_USE, "1"),
    ("group", {"group": "new", "add": [ANN, BEN]}, ErrorCode.UNKNOWN_CARD, "place 2"),
    ("group", {"group": "new", "remove": [BEN]}, ErrorCode.UNKNOWN_CARD, "`remove`"),
    ("group", {"group": "A B"}, ErrorCode.BAD_REQUEST, "group"),
    ("group", {"group": "g", "add": [ANN], "remove": [ANN]}, ErrorCode.BAD_REQUEST, "`remove`"),
    ("ungroup", {"group": "x"}, ErrorCode.UNKNOWN_GROUP, "`group`"),
    ("ungroup", {"group": "staff"}, ErrorCode.IN_USE, "1"),
    ("members", {"group": "x"}, ErrorCode.UNKNOWN_GROUP, "`group`"),
    ("doors", {"group": "new", "doors": ["front", "side"]}, ErrorCode.UNKNOWN_DOOR, "side"),
    ("doors", {"group": "all", "doors": ["front"]}, ErrorCode.BAD_REQUEST, "another name"),
    ("doors", {"group": "new", "doors": []}, ErrorCode.BAD_REQUEST, "doors"),
    ("undoors", {"group": "house"}, ErrorCode.IN_USE, "1"),
    ("undoors", {"group": "x"}, ErrorCode.UNKNOWN_GROUP, "`group`"),
    ("holiday", {"date": "2026-12-25", "name": "Again"}, ErrorCode.NAME_TAKEN, "`date`"),
    ("holiday", {"date": "2026-13-01"}, ErrorCode.BAD_REQUEST, "date"),
    ("unholiday", {"date": "2026-12-26"}, ErrorCode.UNKNOWN_HOLIDAY, "`date`"),
    (
        "passback",
        {"name": "v", "inside": ["front"], "outside": ["side"], "mode": "hard"},
        ErrorCode.UNKNOWN_DOOR,
        "`outside`",
    ),
    (
        "passback",
        {"name": "v", "inside": ["front"], "outside": ["front"], "mode": "hard"},
        ErrorCode.BAD_REQUEST,
        "`outside`",
    ),
    (
        "passback",
        {"name": "v", "inside": ["front"], "outside": ["back"], "mode": "firm"},
        ErrorCode.BAD_REQUEST,
        "mode",
    ),
    ("unpassback", {"name": "x"}, ErrorCode.UNKNOWN_PASSBACK, "`name`"),
    ("passback_reset", {"card": BEN}, ErrorCode.UNKNOWN_CARD, "card"),
    ("may", {"card": ANN, "door": "side"}, ErrorCode.UNKNOWN_DOOR, "side"),
    ("may", {"card": BEN, "door": "front"}, ErrorCode.UNKNOWN_CARD, "card"),
    ("may", {"card": ANN, "door": "front", "at": "noon"}, ErrorCode.BAD_REQUEST, "at"),
    ("rules", {"door": "side"}, ErrorCode.UNKNOWN_DOOR, "side"),
]


def test_every_mistake_names_its_field_and_changes_nothing(world: World) -> None:
    """All in one site: each leaves everything as the one before found it."""
    world.brain(timezone=ZONE)
    admin = world.admin()
    admin.ok("add", name="Ann", card=ANN)
    admin.ok("group", group="staff", add=[ANN])
    admin.ok("doors", group="house", doors=["front"])
    admin.ok("schedule", schedule="office", windows=OFFICE)
    admin.ok("holiday", date="2026-12-25", name="Christmas")
    admin.ok("permit", group="staff", doors="house", schedule="office")
    before = (admin.ok("access"), admin.ok("rules"), rows(world, "SELECT * FROM access"))

    for op, fields, code, named in MISTAKES:
        told = admin.refused(op, **fields)

        assert (op, told.code) == (op, code), told.error
        assert named in told.error, told.error
        assert ANN not in told.error
        assert BEN not in told.error

    after = (admin.ok("access"), admin.ok("rules"), rows(world, "SELECT * FROM access"))
    assert after == before


def test_what_no_rule_names_any_more_can_be_deleted(world: World) -> None:
    world.brain()
    admin = world.admin()
    admin.ok("group", group="staff")
    admin.ok("doors", group="house", doors=["front"])
    admin.ok("schedule", schedule="office", windows=OFFICE)
    rule = admin.ok("permit", group="staff", doors="house", schedule="office")["rule"]
    admin.ok("unrule", rule=rule)

    admin.ok("ungroup", group="staff")
    admin.ok("undoors", group="house")
    admin.ok("unschedule", schedule="office")

    names = admin.ok("access")
    assert (names["groups"], names["doors"], names["schedules"]) == ({}, {}, {})


def test_a_repeated_request_makes_no_second_rule(world: World) -> None:
    world.brain()
    admin = world.admin()

    first = admin.ok("permit", transaction="once", everybody=True, everywhere=True)
    again = admin.ok("permit", transaction="once", everybody=True, everywhere=True)

    assert (first, admin.ok("rules")["total"]) == (again, 1)


# --- the database, as another program sees it ----------------------------------------------------


def rows(world: World, query: str) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(world.folder / "data" / "doorward.sqlite")
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def audit(world: World, what: str) -> list[tuple[Any, ...]]:
    query = f"SELECT actor, resident, door, reason FROM audit WHERE what = '{what}'"  # noqa: S608  # our own
    return rows(world, query)
