"""The brain on a real broker with TLS, certificates and access list."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from brain_world import (
    RED,
    Admin,
    Client,
    Door,
    PaintedDetector,
    PaintedEncoder,
    TestClock,
    painted,
)

from brain.adapters.frames_disk import DiskFrames
from brain.adapters.store_sql import SqlStore
from brain.app import Brain
from brain.config import BrainSettings
from brain.parts import Parts
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.client import MqttBus
from doorbus.errors import NotConnectedError
from doorbus.messages import Availability, Decision
from doorbus.settings import BrokerSettings, load
from doorbus.signing import load_private_key
from doorctl.site import Site
from faces import models
from faces.errors import ModelError

CARD = "000000000001"


def access(folder: Path, file: str) -> functools.partial[MqttBus]:
    """How whoever owns a folder of the site connects."""
    content = yaml.safe_load((folder / file).read_text())
    fields = content["broker"] | {
        name: folder / content["broker"][name] for name in ("ca", "cert", "key")
    }
    return functools.partial(MqttBus, BrokerSettings.model_validate(fields))


class Real:
    """Brain, one door and one administrator on a real broker."""

    def __init__(self, site: Site, broker: PrivateBroker) -> None:
        self.site = site
        self.broker = broker
        self.brain: Brain | None = None
        self.brain_key = load_private_key(site.brain / "brain.key")
        self.admin = Admin(access(site.staff("admin.alice"), "client.yaml"), "admin.alice")
        self.monitor = Client(
            access(site.staff("monitor.lobby"), "client.yaml"), "monitor", ["brain/#"]
        )
        self.door = self._door("front")

    def start(self) -> None:
        settings = load(self.site.brain / "brain.yaml", BrainSettings)
        settings = settings.model_copy(
            update={"enrolment": settings.enrolment.model_copy(update={"count": 20})}
        )
        self.brain = Brain(
            settings,
            Parts(
                store=SqlStore(settings.database_url),
                frames=DiskFrames(settings.data_dir / "frames"),
                connect=functools.partial(MqttBus, settings.broker),
                encoder=PaintedEncoder,
                detector=PaintedDetector,
                clock=TestClock(),
                key=self.brain_key,
            ),
        )
        self.brain.start()
        self.monitor.heard.wait(Availability, lambda word: word is Availability.ONLINE)

    def close(self) -> None:
        for client in (self.admin, self.monitor, self.door):
            client.bus.stop()
        if self.brain is not None:
            self.brain.stop()

    def _door(self, name: str) -> Door:
        folder = self.site.door(name)
        key = load_private_key(folder / "door.key")
        return Door(access(folder, "edge.yaml"), name, key, self.brain_key.public_key())


@pytest.fixture
def real(site: Site, broker: PrivateBroker) -> Iterator[Real]:
    real = Real(site, broker)
    yield real
    real.close()


def enrolled(real: Real) -> None:
    data = real.admin.ok("enroll", card=CARD, door="front", name="Somebody")
    start = real.door.heard.wait(m.StartEnrolment)
    real.door.capture(start, lambda: painted(RED))
    real.admin.heard.wait(
        m.EnrolmentChanged,
        lambda change: (change.enrolment, change.state.value) == (data["enrolment"], "trained"),
    )


def test_enrolled_recognised_and_unlocked_through_mosquitto_alone(real: Real) -> None:
    real.start()
    real.door.tell(m.EventKind.STARTED)
    enrolled(real)

    verdict = real.door.visit([painted(RED) for _ in range(20)], 1)
    unlocked = real.admin.ok("unlock", door="front", reason="parcel")

    assert verdict.decision is Decision.GRANT
    assert unlocked["action"] == "unlock"


def test_after_the_broker_was_killed_everything_goes_on(real: Real) -> None:
    real.start()
    real.door.tell(m.EventKind.STARTED)
    enrolled(real)
    seen = len(real.monitor.heard.of(Availability))

    real.broker.kill()
    real.broker.restart()

    real.monitor.heard.wait(Availability, lambda word: word is Availability.ONLINE, after=seen)
    for number in range(1, 30):
        burst = real.door.burst([painted(RED) for _ in range(20)], number)
        if _sent(real.door, burst):
            break
    assert real.door.heard.of(m.Verdict)[-1].decision is Decision.GRANT


def _sent(door: Door, burst: m.Burst) -> bool:
    """Ask, as a person at the door would once more, until both sides are back."""
    try:
        door.send(topics.RECOGNIZE, burst)
    except NotConnectedError:
        time.sleep(1)
        return False
    time.sleep(1)
    return any(verdict.nonce == burst.nonce for verdict in door.heard.of(m.Verdict))


def test_the_program_runs_until_told_to_end(site: Site, broker: PrivateBroker) -> None:
    try:
        models.path("sface")
        models.path("yunet")
    except ModelError as error:
        pytest.skip(str(error))
    assert broker.running
    monitor = Client(access(site.staff("monitor.lobby"), "client.yaml"), "monitor", ["brain/#"])
    root = Path(__file__).parents[2]
    program = subprocess.Popen(
        [sys.executable, "-m", "brain", "--config", str(site.brain / "brain.yaml")],
        cwd=root,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    try:
        monitor.heard.wait(Availability, lambda word: word is Availability.ONLINE)
        assert monitor.heard.wait(m.BrainHealth).doors == 2
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0
        monitor.heard.wait(Availability, lambda word: word is Availability.OFFLINE)
    finally:
        program.kill()
        program.wait()
        monitor.bus.stop()
