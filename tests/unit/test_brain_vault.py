"""What is sealed opens with its own key, in its own place, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vault_keys import AUDIT_KEY, KEYS, SITE_KEY

from brain.adapters.vault_aesgcm import Key, Place, new_secret
from brain.adapters.vault_site import SiteKeys
from brain.errors import VaultError

places = st.builds(Place, st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))


@given(st.binary(max_size=200), places)
def test_what_was_sealed_comes_back_in_its_place(plain: bytes, place: Place) -> None:
    key = Key(new_secret())

    assert key.open(key.seal(plain, place), place) == plain


@given(places, places)
def test_what_was_moved_to_another_place_does_not_open(place: Place, other: Place) -> None:
    key = Key(new_secret())
    sealed = key.seal(b"something", place)

    if place == other:
        assert key.open(sealed, other) == b"something"
    else:
        with pytest.raises(VaultError, match="cannot be opened"):
            key.open(sealed, other)


@given(st.data())
def test_a_changed_bit_anywhere_shows(data: st.DataObject) -> None:
    key, place = Key(new_secret()), Place("r-1", "name")
    sealed = bytearray(key.seal(b"something", place))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(VaultError, match="name of r-1"):
        key.open(bytes(sealed), place)


@pytest.mark.parametrize("length", range(30))
def test_what_was_cut_short_shows(length: int) -> None:
    key, place = Key(new_secret()), Place("r-1", "name")

    with pytest.raises(VaultError, match="name of r-1"):
        key.open(key.seal(b"something", place)[:length], place)


def test_another_key_opens_nothing() -> None:
    place = Place("r-1", "name")

    with pytest.raises(VaultError, match="another key"):
        Key(new_secret()).open(Key(new_secret()).seal(b"x", place), place)


def test_no_nonce_comes_twice_and_the_same_never_looks_the_same() -> None:
    key, place = Key(new_secret()), Place("r-1", "name")
    sealed = [key.seal(b"something", place) for _ in range(5000)]

    assert len({one[1:13] for one in sealed}) == len(sealed)
    assert not any(b"something" in one for one in sealed)


def test_a_residents_key_comes_back_for_that_resident_and_site_only() -> None:
    place = Place("r-1", "name")
    key, wrapped = KEYS.new_key("r-1")
    sealed = key.seal(b"Ann", place)

    assert KEYS.key("r-1", wrapped).open(sealed, place) == b"Ann"
    with pytest.raises(VaultError):
        KEYS.key("r-2", wrapped)
    with pytest.raises(VaultError):
        SiteKeys(AUDIT_KEY, AUDIT_KEY).key("r-1", wrapped)


def test_every_resident_has_a_key_of_their_own() -> None:
    place = Place("r-1", "name")
    sealed = KEYS.new_key("r-1")[0].seal(b"Ann", place)

    with pytest.raises(VaultError):
        KEYS.new_key("r-1")[0].open(sealed, place)


def test_codes_of_cards_are_steady_within_a_site_and_mean_nothing_in_another() -> None:
    code = KEYS.card_code("000000000001")

    assert code == SiteKeys(SITE_KEY, b"other" * 8).card_code("000000000001")
    assert code != KEYS.card_code("000000000002")
    assert code != SiteKeys(AUDIT_KEY, AUDIT_KEY).card_code("000000000001")
    assert len(code) == 64


def test_a_site_is_told_by_its_keys_which_nobody_sees() -> None:
    same, other = SiteKeys(SITE_KEY, AUDIT_KEY), SiteKeys(AUDIT_KEY, SITE_KEY)

    assert (KEYS.site_id, KEYS.audit_id) == (same.site_id, same.audit_id)
    assert KEYS.site_id != other.site_id
    assert KEYS.audit_id != other.audit_id
    assert repr(KEYS) == f"SiteKeys(site_id='{KEYS.site_id}')"
