"""An administrator's commands as people type them, to a real brain through a real broker."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from brain_world import BLUE, RED, painted
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.signing import nonce
from doorctl import conversation, enrolling
from doorctl.site import Site

CARD, OTHER = "202600000017", "202600000018"
NAME = "Resident One"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    """A running brain, and the door `front` that has started."""
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


@contextlib.contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do something on a thread of its own; what goes wrong in it goes wrong here."""
    with ThreadPoolExecutor(1) as executor:
        done = executor.submit(work)
        yield
        done.result()


@pytest.mark.usefixtures("world")
def test_a_resident_is_added_disabled_enabled_shown_and_removed(doorctl: Run) -> None:
    assert doorctl("users", "add", NAME, CARD)[0] == 0
    assert doorctl("users", "disable", CARD)[0] == 0
    disabled = json.loads(doorctl("users", "show", CARD)[1])
    assert doorctl("users", "enable", CARD)[0] == 0
    enabled = json.loads(doorctl("users", "show", CARD)[1])
    assert doorctl("users", "remove", CARD, "--yes")[0] == 0

    code, _, told = doorctl("users", "show", CARD)

    assert (disabled["enabled"], enabled["enabled"]) == (False, True)
    assert (enabled["name"], enabled["card"]) == (NAME, CARD)
    assert (code, told) == (1, "doorctl: nobody here has this card; `list` shows who is known\n")


@pytest.mark.usefixtures("world")
def test_a_command_says_what_it_did(doorctl: Run) -> None:
    code, out, _ = doorctl("users", "add", NAME, CARD)

    first, rest = out.split("\n", 1)
    assert (code, first) == (0, "add: done")
    assert json.loads(rest)["enabled"] is True


@pytest.mark.usefixtures("world")
def test_the_list_is_a_table_for_people(doorctl: Run) -> None:
    doorctl("users", "add", NAME, CARD)
    doorctl("users", "enroll", OTHER, "front", "--name", "Another [bold]One", "--no-follow")
    doorctl("users", "disable", CARD)

    code, out, _ = doorctl("users", "list")

    lines = [line.split() for line in out.splitlines() if line.strip(" ─")]
    assert code == 0
    assert lines[0] == ["name", "card", "may", "enter", "enrolment", "id"]
    assert lines[1][:-1] == ["Another", "[bold]One", OTHER, "yes", "capturing"]
    assert lines[2][:-1] == ["Resident", "One", CARD, "no", "-"]
    assert lines[3] == ["1", "to", "2", "of", "2"]
    assert all(len(line) <= 100 for line in out.splitlines())


def test_the_list_goes_page_by_page_and_tells_of_the_rest(
    world: MosquittoWorld, doorctl: Run
) -> None:
    for number in range(3):
        world.admin.ok("add", name=f"Resident {number}", card=f"{number:012}")

    _, out, _ = doorctl("users", "list", "--offset", 1, "--limit", 1)

    assert "Resident 1" in out
    assert "Resident 0" not in out
    assert out.splitlines()[-1] == "2 to 2 of 3"


@pytest.mark.usefixtures("world")
def test_an_empty_list_says_so(doorctl: Run) -> None:
    assert doorctl("users", "list") == (0, "none of 0\n", "")


@pytest.mark.usefixtures("world")
def test_the_list_as_json_is_the_answers_data(doorctl: Run) -> None:
    doorctl("users", "add", NAME, CARD)

    data = json.loads(doorctl("users", "list", "--json")[1])

    assert (data["total"], data["offset"]) == (1, 0)
    assert data["residents"][0]["card"] == CARD


def test_an_enrolment_that_is_not_followed_goes_on_until_cancelled(
    world: MosquittoWorld, doorctl: Run
) -> None:
    code, out, _ = doorctl("users", "enroll", CARD, "front", "--name", NAME, "--no-follow")
    opened = json.loads(out)
    started = world.door.heard.wait(m.StartEnrolment)

    cancelled = doorctl("users", "cancel", CARD)
    again = doorctl("users", "cancel", CARD)

    assert (code, opened["state"], opened["count"]) == (0, "capturing", 20)
    assert started.enrolment == opened["enrolment"]
    assert cancelled[0] == 0
    assert again[::2] == (1, "doorctl: this card has no open enrolment\n")


