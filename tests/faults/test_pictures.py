"""Pictures and payloads that nobody should open: mutated, cut, claiming to be huge.

At the parsers themselves, and at a brain that runs as in the product: a process of its own, whose
pictures are looked at in further ones.
"""

from __future__ import annotations

import random
import resource
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from brain_world import POINTS, RED, Admin, Door, alive, claiming, painted
from cases import case
from extent import many
from fault_table import Note
from fault_world import FaultWorld, answered, flood, wait_until
from painted_brain import BrainProcess

from bench.system import memory
from brain.nursery import Nursery
from brain.remote_eyes import RemoteEyes
from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import Decision, Reason
from doorbus.signing import Stamp, nonce, sign
from faces import jpeg
from faces.errors import JpegError

CARD = "000000000001"
LOOKED_AT: Final[Any] = tuple((float(x), float(y)) for x, y in POINTS)
MOST_MB: Final = 150
"""How much a process may grow while it is fed with bombs or mutations, megabytes."""

MOST_MS: Final = 500.0
"""A picture of 160 pixels takes 1 ms; so much only a loaded machine needs."""


def most_megabytes() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, removed, doubled, or the end cut off."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        if not changed:
            break
        place = rng.randrange(len(changed))
        match rng.randrange(5):
            case 0:
                changed[place] = rng.randrange(256)
            case 1:
                del changed[place : place + rng.randrange(1, 200)]
            case 2:
                changed[place:place] = changed[place : place + rng.randrange(1, 200)]
            case 3:
                changed[place : place + 2] = bytes((255, rng.randrange(256)))
            case _:
                del changed[place:]
    return bytes(changed)


@case(20, "mutated JPEGs at the decoder", "no crash, memory and time bounded")
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_mutated_pictures_are_refused_or_read_and_never_more(note: Note) -> None:
    count = many(2000, 100_000)
    rng = random.Random(5)
    whole = [painted(RED) for _ in range(5)]
    before, slowest, read = most_megabytes(), 0.0, 0
    for i in range(count):
        data = mutated(whole[i % len(whole)], rng)
        begun = time.perf_counter()
        try:
            jpeg.decode(data)
            read += 1
        except JpegError:
            pass
        slowest = max(slowest, (time.perf_counter() - begun) * 1000)
    grown = most_megabytes() - before

    note(f"{count} mutations", read=read, refused=count - read, MB_more=f"{grown:.0f}")
    note(slowest_ms=f"{slowest:.0f}")
    assert grown < MOST_MB
    assert slowest < MOST_MS


def wires() -> list[tuple[topics.Topic[Any], Wire]]:
    """One message of each kind that is parsed."""
    burst = m.Burst(
        visit=1,
        nonce=nonce(),
        liveness=alive(),
        crops=(m.Crop(jpeg=painted(RED), points=None, at_ms=0),),
    )
    verdict = m.Verdict(
        visit=1, nonce=nonce(), decision=Decision.GRANT, reason=Reason.MATCH, hold_s=1
    )
    made: list[tuple[topics.Topic[Any], Any]] = [
        (topics.RECOGNIZE, burst),
        (topics.VERDICT, verdict),
        (topics.DOOR_EVENT, m.DoorEvent(id="1-1", kind=m.EventKind.WOKE, at=1.0)),
        (topics.CHALLENGE, m.Challenge(order="o-1", challenge=nonce())),
        (topics.COMMAND, m.AskChallenge(number=1, order="o-1")),
        (topics.ACK, m.Ack(items=(m.AckItem(id="1-1", outcome=m.Outcome.STORED),))),
    ]
    return [(topic, codec.encode(topic, value, "front")) for topic, value in made]


@case(21, "mutated payloads of every kind at the parser", "refused or read, nothing else")
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_mutated_payloads_are_refused_or_read_and_nothing_else_happens(note: Note) -> None:
    count = many(2000, 100_000)
    rng = random.Random(6)
    whole = wires()
    before, read = most_megabytes(), 0
    for i in range(count):
        topic, wire = whole[i % len(whole)]
        try:
            codec.decode(topic, Wire(wire.topic, mutated(wire.payload, rng), wire.properties))
            read += 1
        except MessageError:
            pass
    grown = most_megabytes() - before

    note(f"{count} mutations of 6 kinds", read=read, MB_more=f"{grown:.0f}")
    assert grown < MOST_MB


