"""Tests of the pages about rules: real console, broker and brain, without a browser."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from console_world import ConsoleWorld
from page_forms import fill, read, send

pytestmark = pytest.mark.browser

OK, SEE, MEND, AWAY = 200, 303, 422, 503
_numbers = itertools.count(1)


@pytest.fixture
def alice(world: ConsoleWorld) -> Iterator[httpx.Client]:
    """An administrator at the page."""
    with world.http("administrator") as client:
        yield client


@pytest.fixture
def card(world: ConsoleWorld) -> str:
    """Somebody who is known, by a name of their own."""
    number = next(_numbers)
    one = f"2027000{number:05}"
    world.ask("add", name=f"Ruled {number:03}", card=one)
    return one


@pytest.fixture
def name() -> str:
    """A name for something that rules name."""
    return f"name-{next(_numbers)}"


def access(world: ConsoleWorld) -> dict[str, Any]:
    return world.ask("access")


def rules(world: ConsoleWorld, **which: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.ask("rules", limit=1000, **which)["rules"]
    return found


def audited(world: ConsoleWorld, what: str) -> dict[str, Any]:
    """The newest of what the account did at the console."""
    answer = world.ask("log", what=what, admin="console.main/administrator", limit=1)
    entry: dict[str, Any] = answer["entries"][0]
    return entry


# --- a rule --------------------------------------------------------------------------------------


def test_a_rule_is_made_by_a_form_that_reads_like_a_sentence_and_told_as_one(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    world.ask(
        "schedule",
        schedule="lectures",
        windows=({"days": ("mon", "tue", "wed"), "start": "08:00", "end": "12:00"},),
    )

    answer = fill(
        alice,
        f"/rules/add?effect=permit&card={card}",
        where="door/front",
        schedule="lectures",
        valid_from="2026-10-01",
        valid_until="2027-03-31",
        valid_until_time="12:00",
    )

    assert answer.headers["location"] == f"/people/{card}?done=rule_added"
    assert rules(world, card=card)[0] | {"rule": 0, "resident": ""} == {
        "rule": 0,
        "op": "permit",
        "resident": "",
        "card": card,
        "door": "front",
        "schedule": "lectures",
        "valid_from": "2026-10-01",
        "valid_until": "2027-03-31T12:00",
    }
    said = read(alice.get("/rules", params={"card": card})).text
    assert (
        f"Ruled {int(card[-5:]):03} may enter by door front, in the hours lectures "
        "(Mon to Wed 08:00 to 12:00), from 1 Oct 2026, until 31 Mar 2027, 12:00." in said
    )
    assert audited(world, "permit")["card"] == card


def test_a_person_may_be_named_by_a_part_of_their_name(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    answer = fill(
        alice,
        "/rules/add",
        effect="forbid",
        who="person",
        person=f"ruled {int(card[-5:]):03}",
        where="everywhere",
    )

    assert answer.status_code == SEE
    assert rules(world, card=card)[0]["op"] == "forbid"


def test_where_several_people_match_one_is_chosen(world: ConsoleWorld, alice: httpx.Client) -> None:
    cards = ("202799900001", "202799900002")
    for place, one in enumerate(cards):
        world.ask("add", name=f"Namesake {place}", card=one)

    several = fill(
        alice, "/rules/add", who="person", person="namesake", where="everywhere", effect="permit"
    )
    chosen = send(alice, several, "/rules/add", chosen=cards[1])

    assert read(several).wrong == {"chosen": "Several people match: choose one."}
    assert chosen.status_code == SEE
    assert rules(world, card=cards[0]) == []
    assert len(rules(world, card=cards[1])) == 1


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"who": "", "where": "everywhere"}, {"who"}),
        ({"who": "everybody", "where": ""}, {"where"}),
        ({"who": "person", "person": "", "where": "everywhere"}, {"person"}),
        ({"who": "person", "person": "no such person", "where": "everywhere"}, {"person"}),
        ({"who": "group/gone", "where": "everywhere"}, {"who"}),
        ({"who": "everybody", "where": "door/gone"}, {"where"}),
        ({"who": "everybody", "where": "doors/gone"}, {"where"}),
        ({"who": "everybody", "where": "everywhere", "schedule": "gone"}, {"schedule"}),
        ({"who": "everybody", "where": "everywhere", "after": "gone"}, {"after"}),
        (
            {"who": "everybody", "where": "everywhere", "valid_from_time": "12:00"},
            {"valid_from"},
        ),
        (
            {
                "who": "everybody",
                "where": "everywhere",
                "valid_from": "2026-10-02",
                "valid_until": "2026-10-01",
            },
            {"valid_until"},
        ),
    ],
)
def test_what_is_wrong_with_a_rule_stands_beside_its_field_and_no_rule_is_made(
    world: ConsoleWorld, alice: httpx.Client, typed: dict[str, str], fields: set[str]
) -> None:
    before = rules(world)

    answer = fill(alice, "/rules/add", **typed)

    assert answer.status_code == MEND
    assert set(read(answer).wrong) == fields
    assert rules(world) == before


def test_a_rule_is_deleted_once_it_was_read_as_a_sentence(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    number = world.ask("permit", card=card, door="back")["rule"]
    page = alice.get(f"/rules/{number}/delete?card={card}")

    gone = send(alice, page, f"/rules/{number}/delete")
    twice = fill(alice, f"/rules/{number}/delete")

    assert "may enter by door back, at any time." in read(page).text
    assert gone.headers["location"] == f"/people/{card}?done=rule_deleted"
    assert rules(world, card=card) == []
    assert twice.status_code == MEND
    assert "There is no such rule any more." in read(twice).text
    assert audited(world, "unrule")["reason"] == "refused: unknown_rule"


def test_the_default_is_said(alice: httpx.Client) -> None:
    said = read(alice.get("/rules")).text

    assert "Where no rule says otherwise, everybody who is enrolled may enter." in said
    assert "Europe/Berlin" in said


def test_every_deed_leaves_an_entry_with_the_accounts_name(
    world: ConsoleWorld, alice: httpx.Client, card: str, name: str
) -> None:
    world.ask("permit", everybody=True, door="front")
    fill(alice, "/rules/add-group", group=name)
    fill(alice, "/rules/add-doors", group=name, doors=["front"])
    fill(alice, "/rules/add-hours", schedule=name)
    fill(alice, "/rules/add-holiday", date="2041-05-01")
    fill(alice, "/rules/add-area", name=name, inside=["front"], outside=["back"], mode="hard")
    fill(alice, f"/rules/add?effect=forbid&card={card}", where="door/front")
    fill(alice, f"/rules/add?group={name}&door=back", effect="permit")
    number = rules(world, group=name)[0]["rule"]
    fill(alice, f"/rules/{number}/delete")
    for path in ("groups", "doors", "hours", "areas"):
        fill(alice, f"/rules/{path}/{name}/delete")
    fill(alice, "/rules/holidays/2041-05-01/delete")
    fill(alice, f"/people/{card}/forget-where")

    reasons = {
        what: audited(world, what)["reason"]
        for what in (
            "group", "doors", "schedule", "holiday", "passback", "forbid", "permit", "unrule",
            "ungroup", "undoors", "unschedule", "unpassback", "unholiday", "passback_reset",
        )
    }  # fmt: skip
    assert not [what for what, reason in reasons.items() if reason.startswith("refused")]
    assert {reasons[what] for what in ("doors", "schedule", "ungroup", "undoors")} == {name}
    assert audited(world, "forbid")["card"] == audited(world, "passback_reset")["card"] == card


# --- what rules name -----------------------------------------------------------------------------


def test_a_group_is_made_filled_and_deleted_once_no_rule_names_it(
    world: ConsoleWorld, alice: httpx.Client, card: str, name: str
) -> None:
    made = fill(alice, "/rules/add-group", group=name)
    page = alice.get(f"/rules/groups/{name}")
    filled = send(alice, page, f"/rules/groups/{name}/add", card=card)
    unknown = send(alice, page, f"/rules/groups/{name}/add", card="999999999999")
    members = read(alice.get(f"/rules/groups/{name}")).text
    number = world.ask("permit", group=name, everywhere=True)["rule"]
    used = fill(alice, f"/rules/groups/{name}/delete")
    world.ask("unrule", rule=number)
    gone = fill(alice, f"/rules/groups/{name}/delete")

    assert (made.status_code, filled.status_code) == (SEE, SEE)
    assert read(unknown).wrong == {"card": "Nobody here has this card."}
    assert card in members
    assert f"Rules still name it ({number}): delete these first." in read(used).text
    assert gone.status_code == SEE
    assert name not in access(world)["groups"]


def test_doors_are_grouped_changed_and_parted(
    world: ConsoleWorld, alice: httpx.Client, name: str
) -> None:
    none = fill(alice, "/rules/add-doors", group=name)
    made = fill(alice, "/rules/add-doors", group=name, doors=["front", "back"])
    taken = fill(alice, "/rules/add-doors", group=name, doors=["front"])
    changed = fill(alice, f"/rules/doors/{name}", doors=["back"])
    after = access(world)["doors"][name]
    all_doors = fill(alice, "/rules/add-doors", group="all", doors=["front"])
    gone = fill(alice, f"/rules/doors/{name}/delete")

    assert read(none).wrong == {"doors": "Choose at least 1."}
    assert (made.status_code, changed.status_code, gone.status_code) == (SEE, SEE, SEE)
    assert "There is a group of this name already" in read(taken).wrong["group"]
    assert after == ["back"]
    assert "“all” means every door already" in read(all_doors).wrong["group"]
    assert name not in access(world)["doors"]


def test_hours_are_written_in_rows_and_as_lines(
    world: ConsoleWorld, alice: httpx.Client, name: str
) -> None:
    answer = fill(
        alice,
        "/rules/add-hours",
        schedule=name,
        days_dash_0=["mon", "tue"],
        start_dash_0="08:00",
        end_dash_0="12:00",
        days_dash_1=["fri"],
        start_dash_1="22:00",
        end_dash_1="02:00",
        lines="sun,holiday 10:00-14:00\n\n",
    )

    assert answer.status_code == SEE
    assert access(world)["schedules"][name] == [
        {"days": ["mon", "tue"], "start": "08:00", "end": "12:00", "next_day": False},
        {"days": ["fri"], "start": "22:00", "end": "02:00", "next_day": True},
        {"days": ["sun", "holiday"], "start": "10:00", "end": "14:00", "next_day": False},
    ]
    said = read(alice.get("/rules")).text
    assert "Fri 22:00 to 02:00 of the next day; Sun, Holidays 10:00 to 14:00" in said


def test_hours_are_changed_as_they_are_and_a_window_that_is_emptied_goes(
    world: ConsoleWorld, alice: httpx.Client, name: str
) -> None:
    night = {"days": ("sat", "sun"), "start": "00:00", "end": "24:00"}
    world.ask("schedule", schedule=name, windows=(night, {**night, "days": ("mon",)}))
    before = access(world)["schedules"][name]

    same = fill(alice, f"/rules/hours/{name}")
    unchanged = access(world)["schedules"][name]
    less = fill(alice, f"/rules/hours/{name}", days_dash_1=[], start_dash_1="", end_dash_1="")

    assert (same.status_code, less.status_code) == (SEE, SEE)
    assert unchanged == before
    assert access(world)["schedules"][name] == before[:1]


def test_more_rows_keep_what_was_typed_and_save_nothing(
    world: ConsoleWorld, alice: httpx.Client, name: str
) -> None:
    answer = fill(alice, "/rules/add-hours", schedule=name, start_dash_0="06:15", more="yes")

    form = read(answer).form("/rules/add-hours").fields
    assert answer.status_code == OK
    assert form["start-0"] == ["06:15"]
    assert form["schedule"] == [name]
    assert "start-2" in form
    assert name not in access(world)["schedules"]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"days_dash_0": [], "start_dash_0": "08:00", "end_dash_0": "09:00"}, {"days-0"}),
        ({"start_dash_0": "", "end_dash_0": "09:00"}, {"start-0"}),
        ({"start_dash_0": "8 o'clock"}, {"start-0"}),
        ({"start_dash_0": "08:00", "end_dash_0": "25:00"}, {"end-0"}),
        ({"days_dash_0": [], "start_dash_0": "", "end_dash_0": ""}, {"days-0"}),
        ({"lines": "monday 8 to 12"}, {"lines"}),
        ({"lines": "mon 12:00-08:00"}, {"lines"}),
        ({"schedule": "Lesson Times"}, {"schedule"}),
        ({"schedule": ""}, {"schedule"}),
        ({"schedule": "A B", "start_dash_0": ""}, {"schedule", "start-0"}),
    ],
)
def test_what_is_wrong_with_hours_stands_beside_its_field_and_nothing_is_saved(
    world: ConsoleWorld, alice: httpx.Client, typed: dict[str, Any], fields: set[str]
) -> None:
    before = access(world)["schedules"]

    answer = fill(alice, "/rules/add-hours", **{"schedule": "never-saved", **typed})

    assert answer.status_code == MEND
    assert set(read(answer).wrong) == fields
    assert access(world)["schedules"] == before


def test_hours_that_a_rule_names_are_not_deleted(
    world: ConsoleWorld, alice: httpx.Client, name: str
) -> None:
    fill(alice, "/rules/add-hours", schedule=name)
    number = world.ask("permit", everybody=True, door="front", schedule=name)["rule"]

    used = fill(alice, f"/rules/hours/{name}/delete")
    world.ask("unrule", rule=number)
    gone = fill(alice, f"/rules/hours/{name}/delete")

    assert f"Rules still name it ({number})" in read(used).text
    assert gone.status_code == SEE
    assert audited(world, "unschedule")["reason"] == name


def test_a_holiday_is_made_once_and_ended(world: ConsoleWorld, alice: httpx.Client) -> None:
    made = fill(alice, "/rules/add-holiday", date="2031-12-25", name="Christmas")
    there = access(world)["holidays"].get("2031-12-25")
    twice = fill(alice, "/rules/add-holiday", date="2031-12-25", name="Christmas")
    never = fill(alice, "/rules/add-holiday", date="2031-02-30")
    gone = fill(alice, "/rules/holidays/2031-12-25/delete")

    assert (made.status_code, there) == (SEE, "Christmas")
    assert read(twice).wrong == {"date": "That day is a holiday already."}
    assert read(never).wrong == {"date": "There is no such day."}
    assert gone.status_code == SEE
    assert "2031-12-25" not in access(world)["holidays"]


def test_an_area_is_watched_changed_and_left(
    world: ConsoleWorld, alice: httpx.Client, name: str
) -> None:
    both = fill(alice, "/rules/add-area", name=name, inside=["front"], outside=["front"])
    none = fill(alice, "/rules/add-area", name=name, inside=["front"])
    made = fill(
        alice, "/rules/add-area", name=name, inside=["front"], outside=["back"], mode="soft"
    )
    many = fill(alice, f"/rules/areas/{name}", forget_h="many")
    changed = fill(alice, f"/rules/areas/{name}", mode="hard", forget_h="2.5")
    after = access(world)["passback"][name]
    gone = fill(alice, f"/rules/areas/{name}/delete")

    assert read(both).wrong == {"outside": "A door leads in or out, not both."}
    assert read(none).wrong == {"outside": "Choose at least 1."}
    assert read(many).wrong == {"forget_h": "This must be a number."}
    assert (made.status_code, changed.status_code, gone.status_code) == (SEE, SEE, SEE)
    assert after == {"inside": ["front"], "outside": ["back"], "mode": "hard", "forget_h": 2.5}
    assert name not in access(world)["passback"]


def test_what_was_typed_of_a_rule_is_kept_while_the_brain_is_away(
    world: ConsoleWorld, alice: httpx.Client, card: str, name: str
) -> None:
    rule, hours = alice.get(f"/rules/add?card={card}"), alice.get("/rules/add-hours")
    area = alice.get("/rules/add-area")
    world.stop_brain()
    try:
        away = send(
            alice, rule, "/rules/add", where="door/front", valid_until="2031-01-01", effect="forbid"
        )
        unsaved = send(alice, hours, "/rules/add-hours", schedule=name, start_dash_0="07:45")
        unwatched = send(
            alice, area, "/rules/add-area", name=name, inside=["front"], outside=["back"]
        )
    finally:
        world.start_brain()
    world.until(lambda: alice.get("/rules").status_code == OK, "the console sees the brain again")
    again = send(alice, away, "/rules/add")
    saved = send(alice, unsaved, "/rules/add-hours")
    watched = send(alice, unwatched, "/rules/add-area")

    assert {one.status_code for one in (away, unsaved, unwatched)} == {AWAY}
    assert {one.status_code for one in (again, saved, watched)} == {SEE}
    assert [(one["op"], one["valid_until"]) for one in rules(world, card=card)] == [
        ("forbid", "2031-01-01")
    ]
    assert access(world)["schedules"][name][0]["start"] == "07:45"
    world.ask("unpassback", name=name)
