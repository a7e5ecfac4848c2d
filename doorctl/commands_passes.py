"""Which commands issue visitors' passes, list them and take them back, and set residents' PINs?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorctl import safe_files
from doorctl.asking import AsJson, Card, Client, ask, carry_out, request
from doorctl.errors import SiteError
from doorctl.pass_picture import QUIET, png_of, qr_of

pass_app = typer.Typer(no_args_is_help=True, help="Visitors' passes: QR codes for the camera.")
pin_app = typer.Typer(no_args_is_help=True, help="Residents' PINs.")

PassNumber = Annotated[str, typer.Argument(help="The pass, such as p-5f1c0a9e7b3d2468.")]
Png = Annotated[
    Path | None, typer.Option("--png", help="A new file for the QR code, to print or to send.")
]


@pass_app.command("issue")
def issue(  # noqa: PLR0917  # Typer calls it by name
    name: Annotated[str, typer.Argument(help="Whose pass, or what for.")],
    client: Client,
    until: Annotated[
        str, typer.Option(help="Its end: YYYY-MM-DD, or YYYY-MM-DDTHH:MM, the site's own time.")
    ],
    door: Annotated[str | None, typer.Option(help="The one door that it opens.")] = None,
    doors: Annotated[
        str | None, typer.Option("--doors", help="`all`, or the name of a group of doors.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Its beginning; now.")] = None,
    uses: Annotated[int, typer.Option(help="How often it opens.", min=1)] = 1,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Issue a pass for a visitor: whoever holds its QR code before a door's camera gets in."""
    _refuse_existing(png)
    moments = {"from": since, "until": until}
    asked = request(m.IssuePass, op="pass", name=name, door=door, doors=doors, uses=uses, **moments)
    _hand_out(ask(client, asked), png, as_json=as_json)


@pass_app.command("show")
def show(pass_number: PassNumber, client: Client, png: Png = None, as_json: AsJson = False) -> None:
    """Show a pass, and its QR code once more."""
    _refuse_existing(png)
    asked = request(m.ListPasses, op="passes", **{"pass": pass_number})
    _hand_out(ask(client, asked), png, as_json=as_json)


@pass_app.command("list")
def list_passes(
    client: Client,
    offset: Annotated[int, typer.Option(help="Leave out so many.", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="Show at most so many.", min=1, max=1000)] = 100,
    as_json: AsJson = False,
) -> None:
    """List the passes that have not ended, the newest first."""
    data = ask(client, request(m.ListPasses, op="passes", offset=offset, limit=limit))
    if as_json:
        Console().print_json(json.dumps(data))
        return
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    # What `pass revoke` asks for must be readable on the narrowest screen.
    table.add_column("pass", no_wrap=True, min_width=18)
    for column in ("name", "doors", "from", "until", "used", ""):
        table.add_column(column, overflow="fold")
    for one in data["passes"]:
        table.add_row(
            one["pass"],
            Text(one["name"]),
            _doors(one),
            _local(one["from"]),
            _local(one["until"]),
            f"{one['used']} of {one['uses']}",
            "revoked" if one["revoked"] else "",
        )
    console = Console()
    console.print(table)
    console.print(f"{len(data['passes'])} of {data['total']}", highlight=False)


@pass_app.command("revoke")
def revoke(pass_number: PassNumber, client: Client) -> None:
    """Have no door take a pass any more; doors that are away learn it when they are back."""
    carry_out(client, request(m.RevokePass, op="unpass", **{"pass": pass_number}))


@pin_app.command("set")
def set_pin(
    card: Card,
    client: Client,
    duress: Annotated[
        bool, typer.Option(help="Ask for a second PIN, which opens and calls for help.")
    ] = False,
) -> None:
    """Give a resident a PIN, which is asked for here and shown nowhere."""
    pin = typer.prompt("PIN (4 to 11 digits; 6 or more to open alone)", hide_input=True)
    other = typer.prompt("PIN for duress, as long", hide_input=True) if duress else None
    carry_out(client, request(m.SetPin, op="pin", card=card, pin=pin, duress=other))


@pin_app.command("unset")
def unset_pin(card: Card, client: Client) -> None:
    """Take a resident's PINs away."""
    carry_out(client, request(m.UnsetPin, op="unpin", card=card))


def _hand_out(data: dict[str, Any], png: Path | None, *, as_json: bool) -> None:
    code = str(data["code"])
    if png is not None:
        # Whoever has the picture has the pass.
        safe_files.create(png, png_of(code), mode=safe_files.PRIVATE)
    if as_json:
        Console().print_json(json.dumps(data))
        return
    console = Console(highlight=False)
    console.print(
        f"{data['pass']} opens {_doors(data)}, {_times(data['uses'])}, "
        f"from {_local(data['from'])} until {_local(data['until'])}"
    )
    if png is None:
        qr_of(code).terminal(compact=True, border=QUIET)
    else:
        console.print(f"{png}: written; whoever has it has the pass")


def _refuse_existing(png: Path | None) -> None:
    """Before anything is issued. Raises `SiteError`."""
    if png is not None and png.exists():
        raise SiteError(f"{png} exists already and is never overwritten; name a new file")


def _doors(one: dict[str, Any]) -> str:
    return ", ".join(one["doors"]) or "every door"


def _times(uses: int) -> str:
    return "once" if uses == 1 else f"{uses} times"


def _local(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%Y-%m-%d %H:%M %Z}"
