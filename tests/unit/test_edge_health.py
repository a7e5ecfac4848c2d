"""How a door is: what it lacks, when it tells, and what stands in the message."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import codec
from doorbus.bus import Sink, Wire
from doorbus.certificates import days_left
from doorbus.errors import NotConnectedError
from doorbus.messages import DOOR_HEALTH_EVERY_S, DOOR_HEALTH_EXPIRY_S, DoorHealth, DoorMode
from doorbus.signing import Stamp
from doorbus.topics import DOOR_HEALTH
from doorctl.authority import Authority
from edge.adapters.thermometer_sys import SysThermometer
from edge.core.gate import Gate
from edge.core.health import CAMERAS, Lacks, Notable, Told, degraded, due, telling
from edge.core.visit_events import CameraState
from edge.core.visit_state import Door
from edge.health import HealthTelling, Sources
from edge.messages_out import Speaker
from edge.sealing import PictureSeal
from edge.spool import Spool

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
NOTABLE = Notable(DoorMode.NORMAL, CAMERAS[CameraState.GOOD], False, True, ())


class Postbox:
    """A bus that keeps what is published, or is away."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.away = False

    def start(self, sink: Sink) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def publish(self, wire: Wire) -> Future[None]:
        if self.away:
            raise NotConnectedError("away")
        self.wires.append(wire)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def told(self) -> list[DoorHealth]:
        return [codec.decode(DOOR_HEALTH, wire) for wire in self.wires]


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.time: datetime | None = NOW

    def now(self) -> datetime | None:
        return self.time


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(tmp_path: Path, postbox: Postbox, clock: Clock) -> HealthTelling:
    key = Ed25519PrivateKey.generate()
    Authority.create("doors").issue_client("front").write(tmp_path, "client")
    spool = Spool(
        tmp_path / "spool",
        "front",
        seal=PictureSeal(key),
        max_frame_bytes=1_000_000,
        max_events=100,
    )
    spool.start()
    sources = Sources(
        epoch=7,
        spool=spool,
        wall_clock=clock,
        certificate=tmp_path / "client.crt",
        temperature=lambda: 51.23,
    )
    speaker = Speaker(Stamp("front", 7), key, postbox)
    return HealthTelling(speaker, sources, 100.0, datetime.now(UTC).timestamp)


# --- what it lacks, and when it tells ------------------------------------------------------------


def test_a_door_that_lacks_nothing_says_nothing() -> None:
    assert degraded(Door(), Lacks()) == ()


def test_everything_that_is_lacking_is_a_code() -> None:
    door = replace(Door(), camera=CameraState.FROZEN, brain=False)
    lacks = Lacks(clock=True, networks=True, events=True, away="no_cache")

    assert degraded(door, lacks) == (
        "camera",
        "brain",
        "clock",
        "no_texture_networks",
        "events_lost",
        "no_cache",
    )


def test_it_is_told_every_half_minute_and_at_a_change_but_not_over_and_over() -> None:
    other = replace(NOTABLE, mode=DoorMode.FIRE)
    first = telling(Told(), NOTABLE, 5.0)
    told = telling(first, NOTABLE, 10.0)

    assert due(Told(), NOTABLE, 0.0)
    assert not due(first, NOTABLE, 9.9)
    assert due(first, NOTABLE, 10.0)
    assert not due(told, NOTABLE, 10.0 + DOOR_HEALTH_EVERY_S - 0.1)
    assert due(told, NOTABLE, 10.0 + DOOR_HEALTH_EVERY_S)
    assert not due(told, other, 10.5)
    assert due(told, other, 11.0)


def test_three_tellings_may_be_lost_before_the_broker_forgets() -> None:
    assert 3 * DOOR_HEALTH_EVERY_S < DOOR_HEALTH_EXPIRY_S < 4 * DOOR_HEALTH_EVERY_S


# --- the message ---------------------------------------------------------------------------------


def test_the_message_is_kept_for_a_while_unsigned_and_says_how_the_door_is(
    health: HealthTelling, postbox: Postbox
) -> None:
    for _ in range(75):
        health.picture()
    health.look(Door(), 110.0)

    (wire,) = postbox.wires
    (told,) = postbox.told()
    assert (wire.retain, wire.expiry_s, dict(wire.properties)) == (True, DOOR_HEALTH_EXPIRY_S, {})
    assert (told.uptime_s, told.epoch, told.fps, told.temperature_c) == (10, 7, 7.5, 51.2)
    assert (told.mode, told.running, told.clock_sure) == (DoorMode.NORMAL, True, True)
    assert told.certificate_days is not None
    assert told.certificate_days > 30


def test_pictures_are_counted_anew_after_each_telling(
    health: HealthTelling, postbox: Postbox
) -> None:
    health.picture()
    health.look(Door(), 110.0)
    health.look(Door(), 150.0)

    assert [told.fps for told in postbox.told()] == [0.1, 0.0]


def test_a_lock_down_is_told_at_once(health: HealthTelling, postbox: Postbox) -> None:
    health.look(Door(), 110.0)
    health.look(Door(gate=Gate(locked_down=True)), 112.0)
    health.look(Door(gate=Gate(locked_down=True)), 113.0)

    assert [told.mode for told in postbox.told()] == [DoorMode.NORMAL, DoorMode.LOCKDOWN]


def test_a_clock_that_was_never_set_is_told(
    health: HealthTelling, postbox: Postbox, clock: Clock
) -> None:
    clock.time = None
    health.look(Door(), 110.0)

    (told,) = postbox.told()
    assert told.clock_sure is False
    assert "clock" in told.degraded


def test_what_the_broker_did_not_take_is_told_again(
    health: HealthTelling, postbox: Postbox
) -> None:
    postbox.away = True
    health.look(Door(), 110.0)
    postbox.away = False
    health.look(Door(), 110.5)

    assert len(postbox.told()) == 1


def test_a_new_connection_hears_it_at_once(health: HealthTelling, postbox: Postbox) -> None:
    health.look(Door(), 110.0)
    health.connected()
    health.look(Door(), 110.2)

    assert len(postbox.told()) == 2


def test_a_door_that_stops_says_so_and_does_not_mind_a_broker_that_is_away(
    health: HealthTelling, postbox: Postbox
) -> None:
    health.farewell(Door(), 200.0)
    postbox.away = True
    health.farewell(Door(), 201.0)

    assert [told.running for told in postbox.told()] == [False]


# --- certificate and thermometer -----------------------------------------------------------------


def test_a_certificate_that_is_not_there_or_none_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.crt").write_text("no certificate")

    assert days_left(tmp_path / "missing.crt", 0.0) is None
    assert days_left(tmp_path / "broken.crt", 0.0) is None


def test_a_certificate_ends_when_it_says(tmp_path: Path) -> None:
    Authority.create("doors").issue_client("front", days=10).write(tmp_path, "client")
    now = datetime.now(UTC).timestamp()

    left = days_left(tmp_path / "client.crt", now)
    later = days_left(tmp_path / "client.crt", now + 11 * 86_400)

    assert left == pytest.approx(10, abs=0.1)
    assert later == pytest.approx(-1, abs=0.1)


@pytest.mark.parametrize(
    ("said", "degrees"),
    [("51234\n", 51.234), ("-5000", -5.0), ("hot", None), ("999999999", None), (None, None)],
)
def test_the_board_is_as_warm_as_linux_says(tmp_path: Path, said: str | None, degrees: Any) -> None:
    if said is not None:
        (tmp_path / "thermal_zone0").mkdir()
        (tmp_path / "thermal_zone0" / "temp").write_text(said)

    assert SysThermometer(tmp_path)() == degrees
