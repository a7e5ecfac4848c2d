"""How is a network made to take one picture at a time, where its file leaves their number open?

The dimension `batch_size` of inputs and outputs becomes 1; everything else is copied byte for byte.
OpenCV's importer wants fixed dimensions, and a fixed one cannot be fed a batch by mistake.
"""

from __future__ import annotations

from collections.abc import Callable

from faces.onnx_graph import (
    DIM_PARAM,
    DIM_VALUE,
    GRAPH_INPUT,
    GRAPH_OUTPUT,
    MODEL_GRAPH,
    SHAPE_DIM,
    TENSOR_TYPE_SHAPE,
    TYPE_TENSOR,
    VALUE_TYPE,
)
from faces.protobuf_wire import OnnxFormatError, fields, part, texts, whole_number

BATCH = "batch_size"


def rewrite(original: bytes) -> bytes:
    """Fix the number of pictures at one.

    Args:
        original: a serialised `ModelProto`.

    Raises:
        OnnxFormatError: the bytes are no such model, or no dimension is called `batch_size`.
    """
    prepared = _inside(memoryview(original), MODEL_GRAPH, _graph)
    if prepared == original:
        raise OnnxFormatError(f"no input or output has a dimension named {BATCH!r}")
    return prepared


def _graph(graph: memoryview) -> bytes:
    inputs = _inside(graph, GRAPH_INPUT, _value)
    return _inside(memoryview(inputs), GRAPH_OUTPUT, _value)


def _value(value: memoryview) -> bytes:
    def tensor(content: memoryview) -> bytes:
        return _inside(content, TENSOR_TYPE_SHAPE, shape)

    def shape(content: memoryview) -> bytes:
        return _inside(content, SHAPE_DIM, _dimension)

    return _inside(value, VALUE_TYPE, lambda kind: _inside(kind, TYPE_TENSOR, tensor))


def _dimension(dimension: memoryview) -> bytes:
    if BATCH in texts(dimension, DIM_PARAM):
        return whole_number(DIM_VALUE, 1)
    return bytes(dimension)


def _inside(message: memoryview, number: int, change: Callable[[memoryview], bytes]) -> bytes:
    """The message with every field of a number changed, and all others as they are."""
    out = bytearray()
    for found, whole, content in fields(message):
        changed = change(content) if found == number else None
        out += whole if changed is None or changed == content else part(number, changed)
    return bytes(out)
