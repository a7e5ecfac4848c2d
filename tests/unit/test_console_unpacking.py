"""Whatever is in an archive or called somehow: photos land in the folder, and nothing elsewhere."""

from __future__ import annotations

import io
import stat
import struct
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.list_encoding import (
    GB18030,
    UTF_8,
    UTF_16,
    WINDOWS_1252,
    UnknownEncoding,
    decoded,
)
from console.imports import unpacking
from console.imports.unpacking import Sent, UnpackingRefused, unpack
from doorctl.people_file import find_photos, read_people

CARD = "202600000017"


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    archive.seek(0)
    return archive


def found(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def test_photos_of_an_archive_and_single_ones_lie_as_a_list_names_them(tmp_path: Path) -> None:
    archive = packed({f"photos/{CARD}/front.jpg": b"1", "photos/two/left.HEIC": b"2"})

    left_out = unpack([Sent("all.zip", archive), Sent("a/b.jpg", io.BytesIO(b"3"))], tmp_path)

    assert left_out == 0
    assert found(tmp_path) == {f"{CARD}/front.jpg": b"1", "two/left.HEIC": b"2", "a/b.jpg": b"3"}
    people = read_people(f"name,card,photo\nAnn,{CARD},\nBen,202600000018,two/left.HEIC\n")
    ann, ben = find_photos(people, tmp_path, unpacking.PHOTO_SUFFIXES)
    assert [one.name for one in (*ann.photos, *ben.photos)] == ["front.jpg", "left.HEIC"]


def test_a_folder_that_is_a_card_stays_one(tmp_path: Path) -> None:
    unpack([Sent("one.zip", packed({f"{CARD}/a.jpg": b"1", f"{CARD}/b.jpg": b"2"}))], tmp_path)

    assert set(found(tmp_path)) == {f"{CARD}/a.jpg", f"{CARD}/b.jpg"}


def test_what_leads_elsewhere_or_is_no_photo_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    files = {
        "../outside.jpg": b"x",
        "/etc/outside.jpg": b"x",
        "..\\outside.jpg": b"x",
        "a/../../outside.jpg": b"x",
        "notes.txt": b"x",
        "inner.zip": b"x",
        "__MACOSX/._good.jpg": b"x",
        ".hidden.jpg": b"x",
        "deep/deep/deep/deep/deep.jpg": b"x",
        "good.jpg": b"good",
    }

    left_out = unpack([Sent("all.zip", packed(files))], folder)

    assert found(tmp_path) == {"in/good.jpg": b"good"}
    assert left_out == 7  # what systems put beside photos unasked is not worth telling


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    archive = io.BytesIO()
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(link, "/etc/passwd")

    assert unpack([Sent("all.zip", archive)], tmp_path) == 1
    assert not found(tmp_path)


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=8))
def test_no_name_leads_out_of_the_folder(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        folder.mkdir()

        unpack([Sent(f"{one}.jpg", io.BytesIO(b"x")) for one in names], folder)

        assert all(one.is_relative_to(folder) for one in Path(name).rglob("*") if one.is_file())


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    sent = [Sent(f"{CARD}.jpg", io.BytesIO(b"1")), Sent(f"{CARD}.jpg", io.BytesIO(b"2"))]

    unpack(sent, tmp_path)

    assert sorted(found(tmp_path).values()) == [b"1", b"2"]


def test_a_bomb_is_counted_as_it_comes_and_not_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_FILE", 1 << 20)
    bomb = packed({"bomb.jpg": bytes(50 << 20)})
    assert len(bomb.getvalue()) < 100_000

    with pytest.raises(UnpackingRefused) as refused:
        unpack([Sent("bomb.zip", bomb)], tmp_path)

    assert refused.value.code == "too_large"
    assert sum(map(len, found(tmp_path).values())) <= 1 << 20


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MOST_FILES": 2}, "too_many"),
        ({"MOST_TOTAL": 4}, "too_large"),
        ({"SPARE": 1 << 62}, "disk_full"),
    ],
)
def test_too_many_and_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, int], code: str
) -> None:
    for name, value in change.items():
        monkeypatch.setattr(unpacking, name, value)

    with pytest.raises(UnpackingRefused) as refused:
        unpack([Sent("a.zip", packed({f"{n}.jpg": b"123" for n in range(3)}))], tmp_path)

    assert refused.value.code == code


