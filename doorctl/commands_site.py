"""Which commands create a site, its doors and its staff?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from doorctl import broker, provisioning, safe_files
from doorctl.edge_config import DoorChoices
from doorctl.register import Register
from doorctl.site import Site

SiteFolder = Annotated[Path, typer.Argument(help="The site's folder.", show_default=False)]
NewName = Annotated[
    str, typer.Argument(help="1 to 32 small letters, digits, hyphens.", show_default=False)
]

door_app = typer.Typer(no_args_is_help=True, help="Doors: certificates, keys, bundles.")
admin_app = typer.Typer(no_args_is_help=True, help="Administrators: certificates and rights.")
monitor_app = typer.Typer(no_args_is_help=True, help="Monitors: watch, but change nothing.")
brain_app = typer.Typer(no_args_is_help=True, help="Brains: further ones, and their signing key.")
broker_app = typer.Typer(no_args_is_help=True, help="The broker's configuration.")

_RELOAD = (
    "Reload the broker so that it knows: [bold]systemctl reload mosquitto[/], or send it SIGHUP."
)


class LockKind(StrEnum):
    """What the door moves."""

    SIMULATED = "simulated"
    GPIO = "gpio"


class PinFactory(StrEnum):
    """The library that drives the pins."""

    RPIGPIO = "rpigpio"
    LGPIO = "lgpio"


class LivenessPolicy(StrEnum):
    """How the door makes sure that somebody lives."""

    STANDARD = "standard"
    DEMO = "demo"


def init(  # noqa: PLR0917  # Typer calls it by name
    site_dir: Annotated[Path, typer.Argument(help="A new folder.", show_default=False)],
    host: Annotated[
        list[str] | None,
        typer.Option(help="Name or address of the broker; repeatable, the first is connected to."),
    ] = None,
    doors_port: Annotated[int, typer.Option(help="The broker's TLS port for doors.")] = 8884,
    staff_port: Annotated[int, typer.Option(help="Its TLS port for everybody else.")] = 8883,
    admin: Annotated[
        list[str] | None, typer.Option(help="An administrator's name; repeatable.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="Put before every topic, such as site/x/.")] = "",
    broker_dir: Annotated[
        str, typer.Option(help="Where the broker's files will lie on its machine, if elsewhere.")
    ] = "",
    broker_state: Annotated[
        str, typer.Option(help="Where the broker may write, if elsewhere.")
    ] = "",
) -> None:
    """Create a site: authorities, broker configuration, brain, administrators."""
    site = provisioning.create_site(
        site_dir,
        hosts=host or (),
        doors_port=doors_port,
        staff_port=staff_port,
        admins=admin or (),
        prefix=prefix,
        broker_folder=broker_dir,
        broker_state=broker_state,
    )
    _say(
        f"Site created in [bold]{site.root}[/].",
        f"  broker  {site.broker}/mosquitto.conf",
        f"  brain   {site.brain}/brain.yaml",
        *(f"  staff   {site.staff(f'admin.{name}')}" for name in site.description.admins),
        f"Keep {site.authorities} private: whoever holds it can make any certificate.",
        f"Next: [bold]doorctl door add {site_dir} front-door[/]",
    )


@door_app.command("add")
def add_door(  # noqa: PLR0917  # Typer calls it by name
    site_dir: SiteFolder,
    name: NewName,
    lock: Annotated[LockKind, typer.Option(help="What the door moves.")] = LockKind.SIMULATED,
    pin: Annotated[
        int | None, typer.Option(help="gpio: the relay's pin, BCM number.", min=2, max=27)
    ] = None,
    factory: Annotated[
        PinFactory | None, typer.Option(help="gpio: rpigpio on a Pi 1 to 4, lgpio on a Pi 5.")
    ] = None,
    hold: Annotated[float, typer.Option(help="Seconds to hold it open.", min=0.5, max=30)] = 5,
    camera: Annotated[str, typer.Option(help="Kind of camera.")] = "device",
    source: Annotated[str, typer.Option(help="Its number, file or address.")] = "0",
    presence: Annotated[str, typer.Option(help="What wakes the door.")] = "motion",
    liveness: Annotated[
        LivenessPolicy, typer.Option(help="Policy; demo only beside a simulated lock.")
    ] = LivenessPolicy.STANDARD,
) -> None:
    """Give a door its certificate and keys; writes a folder to copy to its board."""
    if lock is LockKind.GPIO and liveness is LivenessPolicy.DEMO:
        raise typer.BadParameter("demo is refused beside a real lock", param_hint="--liveness")
    if {pin is not None, factory is not None} != {lock is LockKind.GPIO}:
        raise typer.BadParameter("--lock gpio goes with both --pin and --factory")
    choices = DoorChoices(
        camera_kind=camera,
        camera_source=int(source) if source.isdecimal() else source,
        presence_kind=presence,
        lock_kind=lock.value,
        lock_pin=pin,
        lock_factory=factory.value if factory else None,
        hold_s=hold,
        liveness_policy=liveness.value,
    )
    bundle = provisioning.add_door(site_dir, name, choices)
    _say(
        f"Door [bold]{name}[/] added. Copy this folder to its board, then delete it here:",
        f"  {bundle}",
        "The brain knows its public key; the broker needs no change.",
    )


@admin_app.command("add")
def add_admin(site_dir: SiteFolder, name: NewName) -> None:
    """Give an administrator a certificate and its rights at the broker."""
    folder = provisioning.add_admin(site_dir, name)
    _say(f"Administrator [bold]admin.{name}[/] added; hand over {folder}.", _RELOAD)


@monitor_app.command("add")
def add_monitor(
    site_dir: SiteFolder,
    name: NewName,
    frames: Annotated[
        bool, typer.Option("--frames", help="May watch enrolment frames too.")
    ] = False,
) -> None:
    """Give a monitor a certificate and its rights at the broker."""
    folder = provisioning.add_monitor(site_dir, name, frames=frames)
    _say(f"Monitor [bold]monitor.{name}[/] added; hand over {folder}.", _RELOAD)


@broker_app.command("render")
def render(site_dir: SiteFolder) -> None:
    """Write the broker's configuration and access list anew from site.yaml."""
    with Site.opened_for_change(site_dir) as site:
        broker.write(site, broker.placement(site))
        Register(site.authorities).keep_lists(site.broker)
        if not site.trusted.exists():  # made by an older doorctl
            safe_files.create(site.trusted, provisioning.trusted_keys(site))
    _say(
        f"Wrote {site.broker}/mosquitto.conf and acl.",
        _RELOAD,
        "Restart it instead where ports or folders changed.",
    )


@broker_app.command("renew")
def renew(site_dir: SiteFolder) -> None:
    """Issue the broker's own certificates anew: other names in site.yaml, or soon out of date."""
    site = provisioning.renew_broker(site_dir)
    names = ", ".join(site.description.broker.names)
    _say(f"New certificates for {names} in {site.broker}.", "Restart the broker to use them.")


def _say(*lines: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)
