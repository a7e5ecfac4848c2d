"""Who may enter where and when, and the reason where somebody may not."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.access import (
    Book,
    Default,
    Effect,
    Facts,
    Mode,
    Passback,
    Resident,
    Rule,
    Ruling,
    Second,
    Site,
    Standing,
    concerning,
    objection,
    passed,
    ruling,
)
from doorbus.messages import Reason, Schedule, Window

ZONE = ZoneInfo("Europe/Berlin")
ANN = Resident("r-a", "Ann", "000000000001")
HOURS = Schedule(
    name="hours", windows=(Window(days=("mon", "tue", "wed"), start="08:00", end="18:00"),)
)
MORNING, NIGHT = (
    datetime(2026, 1, 5, 9, tzinfo=ZONE),  # a Monday
    datetime(2026, 1, 5, 22, tzinfo=ZONE),
)
VAULT = Passback("vault", frozenset({"in"}), frozenset({"out"}), Mode.HARD, 12 * 3600.0)


def permit(number: int = 1, **fields: str) -> Rule:
    return Rule(number, Effect.PERMIT, **fields)


def forbid(number: int = 1, **fields: str) -> Rule:
    return Rule(number, Effect.FORBID, **fields)


def book(*rules: Rule, default: Default = Default.NOBODY, areas: tuple[Passback, ...] = ()) -> Book:
    site = Site(
        rules=rules,
        schedules={"hours": HOURS},
        holidays=frozenset({date(2026, 1, 6)}),
        doors={"labs": frozenset({"lab-1", "lab-2"})},
        areas=areas,
    )
    return Book(site, ZONE, default)


# --- the table -----------------------------------------------------------------------------------


NOTHING = Facts()


@dataclass(frozen=True)
class Case:
    told: Reason | None
    rules: tuple[Rule, ...] = ()
    facts: Facts = NOTHING
    at: datetime = MORNING
    door: str = "lab-1"
    default: Default = Default.NOBODY
    areas: tuple[Passback, ...] = ()
    resident: Resident | None = ANN


def inside(hours_ago: float, *, inside: bool = True) -> Facts:
    return Facts(standings={"vault": Standing(inside, MORNING.timestamp() - hours_ago * 3600)})


STUDENT = Facts(groups=frozenset({"students"}))
CASES = {
    "somebody removed meanwhile": Case(Reason.UNKNOWN, (permit(),), resident=None),
    "disabled, though permitted": Case(
        Reason.DISABLED, (permit(),), resident=replace(ANN, enabled=False)
    ),
    "no rules, everybody by default": Case(None, default=Default.EVERYBODY),
    "no rules, nobody by default": Case(Reason.NOT_PERMITTED),
    "everybody everywhere": Case(None, (permit(),)),
    "the person": Case(None, (permit(resident="r-a"),)),
    "another person": Case(Reason.NOT_PERMITTED, (permit(resident="r-b"),)),
    "their group": Case(None, (permit(group="students"),), STUDENT),
    "another group": Case(Reason.NOT_PERMITTED, (permit(group="teachers"),), STUDENT),
    "the door": Case(None, (permit(door="lab-1"),)),
    "another door": Case(Reason.NOT_PERMITTED, (permit(door="lab-2"),)),
    "a group of doors": Case(None, (permit(doors="labs"),)),
    "a door outside the group": Case(Reason.NOT_PERMITTED, (permit(doors="labs"),), door="front"),
    "within hours": Case(None, (permit(schedule="hours"),)),
    "out of hours": Case(Reason.OUT_OF_HOURS, (permit(schedule="hours"),), at=NIGHT),
    "on a holiday": Case(
        Reason.OUT_OF_HOURS, (permit(schedule="hours"),), at=MORNING + timedelta(days=1)
    ),
    "not yet valid": Case(Reason.NOT_VALID_YET, (permit(valid_from="2026-01-06"),)),
    "valid since today": Case(None, (permit(valid_from="2026-01-05"),)),
    "valid since this minute": Case(None, (permit(valid_from="2026-01-05T09:00"),)),
    "not valid for a minute": Case(Reason.NOT_VALID_YET, (permit(valid_from="2026-01-05T09:01"),)),
    "valid through today": Case(None, (permit(valid_until="2026-01-05"),)),
    "valid before this minute": Case(
        Reason.NO_LONGER_VALID, (permit(valid_until="2026-01-05T09:00"),)
    ),
    "no longer valid": Case(Reason.NO_LONGER_VALID, (permit(valid_until="2026-01-04"),)),
    "a forbid wins": Case(Reason.FORBIDDEN, (permit(resident="r-a"), forbid(2))),
    "a forbid of the group wins": Case(
        Reason.FORBIDDEN, (permit(resident="r-a"), forbid(2, group="students")), STUDENT
    ),
    "a forbid wins over the default": Case(
        Reason.FORBIDDEN, (forbid(),), default=Default.EVERYBODY
    ),
    "a forbid at other times": Case(None, (permit(), forbid(2, schedule="hours")), at=NIGHT),
    "a forbid that ended": Case(None, (permit(), forbid(2, valid_until="2026-01-04"))),
    "a forbid elsewhere": Case(None, (permit(), forbid(2, door="front"))),
    "one of two permits": Case(None, (permit(schedule="hours"), permit(2)), at=NIGHT),
    "nobody of the group in yet": Case(
        Reason.NOBODY_IN_YET, (permit(group="students", after="teachers"),), STUDENT
    ),
    "a teacher came in": Case(
        None,
        (permit(group="students", after="teachers", door="lab-1"),),
        replace(STUDENT, came_in={"teachers": frozenset({"lab-1"})}),
    ),
    "a teacher came in elsewhere": Case(
        Reason.NOBODY_IN_YET,
        (permit(group="students", after="teachers", door="lab-1"),),
        replace(STUDENT, came_in={"teachers": frozenset({"front"})}),
    ),
    "a teacher came in at another door of the group": Case(
        None,
        (permit(group="students", after="teachers", doors="labs"),),
        replace(STUDENT, came_in={"teachers": frozenset({"lab-2"})}),
    ),
    "a teacher came in anywhere": Case(
        None,
        (permit(after="teachers"),),
        Facts(came_in={"teachers": frozenset({"front"})}),
    ),
    "the teacher need not wait": Case(
        None, (permit(after="teachers"),), Facts(groups=frozenset({"teachers"}))
    ),
    "the nearest lack is told: hours before validity": Case(
        Reason.OUT_OF_HOURS,
        (permit(valid_until="2026-01-01"), permit(2, schedule="hours")),
        at=NIGHT,
    ),
    "the nearest lack is told: the first person before hours": Case(
        Reason.NOBODY_IN_YET, (permit(schedule="hours"), permit(2, after="teachers")), at=NIGHT
    ),
    "a second factor that was given": Case(None, (permit(),), Facts(second=Second())),
    "a second factor that was not": Case(
        Reason.SECOND_FACTOR, (permit(),), Facts(second=Second(Reason.SECOND_FACTOR))
    ),
    "who is not permitted is not told of the second factor": Case(
        Reason.NOT_PERMITTED, (), Facts(second=Second(Reason.WRONG_SECOND_FACTOR))
    ),
    "in twice": Case(Reason.PASSBACK, (permit(),), inside(1), door="in", areas=(VAULT,)),
    "in and out": Case(None, (permit(),), inside(1), door="out", areas=(VAULT,)),
    "out twice": Case(
        Reason.PASSBACK, (permit(),), inside(1, inside=False), door="out", areas=(VAULT,)
    ),
    "in again after coming out": Case(
        None, (permit(),), inside(1, inside=False), door="in", areas=(VAULT,)
    ),
    "nobody knows where they are: in": Case(None, (permit(),), door="in", areas=(VAULT,)),
    "nobody knows where they are: out": Case(None, (permit(),), door="out", areas=(VAULT,)),
    "in twice, but that is forgotten": Case(
        None, (permit(),), inside(12), door="in", areas=(VAULT,)
    ),
    "in twice, by a clock that was far ahead": Case(
        None, (permit(),), inside(-13), door="in", areas=(VAULT,)
    ),
    "in twice, softly": Case(
        None, (permit(),), inside(1), door="in", areas=(replace(VAULT, mode=Mode.SOFT),)
    ),
    "in twice at a door of no area": Case(None, (permit(),), inside(1), areas=(VAULT,)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_table(case: Case) -> None:
    rules = book(*case.rules, default=case.default, areas=case.areas)

    assert objection(case.resident, case.door, case.at, case.facts, rules) is case.told


def test_the_table_has_every_reason_that_rules_give() -> None:
    given_by_rules = {
        Reason.UNKNOWN,
        Reason.DISABLED,
        Reason.NOT_PERMITTED,
        Reason.FORBIDDEN,
        Reason.OUT_OF_HOURS,
        Reason.NOT_VALID_YET,
        Reason.NO_LONGER_VALID,
        Reason.NOBODY_IN_YET,
        Reason.SECOND_FACTOR,
        Reason.PASSBACK,
    }

    assert {case.told for case in CASES.values()} == given_by_rules | {None}


# --- what is told besides ------------------------------------------------------------------------


def test_the_rule_that_decided_is_named_and_when_it_ends() -> None:
    rules = book(permit(3, schedule="hours", valid_until="2026-01-05T12:30"))

    told = ruling(ANN, "front", MORNING, Facts(), rules)

    assert (told.rule, told.until) == (3, datetime(2026, 1, 5, 12, 30, tzinfo=ZONE))


def test_the_rule_that_came_nearest_is_named() -> None:
    rules = book(permit(3, valid_until="2026-01-01"), permit(4, schedule="hours"))

    assert ruling(ANN, "front", NIGHT, Facts(), rules) == Ruling(Reason.OUT_OF_HOURS, 4)


def test_a_soft_area_lets_in_and_is_named() -> None:
    rules = book(permit(), areas=(replace(VAULT, mode=Mode.SOFT),))

    told = ruling(ANN, "in", MORNING, inside(1), rules)

    assert (told.reason, told.areas) == (None, ("vault",))


def test_a_default_of_one_door_holds_there_alone() -> None:
    rules = Book(Site(), ZONE, Default.EVERYBODY, {"vault": Default.NOBODY})

    told = [objection(ANN, door, MORNING, Facts(), rules) for door in ("front", "vault")]

    assert told == [None, Reason.NOT_PERMITTED]


def test_rules_about_a_person_are_found_with_those_of_their_groups() -> None:
    rules = [
        permit(1),
        permit(2, resident="r-a"),
        permit(3, group="students"),
        permit(4, group="others"),
    ]

    found = concerning(rules, "r-a", frozenset({"students"}))

    assert [rule.number for rule in found] == [2, 3]


def test_a_validity_of_local_days_follows_the_clock_of_the_site() -> None:
    """The day on which clocks go forward has 23 hours, and is over at its own midnight."""
    rules = book(permit(valid_from="2026-03-29", valid_until="2026-03-29"))
    first = datetime(2026, 3, 29, 0, 0, tzinfo=ZONE)
    over = datetime(2026, 3, 30, 0, 0, tzinfo=ZONE)

    def may(moment: datetime) -> bool:
        return objection(ANN, "front", moment, Facts(), rules) is None

    assert over.timestamp() - first.timestamp() == 23 * 3600
    assert [may(first), may(over)] == [True, False]
    assert not may((first.astimezone(UTC) - timedelta(seconds=1)).astimezone(ZONE))
    assert may((over.astimezone(UTC) - timedelta(seconds=1)).astimezone(ZONE))


# --- properties ----------------------------------------------------------------------------------

GROUPS, DOORS = ("students", "teachers", "staff"), ("lab-1", "lab-2", "front", "in", "out")
MOMENTS = st.integers(0, 13 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=ZONE) + timedelta(minutes=minutes)
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    who = draw(
        st.sampled_from([{}, {"resident": "r-a"}, {"resident": "r-b"}])
        | st.sampled_from(GROUPS).map(lambda group: {"group": group})
    )
    where = draw(
        st.sampled_from([{}, {"doors": "labs"}])
        | st.sampled_from(DOORS).map(lambda door: {"door": door})
    )
    when = draw(st.sampled_from([{}, {"schedule": "hours"}]))
    since = draw(st.sampled_from([{}, {"valid_from": "2026-01-07"}]))
    until = draw(st.sampled_from([{}, {"valid_until": "2026-01-09T12:00"}]))
    effect = draw(st.sampled_from(Effect))
    after = draw(st.sampled_from([{}, {"after": "teachers"}])) if effect is Effect.PERMIT else {}
    return Rule(0, effect, **who, **where, **when, **since, **until, **after)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    came = draw(st.dictionaries(st.sampled_from(GROUPS), st.frozensets(st.sampled_from(DOORS))))
    standing = draw(st.none() | st.builds(Standing, st.booleans(), st.just(MORNING.timestamp())))
    return Facts(
        groups=draw(st.frozensets(st.sampled_from(GROUPS))),
        came_in=came,
        standings={} if standing is None else {"vault": standing},
        second=draw(st.sampled_from([None, Second(), Second(Reason.SECOND_FACTOR)])),
    )


def numbered(some: list[Rule]) -> tuple[Rule, ...]:
    return tuple(replace(rule, number=number) for number, rule in enumerate(some, 1))


some_rules = st.lists(rules(), max_size=8)


@dataclass(frozen=True)
class Question:
    door: str
    now: datetime
    known: Facts
    default: Default

    def to(self, some: list[Rule]) -> Ruling:
        site = book(*numbered(some), default=self.default, areas=(VAULT,))
        return ruling(ANN, self.door, self.now, self.known, site)


questions = st.builds(Question, st.sampled_from(DOORS), MOMENTS, facts(), st.sampled_from(Default))


@given(some_rules, rules(), questions)
def test_one_more_permit_never_keeps_out_who_was_let_in(
    some: list[Rule], more: Rule, question: Question
) -> None:
    more = replace(more, effect=Effect.PERMIT)

    if question.to(some).reason is None:
        assert question.to([*some, more]).reason is None


@given(some_rules, rules(), questions)
def test_one_more_forbid_never_lets_in_who_was_kept_out(
    some: list[Rule], more: Rule, question: Question
) -> None:
    more = replace(more, effect=Effect.FORBID, after=None)

    if question.to(some).reason is not None:
        assert question.to([*some, more]).reason is not None


@given(some_rules, questions)
def test_a_forbid_of_everybody_everywhere_keeps_everybody_out(
    some: list[Rule], question: Question
) -> None:
    told = replace(question, default=Default.EVERYBODY).to([*some, forbid()])

    assert told.reason is Reason.FORBIDDEN


@given(some_rules, st.randoms(), questions)
def test_the_order_of_rules_changes_no_reason(
    some: list[Rule], chance: object, question: Question
) -> None:
    mixed = list(some)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random

    assert question.to(some).reason is question.to(mixed).reason


@given(some_rules, questions)
def test_a_disabled_resident_comes_in_nowhere(some: list[Rule], question: Question) -> None:
    site = book(*numbered(some), default=question.default)
    disabled = replace(ANN, enabled=False)

    told = objection(disabled, question.door, question.now, question.known, site)

    assert told is Reason.DISABLED


@given(some_rules, questions)
def test_the_index_of_rules_decides_as_a_look_at_every_rule_does(
    some: list[Rule], question: Question
) -> None:
    """The same rules by the shortest way of saying it, without an index."""
    door, now, known = question.door, question.now, question.known
    here = {"lab-1": "labs", "lab-2": "labs"}.get(door)

    def matches(rule: Rule) -> bool:
        who = (
            rule.resident == "r-a"
            if rule.resident is not None
            else rule.group is None or rule.group in known.groups
        )
        where = rule.door in {None, door} and rule.doors in {None, here}
        when = rule.schedule is None or (
            now.weekday() < 3 and 8 <= now.hour < 18 and now.date() != date(2026, 1, 6)
        )
        valid = (rule.valid_from is None or now >= datetime(2026, 1, 7, tzinfo=ZONE)) and (
            rule.valid_until is None or now < datetime(2026, 1, 9, 12, tzinfo=ZONE)
        )
        places = {rule.door} if rule.door else {"lab-1", "lab-2"} if rule.doors else set(DOORS)
        begun = (
            rule.after is None
            or rule.after in known.groups
            or bool(known.came_in.get(rule.after, frozenset()) & places)
        )
        return who and where and when and valid and begun

    forbidden = any(rule.effect is Effect.FORBID and matches(rule) for rule in some)
    permitted = question.default is Default.EVERYBODY or any(
        rule.effect is Effect.PERMIT and matches(rule) for rule in some
    )

    bare = replace(known, second=None, standings={})
    told = replace(question, known=bare).to(some).reason

    assert (told is Reason.FORBIDDEN) is forbidden
    assert (told is None) is (permitted and not forbidden)


@given(st.lists(st.tuples(st.sampled_from(["in", "out"]), st.floats(0, 24)), max_size=20))
def test_nobody_is_in_twice_running_within_the_time_that_is_remembered(
    tries: list[tuple[str, float]],
) -> None:
    """However somebody tries the two doors, those who were let through alternate, or hours pass."""
    site = book(permit(), areas=(VAULT,))
    standings: dict[str, Standing] = {}
    now = MORNING
    through: list[tuple[str, datetime]] = []

    for door, hours in tries:
        now = (now.astimezone(UTC) + timedelta(hours=hours)).astimezone(ZONE)
        if objection(ANN, door, now, Facts(standings=standings), site) is None:
            standings |= passed(site.areas(door), door, now.timestamp())
            through.append((door, now))

    for (door, then), (following, later) in itertools.pairwise(through):
        assert door != following or later.timestamp() - then.timestamp() >= VAULT.forget_s
