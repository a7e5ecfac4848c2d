"""A network with an open number of pictures is made to take one, and nothing else changes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from faces import models, onnx_batch
from faces.onnx_graph import (
    DIM_PARAM,
    DIM_VALUE,
    GRAPH_INPUT,
    GRAPH_NAME,
    GRAPH_OUTPUT,
    MODEL_GRAPH,
    SHAPE_DIM,
    TENSOR_TYPE_SHAPE,
    TYPE_TENSOR,
    VALUE_NAME,
    VALUE_TYPE,
)
from faces.protobuf_wire import OnnxFormatError, fields, part, whole_number

OPEN = part(DIM_PARAM, b"batch_size")
ONE = whole_number(DIM_VALUE, 1)


def value(name: bytes, first: bytes) -> bytes:
    shape = part(SHAPE_DIM, first) + part(SHAPE_DIM, whole_number(DIM_VALUE, 3))
    kind = part(TYPE_TENSOR, whole_number(1, 1) + part(TENSOR_TYPE_SHAPE, shape))
    return part(VALUE_NAME, name) + part(VALUE_TYPE, kind)


def model(first: bytes) -> bytes:
    graph = part(GRAPH_NAME, b"batch_size")
    graph += part(GRAPH_INPUT, value(b"in", first)) + part(GRAPH_OUTPUT, value(b"out", first))
    return whole_number(1, 8) + part(MODEL_GRAPH, graph)


def opened(prepared: bytes) -> bytes:
    """The other way round: the first dimension of inputs and outputs is left open."""

    def inside(message: memoryview, path: tuple[int, ...]) -> bytes:
        out, first = bytearray(), True
        for number, whole, content in fields(message):
            if number != path[0]:
                out += whole
            elif len(path) > 1:
                out += part(number, inside(content, path[1:]))
            else:
                out += part(number, OPEN) if first else whole
                first = False
        return bytes(out)

    for side in (GRAPH_INPUT, GRAPH_OUTPUT):
        path = (MODEL_GRAPH, side, VALUE_TYPE, TYPE_TENSOR, TENSOR_TYPE_SHAPE, SHAPE_DIM)
        prepared = inside(memoryview(prepared), path)
    return prepared


def test_the_open_dimension_of_inputs_and_outputs_becomes_one() -> None:
    assert onnx_batch.rewrite(model(OPEN)) == model(ONE)


@pytest.mark.parametrize("first", [ONE, part(DIM_PARAM, b"width")])
def test_a_network_without_that_dimension_is_refused(first: bytes) -> None:
    with pytest.raises(OnnxFormatError, match="batch_size"):
        onnx_batch.rewrite(model(first))


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(OnnxFormatError):
        onnx_batch.rewrite(b"\xff" * 40)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "file"),
    [("minifasnet_v2", "MiniFASNetV2.onnx"), ("minifasnet_v1se", "MiniFASNetV1SE.onnx")],
)
def test_the_pinned_networks_follow_from_their_publishers_files(name: str, file: str) -> None:
    data = os.environ.get("DOORWARD_DATA")
    shared = Path(data or "").parent / "models" / file
    if not data or not shared.is_file():
        pytest.skip("DOORWARD_DATA has no folder `models` beside it")
    asset = models.catalogue()[name]
    assert asset.original is not None

    original = opened(shared.read_bytes())

    assert hashlib.sha256(original).hexdigest() == asset.original.sha256
    assert len(original) == asset.original.size
    prepared = onnx_batch.rewrite(original)
    assert hashlib.sha256(prepared).hexdigest() == asset.sha256
    assert len(prepared) == asset.size
