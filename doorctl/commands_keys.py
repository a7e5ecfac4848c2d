"""Which commands give new keys and certificates, and take rights away?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from doorbus.settings import load
from doorctl import brain_rotation, door_rotation, provisioning, renewal, revoking
from doorctl.conversation import ClientSettings
from doorctl.errors import SiteError
from doorctl.key_in_use import InUse, listen
from doorctl.site import Site

SiteFolder = Annotated[Path, typer.Argument(help="The site's folder.", show_default=False)]
Known = Annotated[str, typer.Argument(help="The name, as in site.yaml.", show_default=False)]

_FOLLOW = (
    "The broker must read this: copy {files} to its machine if that is another one, then "
    "[bold]systemctl reload mosquitto[/] (or SIGHUP)."
)
_LISTS = "doors.crl and staff.crl"


def rename_door(
    site_dir: SiteFolder,
    old: Known,
    new: Annotated[str, typer.Argument(help="The new name.", show_default=False)],
) -> None:
    """Give a door another name; the old one works until it is revoked."""
    bundle = provisioning.rename_door(site_dir, old, new)
    edge = "" if (bundle / "edge.yaml").exists() else f", and set `door: {new}` in its edge.yaml"
    _say(
        f"Door [bold]{new}[/] is known to the brain beside {old}. Put these files over those on "
        f"the board{edge}, and restart the edge:",
        f"  {bundle}",
        f"Then: [bold]doorctl door revoke {site_dir} {old}[/]",
    )


def rotate_door(
    site_dir: SiteFolder,
    name: Known,
    finish: Annotated[
        bool, typer.Option("--finish", help="End the old keys, once the door uses the new ones.")
    ] = False,
    client: Annotated[
        Path | None,
        typer.Option(
            envvar="DOORWARD_CLIENT",
            help="--finish: an administrator's client.yaml, to hear which key the door uses.",
            show_default=False,
        ),
    ] = None,
    unheard: Annotated[
        bool, typer.Option("--unheard", help="--finish: without hearing the door.")
    ] = False,
) -> None:
    """Give a door new keys and a new certificate, without leaving it out for a moment."""
    if not finish:
        made = door_rotation.begin(site_dir, name)
        _say(
            f"New keys for [bold]{name}[/]; the brain takes the old and the new ones. Put these "
            "files over those on its board and restart the edge:",
            f"  {made}",
            f"If the brain runs elsewhere, first copy doors/{name}.next.pub into its doors/.",
            f"Then: [bold]doorctl door rotate {site_dir} {name} --finish[/]",
        )
        return
    if not unheard:
        _refuse_unless_new(site_dir, name, client)
    count = door_rotation.finish(site_dir, name)
    _say(
        f"The old keys of [bold]{name}[/] count no more; {count} old certificate(s) revoked.",
        _FOLLOW.format(files=_LISTS),
        f"If the brain runs elsewhere, copy doors/{name}.pub there and delete {name}.next.pub.",
    )


def _refuse_unless_new(site_dir: Path, name: str, client: Path | None) -> None:
    keys = door_rotation.keys(site_dir, name)
    if client is None:
        raise typer.BadParameter(
            "give an administrator's client.yaml, to hear which key the door uses",
            param_hint="--client",
        )
    used = listen(load(client, ClientSettings), name, keys)
    if used is InUse.OLD:
        raise SiteError(
            f"{name} still signs with its old key; put the new files onto its board, restart its "
            "edge, and try again"
        )
    if used is InUse.UNHEARD:
        raise SiteError(
            f"{name} said nothing, so nobody knows which key it has; start its edge and try again. "
            "--unheard ends the old key all the same"
        )


def revoke_door(site_dir: SiteFolder, name: Known) -> None:
    """Take every right from a door, for good."""
    _revoke(site_dir, name)


def revoke_admin(site_dir: SiteFolder, name: Known) -> None:
    """Take every right from an administrator, for good."""
    _revoke(site_dir, f"admin.{name}")


def revoke_monitor(site_dir: SiteFolder, name: Known) -> None:
    """Take every right from a monitor, for good."""
    _revoke(site_dir, f"monitor.{name}")


def revoke_console(site_dir: SiteFolder, name: Known) -> None:
    """Take every right from a console, for good."""
    _revoke(site_dir, f"console.{name}")
    _say(f"Where a brain runs elsewhere, delete consoles/{name}.yaml there.")


def revoke_brain(site_dir: SiteFolder, name: Known) -> None:
    """Take every right from a further brain; its doors go to the first one."""
    _revoke(site_dir, f"brain.{name}")
    _say(
        f"It had a copy of the brains' signing key. Next: [bold]doorctl brain rotate {site_dir}[/]"
    )


def _revoke(site_dir: Path, name: str) -> None:
    gone = revoking.revoke(site_dir, name)
    _say(f"[bold]{name}[/] has no right any more; {gone.certificates} certificate(s) revoked now.")
    if gone.unknown:
        _say("No certificate of that name is noted here: the access list alone refuses it.")
    if gone.kept is not None:
        _say(f"Its files lie in {gone.kept} now and are of no use; delete them.")
    _say(
        _FOLLOW.format(files=f"acl, {_LISTS}"),
        "That refuses new connections and takes the rights from living ones; to end those too, "
        "restart it: [bold]systemctl restart mosquitto[/].",
    )
    if "." not in name:
        _say(f"If the brain runs elsewhere, delete doors/{name}.pub there.")


def add_brain(
    site_dir: SiteFolder,
    name: Annotated[str, typer.Argument(help="1 to 32 small letters, digits, hyphens.")],
    door: Annotated[
        list[str] | None, typer.Option(help="A door that it serves from now on; repeatable.")
    ] = None,
) -> None:
    """Add a brain that shares the doors with the one there is, and its database."""
    folder = provisioning.add_brain(site_dir, name, door or ())
    _say(
        f"Brain [bold]brain.{name}[/] added; copy {folder} to its machine.",
        "A door is served by the brain whose folder holds its key, doors/<door>.pub; never by two.",
        "Set `rank: first` in the first brain's brain.yaml and the same `database` in both, and "
        "copy keys/site.key and keys/audit.key from its data_dir to the new one's.",
        _FOLLOW.format(files="acl"),
    )


def rotate_brain(
    site_dir: SiteFolder,
    switch: Annotated[
        bool, typer.Option("--switch", help="Sign with the new key; every door must know it.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Have the doors forget the old key.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="--switch: do not ask.")] = False,
) -> None:
    """Give the brain a new signing key in three steps: this, --switch, --finish."""
    if switch and finish:
        raise typer.BadParameter("one step at a time", param_hint="--switch, --finish")
    if finish:
        trusted = brain_rotation.finish(site_dir)
        _say(f"Over. Put {trusted} over brain.pub on each board and restart its edge; no hurry.")
        return
    if switch:
        doors = Site.load(site_dir).description.doors
        if not yes:
            typer.confirm(
                f"Do all doors run with the new brain.pub ({', '.join(doors)})? One that does not "
                "takes no verdict until it does",
                abort=True,
            )
        folders = brain_rotation.switch(site_dir)
        _say(
            "The brain's new key lies in",
            *(f"  {folder}/brain.key" for folder in folders),
            "Restart each brain with it (copy it first if it runs elsewhere). See that the doors "
            f"answer, then: [bold]doorctl brain rotate {site_dir} --finish[/]",
        )
        return
    trusted = brain_rotation.begin(site_dir)
    _say(
        "Put this file over brain.pub on [bold]every[/] door's board and restart its edge:",
        f"  {trusted}",
        "It holds the old key and the new one, so nothing changes yet.",
        f"Then: [bold]doorctl brain rotate {site_dir} --switch[/]",
    )


def renew(
    site_dir: SiteFolder,
    name: Annotated[
        list[str] | None,
        typer.Argument(
            help="Doors, staff with their role (admin.alice), or broker; whoever is due if none.",
            show_default=False,
        ),
    ] = None,
    new_key: Annotated[
        bool,
        typer.Option("--new-key", help="Staff: a new private key too; revokes the old at once."),
    ] = False,
) -> None:
    """Issue certificates anew before they expire; the revocation lists too."""
    if new_key and not name:
        raise typer.BadParameter("say whose", param_hint="--new-key")
    done = renewal.renew(site_dir, name or (), new_key=new_key)
    for one in done:
        what = "certificate and key" if one.new_key else "certificate"
        where = "in its folder" if one.in_place else "to hand over"
        _say(f"[bold]{one.name}[/]: new {what} {where}, {one.folder}")
    if not done:
        _say(f"No certificate ends within {renewal.DUE_DAYS} days.")
    _say("The revocation lists are new.", _FOLLOW.format(files=_LISTS))
    if any(one.name == renewal.BROKER for one in done):
        _say("Restart the broker instead: its own certificates changed.")


def _say(*lines: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)
