"""Tests of the pages about people: real console, broker, brain and doors, without a browser."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from console_world import ConsoleWorld
from page_forms import fill, read, send

from doorbus import messages as m
from doorctl.conversation import RequestRefused
from story.people import Person

pytestmark = pytest.mark.browser

OK, SEE, MEND, AWAY = 200, 303, 422, 503
_cards = (f"2026000{number:05}" for number in itertools.count(1))


@pytest.fixture
def alice(world: ConsoleWorld) -> Iterator[httpx.Client]:
    """An administrator at the page."""
    with world.http("administrator") as client:
        yield client


@pytest.fixture
def porter(world: ConsoleWorld) -> Iterator[httpx.Client]:
    with world.http("porter") as client:
        yield client


@pytest.fixture
def card(world: ConsoleWorld) -> str:
    """Somebody who is known, and not enrolled."""
    one = next(_cards)
    world.ask("add", name=f"Resident {one[-3:]}", card=one)
    return one


def shown(world: ConsoleWorld, card: str) -> dict[str, Any]:
    return world.ask("show", card=card)


def audited(world: ConsoleWorld, what: str, account: str = "administrator") -> list[dict[str, Any]]:
    """What an account of the console did, newest first."""
    answer = world.ask("log", what=what, admin=f"console.main/{account}", limit=20)
    entries: list[dict[str, Any]] = answer["entries"]
    return entries


# --- finding people ------------------------------------------------------------------------------


def test_people_are_found_by_name_and_by_a_part_of_their_card(
    porter: httpx.Client, card: str
) -> None:
    by_name = read(porter.get("/people", params={"q": f"resident {card[-3:]}"}))
    by_card = read(porter.get("/people", params={"q": f"{card[:4]} {card[4:]}"}))
    by_nothing = read(porter.get("/people", params={"q": "no such person"}))

    assert card in by_name.text
    assert card in by_card.text
    assert "Nobody matches" in by_nothing.text


def test_people_can_be_narrowed_down_to_who_is_not_enrolled_or_shut_out(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    world.ask("disable", card=card)
    other = next(_cards)
    world.ask("add", name="Somebody let in", card=other)

    found = read(alice.get("/people", params={"enrolled": "no", "enabled": "no"}))

    assert card in found.text
    assert other not in found.text
    assert "Shut out" in found.text


def test_many_people_come_on_pages(world: ConsoleWorld, alice: httpx.Client) -> None:
    name = "Paged"
    for number in range(52):
        world.ask("add", name=f"{name} {number:02}", card=next(_cards))

    first = alice.get("/people", params={"q": name})
    second = alice.get("/people", params={"q": name, "offset": "50"})

    assert "Paged 49" in first.text
    assert "Paged 50" not in first.text
    assert "offset=50" in first.text
    assert "Paged 51" in second.text
    assert "Paged 49" not in second.text


def test_a_card_that_nobody_has_is_a_page_that_is_not_found(alice: httpx.Client) -> None:
    for path in ("/people/999999999999", "/people/not-a-card", "/people/999999999999/pin"):
        assert alice.get(path).status_code == 404


# --- adding and renaming -------------------------------------------------------------------------


def test_somebody_is_added_under_the_accounts_name(
    world: ConsoleWorld, alice: httpx.Client
) -> None:
    card = next(_cards)

    answer = fill(
        alice, "/people/add", name="Resident New", card=f"{card[:6]} {card[6:]}", consent="form 5"
    )

    assert (answer.status_code, answer.headers["location"]) == (
        SEE,
        f"/people/{card}?done=person_added",
    )
    assert shown(world, card)["name"] == "Resident New"
    entry = audited(world, "add")[0]
    assert (entry["card"], entry["reason"]) == (card, "consent: form 5")


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": "", "card": "202699999999"}, "name", "This must be filled in."),
        ({"name": "A", "card": "2026"}, "card", "A card is exactly 12 digits."),
        ({"name": "A" * 101, "card": "202699999999"}, "name", "At most 100 characters."),
        ({"name": "A\u2028B", "card": "202699999999"}, "name", "Line breaks"),
        (
            {"name": "Ann Teak", "card": "202699999999", "consent": "agreed by ann teak"},
            "consent",
            "No name and no card here",
        ),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    world: ConsoleWorld, alice: httpx.Client, typed: dict[str, str], field: str, words: str
) -> None:
    answer = fill(alice, "/people/add", **typed)

    page = read(answer)
    kept = page.form("/people/add").fields
    assert answer.status_code == MEND
    assert set(page.wrong) == {field}
    assert words in page.wrong[field]
    assert {name: kept[name] for name in typed} == {name: [text] for name, text in typed.items()}
    with pytest.raises(RequestRefused):
        shown(world, "202699999999")


def test_a_card_that_is_taken_is_said_beside_the_card_and_can_be_mended(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    free = next(_cards)
    refused = fill(alice, "/people/add", name="Resident Late", card=card)

    mended = send(alice, refused, "/people/add", card=free)

    assert read(refused).wrong == {"card": "Somebody else has this card already."}
    assert mended.status_code == SEE
    assert shown(world, free)["name"] == "Resident Late"


def test_a_form_that_is_sent_twice_is_carried_out_once(
    world: ConsoleWorld, alice: httpx.Client
) -> None:
    card = next(_cards)
    page = alice.get("/people/add")
    fields = {**read(page).form("/people/add").fields, "name": "Resident Twice", "card": card}

    with ThreadPoolExecutor(2) as pool:
        at_once = list(pool.map(lambda _: alice.post("/people/add", data=fields), range(2)))
    later = alice.post("/people/add", data=fields)

    assert {answer.status_code for answer in (*at_once, later)} == {SEE}
    added = [one for one in audited(world, "add") if one["card"] == card]
    assert len(added) == 1


def test_name_and_card_are_changed_at_once(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    new = next(_cards)

    answer = fill(alice, f"/people/{card}/rename", name="Resident Other", new_card=new)

    assert answer.headers["location"].startswith(f"/people/{new}?")
    assert shown(world, new)["name"] == "Resident Other"
    assert audited(world, "rename")[0]["card"] == new


def test_a_new_card_that_is_taken_is_said_beside_it(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    other = next(_cards)
    world.ask("add", name="Resident There", card=other)

    answer = fill(alice, f"/people/{card}/rename", new_card=other)

    assert read(answer).wrong == {"new_card": "Somebody else has this card already."}


# --- in and out ----------------------------------------------------------------------------------


def test_somebody_is_shut_out_and_let_in_again(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    out = fill(alice, f"/people/{card}/shut-out")
    shut = shown(world, card)["enabled"]
    again = fill(alice, f"/people/{card}/let-in")

    assert (out.status_code, shut) == (SEE, False)
    assert (again.status_code, shown(world, card)["enabled"]) == (SEE, True)
    assert audited(world, "disable")[0]["card"] == card
    assert audited(world, "enable")[0]["card"] == card


def test_somebody_is_put_into_a_group_and_taken_out(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    joined = fill(alice, f"/people/{card}/groups", new_group="night-shift")
    groups = shown(world, card)["groups"]
    left = fill(alice, f"/people/{card}/groups/night-shift/leave")

    assert (joined.status_code, groups) == (SEE, ["night-shift"])
    assert (left.status_code, shown(world, card)["groups"]) == (SEE, [])
    assert len(audited(world, "group")) >= 2


def test_a_group_with_a_bad_name_is_said_beside_the_field_that_has_it(
    alice: httpx.Client, card: str
) -> None:
    bad = fill(alice, f"/people/{card}/groups", new_group="Night Shift")
    none = fill(alice, f"/people/{card}/groups", new_group="")

    assert read(bad).wrong == {"new_group": "Only a to z, 0 to 9 and -, at most 32 of them."}
    assert none.status_code == MEND


# --- PINs ----------------------------------------------------------------------------------------


def test_a_pin_is_set_shown_nowhere_and_taken_away(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    number = str(int(card) % 10**6 + 31_000_000)
    threat = str(int(number) + 1)

    answer = fill(
        alice,
        f"/people/{card}/pin",
        pin=number,
        again=number,
        duress=threat,
        duress_again=threat,
    )
    page = alice.get(f"/people/{card}")
    there = shown(world, card)["pin"]
    gone = fill(alice, f"/people/{card}/pin/remove")

    assert (answer.status_code, there) == (SEE, True)
    assert "They have a PIN" in read(page).text
    assert number not in page.text
    assert (gone.status_code, shown(world, card)["pin"]) == (SEE, False)
    assert audited(world, "pin")[0]["reason"] == "alone, duress"
    assert audited(world, "unpin")[0]["card"] == card


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"pin": "271828", "again": "271829"}, "again"),
        ({"pin": "12", "again": "12"}, "pin"),
        ({"pin": "", "again": ""}, "pin"),
        ({"pin": "27182", "again": "27182", "duress": "2718", "duress_again": "2718"}, "duress"),
        ({"pin": "27182", "again": "27182", "duress": "27182", "duress_again": "27182"}, "duress"),
        ({"pin": "27182", "again": "27182", "duress": "27183"}, "duress_again"),
    ],
)
def test_a_pin_that_cannot_be_is_said_beside_its_field_and_no_digit_comes_back(
    world: ConsoleWorld, alice: httpx.Client, card: str, typed: dict[str, str], field: str
) -> None:
    answer = fill(alice, f"/people/{card}/pin", **typed)

    assert answer.status_code == MEND
    assert set(read(answer).wrong) == {field}
    assert not any(digits and f'"{digits}"' in answer.text for digits in typed.values())
    assert shown(world, card)["pin"] is False


def test_a_pin_of_somebody_else_is_said_beside_the_pin(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    other = next(_cards)
    world.ask("add", name="Resident First", card=other)
    world.ask("pin", card=other, pin="9182736")

    answer = fill(alice, f"/people/{card}/pin", pin="9182736", again="9182736")

    assert read(answer).wrong == {"pin": "Somebody else has this PIN: take another."}


# --- why can't they get in? ----------------------------------------------------------------------


def test_why_somebody_cannot_get_in_is_answered_in_words(
    world: ConsoleWorld, porter: httpx.Client, card: str
) -> None:
    world.ask("forbid", card=card, door="back", valid_until="2199-12-30")

    back = read(porter.get(f"/people/{card}/may", params={"door": "back"}))
    front = read(porter.get(f"/people/{card}/may", params={"door": "front"}))
    later = read(porter.get(f"/people/{card}/may", params={"door": "back", "day": "2199-12-31"}))

    unknown = "They are not enrolled yet: no door knows their face."
    assert f"No, not by door back. {unknown} A rule keeps them out here." in back.text
    assert "may not enter by door back, at any time, until the end of 30 Dec 2199." in back.text
    assert f"No, not by door front. {unknown}" in front.text
    assert "A rule keeps them out" not in later.text


def test_a_day_that_is_none_is_said_beside_it(porter: httpx.Client, card: str) -> None:
    bad = porter.get(f"/people/{card}/may", params={"door": "back", "day": "2026-02-30"})
    half = porter.get(f"/people/{card}/may", params={"door": "back", "time": "12:00"})

    assert (bad.status_code, read(bad).wrong) == (MEND, {"day": "There is no such day."})
    assert (half.status_code, read(half).wrong) == (MEND, {"day": "Choose the day too."})


# --- an enrolled person --------------------------------------------------------------------------


def test_everything_of_an_enrolled_person_is_shown_exported_and_erased(
    world: ConsoleWorld, alice: httpx.Client, porter: httpx.Client
) -> None:
    person = Person(7)
    world.enrol(person)
    world.ask("group", group="leavers", add=(person.card,))
    world.ask("permit", card=person.card, door="front")
    world.ask("pin", card=person.card, pin="83726150")
    resident = shown(world, person.card)["resident"]
    page = read(alice.get(f"/people/{person.card}")).text
    asked = alice.get(f"/people/{person.card}/remove")

    exported = fill(alice, f"/people/{person.card}/export")
    mistaken = send(alice, asked, f"/people/{person.card}/remove", typed="somebody else")
    removed = send(alice, mistaken, f"/people/{person.card}/remove", typed=person.name.upper())

    assert "Enrolled, with" in page
    assert "leavers" in page
    assert f"{person.name} may enter by door front, at any time." in page
    said = read(asked).text
    for words in ("face template", "pictures", "Their PIN", "leavers", "1 rule", "back, front"):
        assert words in said
    assert "Backups" in said
    kept = json.loads(exported.text)
    assert (kept["name"], kept["pin"]) == (person.name, True)
    assert exported.headers["content-disposition"] == (
        f'attachment; filename="doorward-{resident}.json"'
    )
    assert read(mistaken).wrong == {"typed": "This is neither the name nor the card."}
    gone = read(removed).text
    assert removed.status_code == OK
    assert "was removed" in gone
    assert resident in gone
    for what in ("export", "remove"):
        assert audited(world, what)[0]["resident"] == resident
    with pytest.raises(RequestRefused):
        shown(world, person.card)
    world.until(
        lambda: "Every door has forgotten" in read(porter.get("/people/erasures")).text,
        "both doors have confirmed",
    )


def test_an_enrolment_that_is_under_way_is_shown_and_stopped(
    world: ConsoleWorld, alice: httpx.Client
) -> None:
    card = next(_cards)
    world.ask("enroll", card=card, name="Resident Half", door="back", count=12)
    page = read(alice.get(f"/people/{card}")).text

    answer = fill(alice, f"/people/{card}/cancel")

    assert "Being enrolled: 0 of 12 pictures." in page
    assert answer.status_code == SEE
    assert shown(world, card)["enrolment"]["state"] == "cancelled"
    assert audited(world, "cancel")[0]["card"] == card


def test_a_reenrolment_is_taken_back(world: ConsoleWorld, alice: httpx.Client) -> None:
    person = Person(8)
    world.enrol(person)
    nothing = fill(alice, f"/people/{person.card}/undo", what="former")
    first = shown(world, person.card)["enrolment"]["enrolment"]
    trained(world, person, world.ask("reenroll", card=person.card, door="front", count=12))

    page = alice.get(f"/people/{person.card}/undo")
    undone = send(alice, page, f"/people/{person.card}/undo", what="former", reason="a helmet")

    assert nothing.status_code == MEND
    assert "There is nothing to take back." in read(nothing).text
    assert "The face as it was enrolled before holds again." in read(page).text
    assert undone.status_code == SEE
    assert shown(world, person.card)["enrolment"]["state"] == "undone"
    assert first in str(world.ask("export", card=person.card)["enrolments"])
    assert audited(world, "undo")[0]["reason"] == "re-enrolment taken back; a helmet"
    assert "Enrolled" in read(alice.get("/people", params={"q": person.name})).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"what": "visit", "door": "front", "visit": ""}, "visit"),
        ({"what": "visit", "door": "front", "visit": "twelve"}, "visit"),
        ({"what": "since", "since": "yesterday"}, "since"),
        ({"what": "everything"}, "what"),
    ],
)
def test_what_cannot_be_taken_back_is_said_beside_its_field(
    alice: httpx.Client, card: str, typed: dict[str, str], field: str
) -> None:
    assert set(read(fill(alice, f"/people/{card}/undo", **typed)).wrong) == {field}


def test_whom_doors_cannot_tell_apart_are_named_to_each_other(
    world: ConsoleWorld, porter: httpx.Client
) -> None:
    person, twin = Person(9), next(_cards)
    world.enrol(person)
    opened = world.ask("enroll", card=twin, name="Resident Twin", door="front", count=12)
    trained(world, person, opened)

    page = porter.get(f"/people/{twin}")
    listed = read(porter.get("/people", params={"q": "twin"})).text

    assert "Doors cannot tell them from somebody else" in read(page).text
    assert f'<a href="/people/{person.card}">{person.name}</a>' in page.text
    assert "Looks like somebody else" in listed
    world.ask("remove", card=twin)


def trained(world: ConsoleWorld, person: Person, opened: dict[str, Any]) -> None:
    """Somebody stands at the front door until an enrolment that was opened is trained."""
    mark = world.comes(person)
    world.wait(
        lambda seen: (
            isinstance(seen.value, m.EnrolmentChanged)
            and seen.value.enrolment == opened["enrolment"]
            and seen.value.state is m.EnrolmentState.TRAINED
        ),
        mark,
        "the enrolment is trained",
    )
    world.goes()


# --- who may -------------------------------------------------------------------------------------


def test_a_porter_looks_up_and_changes_nothing(
    world: ConsoleWorld, porter: httpx.Client, card: str
) -> None:
    csrf = read(porter.get("/me")).forms[0].fields["csrf"][0]
    page = porter.get(f"/people/{card}")

    tried = {
        path: porter.post(f"/people/{card}/{path}", data={"csrf": csrf, "typed": card})
        for path in (
            "rename", "shut-out", "let-in", "groups", "groups/x/leave", "pin", "pin/remove",
            "forget-where", "cancel", "undo", "export", "remove",
        )
    }  # fmt: skip
    added = porter.post("/people/add", data={"csrf": csrf, "name": "A", "card": next(_cards)})

    assert page.status_code == OK
    assert "/remove" not in page.text
    assert "/people/add" not in porter.get("/people").text
    assert {answer.status_code for answer in (*tried.values(), added)} == {403}
    assert shown(world, card)["enabled"] is True


def test_a_viewer_has_no_people(world: ConsoleWorld, card: str) -> None:
    with world.http("viewer") as viewer:
        answers = [viewer.get(path) for path in ("/people", f"/people/{card}", "/rules")]

    assert {answer.status_code for answer in answers} == {403}


def test_a_name_with_markup_stays_a_name(alice: httpx.Client) -> None:
    card, name = next(_cards), "<script>alert(1)</script>&amp;"
    fill(alice, "/people/add", name=name, card=card)

    for path in (f"/people/{card}", "/people?q=script", f"/people/{card}/remove",
                 f"/people/{card}/shut-out", f"/people/{card}/may?door=front"):  # fmt: skip
        page = alice.get(path)
        assert "<script>alert" not in page.text
        assert name in read(page).text


# --- the brain away ------------------------------------------------------------------------------


def test_nothing_typed_is_lost_while_the_brain_is_away_and_a_retry_does_it_once(
    world: ConsoleWorld, alice: httpx.Client, card: str
) -> None:
    new = next(_cards)
    adding, removing = alice.get("/people/add"), alice.get(f"/people/{card}/remove")
    world.stop_brain()
    try:
        away = send(alice, adding, "/people/add", name="Resident Away", card=new)
        unsure = send(alice, removing, f"/people/{card}/remove", typed=card)
        nothing = alice.get("/people")
    finally:
        world.start_brain()
    world.until(lambda: alice.get("/people").status_code == OK, "the console sees the brain again")
    again = send(alice, away, "/people/add")
    removed = send(alice, unsure, f"/people/{card}/remove")

    assert {answer.status_code for answer in (away, unsure, nothing)} == {AWAY}
    assert read(away).form("/people/add").fields["name"] == ["Resident Away"]
    assert again.status_code == SEE
    assert shown(world, new)["name"] == "Resident Away"
    assert removed.status_code == OK
    assert len([one for one in audited(world, "add") if one["card"] == new]) == 1


def test_a_removal_whose_answer_was_lost_is_told_when_it_is_sent_again(
    alice: httpx.Client, card: str
) -> None:
    page = alice.get(f"/people/{card}/remove")

    first = send(alice, page, f"/people/{card}/remove", typed=card)
    second = send(alice, page, f"/people/{card}/remove", typed=card)

    assert read(first).text == read(second).text
    assert "Name and card number" in read(second).text
