"""In which files do the signing keys of doors and brain lie?"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    safe_files.create(private, pem, mode=safe_files.PRIVATE)
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
