"""How does a visitor's pass stand in a QR code, and who signed it?

    "DW1:" + base45( item + signature )

`item` is one CBOR array [id, [doors], valid_from, valid_until, uses] of a byte string, texts and
unsigned integers, in deterministic encoding; `signature` the brain's Ed25519 signature, 64 bytes,
of the CBOR array ["doorward/pass/1", item as a byte string]. No message has that context, so that
none can be taken for a pass, nor the other way round. Base45 (RFC 9285) has the letters of a QR
code's alphanumeric mode, which packs it tightest.
"""

from __future__ import annotations

import io
from typing import Any, Final

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from doorbus.errors import PassUnreadable
from doorbus.messages import Pass
from doorbus.signing import Verifier

PREFIX: Final = "DW1:"
CONTEXT: Final = "doorward/pass/1"
LONGEST: Final = 700
"""Characters of the longest pass: 8 doors of 32 letters make 592."""

SIGNATURE_BYTES: Final = 64
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {letter: value for value, letter in enumerate(_LETTERS)}


def is_pass(text: str) -> bool:
    """Whether a text claims to be a pass; every other QR code is none of a door's business."""
    return text.startswith(PREFIX)


def write(one: Pass, key: Ed25519PrivateKey) -> str:
    """The text of a pass, always the same for the same pass and key."""
    item = cbor2.dumps(
        [
            bytes.fromhex(one.id.removeprefix("p-")),
            list(one.doors),
            one.valid_from,
            one.valid_until,
            one.uses,
        ],
        canonical=True,
    )
    return PREFIX + base45(item + key.sign(_signed(item)))


def read(text: str, key: Verifier) -> Pass:
    """The pass that a text is; nothing of it is believed before its signature is checked.

    Args:
        text: whatever a camera saw.
        key: the brain's.

    Raises:
        PassUnreadable: it is none that the brain signed; says nothing of what it holds.
    """
    if not is_pass(text) or len(text) > LONGEST:
        raise PassUnreadable("not a pass")
    try:
        content = from_base45(text.removeprefix(PREFIX))
        item, signature = content[:-SIGNATURE_BYTES], content[-SIGNATURE_BYTES:]
        key.verify(signature, _signed(item))
        return _content(item)
    except (InvalidSignature, ValidationError, ValueError, TypeError, cbor2.CBORError):
        raise PassUnreadable("not signed by this site's brain") from None


def _signed(item: bytes) -> bytes:
    return cbor2.dumps([CONTEXT, item], canonical=True)


def _content(item: bytes) -> Pass:
    stream = io.BytesIO(item)
    content: Any = cbor2.CBORDecoder(stream, max_depth=4, allow_indefinite=False).decode()
    if stream.read(1):
        raise ValueError("more than one item")
    number, doors, valid_from, valid_until, uses = content
    if not (isinstance(number, bytes) and isinstance(doors, list)):
        raise TypeError("not of a pass")
    return Pass(
        id=f"p-{number.hex()}",
        doors=tuple(doors),
        valid_from=valid_from,
        valid_until=valid_until,
        uses=uses,
    )


def base45(data: bytes) -> str:
    """RFC 9285: two bytes become three letters, a last single one becomes two."""
    letters: list[str] = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, rest = divmod(value, 45)
            letters.append(_LETTERS[rest])
    return "".join(letters)


def from_base45(text: str) -> bytes:
    """The bytes again. Raises `ValueError` for what `base45` never writes."""
    try:
        values = [_VALUES[letter] for letter in text]
    except KeyError:
        raise ValueError("not base45") from None
    data = bytearray()
    for group in _threes(values):
        value = sum(digit * 45**place for place, digit in enumerate(group))
        # Raises OverflowError for a group that stands for more than its bytes.
        try:
            data += value.to_bytes(len(group) - 1)
        except OverflowError:
            raise ValueError("not base45") from None
    return bytes(data)


def _threes(values: list[int]) -> list[list[int]]:
    groups = [values[start : start + 3] for start in range(0, len(values), 3)]
    if groups and len(groups[-1]) == 1:
        raise ValueError("not base45")
    return groups
