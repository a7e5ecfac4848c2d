"""The brain and Home Assistant's side of MQTT discovery, on a real broker with its access list.

Home Assistant is played by clients with the certificate that its administrator would have. A second
broker with a bridge stands for a Home Assistant that has one of its own.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from homeassistant_rules import mistakes, templates
from mosquitto_world import MosquittoWorld

from brain.config import BrainSettings
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import NotConnectedError, PublishRefused
from doorbus.settings import load
from doorctl import provisioning
from doorctl.conversation import ClientSettings
from doorctl.site import Site

FRONT = "homeassistant/device/doorward_brain-main_front/config"
BACK = "homeassistant/device/doorward_brain-main_back/config"
STATUS = "homeassistant/status"


class Hub:
    """Whoever connects as Home Assistant does, and remembers what is kept and what comes."""

    def __init__(self, site: Site, who: str, *filters: str) -> None:
        settings = load(site.staff(who) / "client.yaml", ClientSettings)
        self.heard: list[Wire] = []
        self._change = threading.Condition()
        self._connected = threading.Event()
        self.bus = MqttBus(
            settings.broker.model_copy(update={"prefix": ""}),
            f"{who}/hub",
            subscriptions=[Subscription(one) for one in filters],
        )
        self.bus.start(self._hear)
        assert self._connected.wait(15)

    def _hear(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self._connected.set()
        elif isinstance(event, Delivery):
            event.ack()
            with self._change:
                self.heard.append(event.wire)
                self._change.notify_all()

    def wait(self, what: Callable[[Wire], bool], after: int = 0, seconds: float = 15) -> Wire:
        def found() -> list[Wire]:
            return [wire for wire in self.heard[after:] if what(wire)]

        with self._change:
            assert self._change.wait_for(found, seconds), self.heard
            return found()[0]


def on(topic: str) -> Callable[[Wire], bool]:
    return lambda wire: wire.topic == topic and bool(wire.payload)


@pytest.fixture
def homely(site: Site) -> Site:
    """The site, with an administrator who is Home Assistant, and a brain that tells it."""
    provisioning.add_admin(site.root, "homeassistant")
    with (site.brain / "brain.yaml").open("a", encoding="utf-8") as file:
        file.write("\nhomeassistant: {}\n")
    return site


@pytest.fixture
def world(homely: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    broker.reload()
    world = MosquittoWorld(homely, broker)
    world.start()
    yield world
    world.close()


@contextlib.contextmanager
def hub(site: Site, who: str = "admin.homeassistant", *filters: str) -> Iterator[Hub]:
    one = Hub(site, who, *(filters or ("homeassistant/#",)))
    try:
        yield one
    finally:
        one.bus.stop()


def test_every_door_is_told_by_home_assistants_rules_and_kept(
    world: MosquittoWorld, homely: Site
) -> None:
    with hub(homely) as early:
        early.wait(on(FRONT))
        early.wait(on(BACK))
    with hub(homely) as late:
        front, back = late.wait(on(FRONT)), late.wait(on(BACK))

    assert world.brain is not None
    assert front.retain
    assert mistakes(front.topic, front.payload) == []
    assert mistakes(back.topic, back.payload) == []


@pytest.mark.usefixtures("world")
def test_everything_is_told_again_when_home_assistant_starts(homely: Site) -> None:
    with hub(homely) as ours:
        ours.wait(on(FRONT))
        ours.wait(on(BACK))
        seen = len(ours.heard)

        ours.bus.publish(Wire(STATUS, b"offline")).result(5)
        ours.bus.publish(Wire(STATUS, b"online")).result(5)

        ours.wait(on(FRONT), seen)
        ours.wait(on(BACK), seen)


@pytest.mark.usefixtures("world")
def test_a_door_that_goes_is_taken_away_and_one_that_comes_is_told(homely: Site) -> None:
    keys = load(homely.brain / "brain.yaml", BrainSettings).keys.doors
    with hub(homely) as ours:
        ours.wait(on(BACK))
        seen = len(ours.heard)

        (keys / "back.pub").rename(keys / "side.pub")

        ours.wait(lambda wire: wire.topic == BACK and not wire.payload, seen)
        ours.wait(on(BACK.replace("back", "side")), seen)
    with hub(homely) as late:
        late.wait(on(FRONT))
        assert BACK not in {wire.topic for wire in late.heard}


def test_a_door_that_went_while_the_brain_was_away_is_taken_away_later(
    world: MosquittoWorld, homely: Site
) -> None:
    keys = load(homely.brain / "brain.yaml", BrainSettings).keys.doors
    foreign = "homeassistant/device/doorward_brain-second_back/config"
    with hub(homely) as ours, hub(homely, "admin.alice"):
        ours.wait(on(BACK))
        assert world.brain is not None
        world.brain.stop()
        (keys / "back.pub").unlink()
        second = MqttBus(load(homely.brain / "brain.yaml", BrainSettings).broker, "brain.main/x")
        second.start(lambda _: None)
        _when_connected(second, Wire(foreign, b"{}", retain=True))
        second.stop()
        seen = len(ours.heard)

        world.start()

        ours.wait(lambda wire: wire.topic == BACK and not wire.payload, seen)
        ours.wait(on(FRONT), seen)
        assert not any(wire.topic == foreign and not wire.payload for wire in ours.heard)


def _when_connected(bus: MqttBus, wire: Wire) -> None:
    for _ in range(100):
        with contextlib.suppress(NotConnectedError):
            bus.publish(wire).result(5)
            return
        time.sleep(0.1)
    raise AssertionError("not published")


def test_the_software_of_a_door_is_told_once_it_is_known(
    world: MosquittoWorld, homely: Site
) -> None:
    health = m.DoorHealth(
        version="9.9.9",
        uptime_s=1,
        epoch=1,
        mode=m.DoorMode.NORMAL,
        camera=m.CameraHealth.GOOD,
        fps=8,
        events=0,
        frames=0,
    )
    world.door.send_state(topics.DOOR_AVAILABILITY, m.Availability.ONLINE)
    world.door.send_state(topics.DOOR_HEALTH, health)

    with hub(homely) as ours:
        told = ours.wait(lambda wire: wire.topic == FRONT and b"9.9.9" in wire.payload)

    assert json.loads(told.payload)["device"]["sw_version"] == "9.9.9"


def test_unlocking_in_home_assistant_opens_the_door_once(
    world: MosquittoWorld, homely: Site
) -> None:
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    answers = "admin/users/admin.homeassistant/response"
    with hub(homely, "admin.homeassistant", "homeassistant/#", answers) as ours:
        entity = _entity(ours, "lock")
        request = _pressed(entity, "UNLOCK")

        ours.bus.publish(Wire(entity["command_topic"], request)).result(5)
        first = ours.wait(on(answers))
        ours.bus.publish(Wire(entity["command_topic"], request)).result(5)
        again = ours.wait(on(answers), len(ours.heard) - 1)
        ours.bus.publish(Wire(entity["command_topic"], _pressed(entity, "LOCK"))).result(5)
        read = ours.wait(lambda wire: wire.topic == answers and b"entries" in wire.payload)

    assert json.loads(first.payload)["data"]["action"] == "unlock"
    assert again.payload == first.payload
    assert json.loads(read.payload)["status"] == "ok"
    assert [one.action.value for one in world.door.heard.of(m.Order)] == ["unlock"]


def _entity(hub: Hub, name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(hub.wait(on(FRONT)).payload)["components"][name]
    return made


def _pressed(entity: dict[str, Any], value: str) -> bytes:
    return templates().from_string(entity["command_template"]).render(value=value).encode()


@pytest.mark.usefixtures("world")
def test_a_monitor_sees_doors_in_home_assistant_and_works_none(homely: Site) -> None:
    with hub(homely, "monitor.lobby") as watching:
        watching.wait(on(FRONT))

        for topic in (STATUS, FRONT, "admin/users/admin.homeassistant"):
            with pytest.raises(PublishRefused):
                watching.bus.publish(Wire(topic, b"online")).result(5)


@pytest.mark.usefixtures("world")
def test_no_administrator_tells_home_assistant_of_doors(homely: Site) -> None:
    with hub(homely, "admin.alice") as alice:
        alice.wait(on(FRONT))

        with pytest.raises(PublishRefused):
            alice.bus.publish(Wire(FRONT, b"{}")).result(5)


def test_the_bridge_of_the_document_carries_everything_both_ways(
    world: MosquittoWorld, homely: Site, tmp_path: Path
) -> None:
    mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    port = _free_port()
    with _home_broker(mosquitto, tmp_path, port, _bridge(homely, world.broker)):
        front = _heard_at(port, FRONT)
        entity = json.loads(front)["components"]["lockdown"]
        world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)

        _say_at(port, entity["command_topic"], _pressed(entity, "ON"))
        world.door.heard.wait(m.Order, lambda one: one.action is m.OrderAction.LOCKDOWN)
        world.door.send_state(topics.LOCK_STATE, m.LockReport.LOCKED)
        state = _heard_at(port, "door/front/lock/state")

    assert mistakes(FRONT, front) == []
    assert state == b"LOCKED"


def _bridge(site: Site, broker: PrivateBroker) -> str:
    """The configuration that the document shows, with this site's address and files."""
    document = (Path(__file__).parents[2] / "docs/home-assistant.md").read_text(encoding="utf-8")
    found = re.search(r"```conf\n(connection doorward\n.*?)```", document, re.DOTALL)
    assert found is not None
    return (
        found.group(1)
        .replace("broker.example:8883", f"127.0.0.1:{broker.staff_port}")
        .replace("/ssl/doorward/", f"{site.staff('admin.homeassistant')}/")
    )


