"""How does the brain get a new signing key without a door refusing it?

First every door learns the new public key beside the old one; then the brain changes over; then the
doors forget the old one. All brains of a site sign with the same key.
"""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from doorctl import safe_files
from doorctl.errors import SiteError
from doorctl.keys import create_signing_pair, public_half
from doorctl.provisioning import trusted_keys
from doorctl.site import Site


class Stage(Enum):
    """How far a rotation of the brain's key is."""

    NONE = auto()
    TEACHING = auto()
    """The doors must learn the new public key; the brain signs with the old one."""
    SWITCHED = auto()
    """The brain signs with the new one; the doors believe the old one too."""


def stage(site: Site) -> Stage:
    """How far a rotation is, by the files that are there."""
    if _coming(site).exists():
        return Stage.TEACHING
    return Stage.SWITCHED if trusted_keys(site) != _own(site) else Stage.NONE


def begin(folder: Path) -> Path:
    """Make the key to come, and tell it to the doors whose folders are here.

    Returns:
        The file to put over `brain.pub` on every door's board. Repeating makes no third key.

    Raises:
        SiteError: a rotation waits for its end.
    """
    with Site.opened_for_change(folder) as site:
        if stage(site) is Stage.SWITCHED:
            raise SiteError(
                "the last rotation of the brain's key is not over; end it first: "
                f"`doorctl brain rotate {site.root} --finish`"
            )
        if not _coming(site).exists():
            create_signing_pair(_coming(site))
        _teach(site, _own(site) + public_half(_coming(site)))
    return site.trusted


def switch(folder: Path) -> tuple[Path, ...]:
    """Have the brains sign with the new key: only when every door knows it.

    Returns:
        The brains' folders; each brain must have its new `brain.key` and be started again.

    Raises:
        SiteError: no rotation was begun.
    """
    with Site.opened_for_change(folder) as site:
        if stage(site) is not Stage.TEACHING:
            raise SiteError(f"no new key waits; begin: `doorctl brain rotate {site.root}`")
        key = _coming(site).read_bytes()
        for home in reversed(site.brain_folders):  # the first one, which tells the stage, last
            safe_files.replace(home / "brain.key", key, mode=safe_files.PRIVATE)
            safe_files.replace(home / "brain.pub", public_half(home / "brain.key"))
        _coming(site).unlink()
    return site.brain_folders


def finish(folder: Path) -> Path:
    """Have the doors forget the old key; returns the file for the doors' `brain.pub`.

    Raises:
        SiteError: the brain has not changed over yet, or nothing is under way.
    """
    with Site.opened_for_change(folder) as site:
        if stage(site) is not Stage.SWITCHED:
            raise SiteError(
                "there is no old key to forget; `doorctl brain rotate` begins, `--switch` follows"
            )
        _teach(site, _own(site))
    return site.trusted


def _coming(site: Site) -> Path:
    return site.brain / "brain.next.key"


def _own(site: Site) -> bytes:
    return public_half(site.brain / "brain.key")


def _teach(site: Site, keys: bytes) -> None:
    copies = (*site.root.glob("doors/*/brain.pub"), *site.root.glob("rotations/*/brain.pub"))
    # The site's own file last: by it the stage is told.
    for file in (*copies, site.trusted):
        safe_files.replace(file, keys)
