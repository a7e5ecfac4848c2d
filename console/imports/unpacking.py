"""How do photos out of a browser get into a folder, whatever their archive or names would do?"""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from console.errors import ConsoleError
from doorctl.photos import SUFFIXES

PHOTO_SUFFIXES: Final = SUFFIXES | {".heic", ".heif"}

MOST_FILES: Final = 5000
MOST_FILE: Final = 64 << 20
MOST_TOTAL: Final = 1 << 30
"""Bytes of one photo, and of all; counted as they come, not as an archive says."""

SPARE: Final = 1 << 30
"""Bytes of the disk that are left to others."""

MOST_DEPTH: Final = 4
_CHUNK: Final = 1 << 20
_ENTRY: Final = b"PK\x01\x02"
"""With which each entry of an archive's directory begins (APPNOTE.TXT 4.3.12)."""

_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What everybody packs with; another one may ask for gigabytes before it gives a byte."""

_BAD: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_RUBBISH: Final = frozenset({"thumbs.db", "desktop.ini"})
_CARD: Final = re.compile(r"[0-9]{12}")


class UnpackingRefused(ConsoleError):  # noqa: N818  # reads as what happened
    """An archive that is not taken; `code` says why.

    Attributes:
        code: one of `unreadable`, `encrypted`, `too_many`, `too_large`, `disk_full`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the archive is not taken: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Sent:
    """A file out of a browser: what it is called there, and its content."""

    name: str
    content: BinaryIO


def unpack(sent: Sequence[Sent], folder: Path) -> int:
    """Put photos into a folder; what is none is left out.

    Args:
        sent: photos, and archives of photos (zip).
        folder: empty; nothing is ever written outside it.

    Returns:
        How many files were left out.

    Raises:
        UnpackingRefused: what has come stays in the folder.
    """
    room = _Room(folder)
    left_out = 0
    for one in sent:
        if _is_archive(one.content):
            left_out += _unzip(one.content, room)
        elif not room.take(_plain(one.name), one.content):
            left_out += 1
    return left_out


class _Room:
    """Takes files, and counts them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0
        self._bytes = 0

    def take(self, name: PurePosixPath | None, content: BinaryIO) -> bool:
        """Write one file; False where it is no photo."""
        if name is None or name.suffix.lower() not in PHOTO_SUFFIXES:
            return False
        self._files += 1
        if self._files > MOST_FILES:
            raise UnpackingRefused("too_many")
        target = self._folder / name
        if target.exists():  # two folders' files of one name
            target = target.with_name(f"{target.stem}-{self._files}{target.suffix}")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("xb") as file:
            written = 0
            while chunk := content.read(_CHUNK):
                written += len(chunk)
                self._bytes += len(chunk)
                if written > MOST_FILE or self._bytes > MOST_TOTAL:
                    raise UnpackingRefused("too_large")
                if shutil.disk_usage(self._folder).free < SPARE:
                    raise UnpackingRefused("disk_full")
                file.write(chunk)
        return True


def _is_archive(content: BinaryIO) -> bool:
    content.seek(0)
    head = content.read(2)
    content.seek(0)
    return head == b"PK"


def _unzip(archive: BinaryIO, room: _Room) -> int:
    left_out = 0
    if _most_entries(archive) > 2 * MOST_FILES:
        raise UnpackingRefused("too_many")
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [one for one in opened.infolist() if not one.is_dir()]
            if len(entries) > 2 * MOST_FILES:
                raise UnpackingRefused("too_many")
            names = _without_common_folder([_plain(_name_of(one)) for one in entries])
            for entry, name in zip(entries, names, strict=True):
                if _is_link(entry) or name is None or name.suffix.lower() not in PHOTO_SUFFIXES:
                    left_out += not _is_rubbish(entry.filename)
                    continue
                if entry.flag_bits & 1:
                    raise UnpackingRefused("encrypted")
                if entry.compress_type not in _METHODS:
                    raise UnpackingRefused("unreadable")
                with opened.open(entry) as content:
                    room.take(name, content)  # type: ignore[arg-type]  # read() is all it needs
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UnpackingRefused("unreadable") from error
    return left_out


def _most_entries(archive: BinaryIO) -> int:
    """So many entries an archive has at most, whatever it says: each begins with the same bytes.

    Looked at before `zipfile` makes an object of each: a file of some megabytes holds millions.
    """
    archive.seek(0)
    found, before = 0, b""
    while chunk := archive.read(_CHUNK):
        found += (before + chunk).count(_ENTRY)
        before = chunk[1 - len(_ENTRY) :]
    archive.seek(0)
    return found


def _name_of(entry: zipfile.ZipInfo) -> str:
    """What an entry is called: programs that do not say how they write names write them somehow."""
    if entry.flag_bits & 0x800:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _plain(name: str) -> PurePosixPath | None:
    """A name below the folder; None for one that leads elsewhere, or is of no use."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.parts if part not in {"", "."}]
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    if path.is_absolute() or not parts or ".." in parts or hidden or len(parts) > MOST_DEPTH:
        return None
    cleaned = [_BAD.sub("_", part).rstrip(". ")[-100:] for part in parts]
    return PurePosixPath(*cleaned) if all(cleaned) else None


def _without_common_folder(names: Iterable[PurePosixPath | None]) -> list[PurePosixPath | None]:
    """Without the folder in which all of them lie, unless that is somebody's card."""
    listed = list(names)
    tops = {name.parts[0] if len(name.parts) > 1 else "" for name in listed if name is not None}
    top = next(iter(tops)) if len(tops) == 1 else ""
    if not top or _CARD.fullmatch(top):
        return listed
    return [None if name is None else PurePosixPath(*name.parts[1:]) for name in listed]


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _is_rubbish(name: str) -> bool:
    """What systems put beside files, unasked."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return (
        last.startswith(".") or "__MACOSX" in name or last.lower() in {"thumbs.db", "desktop.ini"}
    )
