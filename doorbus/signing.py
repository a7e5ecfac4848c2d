"""Who said it: Ed25519 signatures over context, door, epoch, properties and the exact payload.

A signature covers the CBOR (RFC 8949, deterministic) of

    ["doorward/1", direction, topic template, door, epoch, {properties}, payload]

so that no message can be taken for one of another direction, topic, door or boot. It travels in the
user properties `door`, `epoch` and `signature` (base64), beside the payload as any client shows it.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import cbor2
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from doorbus.bus import Wire
from doorbus.codec import ENVELOPE
from doorbus.errors import KeyMaterialError, SignatureRefused
from doorbus.topics import Party, Topic

VERSION = "doorward/1"
MOST_KEYS = 4
_PUBLIC_PEM = re.compile(
    r"-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n?"
)
_EPOCH = re.compile("0|[1-9][0-9]{0,15}")


class Verifier(Protocol):
    """What tells a writer's signature from any other: an Ed25519 public key, or a `KeyRing`."""

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raise `cryptography.exceptions.InvalidSignature` where it is not theirs."""
        ...


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The public keys of one writer: more than one while a key is being rotated.

    Attributes:
        keys: each as good as the other.
    """

    keys: tuple[Ed25519PublicKey, ...]

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raise `InvalidSignature` where none of the keys made the signature."""
        for key in self.keys:
            with suppress(InvalidSignature):
                key.verify(signature, data)
                return
        raise InvalidSignature


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which door, in which of its boots, a message is from or for."""

    door: str
    epoch: int


def sign(wire: Wire, topic: Topic[Any], stamp: Stamp, key: Ed25519PrivateKey) -> Wire:
    """Return `wire` with its signature in the user properties."""
    signature = key.sign(_signed_bytes(wire, topic, stamp))
    envelope = {
        "door": stamp.door,
        "epoch": str(stamp.epoch),
        "signature": base64.b64encode(signature).decode(),
    }
    return replace(wire, properties={**wire.properties, **envelope})


def verify(wire: Wire, topic: Topic[Any], key_of: Callable[[str], Verifier | None]) -> Stamp:
    """Check who signed `wire`; nothing of the payload may be believed before.

    Args:
        wire: the message as it came.
        topic: the topic of the contract it came on.
        key_of: the public key of the writer: for a door's message the key of the door it names,
            None for an unknown door.

    Raises:
        SignatureRefused: says why, in words that hold no secret.
    """
    try:
        stamp = Stamp(wire.properties["door"], _epoch(wire.properties["epoch"]))
        signature = base64.b64decode(wire.properties["signature"], validate=True)
    except KeyError as missing:
        raise SignatureRefused(f"{wire.topic}: unsigned (no property {missing})") from None
    except (ValueError, binascii.Error):
        raise SignatureRefused(f"{wire.topic}: malformed signature or epoch") from None
    level = topic.level(wire.topic)
    if level is not None and level != stamp.door:
        raise SignatureRefused(f"{wire.topic}: signed for another door than the topic names")
    key = key_of(stamp.door)
    if key is None:
        raise SignatureRefused(f"{wire.topic}: names a door that is not known here")
    try:
        key.verify(signature, _signed_bytes(wire, topic, stamp))
    except InvalidSignature:
        raise SignatureRefused(f"{wire.topic}: the signature does not verify") from None
    return stamp


def _epoch(text: str) -> int:
    """Read a whole number as `sign` writes it, and no other spelling of it."""
    if not _EPOCH.fullmatch(text):
        raise ValueError("not a plain whole number")
    return int(text)


def nonce() -> str:
    """128 random bits in hexadecimal, for visits and challenges."""
    return secrets.token_hex(16)


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """Read an Ed25519 private key (PEM, PKCS 8). Raises KeyMaterialError naming the file."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyMaterialError(_key_problem(path, "private", error)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyMaterialError(_key_problem(path, "private", "another kind of key"))
    return key


def load_public_key(path: Path) -> Ed25519PublicKey:
    """Read an Ed25519 public key (PEM). Raises KeyMaterialError naming the file."""
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise KeyMaterialError(_key_problem(path, "public", error)) from None
    return _public_key(pem, path)


def load_key_ring(path: Path) -> KeyRing:
    """Read one to four Ed25519 public keys, PEM, one after the other.

    Raises:
        KeyMaterialError: names the file; also where anything but keys stands in it.
    """
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyMaterialError(_key_problem(path, "public", error)) from None
    blocks = _PUBLIC_PEM.findall(text)
    if not 1 <= len(blocks) <= MOST_KEYS or _PUBLIC_PEM.sub("", text).strip():
        why = f"not 1 to {MOST_KEYS} public keys and nothing else"
        raise KeyMaterialError(_key_problem(path, "public", why))
    return KeyRing(tuple(_public_key(block.encode(), path) for block in blocks))


def _public_key(pem: bytes, path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyMaterialError(_key_problem(path, "public", error)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyMaterialError(_key_problem(path, "public", "another kind of key"))
    return key


def _key_problem(path: Path, kind: str, why: object) -> str:
    return (
        f"{path}: not a usable Ed25519 {kind} key ({why}); "
        "copy it again from the site folder that `doorctl` wrote"
    )


def _signed_bytes(wire: Wire, topic: Topic[Any], stamp: Stamp) -> bytes:
    direction = "door>brain" if topic.writer is Party.DOOR else "brain>door"
    properties = {name: text for name, text in wire.properties.items() if name not in ENVELOPE}
    return cbor2.dumps(
        [VERSION, direction, topic.template, stamp.door, stamp.epoch, properties, wire.payload],
        canonical=True,
    )
