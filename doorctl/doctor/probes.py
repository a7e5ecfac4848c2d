"""With which certificates does the doctor try what a broker lets people do?

With its own, made by the site's authorities for this one look and gone afterwards: a door's own
certificate would throw that door out, and its folder need not be here.
"""

from __future__ import annotations

import secrets
import shutil
import ssl
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from doorbus.settings import BrokerSettings
from doorctl import safe_files
from doorctl.authority import Authority
from doorctl.register import Role
from doorctl.site import Site

_LIFE_DAYS = 0.02
"""Half an hour."""


class Probes:
    """Certificates for one look, in a private folder that is gone at the end of a `with` block.

    Attributes:
        door: the name of a door that there is not.
        other: the name of another one.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._folder = Path()
        self.door = f"probe-{secrets.token_hex(4)}"
        self.other = f"probe-{secrets.token_hex(4)}"

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="doorctl-doctor-"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def settings(self, name: str) -> BrokerSettings:
        """How a client of that name connects, to the listener that is for it; no prefix."""
        place = self._site.description.broker
        role: Role = "staff" if "." in name else "doors"
        stem = self._issued(role, name)
        return BrokerSettings(
            host=place.host,
            port=place.staff_port if role == "staff" else place.doors_port,
            ca=self._site.authorities / f"{role}.crt",
            cert=stem.with_suffix(".crt"),
            key=stem.with_suffix(".key"),
        )

    def context(
        self,
        listener: Role,
        client: Path | None,
        *,
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> ssl.SSLContext:
        """What shakes hands with a listener, as `client` (a `.crt` with its `.key` beside)."""
        context = ssl.create_default_context(cafile=self._site.authorities / f"{listener}.crt")
        context.maximum_version = newest
        if client is not None:
            context.load_cert_chain(client, client.with_suffix(".key"))
        return context

    def good(self, role: Role) -> Path:
        """A certificate that the role's listener must take."""
        return self._issued(role, self.door if role == "doors" else self._staff())

    def expired(self, role: Role) -> Path:
        """One that ended half an hour ago."""
        name = self.door if role == "doors" else self._staff()
        return self._issued(role, name, days=-_LIFE_DAYS, stem=f"{role}-expired")

    def foreign(self, role: Role) -> Path:
        """One that an authority of another site issued for the same name."""
        name = self.door if role == "doors" else self._staff()
        return self._write(Authority.create(role, days=1), name, _LIFE_DAYS, f"{role}-foreign")

    def canary(self, role: Role) -> Path:
        """The one that the newest revocation list names for this."""
        return self._site.authorities / f"{role}-canary.crt"

    def _staff(self) -> str:
        return self._site.staff_names[0]

    def _issued(self, role: Role, name: str, *, days: float = _LIFE_DAYS, stem: str = "") -> Path:
        file = self._folder / f"{stem or name}.crt"
        if file.exists():
            return file
        authority = Authority.load(self._site.authorities, role)
        return self._write(authority, name, days, stem or name)

    def _write(self, authority: Authority, name: str, days: float, stem: str) -> Path:
        issued = authority.issue_client(name, days=days)
        # Not `with_suffix`: a staff name has a dot of its own.
        safe_files.replace(self._folder / f"{stem}.key", issued.key, mode=safe_files.PRIVATE)
        safe_files.replace(self._folder / f"{stem}.crt", issued.certificate)
        return self._folder / f"{stem}.crt"
