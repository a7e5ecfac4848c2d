"""How does a certificate that is about to expire get a successor in time?

A renewed certificate is for the same private key, so nothing secret travels and the old one goes on
counting until it expires: nobody is left out, whenever the new file is put into its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from doorctl import provisioning, safe_files
from doorctl.authority import Authority
from doorctl.errors import SiteError
from doorctl.register import ROLES, Register, Role, common_name
from doorctl.site import Site

DUE_DAYS = 90
"""So long before its end a certificate is due: time for a visit to each door."""

BROKER = "broker"


@dataclass(frozen=True, slots=True)
class Renewed:
    """One holder's new certificate.

    Attributes:
        name: the holder; `broker` for both listeners.
        folder: where the new files lie.
        in_place: whether that is the holder's own folder, so that nothing has to be handed over.
        new_key: whether there is a new private key beside it, and the old certificate is revoked.
    """

    name: str
    folder: Path
    in_place: bool
    new_key: bool = False


def holders(site: Site) -> tuple[str, ...]:
    """Everybody who has a certificate of this site."""
    return (BROKER, *site.staff_names, *site.description.doors)


def due(site: Site, days: int = DUE_DAYS) -> tuple[str, ...]:
    """Whose newest certificate ends within `days` from now."""
    limit = datetime.now(UTC) + timedelta(days=days)
    found = []
    for name in holders(site):
        newest = _newest(site, name)
        if newest is not None and newest.not_valid_after_utc < limit:
            found.append(name)
    return tuple(found)


def renew(folder: Path, names: Iterable[str] = (), *, new_key: bool = False) -> list[Renewed]:
    """Issue certificates anew, and write the revocation lists anew.

    Args:
        folder: the site.
        names: doors, staff with their role, `broker`; where there is none, whoever is due.
        new_key: a new private key too, and the old certificate revoked at once: for staff whose key
            may have been seen.

    Raises:
        SiteError: there is no such site, nobody of that name, or no certificate to go by.
    """
    chosen = tuple(dict.fromkeys(names))
    with Site.opened_for_change(folder) as site:
        for name in chosen:
            if name not in holders(site):
                raise SiteError(f"nobody named {name} in site.yaml; it says who there is")
            if new_key and (name == BROKER or "." not in name):
                raise SiteError(
                    f"{name}: --new-key is for staff; a door gets new keys by `doorctl door "
                    "rotate`, the broker by `doorctl broker renew`"
                )
        done = [
            _with_new_key(site, name) if new_key else _with_same_key(site, name)
            for name in chosen or due(site)
        ]
        Register(site.authorities).write_lists(site.broker)
    return done


def _with_same_key(site: Site, name: str) -> Renewed:
    if name == BROKER:
        provisioning.write_server_certificates(site)
        return Renewed(name, site.broker, in_place=True)
    role = _role(name)
    if site.rotation(name).exists():
        raise SiteError(
            f"{name} is getting new keys and with them a new certificate; end that first: "
            f"`doorctl door rotate {site.root} {name} --finish`"
        )
    newest = _newest(site, name)
    if newest is None:
        raise SiteError(
            f"{name}: no certificate of it is noted here, nor is its folder. Put its client.crt "
            f"into {site.holder(name)} and try again"
        )
    authority, register = Authority.load(site.authorities, role), Register(site.authorities)
    pem = authority.renew_client(newest, name)
    register.record(role, pem)
    own = site.holder(name)
    target = own if own.exists() else safe_files.private_folder(site.renewed(name))
    safe_files.replace(target / "client.crt", pem)
    return Renewed(name, target, in_place=own.exists())


def _with_new_key(site: Site, name: str) -> Renewed:
    register = Register(site.authorities)
    authority = Authority.load(site.authorities, "staff")
    before = register.issued("staff", name)
    issued = authority.issue_client(name)
    register.record("staff", issued.certificate)
    own = site.holder(name)
    target = own if own.exists() else safe_files.private_folder(site.renewed(name))
    issued.replace(target, "client")
    # Last: were it interrupted before, the holder would still have a way in.
    register.revoke("staff", before)
    return Renewed(name, target, in_place=own.exists(), new_key=True)


def _newest(site: Site, name: str) -> x509.Certificate | None:
    """The certificate of a holder that ends last; of the broker the one that ends first."""
    register = Register(site.authorities)
    if name == BROKER:
        files = [site.broker / f"{role}-server.crt" for role in ROLES]
        found = [x509.load_pem_x509_certificate(file.read_bytes()) for file in files]
        return min(found, key=lambda one: one.not_valid_after_utc)
    gone = register.revoked_serials(_role(name))
    known = [one for one in register.issued(_role(name), name) if one.serial_number not in gone]
    file = site.holder(name) / "client.crt"
    if file.exists():
        here = x509.load_pem_x509_certificate(file.read_bytes())
        if common_name(here) == name and here.serial_number not in gone:
            return here
    return max(known, key=lambda one: one.not_valid_after_utc, default=None)


def _role(name: str) -> Role:
    return "staff" if "." in name else "doors"
