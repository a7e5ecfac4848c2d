"""What leaves the door: small enough, in order, with the points along."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from edge_sightings import face, sighting

from doorbus import codec, signing
from doorbus.bus import MAX_PACKET, Sink, Wire
from doorbus.errors import TooLargeError
from doorbus.messages import Availability
from doorbus.signing import Stamp
from doorbus.topics import DOOR_AVAILABILITY, RECOGNIZE, SNAPSHOT
from edge.core.challenge import Answer, Asked, Task
from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.messages_out import (
    ENROL_SIDE,
    MOST_BYTES,
    Speaker,
    availability,
    enrolment_frame,
    liveness,
)
from edge.ports import Frame, Image
from edge.recent_faces import LONGEST_SIDE, MOST, Cutting, RecentFaces
from faces import jpeg

STAMP = Stamp("front", 7)
KEY = Ed25519PrivateKey.generate()
NOISE = np.random.default_rng(3)


def noise(height: int, width: int) -> Image:
    return NOISE.integers(0, 256, (height, width, 3), dtype=np.uint8)


class Ear:
    """A bus that remembers."""

    def __init__(self) -> None:
        self.heard: list[Wire] = []

    def start(self, sink: Sink) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def publish(self, wire: Wire) -> Future[None]:
        self.heard.append(wire)
        done: Future[None] = Future()
        done.set_result(None)
        return done


def cuttings(count: int, side: int) -> list[Cutting]:
    points = np.array(face().points, dtype=np.float32)
    return [Cutting(sighting(10 + i), noise(side, side), points) for i in range(count)]


def test_a_burst_is_signed_and_says_when_each_face_was_seen() -> None:
    ear = Ear()
    seen = liveness("standard", [], [sighting(10)], [sighting(10)], {})

    Speaker(STAMP, KEY, ear).burst(3, "ab" * 16, cuttings(20, 100), seen)

    assert signing.verify(ear.heard[0], RECOGNIZE, lambda _: KEY.public_key()) == STAMP
    burst = codec.decode(RECOGNIZE, ear.heard[0])
    assert [crop.at_ms for crop in burst.crops][:4] == [0, 33, 67, 100]
    assert burst.crops[0].points is not None


@pytest.mark.parametrize("side", [100, LONGEST_SIDE])
def test_a_burst_is_always_small_enough_for_the_broker(side: int) -> None:
    ear = Ear()
    seen = liveness("standard", [], [sighting(10)], [sighting(10)], {})

    Speaker(STAMP, KEY, ear).burst(3, "ab" * 16, cuttings(20, side), seen)

    assert len(ear.heard[0].payload) <= MOST_BYTES < MAX_PACKET
    assert len(codec.decode(RECOGNIZE, ear.heard[0]).crops) == 20


def test_a_burst_that_can_never_be_small_enough_is_refused() -> None:
    seen = liveness("standard", [], [sighting(10)], [sighting(10)], {})

    with pytest.raises(TooLargeError, match="40 faces"):
        Speaker(STAMP, KEY, Ear()).burst(3, "ab" * 16, cuttings(40, LONGEST_SIDE), seen)


def test_a_snapshot_of_a_large_camera_is_made_small_enough() -> None:
    ear = Ear()

    Speaker(STAMP, KEY, ear).snapshot(Frame(noise(1080, 1920), 0.0, 0), "c-1")

    assert len(codec.decode(SNAPSHOT, ear.heard[0]).jpeg) <= MOST_BYTES


def test_liveness_is_told_in_milliseconds_since_the_first_frame_sent() -> None:
    looks = [sighting(i) for i in range(60)]
    blink = Evidence(EvidenceKind.BLINK, 1, 0.9, 1.0, 1.1, 0.6)

    told = liveness("standard", [blink], looks[15:45], looks, {"detector": "yunet"})

    assert (told.blinks[0].start_ms, told.blinks[0].closed_ms, told.blinks[0].end_ms) == (
        400,
        500,
        600,
    )
    assert told.fps == pytest.approx(30.0)


def test_every_sign_travels_with_its_finding_and_the_task() -> None:
    looks = [sighting(i) for i in range(60)]
    evidence = [
        Evidence(EvidenceKind.BLINK, 1, 0.9, 1.0, 1.1, 0.6),
        Evidence(EvidenceKind.BLINK, 1, 1.4, 1.5, 1.6, 0.7),
        Evidence(EvidenceKind.TEXTURE, 1, 0.2, 1.8, 1.8, 1.2),
        Evidence(EvidenceKind.SOLID, 1, 0.0, 1.9, 1.9, 0.0, Finding.ABSTAINED),
    ]

    told = liveness(
        "standard",
        evidence,
        looks[15:45],
        looks,
        {},
        asked=Asked(Task.TURN_LEFT, 0.25, Answer.RIGHT),
    )

    assert len(told.blinks) == 2
    assert [(one.sign.value, one.finding.value, one.score) for one in told.evidence] == [
        ("blink", "live", 0.7),
        ("texture", "live", 1.0),
        ("solid", "abstained", 0.0),
    ]
    assert (told.evidence[1].start_ms, told.evidence[1].end_ms) == (-300, 1300)
    assert told.task is not None
    assert (told.task.task.value, told.task.asked_ms, told.task.answered) == (
        "turn_left",
        -250,
        True,
    )


def test_an_enrolment_frame_shows_the_face_with_a_generous_margin() -> None:
    seen = sighting(seen=replace(face(), box=(900.0, 400.0, 300.0, 300.0)))

    frame = enrolment_frame(noise(1080, 1920), seen, "e-1", 3, 200)

    height, width = jpeg.decode(frame.jpeg).shape[:2]
    assert max(height, width) == ENROL_SIDE
    assert frame.item == "e-1/3"


def test_an_enrolment_frame_without_a_face_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="face"):
        enrolment_frame(noise(100, 100), sighting(track=None), "e-1", 3, 200)


def test_birth_and_will_stand_in_the_broker_for_whoever_comes_later() -> None:
    wire = availability("front", Availability.OFFLINE)

    assert (wire.topic, wire.payload, wire.retain) == (
        DOOR_AVAILABILITY.name("front"),
        b"offline",
        True,
    )


@pytest.mark.parametrize("fps", [10, 30, 60])
def test_only_the_last_three_seconds_of_faces_are_kept_at_any_frame_rate(fps: int) -> None:
    recent, frame = RecentFaces(), noise(240, 320)
    for index in range(4 * fps):
        at = index / fps
        recent.add(Frame(frame, at, index), sighting(index, at=at))

    cut = recent.cut(recent.sightings)

    assert [one.sighting.index for one in cut] == list(range(fps - 1, 4 * fps))
    recent.clear()
    assert recent.sightings == ()


def test_a_camera_that_stamps_every_frame_alike_does_not_fill_the_memory() -> None:
    recent, frame = RecentFaces(), noise(240, 320)

    for index in range(MOST + 30):
        recent.add(Frame(frame, 1.0, index), sighting(index, at=1.0))

    assert len(recent.sightings) == MOST
