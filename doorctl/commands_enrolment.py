"""Which commands make residents recognisable, by a door's camera or by photos?"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from doorbus import messages as m
from doorctl.asking import Card, Client, carry_out, request
from doorctl.conversation import Conversation, RequestRefused
from doorctl.enrolling import distinct, follow, send_photos
from doorctl.photos import pictures_in

AtDoor = Annotated[
    str | None, typer.Argument(help="The door's name; or give --photos.", show_default=False)
]
PhotoFiles = Annotated[
    list[Path] | None,
    typer.Option("--photos", help="A photo, or a folder of them; may be given several times."),
]
Count = Annotated[int | None, typer.Option(help="Frames, if not the site's default.")]
Wait = Annotated[
    bool, typer.Option("--follow/--no-follow", help="Show the progress until it is done.")
]
Consent = Annotated[
    str, typer.Option(help="What was agreed to and where that is kept, for the audit; no names.")
]


def enroll(  # noqa: PLR0917  # Typer calls it by name
    card: Card,
    client: Client,
    door: AtDoor = None,
    photos: PhotoFiles = None,
    name: Annotated[str | None, typer.Option(help="Add the resident in the same step.")] = None,
    count: Count = None,
    consent: Consent = "",
    wait: Wait = True,
) -> None:
    """Enrol somebody: the door captures who stands before it, or photos are sent."""
    fields = {"op": "enroll", "card": card, "name": name, "consent": consent}
    _open(m.Enroll, fields, client, _From(door, photos, count), wait=wait)


def reenroll(  # noqa: PLR0917  # Typer calls it by name
    card: Card,
    client: Client,
    door: AtDoor = None,
    photos: PhotoFiles = None,
    count: Count = None,
    consent: Consent = "",
    wait: Wait = True,
) -> None:
    """Take new frames of somebody enrolled; the old templates hold until those are trained."""
    fields = {"op": "reenroll", "card": card, "consent": consent}
    _open(m.Reenroll, fields, client, _From(door, photos, count), wait=wait)


def undo(  # noqa: PLR0917  # Typer calls it by name
    card: Card,
    client: Client,
    since: Annotated[
        datetime | None,
        typer.Option(help="Forget what visits taught since then, in this machine's time."),
    ] = None,
    door: Annotated[str | None, typer.Option(help="Door of the visit in dispute.")] = None,
    visit: Annotated[int | None, typer.Option(help='"This was not me": its number.')] = None,
    reason: Annotated[str, typer.Option(help="For the audit.")] = "",
) -> None:
    """Put back the templates before the last re-enrolment, or forget what visits taught."""
    if (door is None) != (visit is None):
        raise typer.BadParameter("--door and --visit name a visit together")
    named = None if visit is None else {"door": door, "visit": visit}
    moment = None if since is None else since.timestamp()
    carry_out(
        client,
        request(m.Undo, op="undo", card=card, since=moment, visit=named, reason=reason),
    )


def cancel(card: Card, client: Client) -> None:
    """End the open enrolment of a card; nothing of it is kept."""
    carry_out(client, request(m.Cancel, op="cancel", card=card))


class _From:
    """Where an enrolment's pictures come from. Raises BadParameter, `PhotoRefused`."""

    def __init__(self, door: str | None, photos: list[Path] | None, count: int | None) -> None:
        if (door is None) == (not photos):
            raise typer.BadParameter("give a door, or photos with --photos")
        if photos and count is not None:
            raise typer.BadParameter("--count is for doors; every photo given is sent")
        self.photos = distinct([file for path in photos or () for file in pictures_in(path)])
        self.fields: dict[str, Any] = {"door": door, "count": count}
        if photos:
            self.fields = {"source": "upload", "count": len(self.photos)}


def _open(
    kind: type[m.Enroll | m.Reenroll],
    fields: dict[str, Any],
    client: Path,
    source: _From,
    *,
    wait: bool,
) -> None:
    asked = request(kind, **fields, **source.fields)
    with Conversation.from_file(client) as conversation:
        opened = conversation.ask(asked)
        if source.photos:
            _send(conversation, asked.card, opened, source)
        elif wait:
            _follow(conversation, opened)
        else:
            Console().print_json(json.dumps(opened))


def _send(conversation: Conversation, card: str, opened: dict[str, Any], source: _From) -> None:
    console = Console(highlight=False)
    with _progress(console) as progress:
        bar = progress.add_task("photos sent", total=len(source.photos))
        done = send_photos(conversation, card, opened, source.photos, lambda: progress.advance(bar))
    for file, why in done.unusable.items():
        console.print(f"{file}: {why}", soft_wrap=True)
    _tell_end(console, done.ended)


def _follow(conversation: Conversation, opened: dict[str, Any]) -> None:
    console = Console(highlight=False)
    with _progress(console) as progress:
        bar = progress.add_task("look at the door's camera", total=opened["count"])
        for event in follow(conversation, opened["enrolment"]):
            if isinstance(event, m.EnrolmentChanged):
                progress.update(bar, completed=event.stored, description=event.state.value)
                ended = event
    _tell_end(console, ended)


def _tell_end(console: Console, ended: m.EnrolmentChanged) -> None:
    if ended.state is not m.EnrolmentState.TRAINED:
        raise RequestRefused(f"the enrolment was {ended.state}: {ended.reason}")
    note = f" ({ended.reason})" if ended.reason else ""
    console.print(f"trained: {ended.templates} templates{note}", soft_wrap=True)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    )
