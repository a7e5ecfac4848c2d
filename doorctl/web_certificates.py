"""How do browsers know that a page is this site's console? By an authority of its own, `ca/web`.

Phones that trust it trust no certificate of broker or doors, and none of those can pose as the
page. Browsers ask for no revocation list of it, and take no certificate that lives for longer than
some two years: the console gets a new one by the same command, with a new key.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from doorctl import safe_files
from doorctl.authority import Authority
from doorctl.site import Site

WEB = "web"
"""The stem of the authority's files in `ca/`, and of the certificate's in a console's folder."""

WEB_DAYS = 800
"""Apple's devices refuse more than 825 (support.apple.com/103769)."""

AUTHORITY_FILE = "web-ca.crt"
"""What people install on their phones, in a console's folder."""


def certify(site: Site, folder: Path, name: str, hosts: Iterable[str]) -> None:
    """Put `web.crt`, `web.key` and `web-ca.crt` into a console's folder, over older ones.

    Args:
        site: opened for change; its authority for pages is made at the first call.
        folder: of the console.
        name: with its role.
        hosts: the names and addresses that people type.
    """
    authority = _authority(site)
    authority.issue_server(name, hosts, days=WEB_DAYS).replace(folder, WEB)
    safe_files.replace(folder / AUTHORITY_FILE, authority.pem)


def _authority(site: Site) -> Authority:
    if not (site.authorities / f"{WEB}.crt").exists():
        # Of an interrupted first call; nobody ever had a certificate by it.
        (site.authorities / f"{WEB}.key").unlink(missing_ok=True)
        Authority.create(WEB).write(site.authorities, WEB)
    return Authority.load(site.authorities, WEB)
