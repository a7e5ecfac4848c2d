"""Freeing an ONNX graph of weights listed as inputs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faces.onnx_inputs import input_names, keep_inputs
from faces.protobuf_wire import OnnxFormatError


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def node(*inputs: str) -> bytes:
    return field(1, b"".join(field(1, name.encode()) for name in inputs) + field(4, b"Conv"))


def weight(name: str) -> bytes:
    # dims, data type, name, raw data
    return field(5, b"\x08\x04\x10\x01" + field(8, name.encode()) + field(9, bytes(300)))


def graph_input(name: str) -> bytes:
    return field(11, field(1, name.encode()) + field(2, b"\x0a\x02\x08\x01"))


def model(*graph: bytes) -> bytes:
    return b"\x08\x06" + field(2, b"maker") + field(7, b"".join(graph)) + b"\x45\x01\x02\x03\x04"


GRAPH = [node("data", "w"), field(2, b"net"), weight("w")]


def test_inputs_that_are_weights_are_dropped_and_nothing_else() -> None:
    before = model(*GRAPH, graph_input("data"), graph_input("w"), field(12, b"out"))

    after = keep_inputs(before, {"data"})

    assert after == model(*GRAPH, graph_input("data"), field(12, b"out"))
    assert input_names(after) == ["data"]


def test_inputs_that_no_node_reads_are_dropped() -> None:
    before = model(*GRAPH, graph_input("left_behind"), graph_input("data"))

    assert keep_inputs(before, ["data"]) == model(*GRAPH, graph_input("data"))


def test_a_model_that_is_right_stays_as_it_is() -> None:
    before = model(*GRAPH, graph_input("data"))

    assert keep_inputs(before, {"data"}) == before


def test_a_real_input_is_never_dropped() -> None:
    before = model(node("data", "mask"), graph_input("data"), graph_input("mask"))

    with pytest.raises(OnnxFormatError, match="'mask', which has no weights"):
        keep_inputs(before, {"data"})


def test_a_missing_input_is_named() -> None:
    with pytest.raises(OnnxFormatError, match="no input named image"):
        keep_inputs(model(*GRAPH, graph_input("data")), {"data", "image"})


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x08\x06", id="no graph"),
        pytest.param(model() + field(7, b""), id="two graphs"),
        pytest.param(b"<html>not found</html>", id="a web page"),
        pytest.param(model(*GRAPH, graph_input("data"))[:-10], id="cut off"),
        pytest.param(field(7, field(11, field(1, b"\xff\xfe"))), id="name not UTF-8"),
        pytest.param(b"\xff" * 12, id="endless number"),
    ],
)
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(OnnxFormatError):
        keep_inputs(data, {"data"})


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damage_is_refused_or_survived_never_more(data: st.DataObject) -> None:
    damaged = bytearray(model(*GRAPH, graph_input("data"), graph_input("w")))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))

    try:
        kept = keep_inputs(bytes(damaged), {"data"})
    except OnnxFormatError:
        return
    assert len(kept) <= len(damaged) + 10
