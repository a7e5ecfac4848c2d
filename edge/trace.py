"""What did the door see and decide, frame by frame? A file for whoever looks into a visit.

One JSON object a line, no pictures: `look` (a sighting, in the camera's time), `burst` (which
frames went out) and `event`. Written only where the command line asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from doorbus.messages import EventKind
from edge.core.sighting import Sighting
from edge.core.visit_events import Seen
from edge.core.visit_state import Phase
from edge.errors import StateError


class Trace:
    """Writes to `path`, or nowhere at all."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIOWrapper | None = None

    def start(self) -> None:
        """Begin a new file. Raises StateError where it cannot be written."""
        if self._path is None:
            return
        try:
            self._file = self._path.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            raise StateError(
                f"trace {self._path} cannot be written ({error.strerror}); name another file"
            ) from error

    def look(self, seen: Seen, phase: Phase) -> None:
        """A sighting and where the visit stands after it."""
        sighting, face = seen.sighting, seen.sighting.face
        self._write(
            "look",
            at=round(sighting.at, 4),
            index=sighting.index,
            track=sighting.track,
            faces=sighting.faces,
            left_ear=face and face.left_ear,
            right_ear=face and face.right_ear,
            alive=seen.alive,
            phase=type(phase).__name__.lower(),
            visit=getattr(phase, "visit", None),
        )

    def burst(self, visit: int, chosen: Sequence[Sighting]) -> None:
        """Which frames went out."""
        self._write(
            "burst",
            visit=visit,
            frames=[{"index": s.index, "at": round(s.at, 4)} for s in chosen],
        )

    def event(self, kind: EventKind, visit: int | None, detail: str) -> None:
        """What was told."""
        self._write("event", kind=kind.value, visit=visit, detail=detail)

    def stop(self) -> None:
        """Close the file. Twice is harmless."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, what: str, **fields: object) -> None:
        if self._file is not None:
            self._file.write(json.dumps({"what": what, **fields}) + "\n")
