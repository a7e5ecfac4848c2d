"""How do a site, its doors and its staff come into being?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from doorctl import broker, ceilings, safe_files
from doorctl.authority import Authority, Issued
from doorctl.brain_config import render_brain_config, render_client_config
from doorctl.edge_config import STANDARD_CHOICES, DoorChoices, render_edge_config
from doorctl.errors import SiteError
from doorctl.keys import create_signing_pair, public_half
from doorctl.register import ROLES, Register, Role
from doorctl.site import FIRST_BRAIN, Description, Monitor, Site, checked_name

_DOOR = re.compile(r"^door: .*$", re.MULTILINE)
_ALWAYS = ("localhost", "127.0.0.1", "::1")


def create_site(
    folder: Path,
    *,
    hosts: Iterable[str] = (),
    doors_port: int = 8884,
    staff_port: int = 8883,
    admins: Iterable[str] = (),
    prefix: str = "",
    broker_folder: str = "",
    broker_state: str = "",
) -> Site:
    """Create a site: authorities, broker files, one brain, administrators; no door yet.

    Args:
        folder: must be missing or empty; appears complete or not at all.
        hosts: names and addresses of the broker, for its certificates; the first is what doors and
            staff connect to. `localhost`, `127.0.0.1` and `::1` are always added.
        doors_port: the broker's TLS port for doors.
        staff_port: the broker's TLS port for brain, administrators and monitors.
        admins: their names without role, such as `alice`.
        prefix: put before every topic; a slash at its end is added where missing.
        broker_folder: where the broker's files will lie on its machine; empty: where they are made.
        broker_state: where the broker may write; empty: `state` in the folder before.

    Raises:
        SiteError: the folder holds something already.
        ConfigError: a port, host or prefix that cannot work; lists every mistake.
    """
    if doors_port == staff_port:
        raise SiteError(f"doors and staff need a port each; both are {doors_port}")
    names = tuple(dict.fromkeys((*hosts, *_ALWAYS)))
    admin_names = tuple(dict.fromkeys(checked_name(name, "administrator") for name in admins))
    description = Description.checked(
        prefix=prefix if prefix.endswith("/") or not prefix else f"{prefix}/",
        broker={
            "host": names[0],
            "names": names,
            "doors_port": doors_port,
            "staff_port": staff_port,
            "folder": broker_folder,
            "state": broker_state,
        },
        brains=(FIRST_BRAIN,),
        admins=admin_names,
    )
    root = folder.resolve()
    with safe_files.whole_folder(root) as staging:
        site = Site(staging, description)
        _write_authorities(site)
        _write_brain(site)
        Register(site.authorities).write_lists(site.broker)
        for name in admin_names:
            _write_client(site, f"admin.{name}", _client_file)
        broker.write(site, broker.placement(Site(root, description)))
        site.save()
    return Site.load(root)


def add_door(folder: Path, name: str, choices: DoorChoices = STANDARD_CHOICES) -> Path:
    """Give a door its certificate and keys, and make its public key known to the brain.

    The broker needs no change for it. Returns the bundle, the folder to copy to the door's board.

    Raises:
        NameRefused: the name cannot stand in topics.
        SiteError: the door exists, or there is no such site.
    """
    checked_name(name)
    with Site.opened_for_change(folder) as site:
        text = render_edge_config(name, site.description, choices)
        return _add_door(site, name, text, site.brain)


def rename_door(folder: Path, old: str, new: str) -> Path:
    """Make a door known under another name, with keys of its own; returns the bundle for its board.

    The old name goes on working until it is revoked. The bundle holds the old one's `edge.yaml`
    under the new name where that is still here; else the board's own has to be changed by hand.

    Raises:
        NameRefused: the new name cannot stand in topics.
        SiteError: there is no door of the old name, or one of the new name.
    """
    checked_name(new)
    with Site.opened_for_change(folder) as site:
        if old not in site.description.doors:
            raise SiteError(f"no door {old} in site.yaml; it says which there are")
        homes = [home for home in site.brain_folders if (home / "doors" / f"{old}.pub").exists()]
        file = site.door(old) / "edge.yaml"
        text = None
        if file.exists():
            named = f"door: {json.dumps(new)}"
            text = _DOOR.sub(lambda _: named, file.read_text(encoding="utf-8"), count=1)
        return _add_door(site, new, text, homes[0] if homes else site.brain)


def _add_door(site: Site, name: str, edge: str | None, brain: Path) -> Path:
    bundle, public = site.door(name), brain / "doors" / f"{name}.pub"
    if name in site.description.doors or (public.exists() and not bundle.exists()):
        raise known_already(name, (bundle, public), "door")
    if not (bundle / "door.key").exists():  # else an add that was interrupted goes on
        with safe_files.whole_folder(bundle) as staging:
            create_signing_pair(staging / "door.key")
            write_door_access(site, staging, name)
            if edge is not None:
                safe_files.create(staging / "edge.yaml", edge)
    safe_files.replace(public, public_half(bundle / "door.key"))
    changed = site.changed(doors=(*site.description.doors, name), revoked=_without(site, name))
    broker.write_access_list(changed)
    Register(site.authorities).keep_lists(site.broker)
    changed.save()
    return bundle


def write_door_access(site: Site, folder: Path, name: str) -> None:
    """Write what a door needs besides its signing key: certificate, authority, the brain's key."""
    _write_certificate(site, folder, name, "doors")
    safe_files.create(folder / "brain.pub", trusted_keys(site))


