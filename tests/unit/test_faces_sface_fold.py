"""SFace rewritten for onnxruntime: the same function, the same bytes everywhere."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from brain.adapters.onnx_runtime import onnxruntime
from faces import models, sface_fold
from faces.errors import ModelError
from faces.onnx_graph import Node, Value, read, write
from faces.opencv_log import errors_only
from faces.protobuf_wire import OnnxFormatError


@pytest.fixture(scope="module")
def original() -> bytes:
    try:
        return models.path("sface").read_bytes()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def folded(original: bytes) -> bytes:
    return sface_fold.rewrite(original)


def test_the_rewritten_file_is_the_pinned_one(folded: bytes) -> None:
    pinned = models.catalogue()["sface_folded"]

    assert len(folded) == pinned.size
    assert hashlib.sha256(folded).hexdigest() == pinned.sha256


def test_it_computes_what_opencv_computes_from_the_original(folded: bytes) -> None:
    with errors_only():
        theirs = cv2.FaceRecognizerSF.create(str(models.path("sface")), "")
    ours = onnxruntime.InferenceSession(folded, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    for contrast in (1, 20, 127):
        chip = np.clip(128 + contrast * rng.normal(size=(112, 112, 3)), 0, 255).astype(np.uint8)
        pixels = np.ascontiguousarray(chip[None, :, :, ::-1].transpose(0, 3, 1, 2), np.float32)

        (vector,) = ours.run(None, {"data": pixels})[0]
        expected = theirs.feature(chip)[0]

        difference = vector / np.linalg.norm(vector) - expected / np.linalg.norm(expected)
        assert np.abs(difference).max() < 3e-6


def test_nothing_is_left_that_onnxruntime_does_slowly(folded: bytes) -> None:
    operators = {node.operator for node in read(folded).nodes}

    assert operators == {"Sub", "Mul", "Conv", "Relu", "Add", "Flatten", "Gemm"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>not found</html>", id="a web page"),
        pytest.param(write("net", [], {}, [], []), id="an empty network"),
        pytest.param(
            write("net", [Node("Relu", ("data",), ("y",))], {}, [Value("data", "f4", (1,))], []),
            id="another network",
        ),
    ],
)
def test_what_is_not_sface_is_refused(data: bytes) -> None:
    with pytest.raises(OnnxFormatError):
        sface_fold.rewrite(data)


def test_a_file_cut_off_is_refused(original: bytes) -> None:
    with pytest.raises(OnnxFormatError):
        sface_fold.rewrite(original[:-1000])
