"""Access rules in the database, and what is known of people at the moment of a decision."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import (
    Default,
    Effect,
    Mode,
    Passback,
    Resident,
    Rule,
    Standing,
)
from brain.errors import StoreError
from brain.rules_admission import Admission
from brain.store_ports import Work
from doorbus.messages import Reason, Schedule, Window

ZONE = ZoneInfo("Europe/Berlin")
ANN = Resident("r-a", "Ann", "000000000001")
BEN = Resident("r-b", "Ben", "000000000002")
OFFICE = Schedule(
    name="office",
    windows=(
        Window(days=("mon", "fri"), start="08:00", end="18:00"),
        Window(days=("holiday",), start="22:00", end="02:00", next_day=True),
    ),
)
VAULT = Passback("vault", frozenset({"in"}), frozenset({"out"}), Mode.HARD, 12 * 3600.0)
RULE = Rule(0, Effect.PERMIT, resident="r-a", door="front")
MONDAY_9 = datetime(2026, 1, 5, 9, tzinfo=ZONE).timestamp()
HOUR, DAY = 3600.0, 24 * 3600.0


class SetClock:
    """Shows what a test sets."""

    def __init__(self) -> None:
        self.now = MONDAY_9

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    with store.work() as work:
        work.residents.add(ANN)
        work.residents.add(BEN)
    yield store
    store.stop()


@pytest.fixture
def work(store: SqlStore) -> Iterator[Work]:
    with store.work() as work:
        yield work


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def admission(clock: SetClock) -> Admission:
    return Admission(clock, ZONE, Default.NOBODY)


# --- what is kept --------------------------------------------------------------------------------


def test_everything_comes_back_as_it_was_kept(work: Work) -> None:
    work.access.add_group("staff")
    work.access.set_doors("house", ["front", "back", "front"])
    work.access.set_schedule(OFFICE)
    work.access.add_holiday("2026-12-25", "Christmas")
    work.access.set_passback(VAULT)
    rules = [
        RULE,
        Rule(0, Effect.FORBID, group="staff", doors="house", schedule="office"),
        Rule(0, Effect.PERMIT, valid_from="2026-01-01", valid_until="2026-02-01T12:00"),
        Rule(0, Effect.PERMIT, after="staff"),
    ]
    numbers = [work.access.add_rule(rule) for rule in rules]

    site = work.access.site()

    assert site.rules == tuple(
        replace(rule, number=number) for rule, number in zip(rules, numbers, strict=True)
    )
    assert site.schedules == {"office": OFFICE}
    assert site.holidays == {date(2026, 12, 25)}
    assert site.doors == {"house": {"front", "back"}}
    assert work.access.doors_of("house") == ("back", "front")
    assert work.access.doors_of("garden") is None
    assert site.areas == (VAULT,)


def test_what_is_set_again_takes_the_place_of_what_was(work: Work) -> None:
    shorter = Schedule(name="office", windows=OFFICE.windows[:1])
    work.access.set_schedule(OFFICE)
    work.access.set_schedule(shorter)
    work.access.set_doors("house", ["front"])
    work.access.set_doors("house", ["back"])
    work.access.set_passback(VAULT)
    work.access.set_passback(replace(VAULT, mode=Mode.SOFT))

    site = work.access.site()

    assert site.schedules == {"office": shorter}
    assert site.doors == {"house": {"back"}}
    assert [area.mode for area in site.areas] == [Mode.SOFT]


def test_joining_and_leaving_twice_is_harmless(work: Work) -> None:
    for _ in range(2):
        work.access.add_group("staff")
        work.access.join("staff", ["r-a", "r-b"])
    both = work.access.groups()
    for _ in range(2):
        work.access.leave("staff", ["r-a"])

    assert both == {"staff": 2}
    assert work.access.members("staff", 0, 10) == [BEN]
    assert work.access.groups_of("r-a") == frozenset()
    assert work.access.groups_of("r-b") == {"staff"}


def test_members_are_told_by_pages(work: Work) -> None:
    work.access.add_group("staff")
    work.access.join("staff", ["r-b", "r-a"])

    pages = [work.access.members("staff", offset, 1) for offset in range(3)]

    assert pages == [[ANN], [BEN], []]


def test_a_rules_number_is_never_given_twice(store: SqlStore) -> None:
    with store.work() as work:
        first = work.access.add_rule(RULE)
        assert work.access.drop_rule(first)
        assert not work.access.drop_rule(first)
    store.stop()
    store.start()

    with store.work() as work:
        assert work.access.add_rule(RULE) == first + 1


def test_who_is_erased_leaves_groups_rules_and_areas_and_all_brains_hear_of_it(
    store: SqlStore,
) -> None:
    with store.work() as work:
        work.access.add_group("staff")
        work.access.join("staff", ["r-a", "r-b"])
        work.access.add_rule(RULE)
        work.access.set_passback(VAULT)
        work.access.stand("r-a", {"vault": Standing(inside=True, at=1.0)})
        before = work.access.version()

    with store.work() as work:
        work.residents.erase("r-a")

    with store.work() as work:
        assert work.access.version() > before
        assert work.access.groups() == {"staff": 1}
        assert work.access.site().rules == ()
        assert work.access.standings("r-a") == {}


def test_a_group_that_a_rule_names_cannot_be_deleted_behind_its_back(store: SqlStore) -> None:
    """Requests are refused before; this is the database's own word."""
    with store.work() as work:
        work.access.add_group("staff")
        work.access.add_rule(Rule(0, Effect.PERMIT, group="staff"))

    with pytest.raises(StoreError) as refused, store.work() as work:
        work.access.drop_group("staff")

    assert isinstance(refused.value.__cause__, IntegrityError)


