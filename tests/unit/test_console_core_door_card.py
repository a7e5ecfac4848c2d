"""What a door's card says, to whom; which doors are shown, and in which order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from console.core.door_card import MOST_LINES, DoorCard, card, may_know, merged
from console.core.door_list import Wanted, named, shown, sorted_as, standing
from console.core.door_view import Came, DoorView, Told
from console.core.lasting import Lasting
from console.core.worries import Weight
from doorbus.messages import Availability, Decision, EventKind, LockReport, Reason
from doorbus.messages.console import Role

NOW = 1_800_000_000.0
ONLINE = DoorView("front", online=Availability.ONLINE, lock=LockReport.LOCKED, heard_at=NOW)


def told(kind: EventKind, at: float = NOW, visit: int | None = None) -> Told:
    return Told(at, kind, "", f"7-{at}", visit)


def came(at: float = NOW, visit: int = 1) -> Came:
    return Came(at, Decision.GRANT, Reason.MATCH, "Resident One", "000000000017", "r-1", visit)


def view(name: str, **lasting: float) -> DoorView:
    return replace(ONLINE, name=name, lasting=Lasting(**lasting))


def cards(*views: DoorView) -> list[DoorCard]:
    return [card(one, NOW) for one in views]


def test_a_visit_stands_once_by_the_word_of_the_brain() -> None:
    lines = list(merged([told(EventKind.GRANTED, visit=1)], [came(visit=1)]))

    assert [line.came for line in lines] == [came(visit=1)]


def test_a_visit_that_the_brain_did_not_judge_stands_as_the_door_told_it() -> None:
    alone = told(EventKind.AWAY_GRANTED, visit=2)

    first = next(iter(merged([alone], [came(NOW - 9, 1)])))

    assert first.told == alone


def test_duress_is_on_no_card_and_known_to_administrators_alone() -> None:
    duress, left = told(EventKind.DURESS), told(EventKind.EXIT, NOW - 1)

    lines = card(replace(ONLINE, told=(duress, left)), NOW).lines

    assert [line.told for line in lines] == [left]
    assert [role for role in Role if may_know(duress, role)] == [Role.ADMINISTRATOR]
    assert all(may_know(left, role) for role in Role)


def test_a_door_that_was_never_heard_says_so() -> None:
    assert card(DoorView("front"), NOW).unheard
    assert not card(ONLINE, NOW).unheard


@given(st.lists(st.tuples(st.sampled_from(EventKind), st.floats(NOW - 99, NOW), st.integers(0, 9))))
def test_a_card_has_few_lines_newest_first(events: list[tuple[EventKind, float, int]]) -> None:
    door = replace(ONLINE, told=tuple(told(*event) for event in events), came=(came(NOW - 50, 3),))

    lines = card(door, NOW).lines

    assert len(lines) <= MOST_LINES
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)


def test_the_worst_door_comes_first_then_by_name() -> None:
    found = shown(
        cards(view("b"), view("a"), view("held", held=NOW), view("forced", forced=NOW)),
        Wanted(),
        (),
    )

    assert [one.name for one in found] == ["forced", "held", "a", "b"]


def test_doors_are_found_by_name_by_group_and_by_need() -> None:
    every = cards(view("lab-1"), view("lab-2", held=NOW), view("front"))

    assert [one.name for one in shown(every, Wanted("LAB"), ())] == ["lab-2", "lab-1"]
    assert [one.name for one in shown(every, Wanted("2 front"), ())] == ["lab-2", "front"]
    assert [one.name for one in shown(every, Wanted(group="g"), ("front",))] == ["front"]
    assert [one.name for one in shown(every, Wanted(noteworthy=True), ())] == ["lab-2"]
    assert shown(every, Wanted("nowhere"), ()) == []


def test_all_doors_are_counted_and_the_urgent_ones_named() -> None:
    found = standing(cards(view("a"), view("b", forced=NOW), view("c", held=NOW)))

    assert found.doors == 3
    assert dict(found.by_weight)[Weight.URGENT] == 1
    assert [one.name for one in found.urgent] == ["b"]


names = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)
times = st.none() | st.just(NOW - 5)
views = st.builds(
    lambda name, forced, held, fault: view(name, forced=forced, held=held, fault=fault),
    names,
    times,
    times,
    times,
)


@given(st.lists(views, unique_by=lambda one: one.name, max_size=12))
def test_the_browser_sorts_as_the_server_does(doors: list[DoorView]) -> None:
    found = shown(cards(*doors), Wanted(), ())

    assert sorted(found, key=sorted_as) == found


def test_doors_of_groups_are_known_before_they_are_heard() -> None:
    assert named({"labs": ["lab-1", "lab-2"], "all-day": ["lab-1"]}) == {"lab-1", "lab-2"}
