"""What the brain tells afterwards: the audit, what visits were about, doors' events, figures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brain_consoles import Console, console
from brain_enrolments import opened
from brain_world import BLUE, GREEN, RED, Admin, Door, World, alive, painted

from brain import counting, logbook
from doorbus import messages as m
from doorbus import topics
from doorbus.messages import ErrorCode, EventKind, Role

CARD = "000000000001"
TURN = m.TaskSet(task=m.TaskName.TURN_LEFT, asked_ms=-900, answered=True)
SCREEN = m.EvidenceSeen(
    sign=m.LifeSign.SCREEN,
    finding=m.LifeFinding.ABSTAINED,
    score=0.24,
    start_ms=-500,
    end_ms=300,
)
SEEN = alive().model_copy(update={"evidence": (SCREEN,), "task": TURN})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.brain(consoles=str(tmp_path / "consoles"), timezone="Europe/Berlin")
    yield world
    world.close()


@pytest.fixture
def admin(world: World) -> Admin:
    return world.admin()


@pytest.fixture
def front(world: World) -> Door:
    return world.door()


def faces(colour: tuple[int, int, int]) -> list[bytes]:
    return [painted(colour) for _ in range(20)]


def tell(door: Door, number: int, kind: EventKind, at: float, **more: Any) -> None:
    """An event of a time and visit of its own."""
    event = m.DoorEvent(id=f"{door.epoch}-{9000 + number}", kind=kind, at=at, **more)
    door.send(topics.DOOR_EVENT, event)
    door.ack_of(event.id)


# --- the log -------------------------------------------------------------------------------------


def test_the_log_tells_the_visit_and_what_the_door_saw(
    world: World, admin: Admin, front: Door
) -> None:
    world.enrol(admin, front, CARD, RED, "Ann")
    front.visit(faces(RED), 1, liveness=SEEN)
    front.visit(faces(BLUE), 2)

    (denied,) = admin.ok("log", what="deny")["entries"]
    (granted,) = admin.ok("log", what="grant")["entries"]

    assert (denied["visit"], denied["reason"], denied["name"]) == (2, "unknown", None)
    assert denied["evidence"] == {"policy": "standard", "blinks": 1, "signs": [], "task": None}
    assert (granted["visit"], granted["name"], granted["card"]) == (1, "Ann", CARD)
    assert granted["evidence"] == {
        "policy": "standard",
        "blinks": 1,
        "signs": [{"sign": "screen", "finding": "abstained", "score": 0.24}],
        "task": {"task": "turn_left", "answered": True},
    }


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.VIEWER, (None, None, None)),
        (Role.PORTER, ("Ann", CARD, None)),
        (Role.ADMINISTRATOR, ("Ann", CARD, 0.24)),
    ],
)
def test_names_are_for_porters_and_scores_for_administrators(
    world: World, admin: Admin, front: Door, role: Role, told: tuple[object, ...]
) -> None:
    resident = world.enrol(admin, front, CARD, RED, "Ann")
    front.visit(faces(RED), 1, liveness=SEEN)
    asking: Console = console(world).as_account("carl", role)

    (granted,) = asking.ok("log", what="grant")["entries"]

    assert granted["resident"] == resident
    score = granted["evidence"]["signs"][0].get("score")
    assert (granted["name"], granted["card"], score) == told
    assert ("score" in json.dumps(granted)) is (score is not None)


@pytest.mark.parametrize("role", list(Role))
def test_duress_is_for_administrators_alone(
    world: World, admin: Admin, front: Door, role: Role
) -> None:
    resident = world.enrol(admin, front, CARD, RED, "Ann")
    tell(front, 1, EventKind.DURESS, time.time() - 5, detail=resident)
    asking: Console = console(world).as_account("carl", role)

    told = [
        asking.ok("log", what="duress")["entries"],
        asking.ok("events", kinds=["duress"])["entries"],
        [one for one in asking.ok("log")["entries"] if one["what"] == "duress"],
    ]

    assert [len(one) for one in told] == [int(role is Role.ADMINISTRATOR)] * 3


def test_entries_about_no_visit_have_neither(admin: Admin) -> None:
    admin.ok("add", name="Ann", card=CARD)

    (entry,) = admin.ok("log", what="add")["entries"]

    assert (entry["visit"], entry["evidence"]) == (None, None)


def test_what_visits_were_about_goes_with_the_resident_and_the_audit_stays_whole(
    world: World, admin: Admin, front: Door
) -> None:
    world.enrol(admin, front, CARD, RED, "Ann")
    front.visit(faces(RED), 1)
    exported = admin.ok("export", card=CARD)["audit"]

    erased = admin.ok("remove", card=CARD)["erased"]["database"]

    assert [one["visit"] for one in exported if one["what"] == "grant"] == [1]
    assert erased["visits"] == 1
    (granted,) = admin.ok("log", what="grant")["entries"]
    assert (granted["visit"], granted["evidence"], granted["name"]) == (None, None, None)
    with world.brains[0]._parts.store.work() as work:
        assert work.audit.check().broken is None


def test_a_search_that_looked_long_enough_says_where_to_go_on(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100, 112):
        admin.ok("add", name="Somebody", card=f"480000000{number}")
    admin.ok("disable", card="480000000100")
    for _ in range(12):
        admin.ok("enable", card="480000000100")
    monkeypatch.setattr(logbook, "WITHIN", 10)

    pages, before = [], None
    while True:
        page = admin.ok("log", what="disable", before=before)
        pages.append(page["entries"])
        before = page["before"]
        if before is None:
            break

    assert [len(page) for page in pages] == [0, 1, 0]


def test_pages_of_the_log_hold_each_entry_once(admin: Admin) -> None:
    for number in range(7):
        admin.ok("add", name="Somebody", card=f"48000000010{number}")

    found, before = [], None
    while True:
        page = admin.ok("log", limit=3, before=before)
        found += [one["number"] for one in page["entries"]]
        before = page["before"]
        if before is None:
            break

    assert found == list(range(7, 0, -1))


# --- events --------------------------------------------------------------------------------------


def test_events_come_newest_first_with_what_the_person_was_shown(admin: Admin, front: Door) -> None:
    now = time.time()
    tell(front, 1, EventKind.WOKE, now - 60, visit=4)
    tell(front, 2, EventKind.NO_BLINK, now - 50, visit=4, prompt=m.DoorPrompt.BLINK)

    told = admin.ok("events", door="front", visit=4)

    assert told["before"] is None
    assert [one["kind"] for one in told["entries"]] == ["no_blink", "woke"]
    assert told["entries"][0] == {
        "door": "front",
        "id": "1-9002",
        "kind": "no_blink",
        "at": now - 50,
        "visit": 4,
        "detail": "",
        "prompt": "blink",
    }


def test_events_are_found_by_kind_door_and_time(world: World, admin: Admin, front: Door) -> None:
    now, back = time.time(), world.door("back")
    for number in range(3):
        tell(front, number, EventKind.SPOOF, now - 100 - number)
        tell(back, number, EventKind.NO_BLINK, now - 100 - number)

    spoofs = admin.ok("events", kinds=["spoof"])["entries"]
    early = admin.ok("events", until=now - 101, since=now - 102.5, door="back")["entries"]

    assert {(one["door"], one["kind"]) for one in spoofs} == {("front", "spoof")}
    assert len(spoofs) == 3
    assert [one["at"] for one in early] == [now - 102]


def test_pages_of_events_hold_each_event_once_also_those_of_one_moment(
    admin: Admin, front: Door
) -> None:
    now = time.time() - 1000
    for number in range(8):
        tell(front, number, EventKind.SPOOF, now + number // 4)

    found, before = [], None
    while True:
        more: dict[str, Any] = {} if before is None else {"before": before}
        page = admin.ok("events", kinds=["spoof"], limit=3, **more)
        found += [one["id"] for one in page["entries"]]
        before = page["before"]
        if before is None:
            break

    assert sorted(found) == [f"1-{9000 + number}" for number in range(8)]


def test_a_rare_kind_is_searched_for_in_pages(
    admin: Admin, front: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time() - 1000
    tell(front, 0, EventKind.SPOOF, now)
    for number in range(1, 8):
        tell(front, number, EventKind.WOKE, now + number)
    monkeypatch.setattr(logbook, "WITHIN", 5)

    first = admin.ok("events", kinds=["spoof"])
    second = admin.ok("events", kinds=["spoof"], before=first["before"])

    assert first["entries"] == []
    assert [one["id"] for one in second["entries"]] == ["1-9000"]


def test_a_clock_that_was_not_set_dates_nothing(admin: Admin, front: Door) -> None:
    before = time.time()
    tell(front, 1, EventKind.SPOOF, 7.0)
    tell(front, 2, EventKind.FIRE, before + 5000)

    entries = admin.ok("events", kinds=["spoof", "fire"], since=before - 1)["entries"]

    assert len(entries) == 2
    assert all(before - 1 <= one["at"] <= time.time() for one in entries)


def test_a_visit_needs_its_door_and_a_page_its_form(admin: Admin) -> None:
    lone = admin.refused("events", visit=3)
    nonsense = admin.refused("events", before="1.2.3/front/x")

    assert (lone.code, nonsense.code) == (ErrorCode.BAD_REQUEST,) * 2
    assert "each door counts its own" in lone.error


# --- figures -------------------------------------------------------------------------------------


def test_figures_count_verdicts_and_what_doors_told(
    world: World, admin: Admin, front: Door
) -> None:
    back = world.door("back")
    world.enrol(admin, front, CARD, RED)
    front.visit(faces(RED), 1)
    front.visit(faces(BLUE), 2)
    back.visit(faces(GREEN), 1)
    tell(front, 1, EventKind.NO_BLINK, time.time() - 5, visit=3)

    figures = admin.ok("figures")
    at_front = admin.ok("figures", door="front")

    assert figures["timezone"] == "Europe/Berlin"
    assert len(figures["hours"]) == 24
    assert sum(one["granted"] for one in figures["hours"]) == 1
    assert sum(one["refused"] for one in figures["hours"]) == 2
    assert len(figures["days"]) == 30
    assert figures["days"][-1] | {"date": ""} == {"date": "", "granted": 1, "refused": 2}
    assert figures["reasons"] == {"unknown": 2}
    assert figures["told"] == {"no_blink": 1}
    assert figures["doors"] == {
        "back": {"granted": 0, "refused": 1},
        "front": {"granted": 1, "refused": 1},
    }
    assert at_front["doors"] == {"front": {"granted": 1, "refused": 1}}
    assert set(figures) == _documented()


def _documented() -> set[str]:
    """What topics.md shows of it."""
    text = (Path(__file__).parents[2] / "topics.md").read_text(encoding="utf-8")
    example = text.split("### Figures")[1].split("```figures")[1].split("```")[0]
    return set(json.loads(example))


def test_of_a_long_time_the_last_quarter_is_counted(admin: Admin) -> None:
    figures = admin.ok("figures", since=0.0)

    assert len(figures["days"]) == m.MOST_FIGURE_DAYS


def test_nothing_is_counted_of_what_is_to_come(admin: Admin) -> None:
    refused = admin.refused("figures", since=time.time() + 10 * 86_400)

    assert refused.code is ErrorCode.BAD_REQUEST


def test_many_who_ask_at_once_each_get_one_answer_or_are_asked_to_come_again(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_WAITING", 3)

    for _ in range(40):
        admin.publish(b'{"op": "figures"}')
    admin.heard.wait(m.OkResponse)
    deadline = time.monotonic() + 20
    while len(admin.responses) < 40 and time.monotonic() < deadline:
        time.sleep(0.05)

    codes = [getattr(one, "code", None) for one in admin.responses]
    assert len(codes) == 40
    assert set(codes) <= {None, ErrorCode.RATE_LIMITED}


# --- while frames come in ------------------------------------------------------------------------


def test_an_enrolment_tells_what_is_wrong_with_its_newest_frames(admin: Admin, front: Door) -> None:
    start = opened(admin, front)
    for index in range(10):
        front.frame(start, index, painted(RED))
    well = admin.heard.wait(m.EnrolmentChanged, lambda one: one.usable == 10)
    for index in range(10, 19):
        front.frame(start, index, painted(RED, faces=2))

    badly = admin.heard.wait(m.EnrolmentChanged, lambda one: one.hint is not None)

    assert well.hint is None
    assert (badly.state, badly.hint) == (
        m.EnrolmentState.CAPTURING,
        m.EnrolmentHint.SEVERAL_FACES,
    )
    assert badly.usable == 10


def test_an_enrolment_that_is_over_tells_no_more_of_its_frames(
    world: World, admin: Admin, front: Door
) -> None:
    start = opened(admin, front)
    for index in range(20):
        front.frame(start, index, painted(RED))

    done = world.trained(admin, start.enrolment)

    assert (done.usable, done.hint) == (None, None)
