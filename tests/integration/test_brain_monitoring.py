"""What the brain shows: health, figures, names for administrators alone, counts of scores."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from brain_world import BLUE, GREEN, RED, World, painted
from vault_keys import KEYS

from brain.adapters.metrics_prometheus import PrometheusExporter
from brain.adapters.store_sql import SqlStore
from brain.core.scores import ScoreKind, middle
from brain.errors import BrainError
from brain.figures import Seen
from brain.parts import Parts
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import Wire

CARD = "000000000001"
HEALTH = m.DoorHealth(
    version="0.1.0",
    uptime_s=61,
    epoch=1,
    mode=m.DoorMode.OFFICE,
    camera=m.CameraHealth.GOOD,
    fps=7.5,
    temperature_c=51.25,
    events=4,
    frames=1,
    certificate_days=10.0,
    clock_sure=True,
    degraded=("brain",),
)


class MeasuredWorld(World):
    """A brain that shows its figures on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.exporter = PrometheusExporter("127.0.0.1", 0)

    def parts(self, parts: Parts) -> Parts:
        return replace(parts, exporter=self.exporter)

    def scrape(self) -> str:
        address = f"http://127.0.0.1:{self.exporter.port}/metrics"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return str(answer.read().decode())

    def scraped(self, *lines: str) -> str:
        """What is told once each of these lines is."""
        found = wait(lambda: (page := self.scrape()) and all(one in page for one in lines) and page)
        return str(found)


def wait(condition: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MeasuredWorld]:
    world = MeasuredWorld(tmp_path)
    yield world
    world.close()


def test_administrators_hear_by_name_who_came_and_others_do_not(world: MeasuredWorld) -> None:
    world.brain()
    door, admin = world.door(), world.admin()
    named, others = world.watch("admin/events"), world.watch("brain/event", "verdict/#")
    resident = world.enrol(admin, door, CARD, RED, "Resident One")

    door.visit([painted(RED) for _ in range(20)], 1)
    door.visit([painted(BLUE) for _ in range(20)], 2)
    admin.ok("disable", card=CARD)
    door.visit([painted(RED) for _ in range(20)], 3)

    named.wait(m.NamedVisit, lambda one: one.visit == 3)
    told = [
        (one.decision.value, one.reason.value, one.resident, one.name, one.card)
        for one in named.of(m.NamedVisit)
    ]
    assert told == [
        ("grant", "match", resident, "Resident One", CARD),
        ("deny", "unknown", None, None, None),
        ("deny", "disabled", resident, "Resident One", CARD),
    ]
    assert "Resident One" not in str(others.items)
    assert CARD not in str(others.items)


def test_who_a_door_let_in_by_itself_is_named_afterwards(world: MeasuredWorld) -> None:
    world.brain()
    door, admin = world.door(), world.admin()
    named = world.watch("admin/events")
    resident = world.enrol(admin, door, CARD, RED, "Resident One")

    door.tell(m.EventKind.AWAY_GRANTED, resident)
    door.tell(m.EventKind.AWAY_DENIED, f"out_of_hours {resident}")
    door.tell(m.EventKind.AWAY_DENIED, "unknown")
    door.tell(m.EventKind.AWAY_GRANTED, "r-0000000000000000")

    named.wait(m.NamedVisit, after=3)
    told = [
        (one.decision.value, one.reason.value, one.name, one.away) for one in named.of(m.NamedVisit)
    ]
    assert told == [
        ("grant", "match", "Resident One", True),
        ("deny", "out_of_hours", "Resident One", True),
        ("deny", "unknown", None, True),
        ("grant", "match", None, True),
    ]


def test_health_counts_doors_visits_and_how_long_they_took(world: MeasuredWorld) -> None:
    world.brain(health_s=1)
    heard = world.watch("brain/health")
    door, admin = world.door(), world.admin()
    world.enrol(admin, door, CARD, RED)

    door.send_state(topics.DOOR_AVAILABILITY, m.Availability.ONLINE)
    door.visit([painted(RED) for _ in range(20)], 1)
    door.visit([painted(BLUE) for _ in range(20)], 2)
    told = heard.wait(m.BrainHealth, lambda one: one.visits == 2 and one.online == 1)
    door.send_state(topics.DOOR_AVAILABILITY, m.Availability.OFFLINE)
    alone = heard.wait(m.BrainHealth, lambda one: one.visits == 2 and one.online == 0)

    assert (told.doors, told.granted, alone.doors) == (2, 1, 2)
    assert told.latency is not None
    assert 0 < told.latency.p50 <= told.latency.p99 < 30_000
    assert told.database is not None
    assert told.database > 0
    assert told.disk_free is not None
    assert told.disk_free > 0


def test_an_hour_later_the_visits_of_this_hour_are_forgotten(world: MeasuredWorld) -> None:
    world.brain(health_s=1)
    heard = world.watch("brain/health")
    door, admin = world.door(), world.admin()
    world.enrol(admin, door, CARD, RED)
    door.visit([painted(RED) for _ in range(20)], 1)
    heard.wait(m.BrainHealth, lambda one: one.visits == 1)

    world.clock.ahead += 3601

    later = heard.wait(m.BrainHealth, lambda one: one.visits == 0 and one.residents == 1)
    assert later.latency is None


