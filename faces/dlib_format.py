"""How are numbers and tensors written in dlib's files?

As dlib's `serialize.h` and `tensor.h` have it: a whole number is a control byte (low four bits: how
many bytes follow; 0x80: negative) and its magnitude, lowest byte first; a bool is an ASCII digit; a
string is its length and its bytes; a floating-point number is a whole mantissa and a whole exponent
of two; a tensor is its version, four lengths and float32 numbers, lowest byte first.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

TENSOR_VERSION = 2


class DlibFormatError(ValueError):
    """Bytes are not what dlib writes, or not what is expected at this place."""


class DlibReader:
    """Reads on from one place in a file."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._data)

    def whole(self) -> int:
        """A whole number. Raises `DlibFormatError`."""
        control = self._take(1)[0]
        size = control & 0x0F
        if control & 0x70 or not 1 <= size <= 8:
            raise self._wrong(f"control byte {control:#04x} of a number")
        value = int.from_bytes(self._take(size), "little")
        return -value if control & 0x80 else value

    def expect(self, value: int, what: str) -> None:
        """A whole number that can only be one. Raises `DlibFormatError`."""
        if (found := self.whole()) != value:
            raise self._wrong(f"{what} is {found}, expected {value}")

    def number(self) -> float:
        """A floating-point number. Raises `DlibFormatError`."""
        mantissa, exponent = self.whole(), self.whole()
        if abs(exponent) > 2000:
            raise self._wrong(f"exponent {exponent}")
        return math.ldexp(mantissa, exponent)

    def flag(self) -> bool:
        """A bool. Raises `DlibFormatError`."""
        digit = bytes(self._take(1))
        if digit not in {b"0", b"1"}:
            raise self._wrong(f"{digit!r} for a bool")
        return digit == b"1"

    def name(self, *known: str) -> str:
        """A string that must be one of these. Raises `DlibFormatError`."""
        size = self.whole()
        if not 0 <= size <= 64:
            raise self._wrong(f"a name of {size} letters")
        found = bytes(self._take(size)).decode("ascii", errors="replace")
        if found not in known:
            raise self._wrong(f"{found!r}, expected {' or '.join(known)}")
        return found

    def tensor(self) -> NDArray[np.float32]:
        """Four dimensions; all 0 where it was never set. Raises `DlibFormatError`."""
        self.expect(TENSOR_VERSION, "version of a tensor")
        shape = [self.whole() for _ in range(4)]
        if min(shape) < 0 or math.prod(shape) > len(self._data):
            raise self._wrong(f"a tensor of shape {shape}")
        raw = self._take(4 * math.prod(shape))
        return np.frombuffer(raw, np.dtype("<f4")).reshape(shape)

    def _take(self, size: int) -> memoryview:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise self._wrong("the end")
        self._at += size
        return taken

    def _wrong(self, what: str) -> DlibFormatError:
        return DlibFormatError(f"{what} at byte {self._at}: not the dlib network known here")
