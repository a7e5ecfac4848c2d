"""A running door asks for its cache, and takes only the one that the brain made for it now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from edge_world import DOOR, TIMEOUT_S, World

from doorbus import cache_parcel, codec, signing
from doorbus.bus import BusEvent, Delivery, Subscription, Wire
from doorbus.messages import (
    CacheAsked,
    CachedLife,
    CachedMatching,
    CachedResident,
    CacheNews,
    CachePart,
    CacheTerms,
    EventKind,
)
from doorbus.topics import CACHE, CACHE_ASKED, COMMAND

QUIET_S = 0.5


class Asked:
    """What a door asked for, its signature checked."""

    def __init__(self, world: World) -> None:
        self.all: list[CacheAsked] = []
        self._key = world.door_key.public_key()
        self.bus = world.broker.bus("cache", subscriptions=(Subscription("door/+/cache"),))
        self.bus.start(self._hear)

    def _hear(self, event: BusEvent) -> None:
        if isinstance(event, Delivery):
            signing.verify(event.wire, CACHE_ASKED, lambda _: self._key)
            self.all.append(codec.decode(CACHE_ASKED, event.wire))
            event.ack()

    def wait(self, number: int = 1) -> CacheAsked:
        wait_until(lambda: len(self.all) >= number)
        return self.all[number - 1]


def wait_until(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + TIMEOUT_S
    while not true():
        assert time.monotonic() < give_up_at, "not within the time"
        time.sleep(0.02)


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Callable[..., tuple[World, Asked]]]:
    started: list[tuple[World, Asked]] = []

    def start(**changes: Any) -> tuple[World, Asked]:
        world = World(tmp_path, **changes)
        asked = Asked(world)
        world.__enter__()
        started.append((world, asked))
        return world, asked

    yield start
    for world, asked in started:
        asked.bus.stop()
        world.__exit__()


def parts(
    world: World, asked: CacheAsked, version: int, *, key: Ed25519PrivateKey | None = None
) -> list[CachePart]:
    """A cache of codes with one resident."""
    record = cache_parcel.record(
        CachedResident(salt=bytes(16), id="r-1", template=b"", pin=bytes(48))
    )
    terms = CacheTerms(
        door=DOOR,
        version=version,
        made_at=time.time(),
        hours=1,
        dimensions=0,
        matching=CachedMatching(
            threshold=2.0,
            margin=0.05,
            floor=0.2,
            agreement=0.75,
            least_crops=5,
            coherence=0.3,
            stray=0.6,
            rival=0.1,
            movement=0.0,
        ),
        life=CachedLife(policies=("standard",), required=()),
        hold_s=5,
        residents=(cache_parcel.digest(record),),
    )
    parcel = cache_parcel.seal(terms, [record], key or world.brain.key)
    return cache_parcel.parts(version, cache_parcel.encrypted(parcel, bytes.fromhex(asked.key)))


def send(world: World, many: list[CachePart], **how: Any) -> list[Wire]:
    return [world.brain.say(CACHE, part, **how) for part in many]


def kept(world: World) -> Path:
    return world.settings.state_dir / "cache"


Start = Callable[..., tuple[World, Asked]]


def test_a_door_that_may_asks_at_once_and_keeps_what_comes(doors: Start) -> None:
    world, asked = doors(away="codes")

    first = asked.wait()
    send(world, parts(world, first, 7))

    assert (first.have, first.faces) == (0, False)
    wait_until(kept(world).exists)


def test_a_door_that_stays_closed_neither_asks_nor_takes(doors: Start) -> None:
    world, asked = doors()
    time.sleep(QUIET_S)
    assert asked.all == []

    request = CacheAsked(have=0, faces=False, key="08" + "00" * 31)
    half = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    send(world, parts(world, request.model_copy(update={"key": half}), 7))

    assert world.brain.wait_event(EventKind.REFUSED_MESSAGE).detail == (
        "a cache for a door that keeps none"
    )
    assert not kept(world).exists()


def test_a_part_that_the_brain_did_not_sign_is_refused(doors: Start) -> None:
    world, asked = doors(away="codes")

    send(world, parts(world, asked.wait(), 7), key=Ed25519PrivateKey.generate())

    told = world.brain.wait_event(EventKind.REFUSED_MESSAGE)
    assert "does not verify" in told.detail
    assert not kept(world).exists()


def test_a_cache_whose_inside_the_brain_did_not_sign_is_refused(doors: Start) -> None:
    world, asked = doors(away="codes")

    send(world, parts(world, asked.wait(), 7, key=Ed25519PrivateKey.generate()))

    told = world.brain.wait_event(EventKind.REFUSED_MESSAGE)
    assert told.detail == "a cache that the brain did not sign for this door"
    assert not kept(world).exists()


def test_a_repeated_cache_and_an_older_one_move_nothing(doors: Start) -> None:
    world, asked = doors(away="codes")
    wires = send(world, parts(world, asked.wait(), 7))
    wait_until(kept(world).exists)
    before = kept(world).read_bytes()

    for wire in wires:
        world.brain.repeat(wire)
    told = world.brain.wait_event(EventKind.REFUSED_MESSAGE)
    assert told.detail == "a cache that nobody asked for"

    world.brain.say(COMMAND, CacheNews(number=world.brain.number()))
    again = asked.wait(2)
    send(world, parts(world, again, 6))
    older = world.brain.wait_event(EventKind.REFUSED_MESSAGE, 2)

    assert again.have == 7
    assert older.detail == "a cache older than what this door has had"
    assert kept(world).read_bytes() == before


def test_half_a_cache_is_none(doors: Start) -> None:
    world, asked = doors(away="codes")
    (whole,) = parts(world, asked.wait(), 7)
    middle = len(whole.content) // 2
    first = CachePart(version=7, part=0, parts=2, content=whole.content[:middle])
    second = CachePart(version=7, part=1, parts=2, content=whole.content[middle:])

    send(world, [second])
    time.sleep(QUIET_S)
    assert not kept(world).exists()
    send(world, [second, first])

    wait_until(kept(world).exists)


def test_a_part_beyond_the_last_is_refused_and_the_door_goes_on(doors: Start) -> None:
    world, asked = doors(away="codes")
    whole = parts(world, asked.wait(), 7)

    send(world, [CachePart(version=7, part=1, parts=1, content=b"beyond")])
    send(world, whole)

    wait_until(kept(world).exists)


def test_a_door_asks_again_when_the_brain_comes_back_and_after_its_own_restart(
    doors: Start,
) -> None:
    world, asked = doors(away="codes")
    send(world, parts(world, asked.wait(), 7))
    wait_until(kept(world).exists)

    world.stop_door()
    world.start_door()

    assert asked.wait(2).have == 7
    assert asked.all[1].key != asked.all[0].key


def test_what_was_kept_goes_when_the_door_is_set_to_stay_closed(doors: Start) -> None:
    world, asked = doors(away="codes")
    send(world, parts(world, asked.wait(), 7))
    wait_until(kept(world).exists)
    world.stop_door()

    world.settings = world.settings.model_copy(update={"away": "closed"})
    world.start_door()

    assert not kept(world).exists()
