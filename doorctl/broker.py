"""How do the broker's configuration and access list follow from a site's description?"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from doorctl import safe_files
from doorctl.errors import SiteError
from doorctl.site import Description, Site

_EACH = re.compile(r"^#\[each (\w+)\]\n(.*?)^#\[end\]\n", re.MULTILINE | re.DOTALL)
_IF = re.compile(r"^#\[if (\w+)\]\n(.*?)^#\[end if\]\n", re.MULTILINE | re.DOTALL)

OWN_USER = "mosquitto"
"""The user that Debian's package runs its broker as."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a broker finds its files, where it may write, and where it listens.

    Attributes:
        files: folder of certificates, keys and access list, absolute.
        state: folder for persistence and log, absolute.
        doors_port: TLS port for doors.
        staff_port: TLS port for everybody else.
        bind: the one address to listen on; every address when empty.
        user: whom Mosquitto becomes when root starts it.
    """

    files: Path
    state: Path
    doors_port: int
    staff_port: int
    bind: str = ""
    user: str = OWN_USER


def placement(site: Site) -> Placement:
    """The placement that a site's description asks for."""
    place = site.description.broker
    files = Path(place.folder) if place.folder else site.broker
    state = Path(place.state) if place.state else files / "state"
    # Tried where it was made, only its maker can enter the private folder: root too must stay root.
    user = OWN_USER if place.folder else _whoever_runs_this()
    return Placement(files, state, place.doors_port, place.staff_port, user=user)


def render_configuration(where: Placement) -> str:
    """Fill the template `mosquitto/mosquitto.conf`.

    Raises:
        SiteError: a path that Mosquitto's configuration cannot carry.
    """
    for path in (where.files, where.state):
        if not path.is_absolute() or re.search(r"[\x00-\x1f]|^\s|\s$", str(path)):
            raise SiteError(f"{path}: the broker needs an absolute path without control characters")
    return Template(_template("mosquitto.conf")).substitute(
        files=where.files,
        state=where.state,
        doors_port=where.doors_port,
        staff_port=where.staff_port,
        bind=f" {where.bind}" if where.bind else "",
        user=where.user,
    )


def render_access_list(site: Site) -> str:
    """Fill the template `mosquitto/acl`: doors by pattern, one block for each staff name."""
    description = site.description
    granted = _granted(description)

    def blocks(found: re.Match[str]) -> str:
        role, block = found.groups()
        names: Iterable[str] = description.revoked
        if role != "revoked":
            names = [name for name in site.staff_names if name.startswith(f"{role}.")]
        return "".join(_block(block, names, description.prefix, granted))

    text = _EACH.sub(blocks, _template("acl"))
    return Template(text).substitute(prefix=description.prefix)


def write(site: Site, where: Placement) -> None:
    """Write `mosquitto.conf` and `acl` into the site's broker folder, replacing older ones."""
    safe_files.replace(site.broker / "mosquitto.conf", render_configuration(where))
    write_access_list(site)


def write_access_list(site: Site) -> None:
    """Write `acl` alone; a running broker follows it after SIGHUP."""
    # Names of staff stand in it: readable for the broker's user only.
    safe_files.replace(site.broker / "acl", render_access_list(site), mode=safe_files.PRIVATE)


def _whoever_runs_this() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a number without a name, as in containers: not root, so it stays as it is
        return OWN_USER


def _granted(description: Description) -> Mapping[str, frozenset[str]]:
    """What the blocks of some of the staff hold besides, by their conditions."""
    monitors = {f"monitor.{one.name}": one.frames for one in description.monitors}
    beyond = {
        "viewer": frozenset({"unnamed"}),
        "porter": frozenset({"named"}),
        "administrator": frozenset({"named", "enrols"}),
    }
    return {
        **{name: frozenset({"frames"}) for name, frames in monitors.items() if frames},
        **{f"console.{one.name}": beyond[one.most] for one in description.consoles},
    }


def _block(
    block: str, names: Iterable[str], prefix: str, granted: Mapping[str, frozenset[str]]
) -> Iterable[str]:
    for name in names:
        has = granted.get(name, frozenset())
        text = _IF.sub(lambda found, has=has: found[2] if found[1] in has else "", block)  # type: ignore[misc]
        yield Template(text).substitute(name=name, prefix=prefix)


def _template(name: str) -> str:
    try:
        folder = resources.files("doorctl.mosquitto")
    except ModuleNotFoundError:  # run from a source tree that is not installed
        folder = Path(__file__).resolve().parents[1] / "mosquitto"
    return folder.joinpath(name).read_text(encoding="utf-8")
