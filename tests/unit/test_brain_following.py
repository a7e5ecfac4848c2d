"""What one brain changes, another one knows a second later; on one real database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import Resident
from brain.following import MANY, Following
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.store_ports import Renewed, TemplateSet
from doorbus.memory import MemoryBroker
from doorbus.messages import Reason
from matching.decision import MatchRule
from matching.fusion import Vectors, fuse

WIDE = 32
RULE = MatchRule(threshold=0.5, margin=0.05, floor=0.1)


def templates(person: int, count: int = 4) -> Vectors:
    rows = np.random.default_rng(person).normal(size=(count, WIDE))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


class OneBrain:
    """A database connection, a gallery, and what follows."""

    def __init__(self, file: Path) -> None:
        self.store = SqlStore(f"sqlite:///{file}", KEYS)
        self.store.start()
        outgoing = Outgoing(
            Ed25519PrivateKey.generate(), MemoryBroker().bus("brain.main"), lambda _door: None
        )
        self.gallery = LiveGallery(self.store, "made-up", WIDE, outgoing, rule=RULE, target=None)
        self.gallery.load()
        self.following = Following(self.store, self.gallery)
        self.following.look()

    def enrol(self, person: int, vectors: Vectors | None = None) -> None:
        """As training does it: the database first, then the gallery in memory."""
        name, made = f"p{person}", templates(person) if vectors is None else vectors
        with self.store.work() as work:
            if work.residents.by_id(name) is None:
                work.residents.add(Resident(name, name, f"{person:012d}"))
            work.templates.replace(name, TemplateSet("made-up", made))
            version = work.templates.next_version()
        self.gallery.put(version, name, made)

    def remove(self, person: int) -> None:
        with self.store.work() as work:
            work.residents.erase(f"p{person}")
            version = work.templates.next_version()
        self.gallery.drop(version, f"p{person}")

    @property
    def known(self) -> set[str]:
        return set(self.gallery.snapshot().residents)


@pytest.fixture
def brains(tmp_path: Path) -> Iterator[tuple[OneBrain, OneBrain]]:
    one, other = (OneBrain(tmp_path / "doorward.sqlite") for _ in range(2))
    yield one, other
    one.store.stop()
    other.store.stop()


def test_whom_another_brain_enrolled_replaced_or_removed_is_taken_over(
    brains: tuple[OneBrain, OneBrain],
) -> None:
    one, other = brains
    for person in range(3):
        one.enrol(person)
    assert (other.following.look(), other.known) == (3, {"p0", "p1", "p2"})

    one.remove(0)
    one.enrol(1, templates(11))

    assert other.following.look() == 2
    assert other.known == {"p1", "p2"}
    assert np.array_equal(other.gallery.snapshot().of("p1"), fuse(templates(11)))
    assert other.gallery.snapshot().version == one.gallery.snapshot().version


def test_changes_of_both_at_once_end_alike(brains: tuple[OneBrain, OneBrain]) -> None:
    one, other = brains

    one.enrol(1)
    other.enrol(2)
    other.enrol(3)
    one.remove(1)
    taken = (one.following.look(), other.following.look())

    assert taken == (2, 0)
    assert one.known == other.known == {"p2", "p3"}


def test_what_this_brain_changed_itself_is_not_taken_over_again(
    brains: tuple[OneBrain, OneBrain],
) -> None:
    one, _ = brains
    one.enrol(1)
    before = one.gallery.snapshot()

    assert one.following.look() == 0
    assert one.gallery.snapshot() is before


def test_the_same_templates_put_back_are_seen_though_nothing_else_differs(
    brains: tuple[OneBrain, OneBrain],
) -> None:
    one, other = brains
    one.enrol(1)
    other.following.look()
    one.enrol(1, templates(11))
    other.following.look()

    one.enrol(1, templates(1))

    assert other.following.look() == 1
    assert np.array_equal(other.gallery.snapshot().of("p1"), fuse(templates(1)))


def test_what_a_visit_taught_another_brain_is_taken_over(
    brains: tuple[OneBrain, OneBrain],
) -> None:
    one, other = brains
    one.enrol(1)
    other.following.look()
    learnt = templates(12)[0]

    with one.store.work() as work:
        work.renewals.add("p1", "made-up", Renewed(learnt, 1.0, "front", 1), most=5)
        work.templates.next_version()

    assert other.following.look() == 1
    wanted = fuse(np.concatenate([templates(1), learnt[None]]))
    assert np.allclose(other.gallery.snapshot().of("p1"), wanted)


def test_very_many_changes_are_read_at_once(brains: tuple[OneBrain, OneBrain]) -> None:
    one, other = brains
    with one.store.work() as work:
        for person in range(MANY + 1):
            work.residents.add(Resident(f"p{person}", "n", f"{person:012d}"))
            work.templates.replace(f"p{person}", TemplateSet("made-up", templates(person, 1)))
        work.templates.next_version()

    assert other.following.look() == MANY + 1
    assert len(other.known) == MANY + 1
    assert other.following.look() == 0


def spoilt(folder: Path, person: int) -> None:
    with closing(sqlite3.connect(folder / "doorward.sqlite")) as database, database:
        database.execute("UPDATE template SET vectors = x'0102' WHERE resident = ?", [f"p{person}"])
        database.execute("UPDATE gallery SET version = version + 1")


def test_damaged_templates_leave_out_their_resident_alone_until_enrolled_again(
    brains: tuple[OneBrain, OneBrain], tmp_path: Path
) -> None:
    one, other = brains
    for person in range(3):
        one.enrol(person)
    other.following.look()
    spoilt(tmp_path, 1)

    assert (other.following.look(), other.following.look()) == (1, 0)
    one.gallery.load()

    assert one.known == other.known == {"p0", "p2"}
    assert one.gallery.damaged == other.gallery.damaged == ("p1",)
    one.enrol(1)
    other.following.look()
    assert other.known == {"p0", "p1", "p2"}
    assert list(one.gallery.damaged) == []
    assert list(other.gallery.damaged) == []


def test_several_changes_stand_in_one_step(
    brains: tuple[OneBrain, OneBrain], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = brains
    for person in range(5):
        one.enrol(person)
    one.remove(0)
    told: list[int] = []
    monkeypatch.setattr(
        other.gallery, "tell", lambda: told.append(len(other.gallery.snapshot().residents))
    )

    assert other.following.look() == 4
    assert told == [4]


def test_an_encoder_that_another_brain_changed_closes_this_one(
    brains: tuple[OneBrain, OneBrain],
) -> None:
    one, other = brains
    one.enrol(1)
    other.following.look()
    with one.store.work() as work:
        work.templates.set_encoder("another", "its recipe")

    other.following.look()

    assert other.gallery.closed is Reason.NOT_READY
    assert other.known == set()


def test_a_gallery_that_waits_for_its_encoder_is_left_alone(
    brains: tuple[OneBrain, OneBrain],
) -> None:
    one, other = brains
    other.gallery.wait()
    one.enrol(1)

    assert other.following.look() == 0
    assert other.known == set()

    other.gallery.load()
    assert other.following.look() == 0
    assert other.known == {"p1"}
