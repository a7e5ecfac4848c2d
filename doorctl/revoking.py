"""How does a door or a member of staff lose every right, for good?"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from doorbus.errors import KeyMaterialError
from doorctl import broker, safe_files
from doorctl.ceilings import ceiling
from doorctl.errors import SiteError
from doorctl.register import Register, Role, common_name
from doorctl.site import FIRST_BRAIN, Site


@dataclass(frozen=True, slots=True)
class Farewell:
    """What a revocation did.

    Attributes:
        name: whom it was about, staff with their role.
        certificates: how many certificates were put on the revocation list just now.
        unknown: whether no certificate of that name was ever noted here, so that none is on the
            list (a site made by an older `doorctl`); the access list refuses the name all the same.
        kept: where the holder's folder lies now; None where it was not here.
    """

    name: str
    certificates: int
    unknown: bool
    kept: Path | None


def revoke(folder: Path, name: str) -> Farewell:
    """Take every right from a door, or from a member of staff named with the role.

    The certificates go onto the revocation list, the access list refuses the name, and the brains
    forget a door's key. The broker must read these files: by SIGHUP it refuses new connections and
    takes the rights from living ones; only a restart ends those. Repeating it is harmless.

    Raises:
        SiteError: there is no such site, or nobody of that name, or it is the only brain.
    """
    with Site.opened_for_change(folder) as site:
        _refuse_unknown(site, name)
        role: Role = "staff" if "." in name else "doors"
        register = Register(site.authorities)
        both = (*register.issued(role, name), *_in_the_folder(site, name))
        standing = {one.serial_number: one for one in both}
        revoked = register.revoke(role, standing.values())
        register.write_lists(site.broker)
        for brain in site.brain_folders:
            for file in (f"{name}.pub", f"{name}.next.pub"):
                (brain / "doors" / file).unlink(missing_ok=True)
            if name.startswith("console."):
                ceiling(brain, name.removeprefix("console.")).unlink(missing_ok=True)
        if name.startswith("brain."):
            _take_back(site, name)
        changed = _without(site, name)
        broker.write_access_list(changed)
        kept = _put_away(site, name)
        changed.save()
    return Farewell(name, revoked, not standing, kept)


def _refuse_unknown(site: Site, name: str) -> None:
    known = (*site.description.doors, *site.staff_names, *site.description.revoked)
    if name not in known:
        raise SiteError(f"nobody named {name} in site.yaml; it says who there is")
    if name == f"brain.{FIRST_BRAIN}":
        raise SiteError(
            f"{name} is the brain that this site was made with and cannot be spared. Give it new "
            f"keys instead: `doorctl renew {site.root} {name} --new-key`, `doorctl brain rotate`"
        )


def _in_the_folder(site: Site, name: str) -> list[x509.Certificate]:
    """The certificate in the holder's folder, for a site that kept no books of it."""
    file = site.holder(name) / "client.crt"
    if not file.exists():
        return []
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise KeyMaterialError(f"{file}: not a certificate ({error}); move it away") from None
    return [found] if common_name(found) == name else []


def _take_back(site: Site, name: str) -> None:
    """Give a brain's doors to the first one, and take the signing key out of its folder."""
    folder = site.holder(name)
    for public in folder.glob("doors/*.pub"):
        public.rename(site.brain / "doors" / public.name)
    (folder / "brain.key").unlink(missing_ok=True)


def _without(site: Site, name: str) -> Site:
    there = site.description
    return site.changed(
        doors=tuple(one for one in there.doors if one != name),
        brains=tuple(one for one in there.brains if f"brain.{one}" != name),
        admins=tuple(one for one in there.admins if f"admin.{one}" != name),
        monitors=tuple(one for one in there.monitors if f"monitor.{one.name}" != name),
        consoles=tuple(one for one in there.consoles if f"console.{one.name}" != name),
        revoked=tuple(dict.fromkeys((*there.revoked, name))),
    )


def _put_away(site: Site, name: str) -> Path | None:
    """Move the holder's folder, of use to nobody now, out of the way of a new one."""
    shutil.rmtree(site.rotation(name), ignore_errors=True)
    shutil.rmtree(site.renewed(name), ignore_errors=True)
    source = site.holder(name)
    if not source.exists():
        return None
    target = safe_files.private_folder(site.root / "revoked")
    target /= f"{name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    source.rename(target)
    return target