def test_an_enrolment_is_followed_to_its_end(world: MosquittoWorld, doorctl: Run) -> None:
    def capture() -> None:
        world.door.capture(world.door.heard.wait(m.StartEnrolment), lambda: painted(RED))

    with meanwhile(capture):
        code, out, _ = doorctl("users", "enroll", CARD, "front", "--name", NAME)

    assert code == 0
    assert "20/20" in out
    assert "trained: " in out


@pytest.mark.usefixtures("world")
def test_an_enrolment_without_news_is_given_up_and_stays_open(
    doorctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling, "SILENCE_S", 0.5)

    code, _, told = doorctl("users", "enroll", CARD, "front", "--name", NAME)

    assert code == 1
    assert "it stays open" in told
    assert json.loads(doorctl("users", "show", CARD)[1])["enrolment"]["state"] == "capturing"


@pytest.mark.parametrize("order", ["unlock", "lockdown", "release"])
def test_an_order_reaches_the_door(order: str, world: MosquittoWorld, doorctl: Run) -> None:
    code, out, _ = doorctl(order, "front", "--reason", "parcel")

    assert code == 0
    assert json.loads(out.split("\n", 1)[1])["action"] == order
    assert world.door.heard.wait(m.Order).action.value == order


def test_how_long_a_door_is_held_open_may_be_said(world: MosquittoWorld, doorctl: Run) -> None:
    assert doorctl("unlock", "front", "--hold", 8)[0] == 0

    assert world.door.heard.wait(m.Order).hold_s == 8


@pytest.mark.usefixtures("world")
def test_an_order_to_a_door_that_is_not_there_is_a_clear_error(doorctl: Run) -> None:
    unknown = doorctl("unlock", "attic")
    never_heard = doorctl("unlock", "back")

    assert unknown[0] == never_heard[0] == 1
    assert unknown[2].startswith("doorctl: no door attic is known here")
    assert never_heard[2].startswith("doorctl: door back does not answer")


def test_an_order_that_the_door_refuses_is_an_error(world: MosquittoWorld, doorctl: Run) -> None:
    world.door.obedient = False

    def refuse() -> None:
        asked = world.door.heard.wait(m.AskChallenge)
        world.door.send(topics.CHALLENGE, m.Challenge(order=asked.order, challenge=nonce()))
        world.door.heard.wait(m.Order)
        world.door.tell(m.EventKind.ORDER, f"refused unlock {asked.order} lock-down")

    with meanwhile(refuse):
        code, _, told = doorctl("unlock", "front")

    assert (code, told) == (
        1,
        "doorctl: door front refused the order (lock-down); look at its events\n",
    )


def test_a_snapshot_says_where_it_will_come(world: MosquittoWorld, doorctl: Run) -> None:
    code, out, _ = doorctl("snapshot", "front")

    data = json.loads(out.split("\n", 1)[1])
    assert (code, data["topic"]) == (0, "door/front/snapshot")
    assert world.door.heard.wait(m.TakeSnapshot).command == data["command"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("users", "add", NAME, "20260000001"), "card: must be exactly 12 digits"),
        (("users", "show", "2026-0000017"), "card: must be exactly 12 digits"),
        (("unlock", "Front Door"), "door: must be 1 to 32 of a-z, 0-9 and -"),
        (("unlock", "front", "--hold", "0"), "hold_s: Input should be greater than 0"),
        (("users", "enroll", CARD, "front", "--count", "0"), "count: Input should be greater"),
        (("users", "add", "line\nbreak", CARD), "name: "),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_asked(
    arguments: tuple[str, ...], told: str, doorctl: Run
) -> None:
    """No brain runs here: asking would end in another error, ten seconds later."""
    code, _, said = doorctl(*arguments)

    assert code == 2
    assert told in " ".join(said.replace("│", " ").split())


