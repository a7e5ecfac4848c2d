"""How long does the brain take for a verdict and for a training, beside its network alone?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.recognition.goals import Goal
from bench.speed import frames
from bench.speed.peer import FaceRecognition
from bench.system import page, steps
from bench.system.door_client import DoorClient, NoAnswerError
from bench.system.pictures import burst_of, enrolment_pictures
from brain.adapters import encoders
from brain.config import BrainSettings
from brain.ports import Encoder, Image, Points
from brain.shares import split
from demo.observer import Observer, Seen
from demo.stage import Stage
from doorbus import messages as m
from doorbus.settings import load
from doorbus.signing import nonce
from doorctl.conversation import Conversation, new_transaction
from faces import jpeg, models
from faces.detect import FaceDetector

CROPS = 20
FRAMES = 200
ALONE_EVERY = 4
"""Visits after which the network alone is timed on the same crops, so that load hits both."""

PEER_ROUNDS = 3
BEYOND_MS = 20
TRAINED_S = 180.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is enrolled, and how fast their frames come; 0 is as fast as they are stored."""

    name: str
    card: str
    portrait: str
    interval_s: float


PEOPLE = (
    Person("Barack Obama", "202600000001", "obama.jpg", 0.04),
    Person("Joe Biden", "202600000002", "biden.jpg", 0.0),
)
"""The first one's frames come as fast as a door takes them from its camera."""


class Network:
    """The encoder that the brain was told to use, alone in this process."""

    def __init__(self, stage: Stage) -> None:
        settings = load(stage.site.brain / "brain.yaml", BrainSettings)
        make = encoders.maker(settings)
        self._encoders: list[Encoder] = [make() for _ in range(settings.worker_count)]
        for encoder in self._encoders:
            encoder.start()
        self._detector = FaceDetector(models.path("yunet"))
        self._detector.start()

    def burst(self, crops: Sequence[m.Crop], threads: int = 1) -> float:
        """Seconds to embed a burst's crops, decoded already, divided as the brain does."""
        work = [
            (
                [jpeg.decode(crop.jpeg) for crop in share.crops],
                [np.array(crop.points, np.float32) for crop in share.crops],
            )
            for share in split(crops, threads)
        ]
        with ThreadPoolExecutor(len(work)) as pool:
            began = time.perf_counter()
            done = [
                pool.submit(encoder.encode_all, *share)
                for encoder, share in zip(self._encoders, work, strict=False)
            ]
            for one in done:
                one.result()
            return time.perf_counter() - began

    def threads(self, crops: Sequence[m.Crop]) -> int:
        """How many threads a brain that has nothing else to do looks at a burst with."""
        return len(split(crops, len(self._encoders)))

    def frames(self, pictures: Sequence[bytes]) -> float:
        """Seconds to embed an enrolment's frames, decoded and their faces found already."""
        found: list[tuple[Image, Points]] = []
        for picture in pictures:
            image = jpeg.decode(picture)
            found.append((image, self._detector.detect(image)[0].points))
        began = time.perf_counter()
        for image, points in found:
            self._encoders[0].encode(image, points)
        return time.perf_counter() - began


def trainings(stage: Stage, door: DoorClient, network: Network, folder: Path) -> None:
    """Enrol two people; print the time from each one's last frame to "trained"."""
    shown = page.table(
        f'From the {FRAMES}th frame to "trained"',
        "frames come",
        "to trained",
        f"embedding {FRAMES} alone",
        "ratio",
    )
    observer = Observer()
    try:
        observer.watch(stage.client("admin.alice").broker, "admin.alice/bench", "brain/event")
        for person in PEOPLE:
            pictures = enrolment_pictures(folder, person.portrait, FRAMES)
            spent = train(stage, door, observer, person, pictures)
            alone = network.frames(pictures)
            pace = f"{1 / person.interval_s:.0f} a second" if person.interval_s else "at once"
            shown.add_row(pace, page.seconds(spent), page.seconds(alone), f"{spent / alone:.2f}")
    finally:
        observer.stop()
    page.console.print(shown)


def verdicts(door: DoorClient, network: Network, visits: int) -> list[Goal]:
    """Print the times from burst to verdict beside the network alone and face_recognition."""
    images = frames.vga(CROPS)
    crops, life = burst_of(images)
    ours: list[float] = []
    alone: list[float] = []
    divided: list[float] = []
    threads = network.threads(crops)
    peer: list[float] = []
    with FaceRecognition(images) as other:
        for visit in range(1, visits + 1):
            seconds, verdict = door.visit(
                m.Burst(visit=visit, nonce=nonce(), liveness=life, crops=crops)
            )
            if verdict.decision is not m.Decision.GRANT:
                raise NoAnswerError(f"a resident was refused: {verdict.reason}")
            ours.append(seconds)
            if visit % ALONE_EVERY == 0:
                alone.append(network.burst(crops))
                divided.append(network.burst(crops, threads))
            if visit % (visits // PEER_ROUNDS) == 0:
                peer.append(other.once(doubled=1).wall)
    half = page.middle(ours)
    shown = page.table(
        f"From burst published to verdict received: {visits} visits of {CROPS} crops",
        "",
        "p50",
        "p99",
        "ours = 1",
    )
    shown.add_row("Doorward", page.seconds(half), page.seconds(page.worst(ours)), "1.00")
    for name, times in (
        ("embedding these crops, alone, one core", alone),
        (f"the same on the cores used, {threads}", divided),
        (f"face_recognition, {CROPS} frames 640x480", peer),
    ):
        row = page.middle(times)
        shown.add_row(name, page.seconds(row), "", f"{row / half:.2f}")
    page.console.print(shown)
    burst = m.Burst(visit=1, nonce=nonce(), liveness=life, crops=crops)
    steps.show(burst, page.middle(alone), page.middle(divided), half, threads)
    beyond = (half - page.middle(divided)) * 1e3
    return [
        Goal("from burst to verdict, beyond embedding on the cores used, ms", beyond, BEYOND_MS)
    ]


def train(
    stage: Stage, door: DoorClient, observer: Observer, person: Person, pictures: Sequence[bytes]
) -> float:
    """Enrol somebody at the door `front`; seconds from the last frame to "trained"."""
    mark = observer.mark()
    with Conversation(stage.client("admin.alice")) as alice:
        alice.ask(
            m.Enroll(
                op="enroll",
                transaction=new_transaction(),
                card=person.card,
                door="front",
                name=person.name,
                count=len(pictures),
            )
        )
    enrolment, last = door.enrol(pictures, person.interval_s)

    def is_over(seen: Seen) -> bool:
        return (
            isinstance(seen.value, m.EnrolmentChanged)
            and seen.value.enrolment == enrolment
            and seen.value.state in {m.EnrolmentState.TRAINED, m.EnrolmentState.REFUSED}
        )

    end = observer.wait(is_over, mark, TRAINED_S, "the end of an enrolment")
    if end.value.state is not m.EnrolmentState.TRAINED:
        raise NoAnswerError(f"the enrolment was refused: {end.value.reason}")
    return end.at - last
