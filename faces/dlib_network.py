"""How does dlib's file of its face network become an ONNX model?

`dlib_face_recognition_resnet_model_v1.dat` holds the network of dlib's example
`dnn_face_recognition_ex.cpp` (`anet_type`), layer within layer: on the way in every layer tells its
version, on the way out its details, three bools and three tensors, of which only the details
matter. The layers' order is not in the file; it is written down here as it is in the example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faces.dlib_format import DlibFormatError, DlibReader
from faces.onnx_graph import Array, Attribute, Node, Value, write

STAGES = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))
"""Of the body, from input to output: filters, residual blocks, and whether the first of them halves
the picture (`ares_down`): `alevel4` to `alevel0`."""

SIDE, DIMENSIONS = 150, 128
PIXEL_SCALE = 1 / 256
"""What `input_rgb_image` multiplies by after subtracting the mean colour."""

LAYER, SHORT_LAYER, INPUT_LAYER = 2, 1, 3
"""Versions that `add_layer`, `add_tag_layer` and `add_skip_layer`, and the `add_layer` next to the
input write."""


def rewrite(data: bytes) -> bytes:
    """Rewrite dlib's file as an ONNX model.

    Args:
        data: `dlib_face_recognition_resnet_model_v1.dat`, unpacked.

    Returns:
        A model from `data`, shape (n, 3, 150, 150), float32, RGB, 0 to 255, as
        `dlib.get_face_chip` cuts it, to `descriptor`, shape (n, 128), float32, as
        `compute_face_descriptor` gives it. The same bytes on every machine.

    Raises:
        DlibFormatError: the bytes are not that network.
    """
    reader = DlibReader(data)
    writer = _Writer()
    _open_layers(reader)
    at = _stem(reader, writer)
    for stage, (_, blocks, halves) in enumerate(STAGES, start=1):
        for block in range(1, blocks + 1):
            at = _residual(
                reader, writer, f"stage{stage}.{block}", at, halves=halves and block == 1
            )
    _end(reader, writer, at)
    if not reader.at_end:
        raise DlibFormatError("there is more in the file than the dlib network known here")
    return writer.whole()


def _open_layers(reader: DlibReader) -> None:
    """Read the versions on the way in, from output to input."""
    reader.expect(1, "version of the loss layer")
    reader.name("loss_metric_2")
    reader.number()
    reader.number()
    for version in _versions():
        reader.expect(version, "version of a layer")


def _versions() -> Iterator[int]:
    yield from (LAYER, LAYER)  # fc, avg_pool_everything
    for _, blocks, halves in reversed(STAGES):
        for block in reversed(range(blocks)):
            yield from (LAYER, LAYER)  # relu, add_prev
            if halves and block == 0:
                yield from (LAYER, SHORT_LAYER, SHORT_LAYER)  # avg_pool, skip1, tag2
            yield from (LAYER,) * 5  # affine, con, relu, affine, con
            yield SHORT_LAYER  # tag1
    yield from (LAYER, LAYER, LAYER, INPUT_LAYER)  # max_pool, relu, affine, con with input


def _stem(reader: DlibReader, writer: _Writer) -> str:
    reader.name("input_rgb_image_sized")
    mean = np.array([reader.number() for _ in range(3)])
    reader.expect(SIDE, "height of the input")
    reader.expect(SIDE, "width of the input")
    at = writer.scale_input(mean)
    convolution = _convolution(reader)
    reader.expect(1, "pictures made of one input")
    at = writer.convolution("stem", at, convolution.normalised(_affine(reader)))
    at = _relu(reader, writer, at)
    window = _pool(reader, "max_pool_2")
    return writer.largest("stem.pool", at, window)


def _residual(reader: DlibReader, writer: _Writer, place: str, before: str, *, halves: bool) -> str:
    """One `ares` or `ares_down`; returns the name of its output."""
    first = _convolution(reader).normalised(_affine(reader))
    at = writer.convolution(f"{place}.first", before, first)
    at = _relu(reader, writer, at)
    second = _convolution(reader).normalised(_affine(reader))
    at = writer.convolution(f"{place}.second", at, second)
    if halves:
        window = _pool(reader, "avg_pool_2")
        if (window["kernel_shape"], window["strides"]) != ((2, 2), (2, 2)):
            raise DlibFormatError(f"a shortcut with {window}: not the dlib network known here")
        before = writer.halved(f"{place}.shortcut", before, second.filters)
        at = writer.grown(f"{place}.grown", at, before)
    reader.name("add_prev_")
    _close_layer(reader)
    at = writer.add("Add", (at, before), f"{place}.sum")
    return _relu(reader, writer, at)


def _end(reader: DlibReader, writer: _Writer, at: str) -> None:
    _pool(reader, "avg_pool_2", everything=True)
    reader.name("fc_2")
    reader.expect(DIMENSIONS, "number of outputs")
    inputs = reader.whole()
    matrix = reader.tensor().reshape(inputs, -1)
    for _ in range(2):
        _alias(reader)
    reader.expect(1, "bias mode (none)")
    for _ in range(4):
        reader.number()
    _close_layer(reader)
    at = writer.add("GlobalAveragePool", (at,), "mean")
    at = writer.add("Flatten", (at,), "flat", axis=1)
    writer.add("MatMul", (at, writer.weight("matrix", matrix)), "descriptor")


@dataclass(frozen=True)
class _Convolution:
    kernel: NDArray[np.float64]
    bias: NDArray[np.float64]
    stride: tuple[int, int]
    padding: tuple[int, int]

    @property
    def filters(self) -> int:
        return len(self.kernel)

    def normalised(self, affine: tuple[NDArray[np.float64], NDArray[np.float64]]) -> _Convolution:
        """With the affine layer that follows folded in."""
        gamma, beta = affine
        kernel = self.kernel * gamma[:, None, None, None]
        return _Convolution(kernel, self.bias * gamma + beta, self.stride, self.padding)


def _convolution(reader: DlibReader) -> _Convolution:
    reader.name("con_4")
    values = reader.tensor().reshape(-1).astype(np.float64)
    filters, rows, columns = (reader.whole() for _ in range(3))
    stride = (reader.whole(), reader.whole())
    padding = (reader.whole(), reader.whole())
    for _ in range(2):
        _alias(reader)
    for _ in range(4):
        reader.number()
    _close_layer(reader)
    if (
        filters < 1
        or len(values) <= filters
        or (len(values) - filters) % (filters * rows * columns)
    ):
        raise DlibFormatError(f"{len(values)} numbers for {filters} filters of {rows}x{columns}")
    kernel = values[:-filters].reshape(filters, -1, rows, columns)
    return _Convolution(kernel, values[-filters:], stride, padding)


def _affine(reader: DlibReader) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    reader.name("affine_")
    values = reader.tensor().reshape(-1).astype(np.float64)
    for _ in range(2):
        _alias(reader)
    reader.whole()  # by channel or by pixel; the number of values tells too
    _close_layer(reader)
    half = len(values) // 2
    return values[:half], values[half:]


def _relu(reader: DlibReader, writer: _Writer, at: str) -> str:
    reader.name("relu_")
    _close_layer(reader)
    return writer.add("Relu", (at,), f"{at}.positive")


def _pool(reader: DlibReader, kind: str, *, everything: bool = False) -> dict[str, tuple[int, int]]:
    reader.name(kind)
    rows, columns, down, right, above, left = (reader.whole() for _ in range(6))
    _close_layer(reader)
    if ((rows, columns) == (0, 0)) is not everything or above or left:
        raise DlibFormatError(f"{kind} of {rows}x{columns}: not the dlib network known here")
    return {"kernel_shape": (rows, columns), "strides": (down, right)}


def _alias(reader: DlibReader) -> None:
    reader.expect(1, "version of an alias")
    for _ in range(4):
        reader.whole()


def _close_layer(reader: DlibReader) -> None:
    """What follows each layer's details: how training left it."""
    for _ in range(3):
        reader.flag()
    for _ in range(3):
        reader.tensor()


