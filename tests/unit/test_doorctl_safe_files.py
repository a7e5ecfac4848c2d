"""Files that are put down whole, and commands that wait for each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from doorctl import provisioning, safe_files
from doorctl.site import Site


def test_a_replacement_that_fails_keeps_the_old_content_and_leaves_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "acl"
    target.mkdir()  # a file cannot take a folder's place

    with pytest.raises(IsADirectoryError):
        safe_files.replace(target, "new")

    assert list(tmp_path.iterdir()) == [target]


def test_a_replacement_gets_the_mode_asked_for_whatever_stood_there(tmp_path: Path) -> None:
    target = tmp_path / "acl"
    target.write_text("old")
    target.chmod(0o644)

    safe_files.replace(target, "new", mode=safe_files.PRIVATE)

    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_fails_half_way_never_appears(tmp_path: Path) -> None:
    def fail() -> None:
        with safe_files.whole_folder(tmp_path / "door") as staging:
            safe_files.create(staging / "key", "secret")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()

    assert list(tmp_path.iterdir()) == []


def test_doors_added_at_the_same_moment_are_all_remembered(site: Site) -> None:
    names = [f"door-{number}" for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: provisioning.add_door(site.root, name), names))

    assert set(Site.load(site.root).description.doors) == {"front", "back", *names}
