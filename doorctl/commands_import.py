"""Which command makes residents of a list of people and a folder of their photos?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from doorctl import safe_files
from doorctl.asking import Client
from doorctl.conversation import Conversation
from doorctl.errors import PeopleFileRefused
from doorctl.import_report import report as report_of
from doorctl.importing import Outcome, Result, against, carry_out, known_people, looked_at
from doorctl.people_file import Person, find_photos, read_people, unmatched

MOST_SHOWN = 50
"""Rows of the table on the terminal; the report holds all."""


def import_people(  # noqa: PLR0917  # Typer calls it by name
    people: Annotated[
        Path, typer.Argument(help="CSV with name, card, groups, photo, consent.", dir_okay=False)
    ],
    client: Client,
    photos: Annotated[
        Path | None, typer.Argument(help="Folder of photos, named by card.", file_okay=False)
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Where to write the report; beside the list if not given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, send nothing.")] = False,
    partly: Annotated[
        bool, typer.Option("--partly", help="Send the good rows though others are refused.")
    ] = False,
) -> None:
    """Make residents of a list of people, and enrol them by photos.

    Every row is checked before anything is sent; if one is refused, nothing is sent at all, unless
    --partly says so. Somebody who is there already stays as they are, so that an import that broke
    off may simply be run again.
    """
    target = report or people.with_name(f"{people.stem}-report.csv")
    rows = find_photos(read_people(_text_of(people)), photos)
    console = Console(highlight=False)
    with _progress(console) as progress:
        bar = progress.add_task("looking at photos", total=len(rows))
        rows = looked_at(rows, lambda: progress.advance(bar))
    _write(target, ())  # before anything is sent: what becomes of it must be told somewhere
    with Conversation.from_file(client) as conversation:
        known = known_people(conversation)
        rows = against(rows, known)
        refused = [one for one in rows if one.wrong]
        held = dry_run or (bool(refused) and not partly)
        results = []
        with _progress(console) as progress:
            count = 0 if held else len(rows) - len(refused)
            bar = progress.add_task("importing", total=count, visible=count > 0)
            for one in rows:
                if one.wrong:
                    results.append(Result(one, Outcome.REFUSED, why="; ".join(one.wrong)))
                elif held:
                    results.append(Result(one, Outcome.NOT_SENT))
                else:
                    results.append(carry_out(conversation, one, known))
                    progress.advance(bar)
    _write(target, results)
    _print(console, results)
    if photos is not None:
        _print_unmatched(console, rows, photos)
    _finish(console, results, target, held=held and not dry_run)


def _text_of(people: Path) -> str:
    try:
        return people.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise PeopleFileRefused(f"{people}: not UTF-8; save it as CSV in UTF-8") from None
    except OSError as error:
        raise PeopleFileRefused(f"{people}: cannot be read ({error.strerror})") from None


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _write(target: Path, results: Sequence[Result]) -> None:
    """The report, for its owner alone: it names people."""
    try:
        safe_files.replace(target, report_of(results), mode=safe_files.PRIVATE)
    except OSError as error:
        raise PeopleFileRefused(
            f"{target}: the report cannot be written ({error.strerror}); name another place with "
            "--report"
        ) from None


def _print(console: Console, results: Sequence[Result]) -> None:
    told = [one for one in results if one.why or one.outcome is Outcome.REFUSED]
    if not told:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("row", "card", "name", "outcome", "why"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"row", "card"})
    for one in told[:MOST_SHOWN]:
        person = one.person
        table.add_row(
            str(person.row), Text(person.card), Text(person.name), one.outcome.value, Text(one.why)
        )
    console.print(table)
    if len(told) > MOST_SHOWN:
        console.print(f"and {len(told) - MOST_SHOWN} more, in the report")


def _print_unmatched(console: Console, rows: Sequence[Person], photos: Path) -> None:
    nobodys = unmatched(rows, photos)
    for path in nobodys[:MOST_SHOWN]:
        console.print(f"{path}: nobody's; no row has its card or names it", soft_wrap=True)
    if len(nobodys) > MOST_SHOWN:
        console.print(f"and {len(nobodys) - MOST_SHOWN} more photos of nobody")


def _finish(console: Console, results: Sequence[Result], target: Path, *, held: bool) -> None:
    counts = Counter(one.outcome for one in results)
    listed = ", ".join(f"{counts[kind]} {kind.value}" for kind in Outcome if counts[kind])
    console.print(f"{listed or 'no rows'}; report: {target}", soft_wrap=True)
    if held:
        console.print(
            "nothing was sent: mend the refused rows, or send the others with --partly",
            soft_wrap=True,
        )
    if counts[Outcome.REFUSED]:
        raise typer.Exit(1)
