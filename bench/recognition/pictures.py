"""Which pictures are there, and who is on them?

The layout is that of the shared data: `faces/lfw/known/<person>/*.jpg`, `faces/lfw/unknown/` with
people of one photo each, and `faces/ytf/<person>/video<k>/*.jpg`. Any folder of the same layout
serves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Session = tuple[int, ...]
"""Pictures taken at one time, as indexes into `Pictures.files`; what one visit shows."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """A set of pictures.

    Attributes:
        name: `ytf` or `lfw`.
        files: every picture, sorted.
        people: those with several sessions, sorted by name.
        strangers: sessions of people who are never enrolled.
    """

    name: str
    files: tuple[Path, ...]
    people: Mapping[str, tuple[Session, ...]]
    strangers: tuple[Session, ...]


Load = Callable[[Path], Pictures]
"""Finds the pictures of one set in the folder of real faces."""


class NoDataError(Exception):
    """There are no pictures to measure with."""


def folder() -> Path:
    """The folder of real faces, from the environment variable DOORWARD_DATA.

    Raises:
        NoDataError: it is not set, or there are no faces in it.
    """
    named = os.environ.get("DOORWARD_DATA")
    if named is None or not (Path(named) / "faces").is_dir():
        raise NoDataError(
            "set DOORWARD_DATA to a folder with faces/lfw/known, faces/lfw/unknown and faces/ytf"
            + ("" if named is None else f"; there is no folder {Path(named) / 'faces'}")
        )
    return Path(named)


def ytf(place: Path) -> Pictures:
    """YouTube Faces: a video is a session; nobody is a stranger by nature."""
    files: list[Path] = []
    people: dict[str, tuple[Session, ...]] = {}
    for person in _folders(place / "faces" / "ytf"):
        people[person.name] = tuple(_take(files, _photos(video)) for video in _folders(person))
    return Pictures("ytf", tuple(files), people, ())


def lfw(place: Path) -> Pictures:
    """Labeled Faces in the Wild: a photo is a session."""
    files: list[Path] = []
    people: dict[str, tuple[Session, ...]] = {}
    for person in _folders(place / "faces" / "lfw" / "known"):
        people[person.name] = tuple(_take(files, [photo]) for photo in _photos(person))
    strangers = tuple(
        _take(files, [photo]) for photo in sorted((place / "faces/lfw/unknown").rglob("*.jpg"))
    )
    return Pictures("lfw", tuple(files), people, strangers)


def _folders(place: Path) -> list[Path]:
    return sorted(entry for entry in place.iterdir() if entry.is_dir())


def _photos(place: Path) -> list[Path]:
    return sorted(place.glob("*.jpg"))


def _take(files: list[Path], photos: list[Path]) -> Session:
    first = len(files)
    files.extend(photos)
    return tuple(range(first, len(files)))
