"""What is shown to brain and door? Frames of portraits that move, as an edge would send them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from bench.speed.ours import Edge
from doorbus import codec
from doorbus.messages import Crop, Liveness
from doorbus.topics import RECOGNIZE
from edge.adapters.camera_scene import SceneCamera
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.messages_out import enrolment_frame
from edge.ports import Frame
from faces import models
from faces.errors import ModelError
from faces.picture import Image

FPS = 30.0
WALK_IN = 36
"""Frames until somebody who walks up stands before the camera."""


def burst_of(images: Sequence[Image]) -> tuple[tuple[Crop, ...], Liveness]:
    """The faces of some frames as a door packs them, with a blink that it says it saw."""
    edge = Edge()
    burst = codec.decode(RECOGNIZE, edge.pack(edge.track(images)))
    if len(burst.crops) != len(images):
        raise ModelError(f"{len(burst.crops)} faces seen in {len(images)} frames")
    return burst.crops, burst.liveness


def enrolment_pictures(folder: Path, portrait: str, count: int) -> list[bytes]:
    """JPEGs of somebody who stands before a door, as it sends them for an enrolment."""
    tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    tracker.start()
    pictures: list[bytes] = []
    for frame in _standing(folder, {"kind": "animated", "portrait": portrait}):
        sighting = tracker.observe(frame)
        if sighting.face is not None and sighting.faces == 1:
            message = enrolment_frame(frame.image, sighting, "e", len(pictures), count)
            pictures.append(message.jpeg)
        if len(pictures) == count:
            return pictures
    raise ModelError(f"{portrait}: only {len(pictures)} faces seen")


def clip_of_somebody(folder: Path, portrait: str, count: int = 90) -> Path:
    """A clip in which somebody stands in the simulated room from the first frame on."""
    path = folder / "somebody.avi"
    frames = _standing(folder, {"kind": "still", "portrait": portrait})
    first = next(frames).image
    size = (first.shape[1], first.shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, size)
    try:
        writer.write(first)
        for _ in range(count):
            writer.write(next(frames).image)
    finally:
        writer.release()
    return path


def _standing(folder: Path, scene: dict[str, str]) -> Iterator[Frame]:
    """Frames of a scene from when the person stands there; at most two minutes of them."""
    path = folder / "made.json"
    path.write_text(json.dumps(scene), encoding="utf-8")
    camera = SceneCamera(path, pacing="every", fps=FPS)
    camera.start()
    try:
        for index in range(round(120 * FPS)):
            frame = camera.read()
            if frame is not None and index >= WALK_IN:
                yield frame
    finally:
        camera.stop()
