"""Somebody is enrolled by photos with `mosquitto_pub` alone, by the words of topics.md."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import RED, painted
from documents import sections
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorctl.site import Site

DOCUMENT = Path(__file__).parents[2] / "topics.md"
CARD = "000000000017"


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


def scripts() -> tuple[str, str, str]:
    """How the document connects, asks, and sends photos."""
    (by_hand,) = [section for section in sections(DOCUMENT) if section.title == "By hand"]
    blocks = [text for kind, text in by_hand.blocks if kind == "sh"]
    (at,) = [line for line in blocks[0].splitlines() if line.startswith("at=")]
    (ask,) = [line for text in blocks for line in text.splitlines() if line.startswith("ask() {")]
    (send,) = [text for text in blocks if "send() {" in text]
    return at, ask, send


def run(world: MosquittoWorld, folder: Path, script: str, **variables: str) -> None:
    subprocess.run(
        ["/bin/sh", "-e", "-c", script],
        check=True,
        timeout=30,
        cwd=folder,
        env={
            **os.environ,
            "BROKER": "127.0.0.1",
            "PORT": str(world.broker.staff_port),
            **variables,
        },
    )


def test_the_commands_of_the_document_enrol_somebody(world: MosquittoWorld) -> None:
    folder = world.site.staff("admin.alice")
    at, ask, send = scripts()
    opening = {
        "op": "enroll",
        "transaction": "by-hand",
        "name": "Ann",
        "card": CARD,
        "source": "upload",
        "count": 3,
    }
    (folder / "photos").mkdir()
    for name in ("a", "b", "c"):
        (folder / "photos" / f"{name}.jpg").write_bytes(painted(RED, faces=2 if name == "b" else 1))

    run(world, folder, f"{at}\n{ask}\nask '{json.dumps(opening)}'")
    opened = world.admin.heard.wait(m.OkResponse, lambda one: one.transaction == "by-hand").data
    run(
        world,
        folder,
        f"{at}\n{send}",
        ENROLMENT=str(opened["enrolment"]),
        TOKEN=str(opened["token"]),
    )

    done = world.admin.heard.wait(
        m.EnrolmentChanged, lambda one: one.state is m.EnrolmentState.TRAINED
    )
    told = [world.admin.heard.wait(m.PhotoLooked, after=number) for number in range(3)]
    assert done.templates == 2
    assert [(one.index, one.usable, one.reason) for one in told] == [
        (0, True, ""),
        (1, False, "with several faces"),
        (2, True, ""),
    ]
    assert world.door.visit([painted(RED) for _ in range(20)], 1).decision is m.Decision.GRANT


def test_a_photo_without_its_properties_is_told_of_and_moves_nothing(
    world: MosquittoWorld,
) -> None:
    folder = world.site.staff("admin.alice")
    at, _, _ = scripts()
    (folder / "photo.jpg").write_bytes(painted(RED))

    run(world, folder, f"{at}\nmosquitto_pub $at -q 1 -t admin/frames -f photo.jpg")

    refused = world.admin.heard.wait(m.MessageRefused)
    assert refused.topic == "admin/frames"
    assert "enrolment: " in refused.reason
    assert "token: " in refused.reason


def test_a_monitor_may_send_no_photo(world: MosquittoWorld) -> None:
    folder = world.site.staff("monitor.lobby")
    at, _, send = scripts()
    (folder / "photos").mkdir()
    (folder / "photos" / "a.jpg").write_bytes(painted(RED))
    opened = world.admin.ok("enroll", card=CARD, name="Ann", source="upload", count=1)

    done = subprocess.run(
        ["/bin/sh", "-c", f"{at}\n{send}"],
        check=False,
        timeout=30,
        cwd=folder,
        capture_output=True,
        env={
            **os.environ,
            "BROKER": "127.0.0.1",
            "PORT": str(world.broker.staff_port),
            "ENROLMENT": opened["enrolment"],
            "TOKEN": opened["token"],
        },
    )

    assert b"Not authorized" in done.stderr
    assert world.admin.ok("show", card=CARD)["enrolment"]["stored"] == 0