def test_an_area_that_is_watched_no_more_forgets_who_is_in(work: Work) -> None:
    work.access.set_passback(VAULT)
    work.access.stand("r-a", {"vault": Standing(inside=True, at=1.0)})

    work.access.drop_passback("vault")

    assert work.access.standings("r-a") == {}


# --- what is known at the moment of a decision ---------------------------------------------------


def permit(work: Work, **fields: str) -> None:
    work.access.add_rule(Rule(0, Effect.PERMIT, **fields))
    work.access.changed()


def test_a_change_counts_from_its_own_transaction_on(work: Work, admission: Admission) -> None:
    before = admission.would(work, ANN, "front").reason
    permit(work, door="front")

    assert (before, admission.would(work, ANN, "front").reason) == (Reason.NOT_PERMITTED, None)


def test_rules_are_read_again_only_when_they_changed(work: Work, admission: Admission) -> None:
    first, again = admission.book(work), admission.book(work)
    permit(work)

    assert first is again
    assert admission.book(work) is not first


def test_asking_notes_nothing(work: Work, admission: Admission) -> None:
    work.access.add_group("staff")
    work.access.join("staff", ["r-a"])
    work.access.set_passback(VAULT)
    permit(work)

    assert admission.would(work, ANN, "in").reason is None

    assert work.access.standings("r-a") == {}
    assert work.access.came_in(["staff"], "2026-01-05") == {}


def test_letting_in_notes_where_and_whose_group(work: Work, admission: Admission) -> None:
    work.access.add_group("staff")
    work.access.join("staff", ["r-a"])
    work.access.set_passback(VAULT)
    permit(work)

    assert admission.admit(work, ANN, "in").reason is None

    assert work.access.standings("r-a") == {"vault": Standing(inside=True, at=MONDAY_9)}
    assert work.access.came_in(["staff"], "2026-01-05") == {"staff": {"in"}}
    assert work.access.came_in(["staff"], "2026-01-06") == {}


def test_a_refusal_notes_nothing(work: Work, admission: Admission) -> None:
    work.access.set_passback(VAULT)
    work.access.changed()

    assert admission.admit(work, ANN, "in").reason is Reason.NOT_PERMITTED

    assert work.access.standings("r-a") == {}


def test_the_day_of_a_first_person_is_the_sites_own(
    work: Work, admission: Admission, clock: SetClock
) -> None:
    """Half an hour after midnight in Berlin it is still the day before in London."""
    work.access.add_group("staff")
    work.access.join("staff", ["r-a"])
    permit(work, group="staff")
    permit(work, door="front", after="staff")
    clock.now = datetime(2026, 1, 5, 23, 45, tzinfo=ZONE).timestamp()
    admission.admit(work, ANN, "front")
    same_day = admission.would(work, BEN, "front").reason
    clock.now += HOUR

    assert (same_day, admission.would(work, BEN, "front").reason) == (None, Reason.NOBODY_IN_YET)


def test_somebody_removed_or_disabled_is_refused_whatever_rules_say(
    work: Work, admission: Admission
) -> None:
    permit(work)

    told = [
        admission.admit(work, one, "front").reason for one in (None, replace(ANN, enabled=False))
    ]

    assert told == [Reason.UNKNOWN, Reason.DISABLED]


@pytest.mark.parametrize("order", list(itertools.permutations([-3, -2, -1])))
def test_what_doors_tell_late_and_in_any_order_ends_with_the_latest(
    work: Work, admission: Admission, order: tuple[int, ...]
) -> None:
    """Events of a door that was on its own arrive when it is back."""
    doors = {-3: "in", -2: "out", -1: "in"}
    work.access.set_passback(VAULT)
    work.access.changed()

    for hours in order:
        admission.came_in(work, "r-a", doors[hours], MONDAY_9 + hours * HOUR)

    assert work.access.standings("r-a")["vault"] == Standing(inside=True, at=MONDAY_9 - HOUR)


def test_a_door_that_tells_of_yesterday_opens_nothing_today(
    work: Work, admission: Admission
) -> None:
    work.access.add_group("staff")
    work.access.join("staff", ["r-a"])
    permit(work, door="front", after="staff")

    admission.came_in(work, "r-a", "front", MONDAY_9 - DAY)
    yesterday = admission.would(work, BEN, "front").reason
    admission.came_in(work, "r-a", "front", MONDAY_9 - HOUR)

    assert (yesterday, admission.would(work, BEN, "front").reason) == (Reason.NOBODY_IN_YET, None)
