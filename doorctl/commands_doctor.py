"""Which command says what is wrong with a site?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorctl.doctor.examination import examine


def doctor(
    site_dir: Annotated[Path, typer.Argument(help="The site's folder.", show_default=False)],
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave out the broker: files and clock only.")
    ] = False,
    brief: Annotated[bool, typer.Option("--brief", help="Show problems only.")] = False,
) -> None:
    """Look for expired or weak keys, open files and wrong rights; exit code 1 if anything is.

    The broker is tried with certificates made for this alone: it must run, and doors and people go
    on as if nothing were.
    """
    findings = list(examine(site_dir, offline=offline))
    problems = [one for one in findings if one.problem]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "what", "how it is", "what to do"):
        table.add_column(column, overflow="fold", no_wrap=column == "")
    for one in problems if brief else findings:
        word = Text("problem", style="bold red") if one.problem else Text("ok", style="green")
        table.add_row(word, Text(one.subject), Text(one.says), Text(one.remedy))
    console = Console(highlight=False)
    if table.row_count:
        console.print(table)
    console.print(f"{len(findings)} looked at, {len(problems)} wrong")
    if problems:
        raise typer.Exit(1)
