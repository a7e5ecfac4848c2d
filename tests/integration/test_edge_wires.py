"""A door's wires, orders and office hours on a real broker: lock, states and events.

Real are the door's loop, its lock process, its spool and Mosquitto with certificates and access
list. Played are camera, brain, and the files of wires and clock.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from edge_world import DOOR, World

from demo.private_broker import PrivateBroker
from doorbus.bus import Bus, BusEvent, Delivery, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.messages import AskChallenge, EventKind, OrderAction
from doorbus.settings import BrokerSettings
from doorctl.site import Site
from edge.errors import SensorError
from edge.state_dir import StateDir

T = TypeVar("T")

WITHIN_S = 10.0
SENSES = "senses.yaml"
WIRES: dict[str, Any] = {
    "contact": {"kind": "simulated", "source": SENSES, "held_open_s": 0.5},
    "exit": {"kind": "simulated", "source": SENSES},
    "tamper": {"kind": "simulated", "source": SENSES},
    "fire": {"kind": "simulated", "source": SENSES},
}
OFFICE: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "clock": {"kind": "simulated", "source": "time.txt"},
    "office": {
        "windows": [{"days": ["mon"], "start": "09:00", "end": "17:00"}],
        "first_person": False,
    },
}


class Mosquitto:
    """Buses on a site's broker."""

    def __init__(self, site: Site, broker: PrivateBroker) -> None:
        self._site, self._broker = site, broker

    def bus(
        self,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription] = (),
        birth: Wire | None = None,
        will: Wire | None = None,
    ) -> Bus:
        staff = "." in client_id
        folder = self._site.door(client_id) if not staff else self._site.brain
        if client_id.startswith("monitor"):
            folder = self._site.staff(client_id)
        settings = BrokerSettings(
            host="127.0.0.1",
            port=self._broker.staff_port if staff else self._broker.doors_port,
            ca=folder / "ca.crt",
            cert=folder / "client.crt",
            key=folder / "client.key",
        )
        return MqttBus(settings, client_id, subscriptions=subscriptions, birth=birth, will=will)


class Hall:
    """A world whose wires, clock and orders the test plays."""

    def __init__(self, world: World, buses: Mosquitto) -> None:
        self.world = world
        self.brain = world.brain
        self._buses = buses
        self._wires = dict.fromkeys(WIRES, False)

    def feel(self, **wires: bool) -> None:
        """Have wires show this from now on."""
        self._wires |= wires
        write(self.world.folder / SENSES, json.dumps(self._wires))

    def clock(self, time_of_day: str | None) -> None:
        """Monday, 5 January 2026 in Berlin; None: the clock was never set."""
        text = "" if time_of_day is None else f"2026-01-05T{time_of_day}:00+01:00"
        write(self.world.folder / "time.txt", text)

    def order(self, action: OrderAction) -> str:
        """Give an order as the brain does; what the door said of it."""
        name = f"o-{self.brain.number()}"
        self.brain.command(AskChallenge(number=self.brain.number(), order=name))
        challenge = self.brain.wait(lambda heard: [c for c in heard.challenges if c.order == name])
        self.brain.order(challenge[0], action)
        told = self.brain.wait(
            lambda heard: [
                event.detail
                for event in heard.events
                if event.kind is EventKind.ORDER and name in event.detail.split()
            ]
        )
        return told[0].replace(f" {name}", "")

    def told(self) -> list[EventKind]:
        return [event.kind for event in self.brain.heard.events if event.kind in _SENSED]

    def wait_lock(self, state: str) -> None:
        """Wait until the ledger's last line says so."""
        until(lambda: self.world.ledger()[-1].state == state)

    def kept(self, topic: str) -> str:
        """What the broker has kept of a topic, as somebody who watches gets it."""
        heard: list[Wire] = []

        def take(event: BusEvent) -> None:
            if isinstance(event, Delivery):
                heard.append(event.wire)
                event.ack()

        bus = self._buses.bus("monitor.lobby", subscriptions=[Subscription(topic)])
        bus.start(take)
        try:
            until(lambda: bool(heard))
        finally:
            bus.stop()
        assert heard[0].retain
        return heard[0].payload.decode()


_SENSED = {
    EventKind.EXIT,
    EventKind.FORCED_OPEN,
    EventKind.HELD_OPEN,
    EventKind.CLOSED_AGAIN,
    EventKind.TAMPER,
    EventKind.TAMPER_OVER,
    EventKind.FIRE,
    EventKind.FIRE_OVER,
    EventKind.OFFICE_OPEN,
    EventKind.OFFICE_CLOSED,
    EventKind.CLOCK_UNSURE,
}


