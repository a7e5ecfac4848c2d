"""A door believes what the brain signed, with either of its keys while they change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import codec
from doorbus.bus import Wire
from doorbus.messages import AskChallenge
from doorbus.signing import KeyRing, Stamp, sign
from doorbus.topics import COMMAND
from edge.messages_in import NotBelieved, Reader

STAMP = Stamp("front", 7)
ASKED = AskChallenge(number=1, order="o-1")


def _said(key: Ed25519PrivateKey, stamp: Stamp = STAMP) -> Wire:
    return sign(codec.encode(COMMAND, ASKED, stamp.door), COMMAND, stamp, key)


def test_both_keys_of_a_rotation_are_believed_and_no_third() -> None:
    old, new, other = (Ed25519PrivateKey.generate() for _ in range(3))
    reader = Reader(STAMP, KeyRing((old.public_key(), new.public_key())))

    assert reader.read(_said(old)) == ASKED
    assert reader.read(_said(new)) == ASKED
    with pytest.raises(NotBelieved, match="does not verify"):
        reader.read(_said(other))


def test_the_old_key_is_not_believed_once_the_door_has_forgotten_it() -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    reader = Reader(STAMP, KeyRing((new.public_key(),)))

    assert reader.read(_said(new)) == ASKED
    with pytest.raises(NotBelieved, match="does not verify"):
        reader.read(_said(old))


def test_a_retained_message_or_one_for_another_door_or_boot_is_not_believed() -> None:
    key = Ed25519PrivateKey.generate()
    reader = Reader(STAMP, KeyRing((key.public_key(),)))

    for wire in (
        replace(_said(key), retain=True),
        _said(key, Stamp("back", 7)),
        _said(key, Stamp("front", 8)),
    ):
        with pytest.raises(NotBelieved):
            reader.read(wire)