def test_nothing_is_erased_without_a_yes(doorctl: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))

    code, _, told = doorctl("users", "remove", CARD)

    assert code == 1
    assert "Aborted" in told


def test_without_a_brain_there_is_a_clear_error(
    doorctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation.Conversation.ask, "__defaults__", (1.0,))

    code, _, told = doorctl("users", "list")

    assert code == 1
    assert told.startswith("doorctl: no answer from the brain within 1 s (op list)")


def test_without_a_broker_there_is_a_clear_error_within_ten_seconds(
    doorctl: Run, broker: PrivateBroker
) -> None:
    broker.stop()
    began = time.monotonic()

    code, _, told = doorctl("users", "list")

    assert code == 1
    assert told.startswith("doorctl: the broker at 127.0.0.1:")
    assert time.monotonic() - began < 10


def test_a_client_file_that_is_wrong_or_missing_is_a_clear_error(
    doorctl: Run, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_CLIENT", str(site.door("front") / "edge.yaml"))
    another = doorctl("users", "list")
    monkeypatch.delenv("DOORWARD_CLIENT")
    none = doorctl("users", "list")

    assert another[0] == 1
    assert "edge.yaml: door: unknown key" in another[2]
    assert none[0] == 2
    assert "--client" in none[2]


def _data(out: str) -> dict[str, object]:
    """The JSON at the end of what was printed; the brain of this process logs before it."""
    data: dict[str, object] = json.loads(out[out.index("{\n") :])
    return data


def _captured(world: MosquittoWorld, enrolment: str, colour: tuple[int, int, int]) -> None:
    start = world.door.heard.wait(m.StartEnrolment, lambda one: one.enrolment == enrolment)
    world.door.capture(start, lambda: painted(colour))
    world.admin.heard.wait(
        m.EnrolmentChanged,
        lambda one: (one.enrolment, one.state) == (enrolment, m.EnrolmentState.TRAINED),
    )


def test_new_templates_are_taken_and_taken_back_by_command(
    world: MosquittoWorld, doorctl: Run
) -> None:
    opened = world.admin.ok("enroll", card=CARD, door="front", name=NAME)
    _captured(world, opened["enrolment"], RED)

    code, out, _ = doorctl("users", "reenroll", CARD, "front", "--no-follow")
    _captured(world, str(_data(out)["enrolment"]), BLUE)
    undone = doorctl("users", "undo", CARD, "--reason", "wrong person")
    again = doorctl("users", "undo", CARD)

    assert (code, undone[0]) == (0, 0)
    assert _data(undone[1])["enrolment"] == opened["enrolment"]
    assert world.door.visit([painted(RED) for _ in range(20)], 1).decision is m.Decision.GRANT
    assert again[0] == 1
    assert "no earlier set" in again[2]


def test_a_visit_in_dispute_is_named_by_door_and_number(
    world: MosquittoWorld, doorctl: Run
) -> None:
    world.admin.ok("add", name=NAME, card=CARD)

    half = doorctl("users", "undo", CARD, "--visit", 3)
    whole = doorctl("users", "undo", CARD, "--door", "front", "--visit", 3)
    dated = doorctl("users", "undo", CARD, "--since", "2026-01-05")

    assert half[0] == 2
    assert "together" in half[2]
    assert [one[0] for one in (whole, dated)] == [1, 1]
    assert "nothing was learnt" in whole[2]


def test_the_list_names_who_cannot_be_told_apart(world: MosquittoWorld, doorctl: Run) -> None:
    for card in (CARD, OTHER):
        opened = world.admin.ok("enroll", card=card, door="front", name=NAME)
        _captured(world, opened["enrolment"], RED)

    out = doorctl("users", "list")[1]

    assert out.count("cannot be told from r-") == 2
