"""When a door counts as forced or held open, and when as shut again."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from doorbus.messages import EventKind
from edge.core.contact import (
    JUST_LOCKED_S,
    Around,
    Contact,
    ContactRule,
    Event,
    ExitPressed,
    Locked,
    Moved,
    Passed,
    step,
)

RULE = ContactRule(held_open_s=30, exit_s=10)
LOCKED = Around(locked=True, standing=False)
UNLOCKED = Around(locked=False, standing=False)
STANDING = Around(locked=False, standing=True)


class Leaf:
    """A door that was seen shut, and all it has told."""

    def __init__(self, rule: ContactRule = RULE) -> None:
        self.rule = rule
        self.now = 100.0
        self.contact = Contact()
        self.told: list[EventKind] = []
        self.do(Moved(open=False))

    def do(self, event: Event, after: float = 0.0, around: Around = LOCKED) -> list[EventKind]:
        self.now += after
        done = step(self.contact, event, around, self.rule, self.now)
        self.contact = done.contact
        kinds = [kind for kind, _ in done.told]
        self.told += kinds
        return kinds


def test_a_door_that_opens_while_it_is_locked_is_forced() -> None:
    assert Leaf().do(Moved(open=True)) == [EventKind.FORCED_OPEN]


def test_a_door_that_opens_while_it_is_unlocked_tells_nothing() -> None:
    assert Leaf().do(Moved(open=True), around=UNLOCKED) == []


def test_before_the_lock_has_reported_nothing_is_forced() -> None:
    assert Leaf().do(Moved(open=True), around=Around(locked=None, standing=False)) == []


def test_whoever_pulls_at_the_last_moment_has_not_forced_it() -> None:
    leaf = Leaf()
    leaf.do(Locked())

    assert leaf.do(Moved(open=True), after=JUST_LOCKED_S - 0.1) == []


def test_a_moment_later_it_is_forced() -> None:
    leaf = Leaf()
    leaf.do(Locked())

    assert leaf.do(Moved(open=True), after=JUST_LOCKED_S) == [EventKind.FORCED_OPEN]


def test_the_exit_button_is_told_and_explains_an_opening() -> None:
    leaf = Leaf()

    assert leaf.do(ExitPressed(on=True)) == [EventKind.EXIT]
    assert leaf.do(ExitPressed(on=False), after=0.3) == []
    assert leaf.do(Moved(open=True), after=9.9) == []


def test_a_held_exit_button_is_told_once_and_explains_as_long_as_it_is_held() -> None:
    leaf = Leaf()
    leaf.do(ExitPressed(on=True))

    assert leaf.do(ExitPressed(on=True), after=5) == []
    assert leaf.do(Moved(open=True), after=60) == []


def test_long_after_the_exit_button_an_opening_is_forced() -> None:
    leaf = Leaf()
    leaf.do(ExitPressed(on=True))
    leaf.do(ExitPressed(on=False), after=0.3)

    assert leaf.do(Moved(open=True), after=10) == [EventKind.FORCED_OPEN]


def test_an_exit_button_that_nobody_has_pressed_yet_explains_nothing() -> None:
    leaf = Leaf()
    leaf.do(ExitPressed(on=False))

    assert leaf.do(Moved(open=True)) == [EventKind.FORCED_OPEN]


def test_where_people_leave_by_a_handle_nothing_is_called_forced() -> None:
    leaf = Leaf(ContactRule(forced=False))

    assert leaf.do(Moved(open=True)) == []


def test_a_door_that_is_open_when_the_edge_starts_is_not_forced_but_may_be_held_open() -> None:
    first = step(Contact(), Moved(open=True), LOCKED, RULE, 100.0)

    assert first.told == ()
    assert [kind for kind, _ in step(first.contact, Passed(), LOCKED, RULE, 130.0).told] == [
        EventKind.HELD_OPEN
    ]


def test_a_door_that_stands_open_is_told_once_and_told_shut() -> None:
    leaf = Leaf()
    leaf.do(Moved(open=True), around=UNLOCKED)

    assert leaf.do(Passed(), after=29.9) == []
    assert leaf.do(Passed(), after=0.1) == [EventKind.HELD_OPEN]
    assert leaf.do(Passed(), after=100) == []
    assert leaf.do(Moved(open=False)) == [EventKind.CLOSED_AGAIN]


def test_a_forced_door_that_stays_open_is_also_held_open_and_told_shut_once() -> None:
    leaf = Leaf()
    leaf.do(Moved(open=True))
    leaf.do(Passed(), after=30)
    leaf.do(Moved(open=False))

    assert leaf.told == [EventKind.FORCED_OPEN, EventKind.HELD_OPEN, EventKind.CLOSED_AGAIN]


def test_an_ordinary_opening_is_not_told_when_it_ends() -> None:
    leaf = Leaf()
    leaf.do(Moved(open=True), around=UNLOCKED)

    assert leaf.do(Moved(open=False), after=5) == []


def test_while_office_mode_holds_it_the_door_may_stand_open() -> None:
    leaf = Leaf()
    leaf.do(Moved(open=True), around=STANDING)

    assert leaf.do(Passed(), after=3600, around=STANDING) == []
    assert leaf.do(Passed(), after=29, around=LOCKED) == []
    assert leaf.do(Passed(), after=1, around=LOCKED) == [EventKind.HELD_OPEN]


@pytest.mark.parametrize("locked", [True, None])
def test_nothing_is_forced_while_fire_or_office_mode_holds_it(locked: bool | None) -> None:
    """Also in the moment in which the lock has not followed yet."""
    assert Leaf().do(Moved(open=True), around=Around(locked, standing=True)) == []


EVENTS = st.one_of(
    st.builds(Moved, st.booleans()),
    st.builds(ExitPressed, st.booleans()),
    st.just(Locked()),
    st.just(Passed()),
)
AROUND = st.builds(Around, st.sampled_from([True, False, None]), st.booleans())
STORIES = st.lists(st.tuples(st.floats(min_value=0, max_value=50), EVENTS, AROUND), max_size=40)


@given(STORIES)
def test_every_alarm_ends_exactly_once_and_none_comes_twice(
    story: list[tuple[float, Event, Around]],
) -> None:
    leaf, alarm = Leaf(), set[EventKind]()
    for wait, event, around in story:
        for kind in leaf.do(event, wait, around):
            match kind:
                case EventKind.FORCED_OPEN | EventKind.HELD_OPEN:
                    assert kind not in alarm
                    assert leaf.contact.open
                    alarm.add(kind)
                case EventKind.CLOSED_AGAIN:
                    assert alarm
                    assert not leaf.contact.open
                    alarm.clear()
        if leaf.contact.open is False:
            assert not alarm


@given(STORIES)
def test_a_door_is_forced_only_while_it_is_locked_and_nothing_explains_it(
    story: list[tuple[float, Event, Around]],
) -> None:
    leaf, explained_until = Leaf(), 0.0
    for wait, event, around in story:
        exiting = leaf.contact.exiting
        kinds = leaf.do(event, wait, around)
        if EventKind.FORCED_OPEN in kinds:
            assert event == Moved(open=True)
            assert around == LOCKED
            assert not exiting
            assert leaf.now >= explained_until
        if isinstance(event, ExitPressed) and event.on is not exiting:
            explained_until = max(explained_until, leaf.now + RULE.exit_s)
        if isinstance(event, Locked):
            explained_until = max(explained_until, leaf.now + JUST_LOCKED_S)
