"""How is face_recognition installed and asked, without touching this project's environment?

Its packages are pinned and installed without their dependencies: `face_recognition` asks for
`dlib`, which is built from source and would overwrite `dlib-bin`, and its models ask for
`pkg_resources`, which setuptools had until version 80.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from faces.picture import Image

HOME = Path("bench-out") / "peers" / "face_recognition"

PACKAGES = (
    "face_recognition==1.3.0",
    "face_recognition_models==0.3.0",
    "dlib-bin==20.0.1.post1",
    "numpy==2.4.6",
    "pillow==13.0.0",
    "click==8.5.1",
    "setuptools==80.9.0",
)


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
        python = _installed()
        file = HOME / "frames.npy"
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
            raise RuntimeError(f"face_recognition ended; remove {HOME} and try again")
        return Spent(**json.loads(line))


def _installed() -> Path:
    python = HOME / "venv" / "bin" / "python"
    done = HOME / "installed.txt"
    wanted = "\n".join(PACKAGES)
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"installing face_recognition into {HOME} ...", file=sys.stderr)
        venv.create(HOME / "venv", with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--no-deps", *PACKAGES], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python.absolute()
