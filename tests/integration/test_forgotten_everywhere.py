"""Somebody who was removed is nowhere: brain, door and broker, each searched on its disk.

A real Mosquitto with persistence, a real brain, and a real door with spool and loop; only its eyes
and the brain's are played.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from brain_world import TestClock
from edge_world import World as EdgeWorld
from mosquitto_world import MosquittoWorld, access

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus.bus import Bus, Subscription, Wire
from doorbus.signing import load_private_key
from doorctl.site import Site
from edge import forgetting

NAME, CARD = "Zebedee Quill", "480000000017"
PATIENCE_S = 20.0


class SiteBroker:
    """The site's broker, as its door `front` connects to it."""

    def __init__(self, site: Site) -> None:
        self._connect: functools.partial[Bus] = access(site.door("front"), "edge.yaml")  # type: ignore[assignment]  # it is one

    def bus(
        self,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription] = (),
        birth: Wire | None = None,
        will: Wire | None = None,
    ) -> Bus:
        return self._connect(client_id, subscriptions=subscriptions, birth=birth, will=will)


class Place:
    """The site, its brain and its door `front`."""

    def __init__(self, real: MosquittoWorld, folder: Path) -> None:
        self.real = real
        self.edge = EdgeWorld(folder, broker=SiteBroker(real.site))
        self.edge.brain.acking = False  # it is the real one's task
        self.edge.door_key = load_private_key(real.site.door("front") / "door.key")
        self.edge.brain.key = real.brain_key

    @property
    def state(self) -> Path:
        return self.edge.folder / "state"

    def spooled(self, enrolment: str) -> list[Path]:
        """What the door keeps of an enrolment's pictures."""
        mark = f'"enrolment": "{enrolment}"'.encode()
        return [
            path for path in self.state.rglob("*") if path.is_file() and mark in path.read_bytes()
        ]

    def names(self, folder: Path) -> set[str]:
        """What of the person can be read in a folder."""
        data = b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        wanted = {"name": NAME.encode(), "card": CARD.encode(), "picture": b"\xff\xd8\xff\xe0"}
        return {what for what, plain in wanted.items() if plain in data}

    def restart(self) -> None:
        """Start the brain again, and wait until it hears requests."""
        heard = self.real.monitor.heard
        before = len(heard.of(m.Availability))
        self.real.start()
        heard.wait(m.Availability, lambda word: word is m.Availability.ONLINE, before)

    def waiting(self) -> list[str]:
        found = self.real.admin.ok("erasures")["erasures"]
        return [door for one in found for door in one["waiting"]]


@pytest.fixture
def place(
    site: Site, broker: PrivateBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    real = MosquittoWorld(site, broker)
    real.door.bus.stop()  # the real door takes its place
    monkeypatch.setattr(TestClock, "wall", lambda _: time.time())
    place = Place(real, tmp_path)
    yield place
    place.edge.stop_door()
    real.close()


def until(condition: object, complaint: str) -> None:
    assert callable(condition)
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def half_enrolled(place: Place) -> tuple[str, str]:
    """Somebody whose pictures lie at the brain, at the door, and were on their way between.

    Returns:
        The opaque ids of resident and enrolment.
    """
    real, edge = place.real, place.edge
    real.start()
    edge.scene.someone = True
    edge.start_door()
    opened = real.admin.ok("enroll", card=CARD, door="front", name=NAME, count=500)
    enrolment = str(opened["enrolment"])
    frames = real.site.brain / "data" / "frames" / enrolment
    until(lambda: frames.is_dir() and any(frames.iterdir()), "no picture reached the brain")
    assert real.brain is not None
    real.brain.stop()
    until(lambda: len(place.spooled(enrolment)) >= 5, "nothing waits at the door")
    return str(opened["resident"]), enrolment


def test_nothing_of_somebody_removed_is_left_on_any_disk(place: Place) -> None:
    resident, enrolment = half_enrolled(place)
    real = place.real
    place.restart()

    removed = real.admin.ok("remove", card=CARD)
    until(lambda: place.waiting() == ["back"], "the door has not confirmed")

    assert removed["resident"] == resident
    assert removed["erased"]["frames"] > 0
    assert place.spooled(enrolment) == []
    assert not (real.site.brain / "data" / "frames" / enrolment).exists()
    assert place.names(place.state) == set()
    assert place.names(real.site.brain / "data") == set()
    # What is under way while the broker saves is saved with it, until the next time.
    time.sleep(2)
    real.broker.stop()
    assert (real.broker.state_dir / "mosquitto.db").stat().st_size > 0
    assert place.names(real.broker.state_dir) == set()


def test_a_door_that_was_off_forgets_as_soon_as_it_is_back(place: Place) -> None:
    _, enrolment = half_enrolled(place)
    place.edge.stop_door()
    place.restart()
    removed = place.real.admin.ok("remove", card=CARD)
    before = len(place.spooled(enrolment))

    place.edge.scene.someone = False
    place.edge.start_door()
    until(lambda: place.waiting() == ["back"], "the door has not confirmed")

    assert removed["waiting"] == ["back", "front"]
    assert before >= 5
    assert place.spooled(enrolment) == []


def test_the_pictures_would_be_found_were_the_door_not_to_erase_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, enrolment = half_enrolled(place)
    place.edge.stop_door()
    monkeypatch.setattr(forgetting, "erase_pictures", lambda *_: 0)
    monkeypatch.setattr("edge.enrolment.Enroller.stop", lambda *_: None)
    place.restart()
    place.real.admin.ok("remove", card=CARD)

    place.edge.scene.someone = False
    monkeypatch.setattr("edge.sender.Sender.acked", lambda *_: None)
    place.edge.start_door()
    place.real.admin.heard.wait(m.EnrolmentChanged, lambda one: one.enrolment == enrolment)
    time.sleep(2)

    assert place.spooled(enrolment)