def test_prometheus_reads_what_happened(world: MeasuredWorld) -> None:
    world.brain(health_s=1)
    door, admin = world.door(), world.admin()
    world.enrol(admin, door, CARD, RED)
    door.send_state(topics.DOOR_AVAILABILITY, m.Availability.ONLINE)
    door.send_state(topics.LOCK_STATE, m.LockReport.UNLOCKED)
    door.send_state(topics.CONTACT, m.ContactReport.OFF)
    door.send_state(topics.DOOR_HEALTH, HEALTH)

    door.visit([painted(RED) for _ in range(20)], 1)
    door.visit([painted(BLUE) for _ in range(20)], 2)

    world.scraped(
        'doorward_visits_total{decision="grant",door="front",reason="match"} 1.0',
        'doorward_visits_total{decision="deny",door="front",reason="unknown"} 1.0',
        "doorward_verdict_seconds_count 2.0",
        'doorward_verdict_seconds_bucket{le="+Inf"} 2.0',
        'doorward_door_online{door="front"} 1.0',
        'doorward_door_unlocked{door="front"} 1.0',
        'doorward_door_open{door="front"} 0.0',
        'doorward_door_mode{door="front",mode="office"} 1.0',
        'doorward_door_degraded{door="front",what="brain"} 1.0',
        'doorward_door_temperature_celsius{door="front"} 51.25',
        'doorward_door_waiting{door="front",what="events"} 4.0',
        'doorward_door_certificate_left_seconds{door="front"} 864000.0',
        'doorward_door_events_total{door="front",kind="started"} 1.0',
        "doorward_doors_online 1.0",
        "doorward_residents 1.0",
    )


def test_what_the_brain_calls_people_for_is_counted(world: MeasuredWorld) -> None:
    world.brain(watch={"door": 3})
    door = world.door()
    world.scraped('doorward_alarms_total{what="many_refusals"} 0.0')

    for _ in range(3):
        door.tell(m.EventKind.SPOOF)

    world.scraped(
        'doorward_alarms_total{what="many_refusals"} 1.0',
        'doorward_alarms_total{what="duress"} 0.0',
    )


def test_of_a_door_that_went_nobody_claims_to_know_how_it_is(world: MeasuredWorld) -> None:
    world.brain()
    door = world.door()
    door.send_state(topics.DOOR_AVAILABILITY, m.Availability.ONLINE)
    door.send_state(topics.DOOR_HEALTH, HEALTH)
    world.scraped('doorward_door_temperature_celsius{door="front"}')

    door.send_state(topics.DOOR_AVAILABILITY, m.Availability.OFFLINE)

    page = world.scraped('doorward_door_online{door="front"} 0.0')
    assert 'doorward_door_temperature_celsius{door="front"}' not in page

    # As the broker hands out what it still keeps of a door that crashed.
    door.send_state(topics.DOOR_HEALTH, HEALTH)
    door.send_state(topics.LOCK_STATE, m.LockReport.LOCKED)

    page = world.scraped('doorward_door_unlocked{door="front"} 0.0')
    assert 'doorward_door_temperature_celsius{door="front"}' not in page


def test_figures_show_no_name_no_card_and_no_resident(world: MeasuredWorld) -> None:
    world.brain(health_s=1)
    door, admin = world.door(), world.admin()
    resident = world.enrol(admin, door, CARD, RED, "Resident One")
    door.visit([painted(RED) for _ in range(20)], 1)

    page = world.scraped('doorward_visits_total{decision="grant"', "doorward_residents 1.0")

    assert not re.search(f"Resident One|{CARD}|{resident}", page)


def test_a_state_that_is_taken_away_or_unreadable_stops_nothing(world: MeasuredWorld) -> None:
    world.brain()
    door = world.door()
    for topic in (topics.LOCK_STATE, topics.CONTACT, topics.DOOR_HEALTH):
        door.bus.publish(Wire(topic.name("front"), b"", retain=True)).result(5)
        door.bus.publish(Wire(topic.name("front"), b"what?")).result(5)

    door.send_state(topics.LOCK_STATE, m.LockReport.LOCKED)

    world.scraped('doorward_door_unlocked{door="front"} 0.0')


def test_a_port_that_is_taken_is_named(world: MeasuredWorld) -> None:
    world.exporter.start(Seen)

    with pytest.raises(BrainError, match=r"metrics.port"):
        PrometheusExporter("127.0.0.1", world.exporter.port).start(Seen)

    world.exporter.stop()
    world.exporter.stop()


def test_without_settings_nobody_listens(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        assert world.settings().metrics is None
        assert world.settings(metrics={"port": 9109}).metrics is not None
        loopback = world.settings(metrics={"port": 9109}).metrics
        assert loopback is not None
        assert loopback.host == "127.0.0.1"
    finally:
        world.close()


def test_scores_are_counted_for_the_day_and_belong_to_nobody(world: MeasuredWorld) -> None:
    brain = world.brain()
    door, admin = world.door(), world.admin()
    world.enrol(admin, door, CARD, RED)
    world.enrol(admin, door, "000000000002", GREEN)
    for visit in (1, 2):
        door.visit([painted(RED) for _ in range(20)], visit)
    door.visit([painted(BLUE) for _ in range(20)], 3)
    brain.stop()

    store = SqlStore(world.settings().database_url, KEYS)
    store.start(upgrade=False)
    with store.work() as work:
        counts = work.scores.since(date(2000, 1, 1))
    store.stop()

    visits = {kind: sum(one.visits for one in counts if one.kind is kind) for kind in ScoreKind}
    assert visits == {
        ScoreKind.RESIDENT: 2,
        ScoreKind.OTHER: 2,
        ScoreKind.UNKNOWN: 1,
        ScoreKind.THRESHOLD: 3,
    }
    lowest = min(middle(one.place) for one in counts if one.kind is ScoreKind.RESIDENT)
    highest = max(middle(one.place) for one in counts if one.kind is ScoreKind.OTHER)
    assert lowest > highest
