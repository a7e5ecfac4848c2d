"""What does the real face_recognition package make of every picture? Asked once, then kept."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import face_recognition_home
from bench.recognition.embeddings import OUT
from bench.recognition.pictures import Pictures

WORKER = Path(__file__).with_name("face_recognition_worker.py")

THRESHOLD = 0.6
"""Its own default: a smaller distance is a match."""


def vectors(pictures: Pictures) -> NDArray[np.float32]:
    """Its encoding of each picture's subject; zeros where it finds no face, shape (n, 128).

    About 0.1 s a picture on one core.

    Raises:
        subprocess.CalledProcessError: it cannot be installed, or failed.
    """
    told = WORKER.read_bytes() + "\n".join(face_recognition_home.PACKAGES).encode()
    digest = hashlib.sha256(told)
    for file in pictures.files:
        digest.update(f"{file.name} {file.stat().st_size}\n".encode())
    target = OUT / f"{pictures.name}-face_recognition-{digest.hexdigest()[:16]}.npy"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        listed = target.with_suffix(".txt")
        listed.write_text("\n".join(map(str, pictures.files)), encoding="utf-8")
        python = face_recognition_home.python()
        command = [str(python), "-I", str(WORKER), str(listed.absolute()), str(target.absolute())]
        subprocess.run(command, check=True)
    return np.asarray(np.load(target), np.float32)
