"""How is an ONNX file read and written, as far as networks are prepared here?

What is written is the same byte for byte on every machine, so that its hash can be pinned.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faces.protobuf_wire import (
    FIXED32,
    VARINT,
    OnnxFormatError,
    fields,
    part,
    read_varint,
    signed,
    texts,
    varint,
    whole_number,
)

MODEL_IR_VERSION, MODEL_GRAPH, MODEL_OPSET = 1, 7, 8
GRAPH_NODE, GRAPH_NAME, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT = 1, 2, 5, 11, 12
NODE_INPUT, NODE_OUTPUT, NODE_OPERATOR, NODE_ATTRIBUTE = 1, 2, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS, ATTRIBUTE_TYPE = 1, 2, 3, 8, 20
TENSOR_DIMS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_INT32S, TENSOR_INT64S = 1, 2, 4, 5, 7
TENSOR_NAME, TENSOR_RAW = 8, 9
VALUE_NAME, VALUE_TYPE, TYPE_TENSOR, TENSOR_TYPE_ELEMENT, TENSOR_TYPE_SHAPE = 1, 2, 1, 1, 2
SHAPE_DIM, DIM_VALUE, DIM_PARAM = 1, 1, 2
OPSET_VERSION = 2
"""Field numbers of ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto,
TypeProto, TensorShapeProto and OperatorSetIdProto in onnx.proto3."""

_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 2, 7
"""Values of AttributeProto.AttributeType."""

_TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    2: np.dtype("u1"),
    3: np.dtype("i1"),
    6: np.dtype("<i4"),
    7: np.dtype("<i8"),
}
"""Values of TensorProto.DataType."""

IR_VERSION, OPSET = 8, 17
"""What is written: understood by onnxruntime since 1.12."""

Attribute = float | int | tuple[int, ...]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Attributes:
        operator: its name in the ONNX operator set.
        inputs: names of values; empty where an optional one is left out.
        outputs: names of values.
        attributes: those that are numbers or lists of whole numbers; others are not read.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of a graph; a dimension that is a word may be of any length."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A network.

    Attributes:
        nodes: operations in the order in which they can be done.
        weights: constants by name.
        inputs: names of the inputs that are not weights.
    """

    nodes: tuple[Node, ...]
    weights: Mapping[str, Array]
    inputs: tuple[str, ...]


def read(model: bytes) -> Graph:
    """Read the graph of a serialised `ModelProto`. Raises `OnnxFormatError`."""
    graph = only_graph(model)
    nodes: list[Node] = []
    weights: dict[str, Array] = {}
    inputs: list[str] = []
    for number, _, content in fields(graph):
        if number == GRAPH_NODE:
            nodes.append(_read_node(content))
        elif number == GRAPH_INITIALIZER:
            name, weight = _read_tensor(content)
            weights[name] = weight
        elif number == GRAPH_INPUT:
            inputs.append(next(texts(content, VALUE_NAME), ""))
    return Graph(tuple(nodes), weights, tuple(name for name in inputs if name not in weights))


def write(
    name: str,
    nodes: Iterable[Node],
    weights: Mapping[str, Array],
    inputs: Sequence[Value],
    outputs: Sequence[Value],
) -> bytes:
    """Write a model, in this order and with nothing of time or place in it.

    Raises:
        OnnxFormatError: a weight's type has no number here.
    """
    graph = bytearray()
    for node in nodes:
        graph += part(GRAPH_NODE, _write_node(node))
    graph += part(GRAPH_NAME, name.encode())
    for weight, array in weights.items():
        graph += part(GRAPH_INITIALIZER, _write_tensor(weight, array))
    for number, values in ((GRAPH_INPUT, inputs), (GRAPH_OUTPUT, outputs)):
        for value in values:
            graph += part(number, _write_value(value))
    opset = whole_number(OPSET_VERSION, OPSET)
    return (
        whole_number(MODEL_IR_VERSION, IR_VERSION)
        + part(MODEL_GRAPH, bytes(graph))
        + part(MODEL_OPSET, opset)
    )


def only_graph(model: bytes) -> memoryview:
    """The one `GraphProto` of a model. Raises `OnnxFormatError`."""
    graphs = [content for number, _, content in fields(memoryview(model)) if number == MODEL_GRAPH]
    if len(graphs) != 1:
        raise OnnxFormatError(f"an ONNX model has one graph, this file has {len(graphs)}")
    return graphs[0]


def _read_node(message: memoryview) -> Node:
    attributes: dict[str, Attribute] = {}
    for number, _, content in fields(message):
        if number == NODE_ATTRIBUTE:
            attributes.update(_read_attribute(content))
    return Node(
        next(texts(message, NODE_OPERATOR), ""),
        tuple(texts(message, NODE_INPUT)),
        tuple(texts(message, NODE_OUTPUT)),
        attributes,
    )


