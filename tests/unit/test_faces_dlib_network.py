"""dlib's network as an ONNX model: what dlib itself computes, from dlib's own file."""

from __future__ import annotations

import hashlib
import struct

import cv2
import dlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.adapters.onnx_runtime import onnxruntime
from faces import dlib_network, models
from faces.dlib_format import DlibFormatError, DlibReader
from faces.errors import ModelError

PORTRAITS = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png")


@pytest.fixture(scope="module")
def original() -> bytes:
    try:
        return models.path("dlib_resnet").read_bytes()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def converted(original: bytes) -> bytes:
    return dlib_network.rewrite(original)


def test_the_converted_file_is_the_pinned_one(converted: bytes) -> None:
    pinned = models.catalogue()["dlib_resnet_onnx"]

    assert len(converted) == pinned.size
    assert hashlib.sha256(converted).hexdigest() == pinned.sha256


def test_it_computes_what_dlib_computes(converted: bytes) -> None:
    ours = onnxruntime.InferenceSession(converted, providers=["CPUExecutionProvider"])
    theirs = dlib.face_recognition_model_v1(str(models.path("dlib_resnet")))
    rng = np.random.default_rng(0)
    chips = [rng.integers(0, 256, (150, 150, 3), np.uint8), np.zeros((150, 150, 3), np.uint8)]
    for name in PORTRAITS:
        try:
            picture = cv2.imread(str(models.path(name)))
        except ModelError as error:
            pytest.skip(str(error))
        assert picture is not None
        chips.append(np.asarray(cv2.resize(picture, (150, 150))[:, :, ::-1], np.uint8))

    pixels = np.stack(chips).transpose(0, 3, 1, 2).astype(np.float32)
    vectors = ours.run(None, {"data": np.ascontiguousarray(pixels)})[0]

    for chip, vector in zip(chips, vectors, strict=True):
        expected = np.array(theirs.compute_face_descriptor(np.ascontiguousarray(chip)))
        assert np.abs(vector - expected).max() < 1e-5


@pytest.mark.parametrize("cut", [0, 1, 200, 300, 400_000, -1])
def test_a_file_cut_off_is_refused(original: bytes, cut: int) -> None:
    with pytest.raises(DlibFormatError):
        dlib_network.rewrite(original[:cut])


def test_a_file_with_more_in_it_is_refused(original: bytes) -> None:
    with pytest.raises(DlibFormatError, match="more in the file"):
        dlib_network.rewrite(original + b"0")


def test_another_file_of_dlib_s_is_refused() -> None:
    try:
        landmarks = models.path("landmarks5").read_bytes()
    except ModelError as error:
        pytest.skip(str(error))
    with pytest.raises(DlibFormatError):
        dlib_network.rewrite(landmarks)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DlibFormatError):
        dlib_network.rewrite(data)


def whole(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_whole_numbers_are_read(value: int) -> None:
    reader = DlibReader(whole(value))

    assert reader.whole() == value
    assert reader.at_end


def test_floating_point_numbers_bools_and_names_are_read() -> None:
    reader = DlibReader(whole(-5) + whole(-1) + b"10" + whole(3) + b"con")

    assert reader.number() == -2.5
    assert [reader.flag(), reader.flag()] == [True, False]
    assert reader.name("affine", "con") == "con"


def test_tensors_are_read() -> None:
    numbers = struct.pack("<4f", 1, 2, 3, 4)
    reader = DlibReader(b"".join(map(whole, (2, 1, 2, 2, 1))) + numbers)

    assert reader.tensor().tolist() == [[[[1], [2]], [[3], [4]]]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the end"),
        (b"\x02\x01", "the end"),
        (b"\x19\x01", "control byte 0x19"),
        (b"\x00", "control byte 0x00"),
        (whole(1), "version of a tensor is 1"),
        (b"".join(map(whole, (2, 1 << 40, 1, 1, 1))), "a tensor of shape"),
        (b"".join(map(whole, (2, -1, 1, 1, 1))), "a tensor of shape"),
    ],
)
def test_what_dlib_never_writes_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DlibFormatError, match=said):
        DlibReader(data).tensor()