def png_bomb(side: int) -> bytes:
    """A small PNG of a large black square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * (1 + 3 * side)) for _ in range(side)) + packer.flush()
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@case(20, "mutated JPEGs at the decoder", "no crash, memory and time bounded")
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_mutated_pictures_end_no_process_that_looks_at_them(note: Note) -> None:
    count = many(1000, 100_000)
    rng = random.Random(7)
    nursery = Nursery("slow_eyes:made", "")
    eyes = RemoteEyes(nursery)
    eyes.start()
    try:
        whole = [painted(RED) for _ in range(5)]
        first, read = eyes.pid, 0
        for begin in range(0, count, 20):
            crops = [
                m.Crop(jpeg=mutated(whole[i % 5], rng) or b"-", points=LOOKED_AT, at_ms=50 * i)
                for i in range(20)
            ]
            read += len(eyes.burst(crops).probes)
            first = first if begin else eyes.pid
        assert eyes.pid is not None
        taken = memory.of_tree(eyes.pid).share / memory.MEGABYTE
        last = eyes.pid
    finally:
        eyes.stop()
    lost = sum(nursery.losses().values())

    note(f"{count} mutations in a looker", seen=read, lookers_lost=lost, looker_MB=f"{taken:.0f}")
    assert (lost, last) == (0, first)
    assert taken < MOST_MB


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultWorld]:
    with FaultWorld(tmp_path) as world:
        yield world


@pytest.fixture
def brain(world: FaultWorld) -> BrainProcess:
    return world.brain_process(liveness={"policies": ["standard"]}, health_s=1)


@pytest.fixture
def admin(world: FaultWorld) -> Admin:
    return world.side.admin()


@pytest.fixture
def door(world: FaultWorld, brain: BrainProcess, admin: Admin) -> Door:
    """A played door whose brain is there and knows somebody."""
    door = world.side.door(started=False)
    door.heard.wait(m.Availability, lambda word: word is m.Availability.ONLINE)
    assert brain.running
    door.ack_of(door.tell(m.EventKind.STARTED).id)
    world.side.enrol(admin, door, CARD, RED)
    return door


@case(23, "mutated messages, rightly signed, at a running brain", "refused or read, memory bounded")
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_door_that_signs_rubbish_ends_nothing(
    world: FaultWorld, brain: BrainProcess, door: Door, note: Note
) -> None:
    count = many(120, 1500)
    rng = random.Random(8)
    health = world.side.watch("brain/health")
    whole = [painted(RED) for _ in range(20)]

    def rubbish(number: int) -> Wire:
        """A burst of mutated pictures, or any message with a mutated body."""
        match number % 4:
            case 0:
                pictures = [mutated(one, rng) or b"-" for one in whole]
                return codec.encode(topics.RECOGNIZE, door.burst(pictures, number + 10), "front")
            case 1:
                good = codec.encode(topics.RECOGNIZE, door.burst(whole, number + 10), "front")
            case 2:
                event = m.DoorEvent(id=f"1-{number + 10}", kind=m.EventKind.WOKE, at=1.0)
                good = codec.encode(topics.DOOR_EVENT, event, "front")
            case _:
                frame = m.EnrolFrame(jpeg=whole[0], enrolment="e-1", index=number % 200, count=200)
                good = codec.encode(topics.ENROL_FRAME, frame, "front")
        return Wire(good.topic, mutated(good.payload, rng), good.properties)

    before = brain.tree_mb()
    most = before
    for begin in range(0, count, 60):
        wires = []
        for number in range(begin, begin + 60):
            wire = rubbish(number)
            topic = next(topic for topic in topics.ALL if topic.matches(wire.topic))
            wires.append(sign(wire, topic, Stamp("front", door.epoch), door.key))
        flood(door.bus, wires)
        wait_until(lambda: answered(door), "all of these are judged")
        most = max(most, brain.tree_mb())
    good = door.visit(whole, count + 100)
    told = health.wait(m.BrainHealth, lambda one: one.lookers is not None and bool(one.poison))
    lost = told.lookers

    note(f"{count} of 4 kinds, signed by a true door", MB_before=f"{before:.0f}")
    note(fuzz_MB=f"{most:.0f}", lookers_died=lost.died if lost else "unknown")
    assert good.decision is Decision.GRANT
    assert lost is not None
    assert (lost.died, lost.hung, lost.memory) == (0, 0, 0)


@case(22, "JPEG and PNG bombs in bursts and frames", "refused, memory bounded, doors work on")
def test_bombs_are_refused_and_the_brain_works_on(
    brain: BrainProcess, admin: Admin, door: Door, note: Note
) -> None:
    bombs = [
        png_bomb(3000),
        claiming(painted(RED), width=30_000, height=30_000),
        claiming(painted(RED), width=65_535, height=1),
        b"GIF89a" + b"\xff" * 1000,
        b"\xff\xd8" + b"\xff" * 40_000,
    ]
    before, slowest = brain.tree_mb(), 0.0
    for visit, bomb in enumerate(bombs, 1):
        begun = time.monotonic()
        refused = door.visit([bomb + bytes([i]) for i in range(20)], visit)
        slowest = max(slowest, time.monotonic() - begun)
        assert (refused.decision, refused.reason) == (Decision.DENY, Reason.BAD_PICTURES)
    admin.ok("enroll", card="000000000002", door="front", name="Somebody")
    start = door.heard.wait(m.StartEnrolment, after=1)
    for index, bomb in enumerate(bombs):
        door.frame(start, index, bomb)
        item = m.frame_item(start.enrolment, index)
        assert door.ack_of(item).outcome is m.Outcome.REFUSED
    good = door.visit([painted(RED) for _ in range(20)], 10)
    after = brain.tree_mb()
    grown = after - before

    note(f"{len(bombs)} kinds", slowest_s=f"{slowest:.2f}", MB_more=f"{grown:.0f}")
    note(fuzz_MB=f"{after:.0f}")
    assert good.decision is Decision.GRANT
    assert grown < MOST_MB
