"""What one frame showed of the person at the door, in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.core.lids import Eyes


@dataclass(frozen=True, slots=True)
class Face:
    """The tracked face in one frame.

    Attributes:
        box: x, y, width, height in pixels of the full frame.
        points: YuNet's five points (right eye, left eye, nose tip, right and left mouth corner, as
            the person has them), x and y in pixels of the full frame.
        left_ear: eye aspect ratio of the person's left eye (Soukupova & Cech 2016: about 0.3 open,
            under 0.15 closed), or None where the lids were not seen.
        right_ear: the same for the right eye.
        yaw: head turn, rough, in radians; positive towards the person's left.
        pitch: head nod, rough, in radians; positive upwards.
        roll: head tilt in radians.
        brightness: mean grey level of the face, 0 to 255.
        sharpness: variance of the Laplacian of the face scaled to 112 pixels.
        score: the detector's confidence, 0 to 1.
        landmarks: the 68 points of iBUG 300-W, x and y in pixels of the full frame (0 to 16 jaw, 27
            to 35 nose, 36 to 47 eyes); empty where only a few points were seen. Not compared: two
            faces are equal by their measures.
        eyes: small pictures of both eyes; None where they were not taken, or the face was too
            small; `edge.core.lids.OUTSIDE` where they reach over the edge. Not compared either.
    """

    box: tuple[float, float, float, float]
    points: tuple[tuple[float, float], ...]
    left_ear: float | None
    right_ear: float | None
    yaw: float
    pitch: float
    roll: float
    brightness: float
    sharpness: float
    score: float
    # Hundreds of numbers: whoever looks for a repeated picture hashes every face.
    landmarks: tuple[tuple[float, float], ...] = field(default=(), compare=False, repr=False)
    eyes: Eyes | None = field(default=None, compare=False, repr=False)

    @property
    def ear(self) -> float | None:
        """Mean eye aspect ratio of both eyes, None where either was not seen."""
        if self.left_ear is None or self.right_ear is None:
            return None
        return (self.left_ear + self.right_ear) / 2


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look at one frame.

    Attributes:
        at: the frame's time, seconds, the camera's monotonic time line.
        index: the frame's index.
        faces: how many faces stood in the picture (a face far smaller than the largest is
            background and not counted).
        track: number of the unbroken track the face belongs to; changes whenever continuity was
            lost. None without a face.
        face: the largest face, None without one.
    """

    at: float
    index: int
    faces: int
    track: int | None
    face: Face | None