def trusted_keys(site: Site) -> bytes:
    """The public keys, PEM, that a door believes the brain by: two in the midst of a rotation."""
    file = site.trusted if site.trusted.exists() else site.brain / "brain.pub"
    return file.read_bytes()


def add_admin(folder: Path, name: str) -> Path:
    """Give an administrator a certificate and its rights; returns the folder to hand over.

    Raises:
        NameRefused: the name cannot stand in topics.
        SiteError: the administrator exists, or there is no such site.
    """
    checked_name(name, "administrator")
    with Site.opened_for_change(folder) as site:
        known, full = site.description.admins, f"admin.{name}"
        if name in known:
            raise known_already(full, (site.staff(full),), "member of staff")
        return add_staff(site, full, admins=(*known, name))


def add_monitor(folder: Path, name: str, *, frames: bool = False) -> Path:
    """Give a monitor a certificate and its rights; returns the folder to hand over.

    Args:
        folder: the site.
        name: without role, such as `lobby`.
        frames: whether enrolment frames may be watched too.

    Raises:
        NameRefused: the name cannot stand in topics.
        SiteError: the monitor exists, or there is no such site.
    """
    checked_name(name, "monitor")
    with Site.opened_for_change(folder) as site:
        known, full = site.description.monitors, f"monitor.{name}"
        if any(monitor.name == name for monitor in known):
            raise known_already(full, (site.staff(full),), "member of staff")
        return add_staff(site, full, monitors=(*known, Monitor(name=name, frames=frames)))


def add_brain(folder: Path, name: str, doors: Iterable[str] = ()) -> Path:
    """Give another brain a certificate and the brains' signing key; returns its folder.

    Args:
        folder: the site.
        name: without role, such as `annex`.
        doors: whom it serves from now on, instead of the brain that does; a door that two brains
            serve would be answered twice.

    Raises:
        NameRefused: the name cannot stand in topics.
        SiteError: the brain exists, a door does not, or there is no such site.
    """
    checked_name(name, "brain")
    with Site.opened_for_change(folder) as site:
        known, full = site.description.brains, f"brain.{name}"
        target = site.brain_folder(name)
        wanted = tuple(dict.fromkeys(doors))
        if name in known:
            raise known_already(full, (target,), "brain")
        for door in wanted:
            if door not in site.description.doors:
                raise SiteError(f"no door {door} in site.yaml; add it first: `doorctl door add`")
        if not (target / "brain.yaml").exists():
            with safe_files.whole_folder(target) as staging:
                _fill_brain(site, staging, full, (site.brain / "brain.key").read_bytes())
                safe_files.create(staging / "brain.pub", (site.brain / "brain.pub").read_bytes())
        changed = site.changed(brains=(*known, name), revoked=_without(site, full))
        ceilings.write(changed)
        broker.write_access_list(changed)
        changed.save()
        for door in wanted:
            _move_door(changed, door, target)
    return target


