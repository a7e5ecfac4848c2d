"""One snapshot at a time, and a threshold that follows the gallery; on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import Resident
from brain.core.calibration import Prior, Target
from brain.live_gallery import LEAST_VISITORS, MOST_COMPARISONS, LiveGallery, calibration
from brain.outgoing import Outgoing
from brain.store_ports import TemplateSet
from doorbus.memory import MemoryBroker
from doorbus.messages import Reason
from matching.decision import Match, MatchRule, match
from matching.fusion import Vectors, fuse
from matching.gallery import Gallery

WIDE = 32
RULE = MatchRule(threshold=0.5, margin=0.05, floor=0.1)
TARGET = Target(0.001, Prior(mean=0.0, spread=0.18))
Make = Callable[[Target | None], LiveGallery]


def templates(person: int, count: int = 4) -> Vectors:
    lots = np.random.default_rng(person)
    rows = lots.normal(size=(1, WIDE)) + 0.5 * lots.normal(size=(count, WIDE))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    with store.work() as work:
        for person in range(3):
            work.residents.add(Resident(f"p{person}", f"n{person}", f"{person:012d}"))
            work.templates.replace(f"p{person}", TemplateSet("made-up", templates(person)))
        work.templates.next_version()
    yield store
    store.stop()


@pytest.fixture
def make(store: SqlStore) -> Make:
    def made(target: Target | None) -> LiveGallery:
        outgoing = Outgoing(
            Ed25519PrivateKey.generate(), MemoryBroker().bus("brain.main"), lambda _door: None
        )
        live = LiveGallery(store, "made-up", WIDE, outgoing, rule=RULE, target=target)
        live.load()
        return live

    return made


def test_a_resident_is_one_vector_and_all_templates_are_counted(make: Make) -> None:
    now = make(TARGET).standing()

    assert now.gallery.residents == ("p0", "p1", "p2")
    assert np.array_equal(now.gallery.of("p1"), fuse(templates(1)))
    assert now.templates == 12


def test_every_change_chooses_the_threshold_anew(make: Make) -> None:
    live = make(TARGET)
    before = live.standing()

    live.put(2, "p3", templates(3, count=2))
    more = live.standing()
    live.drop(3, "p3")
    after = live.standing()

    assert [now.calibration.residents for now in (before, more, after) if now.calibration] == [
        3,
        4,
        3,
    ]
    assert more.calibration is not None
    assert more.rule.threshold == more.calibration.threshold > before.rule.threshold
    assert (more.templates, after.templates) == (14, 12)
    assert after.rule.threshold == pytest.approx(before.rule.threshold, abs=1e-6)
    assert (before.gallery.version, more.gallery.version, after.gallery.version) == (1, 2, 3)


def test_a_threshold_of_the_operators_own_stays(make: Make) -> None:
    live = make(None)

    live.put(2, "p3", templates(3))

    assert live.standing().rule == RULE
    assert live.standing().calibration is None


def test_what_was_taken_does_not_change_under_the_reader(make: Make) -> None:
    live = make(TARGET)
    taken = live.standing()

    live.drop(2, "p0")

    assert taken.gallery.residents == ("p0", "p1", "p2")
    assert live.standing().gallery.residents == ("p1", "p2")


def test_a_large_gallery_is_calibrated_on_a_part_of_its_comparisons() -> None:
    lots = np.random.default_rng(1)
    people = lots.normal(size=(25_000, 16)).astype(np.float32)
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    gallery = Gallery.build(1, 16, {f"{row}": people[row : row + 1] for row in range(len(people))})

    found = calibration(gallery, TARGET)

    assert found.residents == 25_000
    assert LEAST_VISITORS * 24_999 == found.impostors < 2 * MOST_COMPARISONS


def test_a_resident_whose_templates_are_no_numbers_is_left_out_and_others_are_not(
    make: Make,
) -> None:
    live = make(TARGET)
    poisoned = templates(3)
    poisoned[0, 0] = np.nan

    live.put(2, "p3", poisoned)
    live.put(3, "p1", poisoned)

    assert live.standing().gallery.residents == ("p0", "p2")
    assert live.damaged == ("p1", "p3")
    assert live.standing().templates == 8


def test_without_a_threshold_that_is_a_number_nobody_is_let_in(make: Make) -> None:
    now = make(Target(0.001, Prior(mean=0.0, spread=float("nan")))).standing()

    assert match(templates(1, 20), [], now.gallery, now.rule) == Match(Reason.UNKNOWN)
    assert match(templates(1, 20), [], now.gallery, RULE).resident == "p1"
