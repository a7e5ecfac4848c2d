"""Is a certificate sound, for whom it should be, and good for a while yet?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from doorctl.register import common_name
from doorctl.renewal import DUE_DAYS

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class Expected:
    """What a certificate should be.

    Attributes:
        name: its common name.
        issuer: the authority that should have signed it.
        usage: what it must be good for.
        revoked: serial numbers that count no more.
        hosts: names that a server's certificate must carry.
    """

    name: str
    issuer: x509.Certificate
    usage: ObjectIdentifier
    revoked: frozenset[int] = frozenset()
    hosts: tuple[str, ...] = ()


def faults(file: Path, expected: Expected, now: datetime) -> Iterator[str]:
    """What is wrong with a certificate file and the key beside it; nothing where all is well."""
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        yield f"not a readable certificate ({error})"
        return
    if (name := common_name(certificate)) != expected.name:
        yield f"names {name}"
    if not _issued_by(certificate, expected.issuer):
        yield "issued by another authority"
    if certificate.serial_number in expected.revoked:
        yield "revoked"
    yield from ages(certificate, now)
    yield from _weaknesses(certificate)
    yield from _uses(certificate, expected)
    yield from _key(certificate, file.with_suffix(".key"))


def ages(
    certificate: x509.Certificate, now: datetime, *, soon_days: int = DUE_DAYS
) -> Iterator[str]:
    """Whether a certificate is expired, soon will be, or does not count yet."""
    if now < certificate.not_valid_before_utc:
        yield f"counts only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    elif now > certificate.not_valid_after_utc:
        yield f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    elif now > certificate.not_valid_after_utc - timedelta(days=soon_days):
        yield f"expires on {certificate.not_valid_after_utc:%Y-%m-%d}"


def authority_faults(certificate: x509.Certificate, now: datetime) -> Iterator[str]:
    """What is wrong with an authority's own certificate: its end must be far away."""
    yield from ages(certificate, now, soon_days=730)
    yield from _weaknesses(certificate)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _weaknesses(certificate: x509.Certificate) -> Iterator[str]:
    algorithm = certificate.signature_hash_algorithm
    if isinstance(algorithm, hashes.SHA1 | hashes.MD5):
        yield f"signed with {algorithm.name}"
    key = certificate.public_key()
    match key:
        case ec.EllipticCurvePublicKey() if key.curve.key_size >= 256:
            pass
        case ed25519.Ed25519PublicKey():
            pass
        case rsa.RSAPublicKey() if key.key_size >= 3072:
            pass
        case _:
            yield "a weak key (less than P-256, Ed25519 or RSA with 3072 bits)"


def _uses(certificate: x509.Certificate, expected: Expected) -> Iterator[str]:
    def extension(kind: type[x509.ExtensionType]) -> x509.ExtensionType | None:
        try:
            return certificate.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None

    basic = extension(x509.BasicConstraints)
    if not isinstance(basic, x509.BasicConstraints) or basic.ca:
        yield "may issue other certificates"
    usage = extension(x509.ExtendedKeyUsage)
    if not isinstance(usage, x509.ExtendedKeyUsage) or list(usage) != [expected.usage]:
        yield "good for other uses than it should be"
    names = extension(x509.SubjectAlternativeName)
    carried: set[str] = set()
    if isinstance(names, x509.SubjectAlternativeName):
        carried |= set(names.get_values_for_type(x509.DNSName))
        carried |= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    if missing := sorted(set(expected.hosts) - carried):
        yield f"does not carry {', '.join(missing)}"


def _key(certificate: x509.Certificate, file: Path) -> Iterator[str]:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        # The error of a key file holds no key.
        yield f"its key {file.name} cannot be used ({type(error).__name__})"
        return
    if key.public_key() != certificate.public_key():
        yield f"does not belong to {file.name}"
