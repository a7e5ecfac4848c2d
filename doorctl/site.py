"""What is a site: its description in `site.yaml`, its names, and where its files lie."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationError

from doorbus.errors import ConfigError
from doorbus.settings import Settings, load
from doorctl import safe_files
from doorctl.errors import NameRefused, SiteError

_NAME = re.compile(r"[a-z0-9-]{1,32}")
_RESERVED = frozenset(
    {"admin", "brain", "broker", "console", "monitor", "revoked-canary", "shared"}
)
_HOLDER = re.compile(r"((brain|admin|console|monitor)\.)?[a-z0-9-]{1,32}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?|::1?")
_PORT = re.compile(r"^(broker:\n(?:[ #].*\n|\n)*?  port: )\d+", re.MULTILINE)

_HEADER = """\
# The site, described once: `doorctl` writes the broker's configuration and access list from this
# file. It holds no secret. After a change by hand run `doorctl broker render`, then reload the
# broker (restart it where a port or folder changed).
#   prefix             put before every topic, such as site/x/; doors and brain have it in their
#                      own files too
#   broker.host        what doors, brain and staff connect to
#   broker.names       every name and address that the broker's certificates carry; after a change
#                      run `doorctl broker renew` too
#   broker.folder      where the folder broker/ lies on the broker's machine; '' = where it is now
#   broker.state       where the broker may write; '' = state/ in the folder before
#   revoked            doors, and staff with their role, that have no right any more
"""


FIRST_BRAIN = "main"


def checked_name(name: str, kind: str = "door") -> str:
    """Return `name` if it can stand in topics, certificates and the access list.

    Raises:
        NameRefused: says what a name may hold.
    """
    if not _NAME.fullmatch(name):
        raise NameRefused(
            f"{kind} name {name!r}: use 1 to 32 small letters, digits and hyphens, such as "
            "front-door"
        )
    if kind == "door" and name in _RESERVED:
        raise NameRefused(
            f"door name {name!r}: that is a role's; choose another, such as front-door"
        )
    return name


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("use 1 to 32 small letters, digits and hyphens")
    return name


def _holder(name: str) -> str:
    if not _HOLDER.fullmatch(name):
        raise ValueError("neither a door's name nor a staff name with its role")
    return name


def _host(host: str) -> str:
    if not _HOST.fullmatch(host):
        raise ValueError("neither a host name nor an IP address")
    return host


Name = Annotated[str, AfterValidator(_name)]
Holder = Annotated[str, AfterValidator(_holder)]
Host = Annotated[str, AfterValidator(_host)]
Port = Annotated[int, Field(ge=1, le=65535)]


class BrokerPlace(Settings):
    """Where the broker listens and where its files lie."""

    host: Host = "localhost"
    names: tuple[Host, ...] = ("localhost", "127.0.0.1", "::1")
    doors_port: Port = 8884
    staff_port: Port = 8883
    folder: str = ""
    state: str = ""


class Monitor(Settings):
    """Somebody who may watch; `frames` says whether enrolment frames too."""

    name: Name
    frames: bool = False


class Console(Settings):
    """A web page's server; `most` is the most that any of its accounts may."""

    name: Name
    # Not the enum: `save` writes what stands here.
    most: Literal["viewer", "porter", "administrator"] = "administrator"


