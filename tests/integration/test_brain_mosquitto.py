"""The brain on a real broker with TLS, certificates and access list."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import RED, Client, Door, painted
from mosquitto_world import MosquittoWorld, access

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.errors import NotConnectedError
from doorbus.messages import Availability, Decision
from doorctl.site import Site
from faces import models
from faces.errors import ModelError

CARD = "000000000001"


@pytest.fixture
def real(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    real = MosquittoWorld(site, broker)
    yield real
    real.close()


def enrolled(real: MosquittoWorld) -> None:
    data = real.admin.ok("enroll", card=CARD, door="front", name="Somebody")
    start = real.door.heard.wait(m.StartEnrolment)
    real.door.capture(start, lambda: painted(RED))
    real.admin.heard.wait(
        m.EnrolmentChanged,
        lambda change: (change.enrolment, change.state.value) == (data["enrolment"], "trained"),
    )


def test_enrolled_recognised_and_unlocked_through_mosquitto_alone(real: MosquittoWorld) -> None:
    real.start()
    real.door.tell(m.EventKind.STARTED)
    enrolled(real)

    verdict = real.door.visit([painted(RED) for _ in range(20)], 1)
    unlocked = real.admin.ok("unlock", door="front", reason="parcel")

    assert verdict.decision is Decision.GRANT
    assert unlocked["action"] == "unlock"


def test_after_the_broker_was_killed_everything_goes_on(real: MosquittoWorld) -> None:
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