def _move_door(site: Site, door: str, target: Path) -> None:
    for file in (f"{door}.pub", f"{door}.next.pub"):
        for home in site.brain_folders:
            source = home / "doors" / file
            if home != target and source.exists():
                source.rename(target / "doors" / file)


def renew_broker(folder: Path) -> Site:
    """Give both listeners new certificates for the names that `site.yaml` says now.

    No client needs anything for it: they trust the authorities, which stay.
    """
    with Site.opened_for_change(folder) as site:
        write_server_certificates(site)
    return site


def write_server_certificates(site: Site) -> None:
    """Write new certificates and keys of both listeners over the old ones."""
    for role in ROLES:
        _issue_server(site, role).replace(site.broker, f"{role}-server")


def add_staff(
    site: Site,
    name: str,
    fill: Callable[[Site, Path, str], None] | None = None,
    **changes: object,
) -> Path:
    """Give a new member of staff a folder and rights; returns the folder.

    Args:
        site: opened for change.
        name: with the role.
        fill: puts what is needed besides certificate and key into the folder, given site, folder
            and name; `client.yaml` by default.
        changes: of the site's description.
    """
    folder = site.staff(name)
    if not (folder / "client.crt").exists():  # else an add that was interrupted goes on
        _write_client(site, name, fill or _client_file)
    # site.yaml last: what stands there is complete, so whatever was interrupted can be repeated.
    changed = site.changed(**changes, revoked=_without(site, name))
    ceilings.write(changed)
    broker.write_access_list(changed)
    Register(site.authorities).keep_lists(site.broker)
    changed.save()
    return folder


def _without(site: Site, name: str) -> tuple[str, ...]:
    return tuple(one for one in site.description.revoked if one != name)


def known_already(name: str, files: tuple[Path, ...], kind: str) -> SiteError:
    """The error of adding somebody who is there."""
    there = [str(path) for path in files if path.exists()]
    what = f"; its files: {', '.join(there)}" if there else ""
    return SiteError(
        f"{kind} {name} exists already and keeps its keys{what}. Choose another name; or give it "
        "new keys with `doorctl door rotate` or `doorctl renew --new-key`; or take all its rights "
        "with `revoke` and add it anew"
    )


def _write_authorities(site: Site) -> None:
    safe_files.private_folder(site.authorities)
    safe_files.private_folder(site.broker)
    safe_files.private_folder(site.broker / "state")
    for role in ROLES:
        authority = Authority.create(role)
        authority.write(site.authorities, role)
        safe_files.create(site.broker / f"{role}-ca.crt", authority.pem)
        _issue_server(site, role).write(site.broker, f"{role}-server")


def _issue_server(site: Site, role: Role) -> Issued:
    authority = Authority.load(site.authorities, role)
    server = authority.issue_server(f"broker.{role}", site.description.broker.names)
    Register(site.authorities).record(role, server.certificate)
    return server


def _write_brain(site: Site) -> None:
    folder = safe_files.private_folder(site.brain)
    public = create_signing_pair(folder / "brain.key")
    safe_files.create(folder / "brain.pub", public)
    safe_files.create(site.trusted, public)
    _fill_brain(site, folder, f"brain.{FIRST_BRAIN}")


def _fill_brain(site: Site, folder: Path, name: str, key: bytes | None = None) -> None:
    safe_files.private_folder(folder / "doors")
    if key is not None:
        safe_files.create(folder / "brain.key", key, mode=safe_files.PRIVATE)
    _write_certificate(site, folder, name, "staff")
    text = render_brain_config(name, site.description, deputy=key is not None)
    safe_files.create(folder / "brain.yaml", text)


def _write_client(site: Site, name: str, fill: Callable[[Site, Path, str], None]) -> None:
    with safe_files.whole_folder(site.staff(name)) as staging:
        _write_certificate(site, staging, name, "staff")
        fill(site, staging, name)


def _client_file(site: Site, folder: Path, name: str) -> None:
    safe_files.create(folder / "client.yaml", render_client_config(name, site.description))


def _write_certificate(site: Site, folder: Path, name: str, role: Role) -> None:
    authority = Authority.load(site.authorities, role)
    issued = authority.issue_client(name)
    Register(site.authorities).record(role, issued.certificate)
    issued.write(folder, "client")
    safe_files.create(folder / "ca.crt", authority.pem)
