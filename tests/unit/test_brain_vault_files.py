"""Key files: made once, read exactly, locked by a passphrase, refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from brain.adapters import vault_files
from doorbus.errors import KeyMaterialError

PASSPHRASE = "six quite random words"  # noqa: S105  # of this test alone


def never(_: str) -> str:
    raise AssertionError("nobody is asked")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "site.key"
    vault_files.make(path)
    return path


def test_a_new_key_is_random_and_only_its_owner_may_read_it(path: Path, tmp_path: Path) -> None:
    vault_files.make(tmp_path / "other.key")

    key = vault_files.load(path, never)

    assert len(key) == 32
    assert key != vault_files.load(tmp_path / "other.key", never)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert not vault_files.is_locked(path)


def test_a_key_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()

    with pytest.raises(KeyMaterialError, match=r"site\.key: a key cannot be made.*exists"):
        vault_files.make(path)

    assert path.read_bytes() == before


def test_a_locked_key_opens_with_its_passphrase_and_no_other(path: Path) -> None:
    key = vault_files.load(path, never)
    asked: list[str] = []

    vault_files.lock(path, PASSPHRASE)

    def answer(words: str) -> str:
        asked.append(words)
        return PASSPHRASE

    assert vault_files.is_locked(path)
    assert key.hex() not in path.read_text()
    assert vault_files.load(path, answer) == key
    assert asked == [f"passphrase of {path}: "]
    with pytest.raises(KeyMaterialError, match=r"site\.key: this is not its passphrase"):
        vault_files.load(path, lambda _: "another one")
    with pytest.raises(KeyMaterialError, match="locked already"):
        vault_files.lock(path, PASSPHRASE)
    assert [one.name for one in path.parent.iterdir()] == ["site.key"]


def test_letters_composed_in_another_way_are_the_same_passphrase(path: Path) -> None:
    key = vault_files.load(path, never)
    vault_files.lock(path, "geb\u00fchr und t\u00fcr")

    assert vault_files.load(path, lambda _: "gebu\u0308hr und tu\u0308r") == key


def test_a_short_passphrase_is_refused_and_changes_nothing(path: Path) -> None:
    with pytest.raises(KeyMaterialError, match="needs 8 characters"):
        vault_files.lock(path, "short")

    assert not vault_files.is_locked(path)


def test_a_missing_key_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyMaterialError, match=r"none\.key: the key cannot be read.*copy"):
        vault_files.load(tmp_path / "none.key", never)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "doorward key 1",
        "doorward key 1\n",
        "doorward key 1\nabcd\n",
        "doorward key 1\n" + "zz" * 32,
        "doorward key 2\n" + "00" * 32,
        "doorward locked key 1\nscrypt 17 8 1\n",
        "doorward locked key 1\nscrypt 40 8 1 00 00\n",
        "doorward locked key 1\nscrypt 0 8 1 00 00\n",
        "doorward locked key 1\nscrypt a 8 1 00 00\n",
        "doorward locked key 1\nbcrypt 17 8 1 00 00\n",
    ],
)
def test_a_broken_key_file_is_named_with_what_to_do(path: Path, text: str) -> None:
    path.write_text(text)

    with pytest.raises(KeyMaterialError, match=r"site\.key: not a key file.*copy"):
        vault_files.load(path, never)


def test_a_key_file_of_anything_is_named(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(KeyMaterialError, match=r"site\.key: the key cannot be read \(not text\)"):
        vault_files.load(path, never)


def test_a_key_that_everybody_may_read_is_refused_with_the_command_that_mends_it(
    path: Path,
) -> None:
    path.chmod(0o644)

    with pytest.raises(KeyMaterialError, match=r"chmod 600 .*site\.key"):
        vault_files.load(path, never)

    path.chmod(0o640)  # root's, for the group of the service
    assert len(vault_files.load(path, never)) == 32


# --- the keys of a site ---------------------------------------------------------------------------


def test_the_first_start_makes_both_keys_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, audit = tmp_path / "keys" / "site.key", tmp_path / "keys" / "audit.key"

    made = vault_files.open_site(site, audit, never, new=True)

    told = capsys.readouterr().out
    assert told.count("a key was made") == 2
    assert str(site) in told
    assert "copy it to a safe place" in told
    assert site.read_text().split()[-1] not in told
    again = vault_files.open_site(site, audit, never, new=True)
    assert (again.site_id, again.audit_id) == (made.site_id, made.audit_id)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("lost", ["site.key", "audit.key"])
def test_a_lost_key_is_never_made_anew_for_data_that_needs_it(tmp_path: Path, lost: str) -> None:
    site, audit = tmp_path / "site.key", tmp_path / "audit.key"
    vault_files.open_site(site, audit, never, new=True)
    (tmp_path / lost).unlink()

    with pytest.raises(KeyMaterialError, match=rf"{lost}: the key cannot be read"):
        vault_files.open_site(site, audit, never, new=False)

    assert not (tmp_path / lost).exists()
