"""Which certificates did a site's authorities issue, and which of them count no more?

A copy of each certificate (nothing secret) lies in `ca/issued/<authority>/<serial>.crt`, for a
certificate that was carried away must still be renewed and revoked. `ca/revoked.yaml` holds what
was revoked. From both follow the broker's revocation lists. Each list also names one certificate of
its own, made and revoked for nothing but this: a broker that takes it has not read the newest list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID
from pydantic import Field

from doorbus.errors import KeyMaterialError
from doorbus.settings import Settings, load
from doorctl import safe_files
from doorctl.authority import Authority

Role = Literal["doors", "staff"]
ROLES: tuple[Role, Role] = ("doors", "staff")

LIST_DAYS = 1825
"""A broker whose list has expired lets nobody in. It gets the list from the hands that give it its
configuration, so age proves nothing: as long as a certificate. Every revocation and every `renew`
writes it anew."""

RENEW_LIST_DAYS = 365
"""A list that ends sooner is written anew by whatever `doorctl` command comes by."""

CANARY = "revoked-canary"

_HEADER = (
    "# What counts no more. Written by `doorctl`; the broker's revocation lists follow from it.\n"
)


class Revoked(Settings):
    """A certificate that counts no more."""

    authority: Role
    serial: str = Field(pattern=r"^[0-9a-f]{1,40}$")
    name: str
    on: datetime


class _Revocations(Settings):
    revoked: tuple[Revoked, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """The books of a site's two authorities.

    Attributes:
        folder: the site's `ca/`.
    """

    folder: Path

    def record(self, role: Role, pem: bytes) -> None:
        """Keep a copy of a certificate, before it goes anywhere."""
        certificate = x509.load_pem_x509_certificate(pem)
        books = safe_files.private_folder(self.folder / "issued" / role)
        safe_files.replace(books / f"{certificate.serial_number:x}.crt", pem)

    def issued(self, role: Role, name: str | None = None) -> list[x509.Certificate]:
        """Certificates of an authority, the oldest first; of one holder with `name`.

        Raises:
            KeyMaterialError: a copy cannot be read; names the file.
        """
        found = [_read(path) for path in (self.folder / "issued" / role).glob("*.crt")]
        found = [one for one in found if name is None or common_name(one) == name]
        return sorted(found, key=lambda one: (one.not_valid_before_utc, one.serial_number))

    def standing(self, role: Role, name: str) -> list[x509.Certificate]:
        """A holder's certificates that are neither revoked nor expired, the oldest first."""
        gone, now = self.revoked_serials(role), datetime.now(UTC)
        return [
            one
            for one in self.issued(role, name)
            if one.serial_number not in gone and now <= one.not_valid_after_utc
        ]

    def revoked(self) -> tuple[Revoked, ...]:
        """Everything that was revoked. Raises ConfigError for a file that says nonsense."""
        path = self.folder / "revoked.yaml"
        return load(path, _Revocations).revoked if path.exists() else ()

    def revoked_serials(self, role: Role) -> frozenset[int]:
        """The serial numbers of an authority's certificates that count no more."""
        return frozenset(int(one.serial, 16) for one in self.revoked() if one.authority == role)

    def revoke(self, role: Role, certificates: Iterable[x509.Certificate]) -> int:
        """Note that certificates count no more; how many of them did until now."""
        known, now = self.revoked_serials(role), datetime.now(UTC).replace(microsecond=0)
        news = [
            Revoked(
                authority=role,
                serial=f"{one.serial_number:x}",
                name=common_name(one),
                on=now,
            )
            for one in certificates
            if one.serial_number not in known
        ]
        if news:
            entries = [one.model_dump(mode="json") for one in (*self.revoked(), *news)]
            body = yaml.safe_dump({"revoked": entries}, sort_keys=False, default_flow_style=None)
            safe_files.replace(self.folder / "revoked.yaml", _HEADER + body)
        return len(news)

    def write_lists(self, broker: Path) -> None:
        """Write both revocation lists, and the certificates that prove them, anew."""
        for role in ROLES:
            authority = Authority.load(self.folder, role)
            canary = authority.issue_client(CANARY)
            canary.replace(self.folder, f"{role}-canary")
            serial = x509.load_pem_x509_certificate(canary.certificate).serial_number
            # Expired ones stay on the list: a clock that lags must not bring them back.
            serials = {serial, *self.revoked_serials(role)}
            file = broker / f"{role}.crl"
            before = _list(file)
            pem = authority.revocation_list(
                sorted(serials),
                days=LIST_DAYS,
                after=None if before is None else before.last_update_utc,
            )
            safe_files.replace(file, pem)

    def keep_lists(self, broker: Path) -> bool:
        """Write the lists anew where one is missing, unreadable or near its end; whether it was."""
        fresh = all(_ends_late(broker / f"{role}.crl") for role in ROLES)
        fresh = fresh and all((self.folder / f"{role}-canary.crt").exists() for role in ROLES)
        if not fresh:
            self.write_lists(broker)
        return not fresh


def common_name(certificate: x509.Certificate) -> str:
    """Whom a certificate names; empty where it names nobody."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyMaterialError(
            f"{path}: not a certificate ({error}); restore the site's ca/ folder from its backup"
        ) from None


def _list(path: Path) -> x509.CertificateRevocationList | None:
    try:
        return x509.load_pem_x509_crl(path.read_bytes())
    except (OSError, ValueError):
        return None


def _ends_late(path: Path) -> bool:
    found = _list(path)
    ends = None if found is None else found.next_update_utc
    return ends is not None and ends > datetime.now(UTC) + timedelta(days=RENEW_LIST_DAYS)
