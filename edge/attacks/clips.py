"""Which recordings are there to be presented, and what is known about them?

A folder with a folder for each species: `live/` holds living people, every other one an attack
(`replay/`, `print/`, ...). `blink_labels.csv` beside them may name the blinks of live clips.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.adapters.clip import Clip as Reel
from edge.errors import AttackError, CameraError
from edge.ports import Image

LIVE = "live"

LABELS = "blink_labels.csv"
"""Columns `clip` (folder/file), `kind` (`blink` or `closed`), `frames` (of the least opening)."""

ENDINGS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v"})


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording.

    Attributes:
        path: the file.
        species: `live`, or the name of the attack's folder.
        blinks: labelled blinks; None where nobody labelled the clip.
    """

    path: Path
    species: str
    blinks: int | None

    @property
    def name(self) -> str:
        """Folder and file."""
        return f"{self.species}/{self.path.name}"

    def opened(self) -> tuple[float, Iterator[Image]]:
        """Frames a second, and every frame. Raises `AttackError` for what is no video."""
        reel = Reel(self.path)
        try:
            reel.open()
        except CameraError as error:
            raise AttackError(str(error)) from error
        return reel.fps, _frames(reel)


def clips(folder: Path) -> list[Clip]:
    """All recordings in a folder, live ones first, then by name.

    Raises:
        AttackError: no such folder, or no recording in a folder of it; says what is expected.
    """
    labels = _labels(folder / LABELS)
    found = [
        Clip(path, path.parent.name, labels.get(f"{path.parent.name}/{path.name}"))
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in ENDINGS and path.is_file()
    ]
    if not found:
        raise AttackError(
            f"{folder}: no recordings there; it needs a folder live/ with clips of people "
            f"({', '.join(sorted(ENDINGS))}), and may have replay/, print/ and the like beside it"
        )
    return sorted(found, key=lambda clip: (clip.species != LIVE, clip.name))


def _labels(path: Path) -> dict[str, int]:
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if not {"clip", "kind", "frames"} <= set(rows.fieldnames or ()):
            raise AttackError(f"{path}: its first line must be clip,kind,frames")
        return {row["clip"]: len(row["frames"].split()) for row in rows if row["kind"] == "blink"}


def _frames(reel: Reel) -> Iterator[Image]:
    try:
        while (image := reel.read()) is not None:
            yield image
    finally:
        reel.close()
