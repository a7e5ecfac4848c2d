"""Which networks say whether skin looks alive? The MiniFASNet pair, through onnxruntime.

Silent-Face-Anti-Spoofing (minivision-ai, Apache-2.0): each network looks at the face with as much
of its surroundings as it was trained on, BGR, 0 to 255, 80x80 pixels; class 1 of 3 is a living
face. The mean of both counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Image
from faces.errors import ModelError
from faces.onnx_runtime import onnxruntime
from faces.picture import Box

Floats = NDArray[np.float32]

SIDE: Final = 80
LIVE: Final = 1
SCALES: Final[Mapping[str, float]] = {"minifasnet_v2": 2.7, "minifasnet_v1se": 4.0}
"""How much larger than the face the network's view is, by the manifest's name of its model."""


class MiniFasNets:
    """Both networks, on one thread.

    Args of the constructor:
        files: their files, by the names of `SCALES`.
        versions: what to call each in the brain's records.
    """

    def __init__(self, files: Mapping[str, Path], versions: Mapping[str, str]) -> None:
        self._files = files
        self._versions = dict(versions)
        self._networks: list[tuple[float, Any]] = []

    @property
    def models(self) -> Mapping[str, str]:
        """What they are, by the manifest's names."""
        return self._versions

    def start(self) -> None:
        """Load both. Raises `faces.errors.ModelError` naming the file."""
        options = onnxruntime.SessionOptions()
        # The tracker needs the other cores, and two threads are no faster on 80x80 pixels.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._networks = []
        for name, scale in SCALES.items():
            file = self._files[name]
            try:
                network = onnxruntime.InferenceSession(
                    str(file), options, providers=["CPUExecutionProvider"]
                )
            except Exception as error:  # onnxruntime's own exceptions have no common root
                raise ModelError(
                    f"{file} does not load ({type(error).__name__}: {error}); "
                    "run `doorctl models --group antispoof` to fetch it again"
                ) from error
            self._networks.append((scale, network))

    def live(self, image: Image, box: Box) -> float:
        """How sure they are of living skin, 0 to 1.

        Args:
            image: BGR, uint8, shape (height, width, 3).
            box: the face, pixels of `image`.
        """
        if not self._networks:
            raise RuntimeError("MiniFasNets.live called before start")
        return float(
            np.mean([_sure(network, view(image, box, s)) for s, network in self._networks])
        )


def _sure(network: Any, picture: Image) -> float:
    planes = picture.transpose(2, 0, 1)[None].astype(np.float32)
    (values,) = network.run(None, {network.get_inputs()[0].name: planes})
    powers = np.exp(values[0] - values[0].max())
    return float(powers[LIVE] / powers.sum())


def view(image: Image, box: Box, scale: float) -> Image:
    """The face with its surroundings, as the networks know it: 80x80 pixels.

    The box is made `scale` times as large around its middle; where it would reach beyond the
    picture it is moved inside, and where the picture is too small it is made less large. The box's
    own proportions are given up in the end, as in the training.
    """
    rows, columns = image.shape[:2]
    x, y, width, height = box
    width, height = max(1.0, width), max(1.0, height)
    scale = min(scale, (rows - 1) / height, (columns - 1) / width)
    across, down = width * scale, height * scale
    left = min(max(0.0, x + width / 2 - across / 2), columns - 1 - across)
    top = min(max(0.0, y + height / 2 - down / 2), rows - 1 - down)
    part = image[int(top) : int(top + down) + 1, int(left) : int(left + across) + 1]
    return np.asarray(cv2.resize(part, (SIDE, SIDE)), dtype=np.uint8)
