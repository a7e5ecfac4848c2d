"""Known doors are those whose key lies in the folder."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from brain.doors import KnownDoors


def put_key(folder: Path, door: str) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / f"{door}.pub").write_bytes(pem)
    return key


def test_a_door_is_known_by_its_key_from_the_next_look_on(tmp_path: Path) -> None:
    doors = KnownDoors(tmp_path)
    assert not doors.scan()
    key = put_key(tmp_path, "front")

    assert doors.scan()

    known = doors.key("front")
    assert known is not None
    assert known.public_bytes_raw() == key.public_key().public_bytes_raw()
    assert "front" in doors
    assert len(doors) == 1
    assert not doors.scan()


def test_a_door_whose_key_is_gone_is_unknown(tmp_path: Path) -> None:
    put_key(tmp_path, "front")
    doors = KnownDoors(tmp_path)
    doors.scan()
    (tmp_path / "front.pub").unlink()

    assert doors.scan()

    assert doors.key("front") is None
    assert doors.names == frozenset()


def test_a_replaced_key_is_another_key(tmp_path: Path) -> None:
    put_key(tmp_path, "front")
    doors = KnownDoors(tmp_path)
    doors.scan()
    before = doors.fingerprint("front")
    (tmp_path / "front.pub").unlink()
    put_key(tmp_path, "front")

    doors.scan()

    assert doors.fingerprint("front") != before


def test_rubbish_in_the_folder_knows_nobody_and_hides_nobody(tmp_path: Path) -> None:
    put_key(tmp_path, "front")
    (tmp_path / "back.pub").write_text("no key")
    (tmp_path / "Not A Door.pub").write_text("no key")
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / "folder.pub").mkdir()
    doors = KnownDoors(tmp_path)

    doors.scan()

    assert doors.names == {"front"}


def test_a_missing_folder_knows_nobody(tmp_path: Path) -> None:
    doors = KnownDoors(tmp_path / "none")

    assert not doors.scan()
    assert doors.names == frozenset()


def test_a_link_to_nowhere_makes_no_other_door_unknown(tmp_path: Path) -> None:
    put_key(tmp_path, "front")
    (tmp_path / "gone.pub").symlink_to(tmp_path / "nowhere")
    doors = KnownDoors(tmp_path)

    doors.scan()

    assert doors.names == {"front"}


def test_a_key_to_come_counts_beside_the_one_there_is(tmp_path: Path) -> None:
    old, new = put_key(tmp_path, "front"), put_key(tmp_path, "front.next")
    doors = KnownDoors(tmp_path)

    doors.scan()

    assert doors.names == {"front"}
    assert doors.key("front") == old.public_key()
    assert doors.next_key("front") == new.public_key()
    assert doors.next_key("back") is None


def test_a_key_that_was_taken_over_stays_so_whatever_else_changes_in_the_folder(
    tmp_path: Path,
) -> None:
    put_key(tmp_path, "front")
    new = put_key(tmp_path, "front.next")
    doors = KnownDoors(tmp_path)
    doors.scan()

    doors.take_over("front")
    put_key(tmp_path, "back")
    doors.scan()

    assert doors.key("front") == new.public_key()
    assert doors.next_key("front") is None


def test_a_key_to_come_of_an_unknown_door_makes_nobody_known(tmp_path: Path) -> None:
    put_key(tmp_path, "front.next")
    doors = KnownDoors(tmp_path)

    doors.scan()

    assert doors.names == frozenset()


def test_a_third_key_can_follow_the_one_taken_over(tmp_path: Path) -> None:
    put_key(tmp_path, "front")
    put_key(tmp_path, "front.next")
    doors = KnownDoors(tmp_path)
    doors.scan()
    doors.take_over("front")
    (tmp_path / "front.next.pub").rename(tmp_path / "front.pub")
    third = put_key(tmp_path, "front.next")

    doors.scan()

    assert doors.next_key("front") == third.public_key()