class Description(Settings):
    """The content of `site.yaml`: names without their role (`alice`, not `admin.alice`)."""

    # Stricter than the bus: a blank or a dollar sign would not survive the access list.
    prefix: str = Field(default="", pattern=r"^([A-Za-z0-9._-]+/)*$")
    broker: BrokerPlace = BrokerPlace()
    brains: tuple[Name, ...] = ()
    admins: tuple[Name, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    consoles: tuple[Console, ...] = ()
    doors: tuple[Name, ...] = ()
    revoked: tuple[Holder, ...] = ()

    @classmethod
    def checked(cls, **fields: object) -> Description:
        """Make a description of what somebody typed.

        Raises:
            ConfigError: lists every mistake.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            lines = (
                f"{'.'.join(str(step) for step in mistake['loc'])} {mistake['input']!r}: "
                f"{mistake['msg']}"
                for mistake in error.errors(include_url=False)
            )
            raise ConfigError("\n".join(lines)) from None


@dataclass(frozen=True, slots=True)
class Site:
    """A site folder and its description.

    Attributes:
        root: the folder, absolute.
        description: what `site.yaml` says.
    """

    root: Path
    description: Description

    @classmethod
    def load(cls, folder: Path) -> Site:
        """Read a site that `doorctl init` wrote.

        Raises:
            SiteError: there is no site in that folder.
            ConfigError: `site.yaml` is wrong; lists every mistake.
        """
        root = folder.resolve()
        if not (root / "site.yaml").is_file():
            raise SiteError(f"{folder} holds no site.yaml; create a site with `doorctl init`")
        return cls(root, load(root / "site.yaml", Description))

    @classmethod
    @contextlib.contextmanager
    def opened_for_change(cls, folder: Path) -> Iterator[Site]:
        """Read a site and keep other `doorctl` commands from changing it meanwhile."""
        if not folder.is_dir():
            raise SiteError(f"{folder} is no folder; create a site with `doorctl init`")
        with safe_files.held(folder):
            yield cls.load(folder)

    def changed(self, **changes: object) -> Site:
        """Return this site with another description; `save` writes it."""
        fields = self.description.model_dump() | changes
        return Site(self.root, Description.model_validate(fields))

    def with_ports(self, doors_port: int, staff_port: int) -> Site:
        """Move the broker to other ports: in `site.yaml` and every configuration in the site.

        Only the number behind `port:` changes in the files of doors, brain and staff; what people
        wrote into them stays. Copies of these files elsewhere are not reached.
        """
        place = self.description.broker.model_dump()
        place |= {"doors_port": doors_port, "staff_port": staff_port}
        moved = self.changed(broker=place)
        files = {
            doors_port: self.root.glob("doors/*/edge.yaml"),
            staff_port: [self.brain / "brain.yaml", *self._staff_files()],
        }
        for port, configurations in files.items():
            for file in configurations:
                text = file.read_text(encoding="utf-8")
                safe_files.replace(file, _PORT.sub(rf"\g<1>{port}", text))
        moved.save()
        return moved

    def _staff_files(self) -> Iterator[Path]:
        for file in ("client.yaml", "console.yaml"):
            yield from self.root.glob(f"staff/*/{file}")

    def save(self) -> None:
        """Write `site.yaml` in one step."""
        body = yaml.safe_dump(
            self.description.model_dump(mode="json"), sort_keys=False, default_flow_style=None
        )
        safe_files.replace(self.root / "site.yaml", _HEADER + body)

    @property
    def authorities(self) -> Path:
        """The two authorities' certificates and private keys; leaves this machine never."""
        return self.root / "ca"

    @property
    def broker(self) -> Path:
        """What the broker reads."""
        return self.root / "broker"

    @property
    def brain(self) -> Path:
        """What the brain reads, its own data folder aside."""
        return self.root / "brain"

    @property
    def trusted(self) -> Path:
        """What doors know the brain's signature by: each door's `brain.pub` is a copy of it."""
        return self.root / "brain.pub"

    def brain_folder(self, name: str) -> Path:
        """What one of several brains reads; the first is named `main`."""
        return self.brain if name == FIRST_BRAIN else self.root / "brains" / name

    @property
    def brain_folders(self) -> tuple[Path, ...]:
        """What each of the brains reads."""
        return tuple(self.brain_folder(name) for name in self.description.brains)

    def rotation(self, door: str) -> Path:
        """New keys of a door on their way to its board."""
        return self.root / "rotations" / door

    def renewed(self, name: str) -> Path:
        """A new certificate on its way to a holder whose folder is no longer here."""
        return self.root / "renewed" / name

    def holder(self, name: str) -> Path:
        """The folder of whoever a client's certificate names."""
        role, dot, rest = name.partition(".")
        if not dot:
            return self.door(name)
        return self.brain_folder(rest) if role == "brain" else self.staff(name)

    def door(self, name: str) -> Path:
        """The folder that is copied to a door's board."""
        return self.root / "doors" / name

    def staff(self, name: str) -> Path:
        """The folder that is handed to a member of staff, such as `admin.alice`."""
        return self.root / "staff" / name

    @property
    def staff_names(self) -> tuple[str, ...]:
        """Every staff name with its role, as in the certificates."""
        d = self.description
        return (
            *(f"brain.{name}" for name in d.brains),
            *(f"admin.{name}" for name in d.admins),
            *(f"monitor.{monitor.name}" for monitor in d.monitors),
            *(f"console.{console.name}" for console in d.consoles),
        )
