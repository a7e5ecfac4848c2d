"""Where are the clips that are measured on, and what is known about them?"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from edge.ports import Frame

VARIABLE = "DOORWARD_DATA"


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording.

    Attributes:
        path: the file.
        kind: `live` or the species of attack, which is the folder's name.
        blinks: frames of the least EAR of each labelled blink; None where nobody labelled.
    """

    path: Path
    kind: str
    blinks: tuple[int, ...] | None

    @property
    def name(self) -> str:
        """Folder and file, as in the labels."""
        return f"{self.kind}/{self.path.name}"

    def frames(self) -> Iterator[Frame]:
        """Every frame with the clip's own time."""
        capture = cv2.VideoCapture(str(self.path))
        try:
            fps = capture.get(cv2.CAP_PROP_FPS)
            index = 0
            while True:
                good, image = capture.read()
                if not good:
                    return
                yield Frame(image, index / fps, index)  # type: ignore[arg-type]  # always uint8
                index += 1
        finally:
            capture.release()


def data() -> Path:
    """The folder that `DOORWARD_DATA` names; ends the program with a clear line without one."""
    folder = os.environ.get(VARIABLE)
    if not folder or not Path(folder).is_dir():
        sys.exit(f"set {VARIABLE} to the folder of recordings (video/live/*.mp4 and so on)")
    return Path(folder)


def clips(kind: str = "*") -> list[Clip]:
    """All clips of a kind, by name."""
    video = data() / "video"
    labels: dict[str, tuple[int, ...]] = {}
    with (video / "blink_labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "blink":
                labels[row["clip"]] = tuple(int(frame) for frame in row["frames"].split())
    return [
        Clip(path, path.parent.name, labels.get(f"{path.parent.name}/{path.name}"))
        for path in sorted(video.glob(f"{kind}/*.mp4"))
    ]
