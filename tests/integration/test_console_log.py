"""The pages Log and Figures: real console, brain and doors, without a browser."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from console_world import ZONE, ConsoleWorld
from page_forms import read, send

from doorbus import messages as m
from story.people import Person

pytestmark = pytest.mark.browser

OK, SEE, FORBIDDEN, MISSING, MEND, AWAY = 200, 303, 403, 404, 422, 503
RESIDENT, STRANGER = Person(811), Person(819)
MARKUP = '=cmd|"<img src=x onerror=alert(1)>'


@dataclass(frozen=True)
class Day:
    """A resident was let in, a stranger was refused, somebody did not blink, a door was opened."""

    world: ConsoleWorld
    granted: dict[str, Any]
    denied: dict[str, Any]


@pytest.fixture(scope="module")
def day(world: ConsoleWorld) -> Day:
    world.enrol(RESIDENT)
    assert world.visit(RESIDENT) is m.EventKind.GRANTED
    assert world.visit(STRANGER) is m.EventKind.DENIED
    world.ask("unlock", door="front", reason=MARKUP)

    def newest(what: str) -> dict[str, Any]:
        entry: dict[str, Any] = world.ask("log", what=what, door="front", limit=1)["entries"][0]
        return entry

    return Day(world, newest("grant"), newest("deny"))


@pytest.fixture
def alice(world: ConsoleWorld) -> Iterator[httpx.Client]:
    with world.http("administrator") as client:
        yield client


@pytest.fixture
def porter(world: ConsoleWorld) -> Iterator[httpx.Client]:
    with world.http("porter") as client:
        yield client


@pytest.fixture
def viewer(world: ConsoleWorld) -> Iterator[httpx.Client]:
    with world.http("viewer") as client:
        yield client


def shown(client: httpx.Client, path: str) -> str:
    """What a reader sees of a page."""
    answer = client.get(path)
    assert answer.status_code == OK, (path, answer.status_code)
    return read(answer).text


def numbers(client: httpx.Client, path: str) -> list[int]:
    """The entries that a page lists."""
    return [int(one) for one in re.findall(r'href="/log/(\d+)"', client.get(path).text)]


# --- who sees what -------------------------------------------------------------------------------


@pytest.mark.usefixtures("day")
def test_the_log_says_who_was_let_in_and_refused_and_why(porter: httpx.Client) -> None:
    text = shown(porter, "/log?door=front")

    assert RESIDENT.name in text
    assert MARKUP in text
    assert f'href="/people/{RESIDENT.card}"' in porter.get("/log").text


def test_a_viewer_sees_opaque_ids_no_name_no_card_and_no_score(
    day: Day, viewer: httpx.Client
) -> None:
    number = day.granted["number"]
    paths = ("/log", f"/log/{number}", "/log/doors", "/log/export.csv", "/log/export.json")
    for path in (*paths, "/figures"):
        told = viewer.get(path).text
        assert RESIDENT.name not in told, path
        assert RESIDENT.card not in told, path
        assert "score" not in told.lower(), path

    assert day.granted["resident"] in shown(viewer, "/log")


def test_scores_of_signs_are_for_administrators(
    day: Day, alice: httpx.Client, porter: httpx.Client
) -> None:
    path = f"/log/{day.granted['number']}"

    assert "Score" in shown(alice, path)
    assert "Score" not in shown(porter, path)
    assert "score" not in porter.get("/log/export.json").text
    assert '"score"' in alice.get("/log/export.json").text


def test_a_refusal_says_what_the_door_saw_and_what_the_person_was_shown(
    day: Day, viewer: httpx.Client
) -> None:
    text = shown(viewer, f"/log/{day.denied['number']}")

    assert "What the person was shown" in text
    assert "What the door saw" in text
    assert "demo" in text
    assert "Nothing is known of it" not in text


def test_what_the_door_itself_refused_is_listed_with_what_was_asked(
    day: Day, viewer: httpx.Client
) -> None:
    mark = day.world.comes(RESIDENT, blinks=False)
    day.world.wait(
        lambda seen: (
            isinstance(seen.value, m.DoorEvent) and seen.value.kind is m.EventKind.NO_BLINK
        ),
        mark,
        "the door tells of no blink",
    )
    day.world.goes()
    answer = day.world.ask("events", kinds=["no_blink"], limit=1)

    assert answer["entries"][0]["prompt"] == "blink"
    page = viewer.get("/log/doors?kind=no_blink&door=front").text
    assert page.count('<tr role="row">') >= 2  # with the headings


@pytest.mark.usefixtures("day")
def test_markup_in_a_reason_is_text(alice: httpx.Client) -> None:
    assert "<img" not in alice.get("/log?what=unlock").text


# --- filters -------------------------------------------------------------------------------------


def test_filters_find_and_stay(day: Day, porter: httpx.Client) -> None:
    path = "/log?what=deny&door=front&reason=unknown"
    answer = porter.get(path)

    form = read(answer).form("/log")
    assert (form.fields["what"], form.fields["door"]) == (["deny"], ["front"])
    assert day.denied["number"] in numbers(porter, path)
    assert day.granted["number"] not in numbers(porter, path)
    assert numbers(porter, "/log?door=back&what=grant") == []


@pytest.mark.parametrize("typed", [RESIDENT.name, RESIDENT.card, RESIDENT.name.lower()])
def test_a_person_is_found_by_name_and_card(day: Day, porter: httpx.Client, typed: str) -> None:
    found = numbers(porter, f"/log?person={typed}")

    assert day.granted["number"] in found
    assert day.denied["number"] not in found


def test_several_people_of_one_name_are_to_choose_from(day: Day, porter: httpx.Client) -> None:
    for card in ("202699990001", "202699990002"):
        day.world.ask("add", name="Ann Twin", card=card)

    answer = porter.get("/log?person=ann twin&what=add")

    assert answer.status_code == MEND
    assert "person" in read(answer).wrong
    assert "/log?what=add&amp;person=202699990001" in answer.text


@pytest.mark.usefixtures("day")
def test_nobody_of_that_name_is_said_beside_the_field(porter: httpx.Client) -> None:
    answer = porter.get("/log?person=Nobody at all")

    assert answer.status_code == MEND
    assert read(answer).form("/log").fields["person"] == ["Nobody at all"]
    assert "person" in read(answer).wrong


def test_a_viewer_finds_by_opaque_id_and_is_told_that_names_are_not_theirs(
    day: Day, viewer: httpx.Client
) -> None:
    assert day.granted["number"] in numbers(viewer, f"/log?person={day.granted['resident']}")

    for typed in (RESIDENT.name, RESIDENT.card):
        answer = viewer.get(f"/log?person={typed}")
        assert answer.status_code == MEND
        assert numbers(viewer, f"/log?person={typed}") == []


@pytest.mark.parametrize("path", ["/log", "/log/doors"])
def test_a_time_that_is_none_is_said_beside_its_field(viewer: httpx.Client, path: str) -> None:
    nonsense = viewer.get(f"{path}?since=tomorrow")
    backwards = viewer.get(f"{path}?since=2026-01-05&until=2026-01-04")

    assert (nonsense.status_code, backwards.status_code) == (MEND, MEND)
    assert set(read(nonsense).wrong) == {"since"}
    assert set(read(backwards).wrong) == {"until"}


def test_times_are_the_sites_own(day: Day, viewer: httpx.Client) -> None:
    local = f"{datetime.fromtimestamp(day.denied['at'], ZoneInfo(ZONE)):%Y-%m-%dT%H:%M}"

    path = f"/log?what=deny&since={local}&until={local}"

    assert day.denied["number"] in numbers(viewer, path)


def test_pages_hold_each_entry_once(day: Day, viewer: httpx.Client) -> None:
    first = date(2030, 1, 1)
    for later in range(60):
        day.world.ask("holiday", date=(first + timedelta(later)).isoformat())

    found, path = [], "/log?what=holiday"
    while path:
        page = viewer.get(path)
        found += [int(one) for one in re.findall(r'href="/log/(\d+)"', page.text)]
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = older[1].replace("&amp;", "&") if older else ""

    assert len(found) == len(set(found)) >= 60
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    "path",
    [
        "/log?before=x&what=zzz&reason=nonsense",
        "/log?before=99999999999999999999",
        "/log?person=r-%00",
        "/log?door=NOT A DOOR",
        "/log?admin=%27;drop",
        "/log/doors?kind=zzz&before=1.2.3/x/y",
        "/figures?days=0&door=front",
        "/figures?days=zzz",
    ],
)
@pytest.mark.usefixtures("day")
def test_no_address_that_somebody_makes_up_breaks_a_page(viewer: httpx.Client, path: str) -> None:
    assert viewer.get(path).status_code in {OK, MEND}


def test_an_entry_that_is_not_there_is_not_found(viewer: httpx.Client) -> None:
    assert viewer.get("/log/999999999").status_code == MISSING
    assert viewer.get("/log/zzz").status_code == MISSING


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("day")
def test_the_sheet_holds_what_the_filter_shows_and_no_formula(alice: httpx.Client) -> None:
    answer = alice.get("/log/export.csv?what=unlock")

    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["what"] for row in rows] == ["unlock"] * len(rows)
    assert rows[0]["reason"] == f"'{MARKUP}"
    assert rows[0]["time"].endswith(("+01:00", "+02:00"))


@pytest.mark.usefixtures("day")
def test_the_json_is_an_array_of_all_entries(alice: httpx.Client) -> None:
    entries = alice.get("/log/export.json").json()

    assert [one["number"] for one in entries] == list(range(len(entries), 0, -1))
    assert alice.get("/log/export.json?what=limited").json() == []


def test_a_file_of_a_wrong_filter_leads_back_to_the_filter(viewer: httpx.Client) -> None:
    answer = viewer.get("/log/export.csv?since=tomorrow&what=deny")

    assert answer.status_code == SEE
    assert answer.headers["location"] == "/log?what=deny&since=tomorrow"


# --- this was not me -----------------------------------------------------------------------------


def test_an_administrator_takes_back_what_a_visit_taught_under_their_own_name(
    day: Day, alice: httpx.Client
) -> None:
    path = f"/log/{day.granted['number']}/not-me"
    page = alice.get(path)

    answer = send(alice, page, path)

    assert RESIDENT.name in read(page).text
    assert answer.status_code == SEE
    assert "nothing_learnt" in answer.headers["location"]
    (noted, *_) = day.world.ask("log", what="undo")["entries"]
    assert (noted["actor"], noted["reason"]) == (
        "console.main/administrator",
        "refused: nothing_to_undo",
    )


def test_who_is_no_administrator_takes_nothing_back(
    day: Day, porter: httpx.Client, viewer: httpx.Client
) -> None:
    path = f"/log/{day.granted['number']}/not-me"

    for client in (porter, viewer):
        assert client.get(path).status_code == FORBIDDEN
        assert client.post(path, data={"csrf": "x"}).status_code == FORBIDDEN
        assert "/not-me" not in client.get(f"/log/{day.granted['number']}").text


def test_of_a_refusal_nothing_is_taken_back(day: Day, alice: httpx.Client) -> None:
    assert alice.get(f"/log/{day.denied['number']}/not-me").status_code == MISSING


# --- figures -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("day")
def test_figures_are_drawn_and_stand_in_tables(viewer: httpx.Client) -> None:
    page = viewer.get("/figures?days=1").text
    text = shown(viewer, "/figures?days=1")

    assert page.count("<rect") > 48
    assert "style=" not in page
    assert 'role="img"' in page
    assert "The numbers as a table" in text
    assert re.search(r"\d+ let in , \d+ refused", text)


@pytest.mark.usefixtures("day")
def test_figures_of_a_door_where_nobody_came_say_so(viewer: httpx.Client) -> None:
    assert "Nobody came in this time." in shown(viewer, "/figures?days=1&door=nowhere")


# --- the first page of all -----------------------------------------------------------------------


def test_the_first_page_after_setting_up_tells_the_sites_own_time(day: Day) -> None:
    day.world.stop_console()
    (day.world.settings.data_dir / "timezone").unlink()
    day.world.start_console()

    with day.world.http("viewer") as client:
        page = client.get("/log?what=deny").text

    local = datetime.fromtimestamp(day.denied["at"], ZoneInfo(ZONE))
    assert f'datetime="{local.isoformat(timespec="seconds")}"' in page


# --- the brain is away ---------------------------------------------------------------------------


def test_while_the_brain_is_away_the_pages_say_so(day: Day, viewer: httpx.Client) -> None:
    day.world.stop_brain()
    try:
        codes = [viewer.get(path).status_code for path in ("/log", "/log/doors", "/figures")]
    finally:
        day.world.start_brain()

    assert codes == [AWAY] * 3
    day.world.until(lambda: viewer.get("/log").status_code == OK, "the log is there again")
