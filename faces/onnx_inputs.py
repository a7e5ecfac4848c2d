"""How is an ONNX file freed of weights that its graph also lists as inputs?

Files from before ONNX IR 4 list every weight as a graph input; OpenCV 5 takes such a graph for one
with many inputs and refuses it. A quantiser may leave behind inputs that no node reads any more.
Everything else is copied byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection

from faces.onnx_graph import (
    GRAPH_INITIALIZER,
    GRAPH_INPUT,
    GRAPH_NODE,
    MODEL_GRAPH,
    NODE_INPUT,
    TENSOR_NAME,
    VALUE_NAME,
)
from faces.protobuf_wire import OnnxFormatError, fields, part, texts


def keep_inputs(model: bytes, names: Collection[str]) -> bytes:
    """Drop all inputs of the graph except the named ones.

    Args:
        model: a serialised `ModelProto`.
        names: the inputs to keep.

    Returns:
        The model without the others, otherwise unchanged.

    Raises:
        OnnxFormatError: the bytes are not such a model, a named input is missing, or an input to be
            dropped is read by a node and has no weights in the file.
    """
    out = bytearray()
    graphs = 0
    for number, whole, content in fields(memoryview(model)):
        if number != MODEL_GRAPH:
            out += whole
            continue
        graphs += 1
        graph = _keep_graph_inputs(content, frozenset(names))
        out += part(MODEL_GRAPH, graph)
    if graphs != 1:
        raise OnnxFormatError(f"an ONNX model has one graph, this file has {graphs}")
    return bytes(out)


def input_names(model: bytes) -> list[str]:
    """Names of all inputs of the graph, in order. Raises `OnnxFormatError`."""
    return [
        _value_name(value)
        for number, _, graph in fields(memoryview(model))
        if number == MODEL_GRAPH
        for inner, _, value in fields(graph)
        if inner == GRAPH_INPUT
    ]


def _keep_graph_inputs(graph: memoryview, names: frozenset[str]) -> bytes:
    parts = list(fields(graph))
    weights: set[str] = set()
    read: set[str] = set()
    for number, _, value in parts:
        if number == GRAPH_INITIALIZER:
            weights.update(texts(value, TENSOR_NAME))
        elif number == GRAPH_NODE:
            read.update(texts(value, NODE_INPUT))
    kept: set[str] = set()
    out = bytearray()
    for number, whole, value in parts:
        if number == GRAPH_INPUT:
            name = _value_name(value)
            if name not in names:
                if name in read - weights:
                    raise OnnxFormatError(f"a node reads the input {name!r}, which has no weights")
                continue
            kept.add(name)
        out += whole
    if missing := names - kept:
        raise OnnxFormatError(f"the graph has no input named {', '.join(sorted(missing))}")
    return bytes(out)


def _value_name(value: memoryview) -> str:
    return next(texts(value, VALUE_NAME), "")
