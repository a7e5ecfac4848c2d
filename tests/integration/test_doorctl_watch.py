"""`doorctl watch` and `doorctl log` as people type them, to a real brain through a real broker."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from brain_world import BLUE, RED, painted
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorctl.__main__ import main
from doorctl.site import Site

CARD = "202600000017"
NAME = "=Resident One"
"""A name that a spreadsheet would take for a formula."""

HEALTH = m.DoorHealth(
    version="0.1.0",
    uptime_s=61,
    epoch=1,
    mode=m.DoorMode.LOCKDOWN,
    camera=m.CameraHealth.GOOD,
    fps=7.5,
    temperature_c=51.25,
    events=0,
    frames=0,
    certificate_days=300.5,
    clock_sure=True,
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    """A running brain, a resident, and two visits at the door `front`: one granted, one not."""
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    opened = world.admin.ok("enroll", card=CARD, door="front", name=NAME)
    start = world.door.heard.wait(m.StartEnrolment)
    world.door.capture(start, lambda: painted(RED))
    world.admin.heard.wait(
        m.EnrolmentChanged,
        lambda one: (one.enrolment, one.state.value) == (opened["enrolment"], "trained"),
    )
    world.door.visit([painted(RED) for _ in range(20)], 1)
    world.door.visit([painted(BLUE) for _ in range(20)], 2)
    yield world
    world.close()


@pytest.fixture
def doorctl(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as admin.alice: exit code, standard output, standard error."""
    monkeypatch.setenv("DOORWARD_CLIENT", str(site.staff("admin.alice") / "client.yaml"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorctl", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return int(ended.value.code or 0), told.out, told.err

    return run


def told(doorctl: Run, *filters: str) -> list[dict[str, Any]]:
    code, out, _ = doorctl("log", "--json", *filters)
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.usefixtures("world")
def test_the_log_is_filtered_by_everything_it_can_be_asked_for(doorctl: Run) -> None:
    granted = told(doorctl, "--what", "grant")
    denied = told(doorctl, "--what", "deny", "--door", "front", "--reason", "unknown")
    of_card = told(doorctl, "--card", CARD)
    of_alice = told(doorctl, "--admin", "admin.alice")
    before = told(doorctl, "--until", "2020-01-01")
    since = told(doorctl, "--since", "2020-01-01", "--limit", "1000")

    assert [(one["name"], one["door"]) for one in granted] == [(NAME, "front")]
    assert [(one["name"], one["resident"]) for one in denied] == [(None, None)]
    assert {one["resident"] for one in of_card} == {granted[0]["resident"]}
    assert {one["what"] for one in of_alice} == {"enroll"}
    assert before == []
    assert [one["number"] for one in since] == list(range(len(since), 0, -1))


@pytest.mark.usefixtures("world")
def test_many_pages_are_put_together(doorctl: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m, "MOST_LOG_ENTRIES", 2)

    everything = told(doorctl, "--limit", "1000")

    assert len(everything) > 2
    assert everything[-1]["number"] == 1


@pytest.mark.usefixtures("world")
def test_a_csv_file_is_private_and_no_name_in_it_is_a_formula(doorctl: Run, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"

    code, _, _ = doorctl("log", "--what", "grant", "--csv", file)
    again, _, why = doorctl("log", "--csv", file)

    with file.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert code == 0
    assert (row["what"], row["door"], row["name"]) == ("grant", "front", f"'{NAME}")
    assert file.stat().st_mode & 0o777 == 0o600
    assert again == 1
    assert "name a new file" in why


@pytest.mark.usefixtures("world")
def test_an_unknown_card_is_refused_and_two_ways_of_naming_somebody_too(doorctl: Run) -> None:
    unknown = doorctl("log", "--card", "999999999999")
    both = doorctl("log", "--card", CARD, "--resident", "r-1")

    assert unknown[0] == 1
    assert "nobody here has this card" in unknown[2]
    assert both[0] == 2


@pytest.mark.usefixtures("world")
def test_a_misspelt_word_or_door_is_told_and_one_that_merely_has_no_entry_is_not(
    doorctl: Run,
) -> None:
    word = doorctl("log", "--what", "garnt", "--json")
    door = doorctl("log", "--door", "frnt", "--what", "grant")
    nothing_yet = doorctl("log", "--door", "front", "--what", "duress")

    assert (word[0], word[1]) == (2, "")
    assert "did you mean grant" in " ".join(word[2].replace("│", " ").split())
    assert door[0] == 0
    assert "no entry of the audit names a door frnt" in door[2]
    assert (nothing_yet[0], nothing_yet[2]) == (0, "")
    assert "0 entries" in nothing_yet[1]


def test_events_are_shown_with_what_the_person_was_shown(
    world: MosquittoWorld, doorctl: Run
) -> None:
    event = m.DoorEvent(
        id="1-900",
        kind=m.EventKind.NO_BLINK,
        at=time.time() - 5,
        visit=3,
        prompt=m.DoorPrompt.TURN_LEFT,
    )
    world.door.send(topics.DOOR_EVENT, event)
    world.door.ack_of("1-900")

    _, table, _ = doorctl("events", "--door", "front", "--visit", "3")
    _, lines, _ = doorctl("events", "--kind", "no_blink", "--kind", "spoof", "--json")
    misspelt = doorctl("events", "--kind", "no_blnk")

    assert any("no_blink" in line and "turn_left" in line for line in table.splitlines())
    (one,) = [json.loads(line) for line in lines.splitlines()]
    assert (one["id"], one["prompt"]) == ("1-900", "turn_left")
    assert misspelt[0] == 2


def test_more_events_than_fit_an_answer_are_put_together(
    world: MosquittoWorld, doorctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        world.door.ack_of(world.door.tell(m.EventKind.WOKE).id)
    monkeypatch.setattr(m, "MOST_EVENTS", 2)

    _, out, _ = doorctl("events", "--kind", "woke", "--json")

    assert len({json.loads(line)["id"] for line in out.splitlines()}) == 5


@pytest.mark.usefixtures("world")
def test_figures_are_counted_by_hour_door_and_reason(doorctl: Run) -> None:
    _, out, _ = doorctl("figures")
    _, as_json, _ = doorctl("figures", "--json", "--door", "front")
    _, elsewhere, _ = doorctl("figures", "--door", "back")

    lines = out.splitlines()
    assert "1 let in, 1 refused" in lines[0]
    assert ["unknown", "1", "100.0%"] in [line.split() for line in lines]
    assert ["front", "1", "1"] in [line.split() for line in lines]
    assert json.loads(as_json)["doors"] == {"front": {"granted": 1, "refused": 1}}
    assert "0 let in, 0 refused" in elsewhere


@pytest.mark.usefixtures("world")
def test_the_table_shows_a_visit_on_one_line(doorctl: Run) -> None:
    code, out, _ = doorctl("log", "--door", "front")

    assert code == 0
    assert any("grant" in line and "match" in line and NAME in line for line in out.splitlines())


def watching(site: Site, who: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "doorctl", "watch", *options],
        cwd=Path(__file__).parents[2],
        env=os.environ
        | {
            "DOORWARD_CLIENT": str(site.staff(who) / "client.yaml"),
            "COLUMNS": "160",
            "NO_COLOR": "1",
            "TERM": "dumb",
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def lines_until(program: subprocess.Popen[str], topic: str) -> list[dict[str, Any]]:
    """What it printed, until and with the first message on a topic."""
    seen: list[dict[str, Any]] = []
    assert program.stdout is not None
    for line in program.stdout:
        seen.append(json.loads(line))
        if seen[-1]["topic"] == topic:
            return seen
    raise AssertionError(f"nothing on {topic}: {seen}")


def test_machines_get_each_message_and_only_administrators_names(
    world: MosquittoWorld, site: Site
) -> None:
    world.door.send_state(topics.LOCK_STATE, m.LockReport.LOCKED)
    world.door.send_state(topics.DOOR_HEALTH, HEALTH)
    with (
        watching(site, "admin.alice", "--json", "--seconds", "60") as admin,
        watching(site, "monitor.lobby", "--json", "--seconds", "60") as monitor,
    ):
        try:
            kept = lines_until(admin, "door/front/lock/state")
            lines_until(monitor, "door/front/lock/state")
            world.door.visit([painted(RED) for _ in range(20)], 3)
            named = lines_until(admin, "admin/events")[-1]
            world.door.tell(m.EventKind.WOKE)
            other = lines_until(monitor, "door/front/event")
        finally:
            admin.terminate()
            monitor.terminate()

    assert kept[-1]["message"] == "LOCKED"
    assert kept[-1]["retained"]
    assert (named["message"]["name"], named["message"]["card"]) == (NAME, CARD)
    assert {one["topic"] for one in other} >= {"brain/event", "door/front/event"}
    assert CARD not in json.dumps(other)
    assert NAME not in json.dumps(other)


def test_the_table_shows_doors_and_what_happened(world: MosquittoWorld, doorctl: Run) -> None:
    world.door.send_state(topics.DOOR_AVAILABILITY, m.Availability.ONLINE)
    world.door.send_state(topics.LOCK_STATE, m.LockReport.LOCKED)
    world.door.send_state(topics.DOOR_HEALTH, HEALTH)

    code, out, _ = doorctl("watch", "--seconds", "2.5")

    assert code == 0
    assert all(word in out for word in ("front", "LOCKED", "lockdown", "51", "300 d"))
    assert "brain online" in out


def test_of_a_door_that_went_the_table_shows_no_health(world: MosquittoWorld, doorctl: Run) -> None:
    world.door.send_state(topics.DOOR_AVAILABILITY, m.Availability.OFFLINE)
    world.door.send_state(topics.DOOR_HEALTH, HEALTH)

    code, out, _ = doorctl("watch", "--seconds", "2.5")

    assert code == 0
    assert "offline" in out
    assert "lockdown" not in out


def test_without_a_broker_it_says_so(
    site: Site, doorctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorctl.commands_watch.CONNECT_S", 1.0)
    began = time.monotonic()

    code, _, why = doorctl("watch", "--client", site.staff("admin.alice") / "client.yaml")

    assert code == 1
    assert "does not take the connection" in why
    assert time.monotonic() - began < 20