@dataclass
class _Writer:
    """Collects the new network."""

    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, Array] = field(default_factory=dict)
    shapes: dict[str, tuple[int, int]] = field(default_factory=lambda: {"data": (3, SIDE)})
    """Channels and side of each value."""

    def add(self, operator: str, inputs: tuple[str, ...], output: str, **more: Attribute) -> str:
        """An operation that leaves channels and side as they are."""
        self.nodes.append(Node(operator, inputs, (output,), more))
        self.shapes[output] = self.shapes[inputs[0]]
        return output

    def weight(self, name: str, array: NDArray[np.generic]) -> str:
        self.weights[name] = array.astype(np.float32)
        return name

    def scale_input(self, mean: NDArray[np.float64]) -> str:
        shift = self.weight("shift", mean.reshape(1, 3, 1, 1))
        scale = self.weight("scale", np.array([PIXEL_SCALE]))
        self.add("Sub", ("data", shift), "centred")
        return self.add("Mul", ("centred", scale), "scaled")

    def convolution(self, name: str, at: str, layer: _Convolution) -> str:
        kernel = self.weight(f"{name}.kernel", layer.kernel)
        bias = self.weight(f"{name}.bias", layer.bias)
        side, window = self.shapes[at][1], layer.kernel.shape[2]
        self.add(
            "Conv",
            (at, kernel, bias),
            name,
            kernel_shape=layer.kernel.shape[2:],
            strides=layer.stride,
            pads=layer.padding * 2,
        )
        after = (side + 2 * layer.padding[0] - window) // layer.stride[0] + 1
        self.shapes[name] = (layer.filters, after)
        return name

    def largest(self, name: str, at: str, window: Mapping[str, tuple[int, int]]) -> str:
        """The largest of each window's pixels."""
        channels, side = self.shapes[at]
        self.add("MaxPool", (at,), name, **window)
        after = (side - window["kernel_shape"][0]) // window["strides"][0] + 1
        self.shapes[name] = (channels, after)
        return name

    def halved(self, name: str, at: str, filters: int) -> str:
        """The mean of each 2x2 pixels, and channels of zeros up to `filters`.

        A convolution, since a mean and a padding of channels would each leave the blocked layout.
        """
        channels, _ = self.shapes[at]
        kernel = np.zeros((filters, channels, 2, 2))
        kernel[np.arange(channels), np.arange(channels)] = 0.25
        layer = _Convolution(kernel, np.zeros(filters), (2, 2), (0, 0))
        return self.convolution(name, at, layer)

    def grown(self, name: str, at: str, like: str) -> str:
        """`at` with zeros below and to the right up to the size of `like`, as `add_prev` has it."""
        missing = self.shapes[like][1] - self.shapes[at][1]
        if missing == 0:
            return at
        self.weights[f"{name}.pads"] = np.array([0, 0, 0, 0, 0, 0, missing, missing], np.int64)
        self.add("Pad", (at, f"{name}.pads"), name)
        self.shapes[name] = self.shapes[like]
        return name

    def whole(self) -> bytes:
        inputs = [Value("data", "f4", ("n", 3, SIDE, SIDE))]
        outputs = [Value("descriptor", "f4", ("n", DIMENSIONS))]
        return write("dlib_resnet", self.nodes, self.weights, inputs, outputs)
