"""Sightings for tests of the door's decisions: plain numbers, one face unless said otherwise."""

from __future__ import annotations

from edge.core.sighting import Face, Sighting

POINTS = ((40.0, 50.0), (80.0, 50.0), (60.0, 75.0), (45.0, 95.0), (75.0, 95.0))


def face(
    *,
    width: float = 120.0,
    brightness: float = 120.0,
    sharpness: float = 100.0,
    ear: float = 0.3,
    yaw: float = 0.0,
    score: float = 0.9,
) -> Face:
    return Face(
        box=(10.0, 10.0, width, width * 1.2),
        points=POINTS,
        left_ear=ear,
        right_ear=ear,
        yaw=yaw,
        pitch=0.0,
        roll=0.0,
        brightness=brightness,
        sharpness=sharpness,
        score=score,
    )


def sighting(
    index: int = 0,
    *,
    at: float | None = None,
    track: int | None = 1,
    faces: int = 1,
    seen: Face | None = None,
) -> Sighting:
    """A sighting at 30 frames a second; the sharpness tells one frame from the other."""
    if track is None:
        return Sighting(index / 30 if at is None else at, index, 0, None, None)
    shown = seen or face(sharpness=100.0 + index * 0.01)
    return Sighting(index / 30 if at is None else at, index, faces, track, shown)
