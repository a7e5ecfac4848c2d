"""How does a console come into being, and how is what it may at most changed?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from doorbus.messages import Role
from doorctl import broker, ceilings, safe_files, web_certificates
from doorctl.console_config import render_console_config
from doorctl.errors import SiteError
from doorctl.provisioning import add_staff, known_already
from doorctl.site import Console, Description, Site, checked_name


def add_console(
    folder: Path,
    name: str,
    *,
    most: Role = Role.ADMINISTRATOR,
    hosts: Sequence[str] = (),
) -> Path:
    """Give a console a certificate and its rights, and make it known to the brains.

    Args:
        folder: the site.
        name: without role, such as `main`.
        most: the most that any of its accounts may, whatever the console says of them.
        hosts: names and addresses that people type, for a certificate of the site's own; the first
            is told to them. Without any the console stays on loopback.

    Returns:
        The bundle, the folder to copy to the console's machine.

    Raises:
        NameRefused: the name cannot stand in topics.
        SiteError: the console exists, or there is no such site.
        ConfigError: one of `hosts` is neither a name nor an address.
    """
    checked_name(name, "console")
    _check(hosts)
    with Site.opened_for_change(folder) as site:
        known, full = site.description.consoles, f"console.{name}"
        if any(one.name == name for one in known):
            raise known_already(full, (site.staff(full),), "console")

        def fill(site: Site, bundle: Path, full: str) -> None:
            if hosts:
                web_certificates.certify(site, bundle, full, hosts)
            text = render_console_config(full, site.description, hosts)
            safe_files.create(bundle / "console.yaml", text)

        return add_staff(site, full, fill, consoles=(*known, Console(name=name, most=most.value)))


def limit_console(folder: Path, name: str, most: Role) -> None:
    """Change the most that any account of a console may.

    The brain follows at once, the broker after a reload.

    Raises:
        SiteError: there is no such console, or no such site.
    """
    with Site.opened_for_change(folder) as site:
        _known(site, name)
        changed = tuple(
            Console(name=one.name, most=most.value) if one.name == name else one
            for one in site.description.consoles
        )
        limited = site.changed(consoles=changed)
        ceilings.write(limited)
        broker.write_access_list(limited)
        limited.save()


def certify_console(folder: Path, name: str, hosts: Sequence[str]) -> Path:
    """Give a console's page a new certificate; returns the folder that it lies in.

    Raises:
        SiteError: there is no such console, or no such site.
        ConfigError: one of `hosts` is neither a name nor an address.
    """
    _check(hosts)
    with Site.opened_for_change(folder) as site:
        _known(site, name)
        full = f"console.{name}"
        own = site.staff(full)
        target = own if own.exists() else safe_files.private_folder(site.renewed(full))
        web_certificates.certify(site, target, full, hosts)
    return target


def _check(hosts: Sequence[str]) -> None:
    if hosts:
        Description.checked(broker={"host": hosts[0], "names": tuple(hosts)})


def _known(site: Site, name: str) -> None:
    if all(one.name != name for one in site.description.consoles):
        raise SiteError(f"no console {name} in site.yaml; it says which there are")
