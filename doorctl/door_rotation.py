"""How does a door get new keys without being left out for a moment?

First the new keys lie here and the brain takes the old key and the new one; then they are put onto
the board; once the door has spoken with the new key, the old one counts no more and the old
certificate is revoked. For keys that somebody may have stolen this is too kind: `revoke` the door
and add it anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from cryptography import x509

from doorbus.signing import load_public_key
from doorctl import safe_files
from doorctl.errors import SiteError
from doorctl.key_in_use import DoorKeys
from doorctl.keys import create_signing_pair, public_half
from doorctl.provisioning import write_door_access
from doorctl.register import Register
from doorctl.site import Site

_MOVED = ("door.key", "client.key", "client.crt", "ca.crt", "brain.pub")


def begin(folder: Path, door: str) -> Path:
    """Make new keys for a door, and have the brain take them too.

    Repeated, it finishes what was interrupted and makes no third key.

    Returns:
        The folder of files to put over those on the door's board.

    Raises:
        SiteError: there is no such site or door.
    """
    with Site.opened_for_change(folder) as site:
        _refuse_unknown(site, door)
        target = site.rotation(door)
        if not (target / "door.key").exists():
            with safe_files.whole_folder(target) as staging:
                create_signing_pair(staging / "door.key")
                write_door_access(site, staging, door)
        coming = public_half(target / "door.key")
        for home in _homes(site, door):
            safe_files.replace(home / f"{door}.next.pub", coming)
    return target


def keys(folder: Path, door: str) -> DoorKeys:
    """The public keys between which a door changes over.

    Raises:
        SiteError: no rotation of this door is under way.
        KeyMaterialError: a key file is missing or unusable; names it.
    """
    site = Site.load(folder)
    _refuse_unknown(site, door)
    new = _under_way(site, door) / "door.key"
    (home, *_) = _homes(site, door)
    return DoorKeys(load_public_key(home / f"{door}.pub"), public_half(new))


def finish(folder: Path, door: str) -> int:
    """End the old keys: only for a door that uses the new ones.

    Returns:
        How many certificates were revoked; the broker must read the new list.

    Raises:
        SiteError: no rotation of this door is under way.
    """
    with Site.opened_for_change(folder) as site:
        _refuse_unknown(site, door)
        made = _under_way(site, door)
        public = public_half(made / "door.key")
        for home in _homes(site, door):
            safe_files.replace(home / f"{door}.pub", public)
            (home / f"{door}.next.pub").unlink(missing_ok=True)
        bundle = site.door(door)
        for name in _MOVED if bundle.exists() else ():
            mode = safe_files.PRIVATE if name.endswith(".key") else safe_files.PUBLIC
            safe_files.replace(bundle / name, (made / name).read_bytes(), mode=mode)
        register = Register(site.authorities)
        stays = x509.load_pem_x509_certificate((made / "client.crt").read_bytes()).serial_number
        older = [one for one in register.issued("doors", door) if one.serial_number != stays]
        revoked = register.revoke("doors", older)
        register.write_lists(site.broker)
        # Last: as long as it is there, an interrupted end can be repeated.
        shutil.rmtree(made)
    return revoked


def _refuse_unknown(site: Site, door: str) -> None:
    if door not in site.description.doors:
        raise SiteError(f"no door {door} in site.yaml; `doorctl door add` makes one")


def _under_way(site: Site, door: str) -> Path:
    made = site.rotation(door)
    if not (made / "door.key").exists():
        raise SiteError(
            f"no rotation of {door} is under way; begin one: `doorctl door rotate {site.root} "
            f"{door}`"
        )
    return made


def _homes(site: Site, door: str) -> list[Path]:
    """The folders of doors' keys in which a door's lies: those of the brains that serve it."""
    homes = [brain / "doors" for brain in site.brain_folders]
    found = [home for home in homes if (home / f"{door}.pub").exists()]
    if not found:
        raise SiteError(
            f"no brain's folder here has doors/{door}.pub; bring it back from the brain's machine "
            f"to {homes[0]}, and try again"
        )
    return found