def test_archives_that_are_damaged_or_locked_are_refused(tmp_path: Path) -> None:
    whole = packed({"a.jpg": bytes(range(256)) * 40}, zipfile.ZIP_STORED).getvalue()
    damaged = whole[:60] + b"????" + whole[64:]
    locked = bytearray(packed({"a.jpg": b"1"}).getvalue())
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1

    for content, code in ((damaged, "unreadable"), (bytes(locked), "encrypted")):
        with pytest.raises(UnpackingRefused) as refused:
            unpack([Sent("a.zip", io.BytesIO(content))], tmp_path)
        assert refused.value.code == code


def test_names_of_an_archive_that_does_not_say_how_they_are_written_are_read(
    tmp_path: Path,
) -> None:
    archive = packed({"XX/a.jpg": b"1"}, zipfile.ZIP_STORED).getvalue()
    chinese = "王".encode("gb18030")

    unpack([Sent("a.zip", io.BytesIO(archive.replace(b"XX/a", chinese + b"/a")))], tmp_path)

    assert found(tmp_path) == {"a.jpg": b"1"}


@pytest.mark.parametrize(
    ("text", "codec", "encoding"),
    [
        ("name,card\nAnn,1\n", "ascii", UTF_8),
        ("name,card\n王小明,1\n", "utf-8", UTF_8),
        ("name,card\n王小明,1\n", "utf-8-sig", UTF_8),
        ("name,card\n王小明,1\n", "gb18030", GB18030),
        ("name,card\nJürgen Groß,1\n", "cp1252", WINDOWS_1252),
        ("name,card\n王小明,1\n", "utf-16", UTF_16),
    ],
)
def test_the_encoding_of_a_list_is_found_out(text: str, codec: str, encoding: str) -> None:
    assert decoded(text.encode(codec)) == (text, encoding)


def test_an_encoding_that_was_chosen_is_taken_or_refused() -> None:
    assert decoded("王".encode("gb18030"), WINDOWS_1252)[0] != "王"
    with pytest.raises(UnknownEncoding):
        decoded(b"\xff\xfe\xfa", UTF_8)
    with pytest.raises(UnknownEncoding):
        decoded(b"Ann", "rot13")


@given(st.text(), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_a_list_that_was_saved_in_a_chosen_encoding_is_read_as_it_was(
    text: str, codec: str
) -> None:
    names = {"utf-8": UTF_8, "utf-16": UTF_16, "gb18030": GB18030}
    try:
        data = text.encode(codec)
    except UnicodeEncodeError:
        return

    assert decoded(data, names[codec])[0].removeprefix("\ufeff") == text.removeprefix("\ufeff")


def test_an_archive_of_millions_is_refused_before_anything_is_made_of_each(
    tmp_path: Path,
) -> None:
    entry = b"PK\x01\x02" + bytes(24) + b"\x01\x00" + bytes(16) + b"a"
    directory = entry * 200_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff" + struct.pack("<IIH", len(directory), 0, 0)
    archive = io.BytesIO(directory + end)
    assert zipfile.is_zipfile(archive)

    tracemalloc.start()
    try:
        with pytest.raises(UnpackingRefused) as refusal:
            unpack([Sent("all.zip", archive)], tmp_path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert refusal.value.code == "too_many"
    assert most < 10 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_archive_packed_in_a_way_that_hardly_anybody_uses_is_refused(
    tmp_path: Path, method: int
) -> None:
    with pytest.raises(UnpackingRefused) as refusal:
        unpack([Sent("all.zip", packed({"a.jpg": b"1" * 1000}, method))], tmp_path)
    assert refusal.value.code == "unreadable"
