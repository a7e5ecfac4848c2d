"""How is face_recognition asked for the same work, in an environment of its own?"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from bench import face_recognition_home
from faces.picture import Image


@dataclass(frozen=True, slots=True)
class Spent:
    """What all frames took, seconds, and how many faces were found."""

    cpu: float
    wall: float
    faces: int


class FaceRecognition:
    """The peer, waiting in a process of its own."""

    def __init__(self, frames: list[Image]) -> None:
        self._frames = frames
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        python = face_recognition_home.python()
        file = face_recognition_home.HOME / "frames.npy"
        np.save(file, np.stack(self._frames)[:, :, :, ::-1])
        worker = Path(__file__).with_name("peer_worker.py")
        self._process = subprocess.Popen(
            [str(python), "-I", str(worker), str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.communicate()

    def once(self, doubled: int) -> Spent:
        """All frames once, the picture doubled so often before faces are sought."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("FaceRecognition is not running")
        process.stdin.write(f"{doubled}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"face_recognition ended; remove {face_recognition_home.HOME} and try again"
            )
        return Spent(**json.loads(line))
