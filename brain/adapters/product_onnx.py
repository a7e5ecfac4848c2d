"""How are bytes multiplied fast? By onnxruntime, with what the processor has for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brain.adapters.onnx_runtime import onnxruntime
from brain.errors import BrainError
from faces import onnx_graph
from faces.onnx_graph import Node, Value
from matching.search import BLOCK, CODE_LIMIT, PROBE_LIMIT

CHUNK = 1024
"""Blocks that are multiplied at once, so that what comes out stays in a core's cache."""

ERRORS_ONLY = 3
"""onnxruntime's severity of messages."""


class OnnxProduct:
    """The `ByteProduct` port. May be shared by threads.

    Args:
        threads: how many one product uses.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._session: onnxruntime.InferenceSession | None = None

    def start(self) -> None:
        """Make the kernels ready, and try them. Raises `BrainError`."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        self._session = onnxruntime.InferenceSession(
            _graph(), options, providers=["CPUExecutionProvider"]
        )
        self._try()

    def largest(self, codes: NDArray[np.uint8], probes: NDArray[np.int8]) -> NDArray[np.int32]:
        """The largest product of each probe within each block of rows.

        Args:
            codes: shape (blocks, BLOCK, dimensions), contiguous.
            probes: shape (dimensions, k), at most `PROBE_LIMIT` in size.

        Returns:
            shape (blocks, k).
        """
        if self._session is None:
            raise RuntimeError("OnnxProduct.largest called before start")
        out = np.empty((len(codes), probes.shape[1]), np.int32)
        for first in range(0, len(codes), CHUNK):
            chunk = codes[first : first + CHUNK]
            out[first : first + CHUNK] = self._session.run(
                None, {"codes": chunk, "probes": probes}
            )[0]
        return out

    def _try(self) -> None:
        """Some processors add two products in 16 bits; the limits must keep them from spilling."""
        rng = np.random.default_rng(0)
        codes = np.full((3, BLOCK, 128), 128 + CODE_LIMIT, np.uint8)
        codes[1:] = rng.integers(0, 256, codes[1:].shape, np.uint8)
        probes = np.full((128, 3), PROBE_LIMIT, np.int8)
        probes[:, 1:] = rng.integers(-PROBE_LIMIT, PROBE_LIMIT + 1, (128, 2), np.int8)
        exact = (codes.astype(np.int32) @ probes.astype(np.int32)).max(axis=1)
        if not np.array_equal(self.largest(codes, probes), exact):
            raise BrainError(
                "onnxruntime multiplies bytes wrongly on this processor, so that no search could "
                "be trusted. Install another version of onnxruntime and report this one."
            )


def _graph() -> bytes:
    return onnx_graph.write(
        "products",
        [
            Node("MatMulInteger", ("codes", "probes"), ("products",)),
            Node("ReduceMax", ("products",), ("largest",), {"axes": (1,), "keepdims": 0}),
        ],
        {},
        [
            Value("codes", "u1", ("blocks", BLOCK, "dimensions")),
            Value("probes", "i1", ("dimensions", "k")),
        ],
        [Value("largest", "i4", ("blocks", "k"))],
    )
