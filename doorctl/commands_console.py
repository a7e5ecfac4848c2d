"""Which commands make a site's consoles, and say what they may?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from doorbus.messages import Role
from doorctl import consoles
from doorctl.commands_site import NewName, SiteFolder
from doorctl.web_certificates import AUTHORITY_FILE, WEB_DAYS

Known = Annotated[str, typer.Argument(help="The name, as in site.yaml.", show_default=False)]
Hosts = Annotated[
    list[str] | None,
    typer.Option(help="Name or address that people type; repeatable.", show_default=False),
]

app = typer.Typer(no_args_is_help=True, help="Consoles: the site's web page.")

_RELOAD = "Reload the broker so that it knows: [bold]systemctl reload mosquitto[/], or SIGHUP."
_COPY = "Where a brain runs elsewhere, copy consoles/{name}.yaml to it, beside its brain.yaml."


@app.command("add")
def add(
    site_dir: SiteFolder,
    name: NewName,
    role: Annotated[
        Role, typer.Option(help="The most that any of its accounts may.")
    ] = Role.ADMINISTRATOR,
    host: Hosts = None,
) -> None:
    """Give a console its certificate and rights; --host for a certificate browsers may trust."""
    folder = consoles.add_console(site_dir, name, most=role, hosts=host or ())
    _say(
        f"Console [bold]console.{name}[/] added; copy this folder to its machine:",
        f"  {folder}",
        _RELOAD,
        _COPY.format(name=name),
        "Next, there: [bold]python -m console account add alice --role administrator[/] for the "
        "first account, then [bold]python -m console[/]; docs/console.md.",
    )


@app.command("limit")
def limit(
    site_dir: SiteFolder,
    name: Known,
    role: Annotated[Role, typer.Argument(help="The most that any of its accounts may.")],
) -> None:
    """Change the most that a console's accounts may."""
    consoles.limit_console(site_dir, name, role)
    _say(
        f"The brain lets [bold]console.{name}[/] do what a {role.value} may, from now on.",
        _RELOAD,
        _COPY.format(name=name),
    )


@app.command("certificate")
def certificate(site_dir: SiteFolder, name: Known, host: Hosts = None) -> None:
    """Give a console's page a new certificate, before the old one ends or for other names."""
    if not host:
        raise typer.BadParameter("say what people type", param_hint="--host")
    folder = consoles.certify_console(site_dir, name, host)
    _say(
        f"A certificate for {', '.join(host)}, good for {WEB_DAYS} days, lies in",
        f"  {folder}/web.crt",
        "In console.yaml: `listen: {host: 0.0.0.0, certificate: web.crt, key: web.key}`, and "
        "`address`; then restart the console.",
        f"Phones and desks trust it once they have {AUTHORITY_FILE}.",
    )


def _say(*lines: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)
