"""What do all commands that ask the brain something have in common?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console

from doorbus import messages as m
from doorbus.codec import explain
from doorctl.conversation import Conversation, new_transaction

R = TypeVar("R", bound=BaseModel)

Card = Annotated[
    str, typer.Argument(help="The campus card's number, 12 digits.", show_default=False)
]
Door = Annotated[str, typer.Argument(help="The door's name.", show_default=False)]
Client = Annotated[
    Path,
    typer.Option(
        "--client",
        envvar="DOORWARD_CLIENT",
        help="Your client.yaml, from the folder that `doorctl admin add` made.",
        show_default=False,
    ),
]
Reason = Annotated[str, typer.Option(help="For the audit.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the response's data as JSON.")]


def request(kind: type[R], **fields: object) -> R:
    """A request with a transaction of its own; what is wrong with it is the caller's mistake."""
    try:
        return kind.model_validate({"transaction": new_transaction(), **fields})
    except ValidationError as error:
        # Quotation marks are JSON's; here the shell has taken them away.
        raise typer.BadParameter(explain(error).replace(", in quotation marks", "")) from None


def ask(client: Path, asked: m.Request, patience_s: float | None = None) -> dict[str, Any]:
    """Ask the brain; the data of its response.

    Args:
        client: the administrator's `client.yaml`.
        asked: the request.
        patience_s: seconds to wait for the response; as usual where None.
    """
    with Conversation.from_file(client) as conversation:
        if patience_s is None:
            return conversation.ask(asked)
        return conversation.ask(asked, patience_s)


def carry_out(client: Path, asked: m.Request) -> None:
    """Ask the brain, and print that it is done and what it said."""
    data = ask(client, asked)
    Console().print(f"{asked.op}: done", highlight=False)
    if data:
        Console().print_json(json.dumps(data))
