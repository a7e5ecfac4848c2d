"""In which files do the signing keys of doors and brain lie?"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from doorbus.signing import load_private_key
from doorctl import safe_files


def create_signing_pair(private: Path) -> bytes:
    """Make an Ed25519 key pair and write the private half, mode 0600.

    Args:
        private: file for the private key, PEM PKCS#8, not encrypted (a daemon starts unattended).

    Returns:
        The public half, PEM SubjectPublicKeyInfo, for whoever has to check the signatures.

    Raises:
        SiteError: the file exists already.
    """
    key = Ed25519PrivateKey.generate()
    safe_files.create(private, _pem(key), mode=safe_files.PRIVATE)
    return public_pem(key.public_key())


def public_half(private: Path) -> bytes:
    """The public half, PEM, of a private key in a file. Raises KeyMaterialError naming the file."""
    return public_pem(load_private_key(private).public_key())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM SubjectPublicKeyInfo."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, in hexadecimal, as the brain's log has it."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
