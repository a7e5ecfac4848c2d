"""A clip as a scene: what stands before the camera while it plays, and once it is over?"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from edge.adapters.camera_scene import SceneCamera

CLIP_FPS = 24.0
FRAMES = 12


def white_clip(path: Path) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), CLIP_FPS, (160, 120))
    for _ in range(FRAMES):
        writer.write(np.full((120, 160, 3), 250, np.uint8))
    writer.release()


def test_after_a_clip_slower_than_the_camera_the_room_is_empty_for_good(tmp_path: Path) -> None:
    white_clip(tmp_path / "clip.avi")
    scene = {"kind": "clip", "path": "clip.avi"}
    (tmp_path / "scene.json").write_text(json.dumps(scene))
    camera = SceneCamera(tmp_path / "scene.json", pacing="every", size=(160, 120), fps=30)
    camera.start()

    frames = [camera.read() for _ in range(60)]
    camera.stop()

    white = [frame.image.mean() > 200 for frame in frames if frame is not None]
    playing = round(FRAMES / CLIP_FPS * 30)
    assert white == [True] * playing + [False] * (60 - playing)
