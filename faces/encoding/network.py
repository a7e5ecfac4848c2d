"""How are chips put through a network in an ONNX file, whoever asks?

Through onnxruntime on one thread of whoever asks; several may ask at once, and share the weights.
So a worker a core is the way to more, and another worker costs hardly any memory.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faces import align, models, onnx_graph
from faces.errors import ModelError
from faces.onnx_graph import Value
from faces.onnx_runtime import onnxruntime
from faces.picture import Image

BATCH = 4
"""Chips that go through a network at once: more do not fit into a core's cache and cost more each.
dlib's network on one Zen 5 core: 3.9 ms a chip alone, 2.9 in batches of 20."""

ERRORS_ONLY = 3
"""onnxruntime's severity of messages."""

_FEATURES, _VECTORS = "features", "vectors"


@dataclass(frozen=True, slots=True)
class Network:
    """What must be known of a network.

    Attributes:
        name: names network and preprocessing, as `Encoder.name`.
        file: an asset of the manifest by name, or a file of the operator's own.
        dimensions: length of its vectors.
        side: of its chips, pixels.
        rgb: whether it takes red first; otherwise blue first.
        mean: taken from every pixel's value (0 to 255) before ...
        scale: ... it is multiplied by this.
        mirror: whether a face and its mirror image are embedded and their vectors added.
        batch: chips that go through it at once.
        features: numbers that its last operation, a product with a matrix, makes the vector of,
            where that is done for all chips together; 0 where it is not. Only for files that were
            written here, since others may hold what `faces.onnx_graph` does not read.
    """

    name: str
    file: str | Path
    dimensions: int
    side: int = align.CHIP_SIZE
    rgb: bool = True
    mean: float = 0.0
    scale: float = 1.0
    mirror: bool = False
    batch: int = BATCH
    features: int = 0


SFACE = Network(
    "sface-2021dec-mirror", "sface_folded", 128, mirror=True, batch=1, features=1024 * 7 * 7
)
"""One by one, its pictures stay in a core's cache; its last matrix of 26 MB does not, and is read
once for a burst. On one Zen 4 core 12.9 ms a chip, where the whole network takes 14.0, 13.2, 13.7,
15.1 ms in batches of 1, 2, 4, 10."""

DLIB = Network("dlib-resnet-v1", "dlib_resnet_onnx", 128, side=150)
"""Shift and scale of these two are in the files."""


class OnnxNetwork:
    """A network in memory. May be shared by threads."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._loading = threading.Lock()
        self._body: onnxruntime.InferenceSession | None = None
        self._head: onnxruntime.InferenceSession | None = None
        self._input = ""

    def start(self) -> None:
        """Load the network and try it; again is harmless. Raises `ModelError`."""
        with self._loading:
            if self._body is None:
                self._load()

    @property
    def started(self) -> bool:
        """Whether it is in memory."""
        return self._body is not None

    def vectors(self, chips: Sequence[Image]) -> NDArray[np.float32]:
        """What the network makes of chips.

        Args:
            chips: each of shape (side, side, 3), uint8, BGR.

        Returns:
            shape (n, dimensions), float32, of any length each.

        Raises:
            RuntimeError: `start` was not called.
        """
        if self._body is None:
            raise RuntimeError("OnnxNetwork.vectors called before start")
        batch = self.network.batch
        parts = [
            self._body.run(None, {self._input: self._pixels(chips[first : first + batch])})[0]
            for first in range(0, len(chips), batch)
        ]
        if not parts:
            return np.empty((0, self.network.dimensions), np.float32)
        made = np.concatenate(parts)
        if self._head is not None:
            made = self._head.run(None, {_FEATURES: made})[0]
        return np.asarray(made, np.float32)

    def _pixels(self, chips: Sequence[Image]) -> NDArray[np.float32]:
        known = self.network
        blob = cv2.dnn.blobFromImages(chips, known.scale, mean=(known.mean,) * 3, swapRB=known.rgb)
        return np.asarray(blob, np.float32)

    def _load(self) -> None:
        known = self.network
        file = known.file if isinstance(known.file, Path) else models.path(known.file)
        try:
            if known.features:
                body, head = _apart(file.read_bytes(), known)
                self._head = _session(head)
                self._body = _session(body)
            else:
                self._body = _session(str(file))
            self._input = self._body.get_inputs()[0].name
            tried = self.vectors([np.zeros((known.side, known.side, 3), np.uint8)] * 2)
        except Exception as error:  # its exceptions have no common root but this
            self._body = self._head = None
            said = " ".join(str(error).split())
            raise ModelError(
                f"onnxruntime cannot run the encoder {file}: {said}. {self._remedy()}"
            ) from error
        if tried.shape != (2, known.dimensions):
            self._body = self._head = None
            raise ModelError(
                f"the encoder {file} makes vectors of shape {tried.shape} of two faces, expected "
                f"(2, {known.dimensions}). {self._remedy()}"
            )
        if not np.isfinite(tried).all():
            self._body = self._head = None
            raise ModelError(
                f"the encoder {file} makes vectors that are not finite numbers. {self._remedy()}"
            )

    def _remedy(self) -> str:
        if isinstance(self.network.file, Path):
            return "Look at `network` in brain.yaml."
        return f"Run `{models.COMMAND} {self.network.file}` to fetch it again."


def _session(model: str | bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _apart(model: bytes, known: Network) -> tuple[bytes, bytes]:
    """A network without its last operation, and that operation alone."""
    graph = onnx_graph.read(model)
    *before, last = graph.nodes
    if last.operator != "Gemm" or len(graph.inputs) != 1:
        raise ValueError(f"its last operation is {last.operator}, expected Gemm")
    flat, own = last.inputs[0], last.inputs[1:]
    pixels = Value(graph.inputs[0], "f4", ("n", 3, known.side, known.side))
    body = onnx_graph.write(
        "body",
        before,
        {name: weight for name, weight in graph.weights.items() if name not in own},
        [pixels],
        [Value(flat, "f4", ("n", known.features))],
    )
    head = onnx_graph.write(
        "head",
        [onnx_graph.Node(last.operator, (_FEATURES, *own), (_VECTORS,), last.attributes)],
        {name: graph.weights[name] for name in own},
        [Value(_FEATURES, "f4", ("n", known.features))],
        [Value(_VECTORS, "f4", ("n", known.dimensions))],
    )
    return body, head
