"""Who vouches for whom: one certificate authority for doors, one for staff.

Each broker listener trusts one authority and shows a server certificate of that same authority.
So every client needs exactly one authority's certificate, and a door's certificate means nothing
on the staff listener. That a door's certificate and the doors' server certificate have one issuer
does not let a stolen board pose as the broker: a client certificate is good for clients only, a
server certificate for servers only (extended key usage), and clients check the host name.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from doorbus.errors import KeyMaterialError
from doorctl import safe_files
from doorctl.errors import NameRefused

AUTHORITY_DAYS = 7300
"""An authority outlives its certificates: replacing it means a visit to every door."""

CERTIFICATE_DAYS = 1825
"""Five years; the broker and the clients refuse a certificate after that."""

_CLIENT = re.compile(r"((brain|admin|console|monitor)\.)?[a-z0-9-]{1,32}")
"""Whom a client's certificate may name. Mosquitto itself lets `+` and `a/b` connect, and fills such
a name into the topics of its access list."""

_BACKDATED = timedelta(days=1)
"""A board without a battery-backed clock may lag behind the machine that wrote its certificate."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes

    def write(self, folder: Path, stem: str) -> None:
        """Write `<stem>.crt` and, mode 0600, `<stem>.key`; SiteError where one exists."""
        safe_files.create(folder / f"{stem}.key", self.key, mode=safe_files.PRIVATE)
        safe_files.create(folder / f"{stem}.crt", self.certificate)

    def replace(self, folder: Path, stem: str) -> None:
        """Write the same files over older ones: only for who asked for a renewal."""
        safe_files.replace(folder / f"{stem}.key", self.key, mode=safe_files.PRIVATE)
        safe_files.replace(folder / f"{stem}.crt", self.certificate)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority: issues certificates, all ECDSA on P-256 with SHA-256."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, role: str, *, days: int = AUTHORITY_DAYS) -> Authority:
        """Make a new authority; `role` ("doors", "staff") stands in its name."""
        key = ec.generate_private_key(ec.SECP256R1())
        # A random part: two sites' authorities must not be confused by their names.
        name = _name(f"Doorward {role} {secrets.token_hex(4)}")
        usage = _key_usage(signs_certificates=True)
        certificate = (
            _builder(name, name, key.public_key(), days)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def load(cls, folder: Path, stem: str) -> Authority:
        """Read `<stem>.crt` and `<stem>.key`.

        Raises:
            KeyMaterialError: a file is missing, unreadable or of the wrong kind.
        """
        crt, key_file = folder / f"{stem}.crt", folder / f"{stem}.key"
        try:
            certificate = x509.load_pem_x509_certificate(crt.read_bytes())
            key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise KeyMaterialError(
                f"cannot read the {stem} authority in {folder}: {error}; "
                "certificates are issued on the machine that holds the site's ca/ folder"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise KeyMaterialError(f"{key_file} is not an elliptic-curve key")
        if certificate.public_key() != key.public_key():
            raise KeyMaterialError(f"{crt} and {key_file} do not belong together")
        return cls(certificate, key)

    def write(self, folder: Path, stem: str) -> None:
        """Write `<stem>.crt` and, mode 0600, `<stem>.key`; SiteError where one exists."""
        Issued(self.pem, _private_pem(self.key)).write(folder, stem)

    @property
    def pem(self) -> bytes:
        """The authority's own certificate, PEM: what those who trust it hold."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue_server(
        self, name: str, hosts: Iterable[str], *, days: int = CERTIFICATE_DAYS
    ) -> Issued:
        """Issue a broker listener's certificate for host names and IP addresses `hosts`."""
        alternatives = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        return self._issue(name, ExtendedKeyUsageOID.SERVER_AUTH, alternatives, days)

    def issue_client(self, name: str, *, days: float = CERTIFICATE_DAYS) -> Issued:
        """Issue a client's certificate; the broker takes its common name for the user name.

        Raises:
            NameRefused: neither a door's name nor a staff name with its role.
        """
        self._check(name)
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, None, days)

    def renew_client(
        self, old: x509.Certificate, name: str, *, days: int = CERTIFICATE_DAYS
    ) -> bytes:
        """Issue a client's certificate for the key that `old` is for; returns it as PEM.

        Raises:
            NameRefused: as `issue_client`.
            KeyMaterialError: `old` is for a key of a kind that is not issued here.
        """
        self._check(name)
        key = old.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise KeyMaterialError(f"{name}: the old certificate is not for an elliptic-curve key")
        return self._certify(key, name, ExtendedKeyUsageOID.CLIENT_AUTH, None, days)

    def revocation_list(
        self, serials: Iterable[int], *, days: float, after: datetime | None = None
    ) -> bytes:
        """The list of certificates that count no more (RFC 5280, section 5), PEM.

        Args:
            serials: their serial numbers.
            days: until the broker lets nobody in any more for want of a newer list.
            after: when the list before was made, as it says itself. A broker that reads its files
                anew still knows the old list, and OpenSSL believes the one that was made later.
        """
        now = datetime.now(UTC).replace(microsecond=0)
        made = now - _BACKDATED
        if after is not None:
            made = max(made, after + timedelta(seconds=1))
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(made)
            .next_update(min(now + timedelta(days=days), self.certificate.not_valid_after_utc))
            .add_extension(x509.CRLNumber(int(made.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            builder = builder.add_revoked_certificate(revoked.build())
        crl = builder.sign(self.key, hashes.SHA256())
        return crl.public_bytes(serialization.Encoding.PEM)

    def _check(self, name: str) -> None:
        if not _CLIENT.fullmatch(name):
            raise NameRefused(
                f"no certificate for {name!r}: doors are named by 1 to 32 small letters, digits "
                "and hyphens, staff by their role, a dot and such a name"
            )

    def _issue(
        self,
        name: str,
        usage: x509.ObjectIdentifier,
        alternatives: x509.SubjectAlternativeName | None,
        days: float,
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certify(key.public_key(), name, usage, alternatives, days)
        return Issued(certificate, _private_pem(key))

    def _certify(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str,
        usage: x509.ObjectIdentifier,
        alternatives: x509.SubjectAlternativeName | None,
        days: float,
    ) -> bytes:
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            _builder(
                _name(name),
                self.certificate.subject,
                key,
                days,
                latest=self.certificate.not_valid_after_utc,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(issuer_key, critical=False)
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    days: float,
    latest: datetime | None = None,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    end = now + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(end if latest is None else min(end, latest))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
