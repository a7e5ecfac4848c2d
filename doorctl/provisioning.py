"""How do a site, its doors and its staff come into being?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from doorctl import broker, safe_files
from doorctl.authority import Authority
from doorctl.brain_config import render_brain_config, render_client_config
from doorctl.edge_config import STANDARD_CHOICES, DoorChoices, render_edge_config
from doorctl.errors import SiteError
from doorctl.keys import create_signing_pair
from doorctl.site import Description, Monitor, Site, checked_name

_ALWAYS = ("localhost", "127.0.0.1", "::1")
_BRAIN = "main"
_ROLES = ("doors", "staff")


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
        brains=(_BRAIN,),
        admins=admin_names,
    )
    root = folder.resolve()
    with safe_files.whole_folder(root) as staging:
        site = Site(staging, description)
        _write_authorities(site)
        _write_brain(site)
        for name in admin_names:
            _write_client(site, f"admin.{name}")
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
        bundle, public = site.door(name), site.brain / "doors" / f"{name}.pub"
        _refuse_known(name, name in site.description.doors, (bundle, public), "door")
        with safe_files.whole_folder(bundle) as staging:
            public_key = create_signing_pair(staging / "door.key")
            authority = Authority.load(site.authorities, "doors")
            authority.issue_client(name).write(staging, "client")
            safe_files.create(staging / "ca.crt", authority.pem)
            safe_files.create(staging / "brain.pub", (site.brain / "brain.pub").read_bytes())
            text = render_edge_config(name, site.description, choices)
            safe_files.create(staging / "edge.yaml", text)
        safe_files.create(public, public_key)
        site.changed(doors=(*site.description.doors, name)).save()
    return bundle


def add_admin(folder: Path, name: str) -> Path:
    """Give an administrator a certificate and its rights; returns the folder to hand over.

    Raises:
        NameRefused: the name cannot stand in topics.
        SiteError: the administrator exists, or there is no such site.
    """
    checked_name(name, "administrator")
    with Site.opened_for_change(folder) as site:
        known = site.description.admins
        return _add_staff(site, f"admin.{name}", name in known, admins=(*known, name))


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
        known = site.description.monitors
        taken = any(monitor.name == name for monitor in known)
        monitors = (*known, Monitor(name=name, frames=frames))
        return _add_staff(site, f"monitor.{name}", taken, monitors=monitors)


def renew_broker(folder: Path) -> Site:
    """Give both listeners new certificates for the names that `site.yaml` says now.

    No client needs anything for it: they trust the authorities, which stay.
    """
    with Site.opened_for_change(folder) as site:
        for role in _ROLES:
            authority = Authority.load(site.authorities, role)
            server = authority.issue_server(f"broker.{role}", site.description.broker.names)
            server.replace(site.broker, f"{role}-server")
    return site


def _add_staff(site: Site, name: str, taken: bool, **changes: object) -> Path:
    _refuse_known(name, taken, (site.staff(name),), "member of staff")
    _write_client(site, name)
    changed = site.changed(**changes)
    changed.save()
    broker.write_access_list(changed)
    return site.staff(name)


def _refuse_known(name: str, taken: bool, files: tuple[Path, ...], kind: str) -> None:
    there = [str(path) for path in files if path.exists()]
    if not taken and not there:
        return
    what = f"; its files: {', '.join(there)}" if there else ""
    raise SiteError(
        f"{kind} {name} exists already and keeps its keys{what}. Choose another name, or move "
        "these files away and take the name out of site.yaml to begin anew"
    )


def _write_authorities(site: Site) -> None:
    safe_files.private_folder(site.authorities)
    safe_files.private_folder(site.broker)
    safe_files.private_folder(site.broker / "state")
    for role in _ROLES:
        authority = Authority.create(role)
        authority.write(site.authorities, role)
        safe_files.create(site.broker / f"{role}-ca.crt", authority.pem)
        server = authority.issue_server(f"broker.{role}", site.description.broker.names)
        server.write(site.broker, f"{role}-server")


def _write_brain(site: Site) -> None:
    name = f"brain.{_BRAIN}"
    folder = safe_files.private_folder(site.brain)
    safe_files.private_folder(folder / "doors")
    safe_files.create(folder / "brain.pub", create_signing_pair(folder / "brain.key"))
    _write_certificate(site, folder, name)
    safe_files.create(folder / "brain.yaml", render_brain_config(name, site.description))


def _write_client(site: Site, name: str) -> None:
    with safe_files.whole_folder(site.staff(name)) as staging:
        _write_certificate(site, staging, name)
        safe_files.create(staging / "client.yaml", render_client_config(name, site.description))


def _write_certificate(site: Site, folder: Path, name: str) -> None:
    authority = Authority.load(site.authorities, "staff")
    authority.issue_client(name).write(folder, "client")
    safe_files.create(folder / "ca.crt", authority.pem)