def _read_attribute(message: memoryview) -> dict[str, Attribute]:
    name = next(texts(message, ATTRIBUTE_NAME), "")
    whole = _whole_numbers(message, ATTRIBUTE_INTS)
    if whole:
        return {name: tuple(whole)}
    for number, _, content in fields(message):
        if number == ATTRIBUTE_FLOAT and len(content) == 4:
            return {name: float(struct.unpack("<f", content)[0])}
        if number == ATTRIBUTE_INT:
            return {name: signed(read_varint(content, 0)[0])}
    return {}


def _read_tensor(message: memoryview) -> tuple[str, Array]:
    name = next(texts(message, TENSOR_NAME), "")
    kind = next(iter(_whole_numbers(message, TENSOR_TYPE)), 0)
    if kind not in _TYPES:
        raise OnnxFormatError(f"weight {name!r} is of type {kind}, which is not read here")
    raw = b"".join(bytes(part) for number, _, part in fields(message) if number == TENSOR_RAW)
    if raw:
        if len(raw) % _TYPES[kind].itemsize:
            raise OnnxFormatError(f"weight {name!r} ends within a number")
        array: Array = np.frombuffer(raw, _TYPES[kind])
    elif kind == 1:
        packed = (bytes(part) for number, _, part in fields(message) if number == TENSOR_FLOATS)
        array = np.frombuffer(b"".join(packed), _TYPES[kind])
    else:
        whole = _whole_numbers(message, TENSOR_INT64S if kind == 7 else TENSOR_INT32S)
        array = np.array(whole, np.int64).astype(_TYPES[kind])
    shape = tuple(_whole_numbers(message, TENSOR_DIMS))
    try:
        return name, array.reshape(shape)
    except ValueError as error:
        raise OnnxFormatError(f"weight {name!r} has {array.size} numbers for {shape}") from error


def _whole_numbers(message: memoryview, number: int) -> list[int]:
    """A field of whole numbers, packed or one by one."""
    numbers: list[int] = []
    for found, whole, content in fields(message):
        if found != number:
            continue
        if whole[0] & 7 == VARINT:
            numbers.append(signed(read_varint(content, 0)[0]))
            continue
        at = 0
        while at < len(content):
            one, at = read_varint(content, at)
            numbers.append(signed(one))
    return numbers


def _write_node(node: Node) -> bytes:
    out = b"".join(part(NODE_INPUT, name.encode()) for name in node.inputs)
    out += b"".join(part(NODE_OUTPUT, name.encode()) for name in node.outputs)
    out += part(NODE_OPERATOR, node.operator.encode())
    for name, value in node.attributes.items():
        body = part(ATTRIBUTE_NAME, name.encode())
        if isinstance(value, tuple):
            body += b"".join(whole_number(ATTRIBUTE_INTS, one) for one in value)
            body += whole_number(ATTRIBUTE_TYPE, _INTS_ATTRIBUTE)
        elif isinstance(value, float):
            body += varint(ATTRIBUTE_FLOAT << 3 | FIXED32) + struct.pack("<f", value)
            body += whole_number(ATTRIBUTE_TYPE, _FLOAT_ATTRIBUTE)
        else:
            body += whole_number(ATTRIBUTE_INT, value) + whole_number(
                ATTRIBUTE_TYPE, _INT_ATTRIBUTE
            )
        out += part(NODE_ATTRIBUTE, body)
    return out


def _write_tensor(name: str, array: Array) -> bytes:
    kind, plain = _type_number(array.dtype)
    out = b"".join(whole_number(TENSOR_DIMS, length) for length in array.shape)
    out += whole_number(TENSOR_TYPE, kind) + part(TENSOR_NAME, name.encode())
    return out + part(TENSOR_RAW, np.ascontiguousarray(array, plain).tobytes())


def _write_value(value: Value) -> bytes:
    dims = b"".join(
        part(
            SHAPE_DIM,
            part(DIM_PARAM, dim.encode()) if isinstance(dim, str) else whole_number(DIM_VALUE, dim),
        )
        for dim in value.shape
    )
    kind, _ = _type_number(np.dtype(value.dtype))
    tensor = whole_number(TENSOR_TYPE_ELEMENT, kind) + part(TENSOR_TYPE_SHAPE, dims)
    return part(VALUE_NAME, value.name.encode()) + part(VALUE_TYPE, part(TYPE_TENSOR, tensor))


def _type_number(dtype: np.dtype[Any]) -> tuple[int, np.dtype[Any]]:
    for kind, known in _TYPES.items():
        if dtype == known:
            return kind, known
    raise OnnxFormatError(f"weights of type {dtype} are not written here")