@contextlib.contextmanager
def _home_broker(mosquitto: str, folder: Path, port: int, bridge: str) -> Iterator[None]:
    """Home Assistant's own broker."""
    config = folder / "home.conf"
    # Started by root, it would become somebody who may not read this folder.
    user = getpass.getuser()
    config.write_text(f"user {user}\nlistener {port} 127.0.0.1\nallow_anonymous true\n{bridge}")
    with (folder / "home.log").open("wb") as log:
        program = subprocess.Popen([mosquitto, "-c", str(config)], stderr=log, stdout=log)
    try:
        yield
    finally:
        program.terminate()
        program.wait(10)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _heard_at(port: int, topic: str) -> bytes:
    """What is kept, or comes, on a topic of Home Assistant's own broker."""
    for _ in range(4):
        done = subprocess.run(
            ["/usr/bin/mosquitto_sub", "-p", str(port), "-t", topic, "-C", "1", "-W", "5", "-N"],
            check=False,
            capture_output=True,
            timeout=20,
        )
        if done.returncode == 0:
            return done.stdout
        time.sleep(0.2)
    raise AssertionError(f"nothing on {topic}")


def _say_at(port: int, topic: str, payload: bytes) -> None:
    command = ["/usr/bin/mosquitto_pub", "-p", str(port), "-q", "1", "-t", topic, "-s"]
    subprocess.run(command, input=payload, check=True, timeout=20)
