"""How does SFace's file become a network that onnxruntime runs fast?

The file of the OpenCV Zoo keeps weights as 8-bit blocks, which onnxruntime would unfold anew for
every picture, and PReLUs, which it runs outside the blocked layout of its convolutions. Here the
weights are unfolded once, batch normalisation is folded into the convolution before it, and each
PReLU is written with operations that stay in that layout. The result computes the same function;
vectors of unit length agree to 1e-6.

With slopes a of the PReLU, PReLU(u) = max(u, 0) + a min(u, 0) = a u + (1 - a) max(u, 0), so that

    PReLU(u) = (1 - a) (max(u, 0) + a / (1 - a) u)

and the factor 1 - a goes into the weights that follow. The sum is a 1x1 depthwise convolution with
an addend, which onnxruntime does in one pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faces.onnx_graph import Array, Attribute, Graph, Node, Value, read, write
from faces.protobuf_wire import OnnxFormatError

Doubles = NDArray[np.float64]

BLOCK = ("Conv", "BatchNormalization", "PRelu")
"""What SFace's body repeats 27 times."""

HEAD = ("Sub", "Mul")
TAIL = ("BatchNormalization", "Dropout", "Flatten", "Gemm", "BatchNormalization")
IDLE = ("Constant", "DequantizeLinear", "Reshape")
"""Done here, once and for all."""

SIDE, DIMENSIONS = 112, 128

LEAST_BEND = 1e-3
"""How far a slope must be from 1; SFace's are further than 3e-3."""