def until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.02)


def write(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


Make = Callable[..., Hall]


@pytest.fixture
def hall(site: Site, broker: PrivateBroker, tmp_path: Path) -> Iterator[Make]:
    """Makes the door `front` on a real broker; whatever it started is stopped."""
    worlds: list[World] = []

    def made(*, fire: bool = False, at: str | None = "08:00", **changes: Any) -> Hall:
        folder = tmp_path / "world"
        folder.mkdir()
        buses = Mosquitto(site, broker)
        world = World(folder, broker=buses, **{**WIRES, **changes})
        hall = Hall(world, buses)
        hall.feel(fire=fire)
        hall.clock(at)
        worlds.append(world)
        world.__enter__()
        return hall

    yield made
    for world in worlds:
        world.__exit__()


def test_the_contact_is_a_retained_state_and_an_opening_of_a_locked_door_is_forced(
    hall: Make,
) -> None:
    front = hall()
    front.brain.wait(lambda heard: heard.contact)
    assert front.kept(f"door/{DOOR}/contact") == "OFF"
    time.sleep(1.1)  # just after the lock closed an opening is that of whoever was let in

    front.feel(contact=True)
    front.brain.wait_event(EventKind.FORCED_OPEN)
    front.brain.wait_event(EventKind.HELD_OPEN)
    assert front.kept(f"door/{DOOR}/contact") == "ON"

    front.feel(contact=False)
    assert front.brain.wait_event(EventKind.CLOSED_AGAIN).detail == "forced"
    assert front.kept(f"door/{DOOR}/contact") == "OFF"
    assert front.world.openings() == 0


def test_whoever_leaves_by_the_exit_button_forces_nothing(hall: Make) -> None:
    front = hall()
    front.brain.wait(lambda heard: heard.contact)
    time.sleep(1.1)

    front.feel(exit=True)
    front.brain.wait_event(EventKind.EXIT)
    front.feel(exit=False, contact=True)
    front.brain.wait(lambda heard: heard.contact[-1] == "ON")
    front.feel(contact=False)
    front.brain.wait(lambda heard: heard.contact[-1] == "OFF")

    assert front.told() in ([EventKind.EXIT], [EventKind.EXIT, EventKind.HELD_OPEN])
    assert front.world.openings() == 0


def test_tampering_is_told_when_it_begins_and_ends(hall: Make) -> None:
    front = hall()

    front.feel(tamper=True)
    front.brain.wait_event(EventKind.TAMPER)
    front.feel(tamper=False)

    front.brain.wait_event(EventKind.TAMPER_OVER)


def test_a_fire_opens_also_during_a_lock_down_and_holds_as_long_as_it_calls(hall: Make) -> None:
    front = hall(lock={"kind": "simulated", "longest_hold_s": 1.0, "hold_s": 0.6, **ledger()})
    assert front.order(OrderAction.LOCKDOWN) == "lockdown"

    front.feel(fire=True)
    front.brain.wait_event(EventKind.FIRE)
    front.wait_lock("UNLOCKED")
    time.sleep(2.5)  # far beyond the longest single hold
    assert front.world.openings() == 1
    assert front.world.ledger()[-1].state == "UNLOCKED"
    assert front.kept(f"door/{DOOR}/lock/state") == "UNLOCKED"

    front.feel(fire=False)
    front.brain.wait_event(EventKind.FIRE_OVER)
    front.wait_lock("LOCKED")
    assert front.order(OrderAction.UNLOCK) == "refused unlock lock-down"


def test_a_fire_opens_while_the_broker_is_away_and_is_told_later(
    hall: Make, broker: PrivateBroker
) -> None:
    front = hall()
    broker.stop()

    front.feel(fire=True)
    front.wait_lock("UNLOCKED")
    front.feel(fire=False)
    front.wait_lock("LOCKED")

    broker.start()
    began = front.brain.wait_event(EventKind.FIRE)
    over = front.brain.wait_event(EventKind.FIRE_OVER)
    assert began.at < over.at


def test_a_fire_that_calls_already_opens_the_door_at_its_start(hall: Make) -> None:
    front = hall(fire=True)

    front.wait_lock("UNLOCKED")
    front.brain.wait_event(EventKind.FIRE)


def test_a_fire_opens_again_when_the_lock_process_was_killed(hall: Make) -> None:
    front = hall(fire=True)
    front.wait_lock("UNLOCKED")
    first = front.world.ledger()[-1].pid

    front.world.signal_lock(signal.SIGKILL)

    until(
        lambda: (
            front.world.ledger()[-1].state == "UNLOCKED" and front.world.ledger()[-1].pid != first
        )
    )


def test_an_evacuation_holds_through_a_restart_until_it_is_released(hall: Make) -> None:
    front = hall()

    assert front.order(OrderAction.EVACUATE) == "evacuate"
    front.wait_lock("UNLOCKED")
    assert front.order(OrderAction.LOCKDOWN) == "refused lockdown evacuation"
    front.world.stop_door()
    assert front.world.ledger()[-1].state == "LOCKED"

    front.world.start_door()
    front.wait_lock("UNLOCKED")
    assert front.order(OrderAction.RELEASE) == "release"
    front.wait_lock("LOCKED")


def test_an_evacuation_that_the_disk_does_not_keep_opens_and_says_so(
    hall: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: StateDir, *, on: bool) -> None:  # noqa: ARG001  # the method's signature
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(StateDir, "keep_evacuation", full)
    front = hall()

    assert front.order(OrderAction.EVACUATE) == "evacuate"

    front.wait_lock("UNLOCKED")
    fault = front.brain.wait_event(EventKind.LOCK_FAULT)
    assert "evacuation holds until the next start only" in fault.detail


def test_a_release_ends_lock_down_and_evacuation_for_good(hall: Make) -> None:
    front = hall()
    front.order(OrderAction.LOCKDOWN)
    front.order(OrderAction.EVACUATE)
    front.wait_lock("UNLOCKED")

    front.order(OrderAction.RELEASE)
    front.wait_lock("LOCKED")
    front.world.stop_door()
    front.world.start_door()

    assert front.order(OrderAction.UNLOCK) == "unlock"


def test_office_mode_opens_and_closes_by_the_clock_of_the_site(hall: Make) -> None:
    front = hall(at="08:59", **OFFICE)
    time.sleep(0.5)
    assert front.world.openings() == 0

    front.clock("09:00")
    assert front.brain.wait_event(EventKind.OFFICE_OPEN).detail == "until 17:00"
    front.wait_lock("UNLOCKED")

    front.clock("17:00")
    front.brain.wait_event(EventKind.OFFICE_CLOSED)
    front.wait_lock("LOCKED")


def test_office_mode_waits_for_the_first_person(hall: Make) -> None:
    hours = {**OFFICE["office"], "first_person": True}
    front = hall(at="10:00", **{**OFFICE, "office": hours})
    front.brain.answer = front.brain.grant
    time.sleep(0.5)
    assert front.world.openings() == 0

    front.world.scene.someone = True
    front.brain.wait_event(EventKind.GRANTED)

    front.brain.wait_event(EventKind.OFFICE_OPEN)
    time.sleep(1.0)  # the visit's own time is over
    assert front.world.ledger()[-1].state == "UNLOCKED"


def test_without_a_clock_that_was_set_there_is_no_office_mode(hall: Make) -> None:
    front = hall(at=None, **OFFICE)

    front.brain.wait_event(EventKind.CLOCK_UNSURE)
    time.sleep(1.0)

    assert front.told() == [EventKind.CLOCK_UNSURE]
    assert front.world.openings() == 0


def test_a_fail_safe_door_that_stops_in_order_tells_that_it_is_open(hall: Make) -> None:
    front = hall(lock={"kind": "simulated", "wiring": "fail_safe", "hold_s": 0.6, **ledger()})
    front.brain.wait(lambda heard: heard.lock)

    front.world.stop_door()

    assert front.world.ledger()[-1].state == "UNLOCKED"
    assert front.kept(f"door/{DOOR}/lock/state") == "UNLOCKED"


def test_a_wire_that_cannot_be_had_keeps_the_door_from_starting(tmp_path: Path) -> None:
    world = World(tmp_path, **WIRES)
    world.brain.acking = False
    world.brain.start()

    world.start_door()
    until(lambda: world.crashed is not None)
    world.stop_door()
    world.brain.stop()

    assert isinstance(world.crashed, SensorError)
    assert SENSES in str(world.crashed)


def test_a_wires_file_that_is_spoilt_later_changes_nothing(hall: Make) -> None:
    front = hall(fire=True)
    front.wait_lock("UNLOCKED")

    write(front.world.folder / SENSES, "fire: perhaps\n")
    time.sleep(0.5)
    assert front.world.ledger()[-1].state == "UNLOCKED"

    front.feel(fire=False)
    front.wait_lock("LOCKED")


def ledger() -> dict[str, str]:
    """Where the world looks for the lock's movements."""
    return {"ledger": "ledger.jsonl"}
