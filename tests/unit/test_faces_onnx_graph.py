"""ONNX files read and written without the `onnx` package; onnxruntime is the judge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain.adapters.onnx_runtime import onnxruntime
from faces.onnx_graph import Node, Value, read, write
from faces.protobuf_wire import OnnxFormatError

WEIGHTS = {
    "kernel": np.arange(18, dtype=np.float32).reshape(1, 2, 3, 3),
    "bias": np.array([0.5], np.float32),
    "slope": np.array([0.25], np.float32),
}
NODES = (
    Node("Conv", ("x", "kernel", "bias"), ("y",), {"pads": (1, 1, 1, 1), "strides": (2, 2)}),
    Node("LeakyRelu", ("y",), ("z",), {"alpha": 0.5}),
    Node("Flatten", ("z",), ("out",), {"axis": -1}),
)


def model() -> bytes:
    return write(
        "net", NODES, WEIGHTS, [Value("x", "f4", ("n", 2, 4, 4))], [Value("out", "f4", ("n", "k"))]
    )


def test_what_is_written_runs_as_meant() -> None:
    session = onnxruntime.InferenceSession(model(), providers=["CPUExecutionProvider"])
    x = np.ones((3, 2, 4, 4), np.float32)

    (out,) = session.run(None, {"x": x})

    inner = WEIGHTS["kernel"].sum() + 0.5
    assert out.shape == (6, 2)  # axis -1 keeps the last dimension apart
    assert out[1, 1] == inner
    assert session.get_inputs()[0].shape == ["n", 2, 4, 4]


def test_what_is_written_is_read_back() -> None:
    graph = read(model())

    assert graph.nodes == NODES
    assert graph.inputs == ("x",)
    assert graph.weights.keys() == WEIGHTS.keys()
    for name, weight in WEIGHTS.items():
        assert np.array_equal(graph.weights[name], weight)


def test_the_same_network_is_the_same_bytes() -> None:
    assert model() == model()


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.int8, np.int32, np.int64])
def test_weights_keep_type_and_shape(dtype: type[np.generic]) -> None:
    weight = np.arange(6).reshape(2, 1, 3).astype(dtype)

    kept = read(write("net", [], {"w": weight}, [], [])).weights["w"]

    assert kept.dtype == dtype
    assert np.array_equal(kept, weight)


def test_a_weight_of_another_type_is_refused() -> None:
    with pytest.raises(OnnxFormatError, match="float64"):
        write("net", [], {"w": np.zeros(3)}, [], [])


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damage_is_refused_or_survived_never_more(data: st.DataObject) -> None:
    damaged = bytearray(model())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))

    try:
        graph = read(bytes(damaged))
    except OnnxFormatError:
        return
    assert sum(weight.nbytes for weight in graph.weights.values()) <= 8 * len(damaged)
