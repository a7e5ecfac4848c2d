"""How is an ONNX file freed of weights that its graph also lists as inputs?

Files from before ONNX IR 4 list every weight as a graph input; OpenCV 5 takes such a graph for one
with many inputs and refuses it. A quantiser may leave behind inputs that no node reads any more.
Only a few fields of the ONNX schema matter here, so this reads the protocol buffer wire format
(tag, then a varint, 8 bytes, length and bytes, or 4 bytes) instead of asking for the `onnx`
package. Everything else is copied byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

MODEL_GRAPH = 7
"""`ModelProto.graph`."""

GRAPH_NODE = 1
"""`GraphProto.node`, a `NodeProto`."""

GRAPH_INITIALIZER = 5
"""`GraphProto.initializer`, a `TensorProto`."""

GRAPH_INPUT = 11
"""`GraphProto.input`, a `ValueInfoProto`."""

NODE_INPUT = 1
"""`NodeProto.input`, a name; there may be several."""

TENSOR_NAME = 8
"""`TensorProto.name`."""

VALUE_NAME = 1
"""`ValueInfoProto.name`."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class OnnxFormatError(ValueError):
    """Bytes are not an ONNX model as expected."""


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
    for number, whole, content in _fields(memoryview(model)):
        if number != MODEL_GRAPH:
            out += whole
            continue
        graphs += 1
        graph = _keep_graph_inputs(content, frozenset(names))
        out += _varint(MODEL_GRAPH << 3 | _BYTES) + _varint(len(graph)) + graph
    if graphs != 1:
        raise OnnxFormatError(f"an ONNX model has one graph, this file has {graphs}")
    return bytes(out)


def input_names(model: bytes) -> list[str]:
    """Names of all inputs of the graph, in order. Raises `OnnxFormatError`."""
    return [
        _value_name(value)
        for number, _, graph in _fields(memoryview(model))
        if number == MODEL_GRAPH
        for inner, _, value in _fields(graph)
        if inner == GRAPH_INPUT
    ]


def _keep_graph_inputs(graph: memoryview, names: frozenset[str]) -> bytes:
    fields = list(_fields(graph))
    weights: set[str] = set()
    read: set[str] = set()
    for number, _, value in fields:
        if number == GRAPH_INITIALIZER:
            weights.update(_names(value, TENSOR_NAME))
        elif number == GRAPH_NODE:
            read.update(_names(value, NODE_INPUT))
    kept: set[str] = set()
    out = bytearray()
    for number, whole, value in fields:
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
    return next(_names(value, VALUE_NAME), "")


def _names(message: memoryview, field: int) -> Iterator[str]:
    for number, _, content in _fields(message):
        if number == field:
            try:
                yield bytes(content).decode()
            except UnicodeDecodeError as error:
                raise OnnxFormatError("a name in the graph is not UTF-8") from error


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Yield field number, the whole field with its tag, and its content, in order."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _read_varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _BYTES:
            size, at = _read_varint(message, at)
            begin = at
            at += size
        elif kind == _VARINT:
            begin = at
            _, at = _read_varint(message, at)
        elif kind in {_FIXED64, _FIXED32}:
            begin = at
            at += 8 if kind == _FIXED64 else 4
        else:
            raise OnnxFormatError(f"wire type {kind} at byte {start}: not an ONNX model")
        if number == 0 or at > len(message):
            raise OnnxFormatError(f"broken field at byte {start}: not an ONNX model")
        yield number, message[start:at], message[begin:at]


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise OnnxFormatError(f"broken number at byte {at}: not an ONNX model")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
