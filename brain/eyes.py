"""What does one picture show the brain: a face as a vector, or why not?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

from brain.core.training import Sample
from doorbus.messages import Crop
from faces import jpeg, quality
from faces.errors import JpegError
from matching.decision import Fault
from matching.fusion import sound
from matching.sight import SPOT_CHECKS, Seen, Sight


class Looks(Protocol):
    """What looks at pictures: `Eyes`, or a process that has some. Belongs to one thread."""

    def start(self) -> None:
        """Load the networks. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def stop(self) -> None:
        """End what runs beside. Twice is harmless."""
        ...

    def burst(self, crops: Sequence[Crop], spot_checks: int = SPOT_CHECKS) -> Seen:
        """Look at every crop of a burst, or of a share of it. Raises `LookingError`."""
        ...

    def frame(self, index: int, data: bytes) -> Sample | Fault:
        """Look at one frame of an enrolment. Raises `LookingError`."""
        ...


class Eyes(Sight):
    """What a burst shows, and what one frame of an enrolment does."""

    def stop(self) -> None:
        """Nothing runs on. For eyes of which something does, see `brain.remote_eyes`."""

    def frame(self, index: int, data: bytes) -> Sample | Fault:
        """Look at one frame of an enrolment: a camera picture, or most of one."""
        try:
            image = jpeg.decode(data)
        except JpegError:
            return Fault.BAD_PICTURE
        points = self.only_face(image)
        if isinstance(points, Fault):
            return points
        points = self.refined(image, points)
        measured = quality.measure(image, points)
        embedding = self.encoder.encode(image, points)
        if not sound(embedding[None]).all():
            return Fault.BAD_PICTURE
        return Sample(
            index=index,
            embedding=embedding,
            size_px=measured.size_px,
            sharpness=measured.sharpness,
            brightness=measured.brightness,
            digest=hashlib.sha256(data).digest(),
        )