def rewrite(model: bytes) -> bytes:
    """Rewrite SFace's file.

    Args:
        model: `face_recognition_sface_2021dec_int8bq.onnx` of the OpenCV Zoo.

    Returns:
        An ONNX model of its own: `data`, shape (n, 3, 112, 112), float32, RGB, 0 to 255, to `fc1`,
        shape (n, 128), float32, not normalised. The same bytes on every machine: every number comes
        from single operations in double precision, never from a sum whose order may vary.

    Raises:
        OnnxFormatError: the bytes are not SFace as known here.
    """
    graph = read(model)
    weights = _unfold(graph)
    nodes = [node for node in graph.nodes if node.operator not in IDLE]
    body = len(nodes) - len(HEAD) - len(TAIL)
    wanted = (*HEAD, *(BLOCK * (body // len(BLOCK))), *TAIL)
    read_somewhere = {name for node in nodes for name in node.inputs}
    inputs = [name for name in graph.inputs if name in read_somewhere]
    if tuple(node.operator for node in nodes) != wanted or inputs != ["data"]:
        raise OnnxFormatError("this is not SFace: its operations come in another order")
    return _Writer(weights).whole(nodes)


def _unfold(graph: Graph) -> dict[str, Doubles]:
    """All weights, those in 8-bit blocks and those given another shape too."""
    weights: dict[str, Array] = dict(graph.weights)
    try:
        for node in graph.nodes:
            if node.operator == "DequantizeLinear":
                weights[node.outputs[0]] = _dequantise(node, weights)
            elif node.operator == "Reshape":
                shape = weights[node.inputs[1]].astype(np.int64).tolist()
                weights[node.outputs[0]] = weights[node.inputs[0]].reshape(shape)
    except (KeyError, IndexError, ValueError) as error:
        raise OnnxFormatError(f"a weight of SFace cannot be unfolded: {error}") from error
    return {name: np.asarray(array, np.float64) for name, array in weights.items()}


def _dequantise(node: Node, weights: Mapping[str, Array]) -> Array:
    """ONNX operator DequantizeLinear with `block_size`: (q - zero) * scale, in float32."""
    quantised, scales, zeros = (weights[name] for name in node.inputs)
    axis, block = _whole(node, "axis"), _whole(node, "block_size")
    length = range(quantised.shape[axis])
    whole = [
        np.take(np.repeat(array, block, axis=axis), length, axis=axis) for array in (scales, zeros)
    ]
    steps: NDArray[np.float32] = quantised.astype(np.float32) - whole[1].astype(np.float32)
    return steps * whole[0].astype(np.float32)


def _whole(node: Node, name: str) -> int:
    value = node.attributes.get(name)
    if not isinstance(value, int):
        raise OnnxFormatError(f"SFace's {node.operator} has no {name}")
    return value


@dataclass
class _Writer:
    """Collects the new network."""

    known: Mapping[str, Doubles]
    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, Array] = field(default_factory=dict)

    def whole(self, nodes: list[Node]) -> bytes:
        at = self._scale_input(nodes[0], nodes[1])
        factors = np.ones(3)
        blocks = nodes[len(HEAD) : len(nodes) - len(TAIL)]
        for number in range(0, len(blocks), len(BLOCK)):
            place = f"block{number // len(BLOCK) + 1}"
            at, factors = self._block(place, at, factors, blocks[number : number + len(BLOCK)])
        self._tail(at, factors, nodes[-len(TAIL) :])
        return write(
            "sface",
            self.nodes,
            self.weights,
            [Value("data", "f4", ("n", 3, SIDE, SIDE))],
            [Value("fc1", "f4", ("n", DIMENSIONS))],
        )

    def _add(self, operator: str, inputs: tuple[str, ...], output: str, **more: Attribute) -> str:
        self.nodes.append(Node(operator, inputs, (output,), more))
        return output

    def _weight(self, name: str, array: Doubles) -> str:
        self.weights[name] = array.astype(np.float32)
        return name

    def _scale_input(self, sub: Node, mul: Node) -> str:
        # Not folded into the first convolution, which pads with zeros after the subtraction.
        shift = self._weight("shift", self.known[sub.inputs[1]])
        scale = self._weight("scale", self.known[mul.inputs[1]])
        self._add("Sub", ("data", shift), "centred")
        return self._add("Mul", ("centred", scale), "scaled")

    def _block(
        self, place: str, at: str, factors: Doubles, block: list[Node]
    ) -> tuple[str, Doubles]:
        """Convolution, normalisation and PReLU; returns the output and its channels' factors."""
        convolution, normalisation, prelu = block
        kernel = self.known[convolution.inputs[1]]
        depthwise = _whole(convolution, "group") > 1
        scale, shift = self._normalisation(normalisation)
        before = factors[:, None, None, None] if depthwise else factors[None, :, None, None]
        kernel = kernel * before * scale[:, None, None, None]
        at = self._convolution(f"{place}.linear", at, kernel, shift, convolution.attributes)
        slopes = self.known[prelu.inputs[1]].reshape(-1)
        if np.abs(1 - slopes).min() < LEAST_BEND:
            raise OnnxFormatError("this is not SFace: one of its PReLUs is nearly straight")
        line = self._each_channel(f"{place}.line", at, slopes / (1 - slopes))
        positive = self._add("Relu", (at,), f"{place}.positive")
        return self._add("Add", (line, positive), place), 1 - slopes

    def _each_channel(
        self, name: str, at: str, factors: Doubles, shift: Doubles | None = None
    ) -> str:
        """Every channel times its factor; a convolution, to stay in the blocked layout."""
        shift = np.zeros(len(factors)) if shift is None else shift
        attributes: dict[str, Attribute] = {"group": len(factors), "kernel_shape": (1, 1)}
        return self._convolution(name, at, factors[:, None, None, None], shift, attributes)

    def _convolution(
        self,
        name: str,
        at: str,
        kernel: Doubles,
        bias: Doubles,
        attributes: Mapping[str, Attribute],
    ) -> str:
        inputs = (at, self._weight(f"{name}.kernel", kernel), self._weight(f"{name}.bias", bias))
        return self._add("Conv", inputs, name, **attributes)

    def _normalisation(self, node: Node) -> tuple[Doubles, Doubles]:
        """Scale and shift of a batch normalisation at inference."""
        gamma, beta, mean, variance = (self.known[name] for name in node.inputs[1:5])
        epsilon = node.attributes.get("epsilon")
        if not isinstance(epsilon, float):
            raise OnnxFormatError("SFace's BatchNormalization has no epsilon")
        scale = gamma / np.sqrt(variance + epsilon)
        return scale, beta - mean * scale

    def _tail(self, at: str, factors: Doubles, tail: list[Node]) -> None:
        inner, _, _, gemm, outer = tail
        scale, shift = self._normalisation(inner)
        # Kept apart from the matrix, since folding the shift would need sums.
        at = self._each_channel("normalised", at, scale * factors, shift)
        flat = self._add("Flatten", (at,), "flat", axis=1)
        scale, shift = self._normalisation(outer)
        matrix = self._weight("matrix", self.known[gemm.inputs[1]] * scale[:, None])
        bias = self._weight("bias", self.known[gemm.inputs[2]] * scale + shift)
        self._add("Gemm", (flat, matrix, bias), "fc1", transB=1)
