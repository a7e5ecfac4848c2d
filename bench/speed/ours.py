"""What does Doorward do with the same frames?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from brain.adapters.product_onnx import OnnxProduct
from brain.encoder_settings import DEFAULTS
from brain.eyes import Eyes
from doorbus import codec
from doorbus.bus import Wire
from doorbus.messages import BlinkSeen, Burst, Crop, Liveness
from doorbus.topics import RECOGNIZE
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.core.liveness import POLICIES, Witness
from edge.ports import Frame
from edge.recent_faces import RecentFaces
from faces import jpeg, models
from faces.detect import FaceDetector
from faces.encoding.onnx import OnnxEncoder
from faces.landmarks import LandmarkRefiner
from faces.picture import Image
from matching.index import Index

RESIDENTS, TEMPLATES = 1000, 5
FPS = 30.0


class Edge:
    """The door's share: track every frame, look for a blink, cut out and pack the faces."""

    def __init__(self) -> None:
        self._tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
        self._tracker.start()
        self._landmarks = LandmarkRefiner(models.path("yunet"))
        self._landmarks.start()
        self._frames = 0

    def track(self, images: Sequence[Image]) -> RecentFaces:
        """What is done with every frame before a burst is chosen."""
        recent, witness = RecentFaces(), Witness(POLICIES["standard"])
        for image in images:
            frame = Frame(image, self._frames / FPS, self._frames)
            self._frames += 1
            sighting = self._tracker.observe(frame)
            witness.observe(sighting)
            recent.add(frame, sighting)
        return recent

    def pack(self, recent: RecentFaces) -> Wire:
        """The burst's message."""
        seen = [sighting for sighting in recent.sightings if sighting.face is not None]
        cuttings = recent.cut(seen, self._landmarks)
        crops = tuple(
            Crop.model_validate(
                {
                    "jpeg": jpeg.encode(cutting.image),
                    "at_ms": round(number * 1000 / FPS),
                    "points": tuple(map(tuple, cutting.points.tolist())),
                }
            )
            for number, cutting in enumerate(cuttings)
        )
        blink = BlinkSeen(start_ms=0, closed_ms=100, end_ms=200, depth=0.5)
        life = Liveness(policy="standard", blinks=(blink,), fps=FPS)
        burst = Burst(visit=1, nonce="0" * 32, liveness=life, crops=crops)
        return codec.encode(RECOGNIZE, burst, "front")


class Brain:
    """The brain's share: read the message, look at every crop, find the nearest residents."""

    def __init__(self) -> None:
        self.encoder = OnnxEncoder()
        self._eyes = Eyes(FaceDetector(models.path("yunet")), self.encoder)
        self._eyes.start()
        product = OnnxProduct()
        product.start()
        rows = np.random.default_rng(0).normal(size=(RESIDENTS, TEMPLATES, 128))
        rows /= np.linalg.norm(rows, axis=2, keepdims=True)
        people = {f"r-{n}": block for n, block in enumerate(rows.astype(np.float32))}
        self._index = Index.build(128, people, product)
        self._threshold = DEFAULTS["sface"].threshold

    def match(self, wire: Wire) -> int:
        """How many crops were embedded and compared with everybody."""
        seen = self._eyes.burst(codec.decode(RECOGNIZE, wire).crops)
        if seen.faults:
            raise RuntimeError(f"the bench's own crops were refused: {seen.faults}")
        mean = seen.probes.mean(axis=0, keepdims=True)
        near = self._index.nearest(np.concatenate([mean, seen.probes]).astype(np.float32))
        if near.score[0] >= self._threshold:
            raise RuntimeError("a random gallery knows the portrait")
        return len(seen.probes)
