"""What a door keeps of residents: the newest that the brain signed, sealed, and nobody removed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import cache_parcel
from doorbus.cache_parcel import Parcel
from doorbus.messages import CachedLife, CachedMatching, CachedResident, CacheTerms
from edge.resident_cache import CacheRefused, ResidentCache
from edge.sealing import PictureSeal

BRAIN = Ed25519PrivateKey.generate()
NEXT_BRAIN = Ed25519PrivateKey.generate()
DOOR_KEY = Ed25519PrivateKey.generate()
ENCODER = "sface+1"
FULL_DISK = Path("/dev/full")


def template(number: int) -> bytes:
    vector = np.zeros(8)
    vector[number % 8] = 1
    return np.asarray(vector, "<f2").tobytes()


def parcel(
    version: int,
    people: int = 2,
    *,
    key: Ed25519PrivateKey = BRAIN,
    encoder: str = ENCODER,
    made_at: float = 1.7e9,
) -> Parcel:
    records = [
        cache_parcel.record(
            CachedResident(salt=bytes(16), id=f"r-{number}", template=template(number))
        )
        for number in range(people)
    ]
    terms = CacheTerms(
        door="front",
        version=version,
        made_at=made_at,
        hours=1,
        encoder=encoder,
        dimensions=8,
        matching=CachedMatching(
            threshold=0.5,
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
        residents=tuple(cache_parcel.digest(one) for one in records),
    )
    return cache_parcel.seal(terms, records, key)


def cache(
    folder: Path,
    brain: Ed25519PrivateKey = BRAIN,
    door: Ed25519PrivateKey = DOOR_KEY,
    encoder: str = ENCODER,
) -> ResidentCache:
    made = ResidentCache(folder, "front", PictureSeal(door), brain.public_key(), encoder)
    made.start(0.0)
    return made


def test_a_cache_outlives_a_restart(tmp_path: Path) -> None:
    cache(tmp_path).take(parcel(5), 0.0)

    found = cache(tmp_path).cached

    assert found is not None
    assert (found.version, set(found.residents)) == (5, {"r-0", "r-1"})
    assert found.gallery.residents == ("r-0", "r-1")


def test_nothing_on_the_disk_shows_a_template_or_an_id(tmp_path: Path) -> None:
    cache(tmp_path).take(parcel(5), 0.0)

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert template(0) not in kept
    assert b"r-0" not in kept


@pytest.mark.parametrize("version", [4, 1])
def test_an_older_cache_is_refused_and_the_newer_stays(tmp_path: Path, version: int) -> None:
    here = cache(tmp_path)
    here.take(parcel(5), 0.0)

    with pytest.raises(CacheRefused, match="older"):
        here.take(parcel(version, people=1), 0.0)

    assert here.version == 5


def test_the_same_cache_again_changes_nothing(tmp_path: Path) -> None:
    here = cache(tmp_path)

    assert here.take(parcel(5), 0.0)
    assert not here.take(parcel(5), 0.0)


def test_an_older_cache_is_refused_after_the_newer_was_erased_and_over_a_restart(
    tmp_path: Path,
) -> None:
    first = cache(tmp_path)
    first.take(parcel(5), 0.0)
    first.erase()

    with pytest.raises(CacheRefused, match="older"):
        cache(tmp_path).take(parcel(4), 0.0)


def test_an_older_file_put_back_onto_the_disk_is_refused(tmp_path: Path) -> None:
    here = cache(tmp_path)
    here.take(parcel(4), 0.0)
    old = (tmp_path / "cache").read_bytes()
    here.take(parcel(5, people=1), 0.0)
    (tmp_path / "cache").write_bytes(old)

    assert cache(tmp_path).cached is None
    assert not (tmp_path / "cache").exists()


def test_another_key_of_the_brain_begins_with_versions_of_its_own(tmp_path: Path) -> None:
    cache(tmp_path).take(parcel(9), 0.0)

    rotated = cache(tmp_path, NEXT_BRAIN)

    assert rotated.cached is None  # the key that signed it counts no more
    assert rotated.take(parcel(2, key=NEXT_BRAIN), 0.0)


def test_a_cache_of_another_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CacheRefused, match=r"sface\+2"):
        cache(tmp_path).take(parcel(5, encoder="sface+2"), 0.0)


def test_a_cache_on_the_disk_is_erased_when_the_door_has_another_encoder(tmp_path: Path) -> None:
    cache(tmp_path).take(parcel(5), 0.0)

    assert cache(tmp_path, encoder="other+1").cached is None


def test_a_card_put_into_another_door_shows_nothing(tmp_path: Path) -> None:
    cache(tmp_path).take(parcel(5), 0.0)

    assert cache(tmp_path, door=Ed25519PrivateKey.generate()).cached is None


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_a_damaged_file_counts_for_nothing(tmp_path: Path, cut: int) -> None:
    cache(tmp_path).take(parcel(5), 0.0)
    whole = (tmp_path / "cache").read_bytes()
    (tmp_path / "cache").write_bytes(whole[:cut])

    assert cache(tmp_path).cached is None


def test_who_was_removed_is_gone_from_memory_and_disk(tmp_path: Path) -> None:
    here = cache(tmp_path)
    here.take(parcel(5), 0.0)

    assert here.forget("r-0")

    for one in (here, cache(tmp_path)):
        assert one.cached is not None
        assert set(one.cached.residents) == {"r-1"}
        assert one.cached.gallery.residents == ("r-1",)
        assert one.version == 5
        held = one.cached.gallery.index.rows.vectors
        assert not (held[:, 0] == 1).any()


def test_forgetting_somebody_unknown_is_harmless(tmp_path: Path) -> None:
    here = cache(tmp_path)

    assert not here.forget("r-7")


def test_a_disk_that_keeps_nothing_leaves_everything_as_it_was(tmp_path: Path) -> None:
    here = cache(tmp_path)
    here.take(parcel(5), 0.0)
    before = (tmp_path / "cache").read_bytes()
    # What the draft is written to is the kernel's own full disk.
    (tmp_path / ".cache.draft").symlink_to(FULL_DISK)

    with pytest.raises(CacheRefused, match="disk"):
        here.take(parcel(6), 0.0)

    assert here.version == 5
    assert (tmp_path / "cache").read_bytes() == before


def test_templates_that_are_no_unit_vectors_are_refused(tmp_path: Path) -> None:
    record = cache_parcel.record(CachedResident(salt=bytes(16), id="r-0", template=bytes(16)))
    good = parcel(5)
    terms = cache_parcel.opened(good, "front", BRAIN.public_key()).terms
    bad = cache_parcel.seal(
        terms.model_copy(update={"residents": (cache_parcel.digest(record),)}), [record], BRAIN
    )

    with pytest.raises(CacheRefused, match="makes no sense"):
        cache(tmp_path).take(bad, 0.0)
