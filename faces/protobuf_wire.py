"""How are protocol buffers read and written, without a schema?

The wire format: a field is a tag (number and type), then a varint, 8 bytes, length and bytes, or 4
bytes. That is enough for the few messages of ONNX that matter here; the `onnx` package is larger
than the networks it would prepare, and ties the version of `protobuf`.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""


class OnnxFormatError(ValueError):
    """Bytes are not an ONNX model as expected."""


def fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Yield field number, the whole field with its tag, and its content, in order.

    Raises:
        OnnxFormatError: the bytes are no message.
    """
    at = 0
    while at < len(message):
        start = at
        tag, at = read_varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == BYTES:
            size, at = read_varint(message, at)
            begin = at
            at += size
        elif kind == VARINT:
            begin = at
            _, at = read_varint(message, at)
        elif kind in {FIXED64, FIXED32}:
            begin = at
            at += 8 if kind == FIXED64 else 4
        else:
            raise OnnxFormatError(f"wire type {kind} at byte {start}: not an ONNX model")
        if number == 0 or at > len(message):
            raise OnnxFormatError(f"broken field at byte {start}: not an ONNX model")
        yield number, message[start:at], message[begin:at]


def texts(message: memoryview, number: int) -> Iterator[str]:
    """The strings in one field of a message. Raises `OnnxFormatError`."""
    for found, _, content in fields(message):
        if found == number:
            try:
                yield bytes(content).decode()
            except UnicodeDecodeError as error:
                raise OnnxFormatError("a name in the graph is not UTF-8") from error


def part(number: int, content: bytes) -> bytes:
    """One field of bytes: a message, a string, packed numbers."""
    return varint(number << 3 | BYTES) + varint(len(content)) + content


def whole_number(number: int, value: int) -> bytes:
    """One field of a whole number; a negative one takes two's complement of 64 bits."""
    return varint(number << 3 | VARINT) + varint(value & 0xFFFFFFFFFFFFFFFF)


def signed(value: int) -> int:
    """Undo two's complement of 64 bits."""
    return value - (1 << 64) if value >> 63 else value


def read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number at a place, and the place after it. Raises `OnnxFormatError`."""
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise OnnxFormatError(f"broken number at byte {at}: not an ONNX model")


def varint(value: int) -> bytes:
    """A whole number, not negative, seven bits a byte, lowest first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
