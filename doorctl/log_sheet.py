"""How does the audit become a sheet, in which nothing is a formula?"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from io import StringIO
from typing import Any, Final

from doorctl.spreadsheets import no_formula

COLUMNS: Final = ("number", "time", "actor", "what", "reason", "door", "resident", "name", "visit")


def row(entry: Mapping[str, Any], when: str) -> list[str]:
    """An entry of `log` as cells, in the order of `COLUMNS`.

    Args:
        entry: as the brain answered it.
        when: its time, in words.
    """
    fields = (entry[name] for name in COLUMNS[2:])
    return [str(entry["number"]), when, *("" if one is None else str(one) for one in fields)]


def lines(entries: Iterable[Mapping[str, Any]], zone: tzinfo = UTC) -> Iterator[str]:
    """A CSV file (RFC 4180), line by line; times in ISO 8601."""
    yield head()
    for entry in entries:
        yield line(entry, zone)


def head() -> str:
    """The line with the names of the columns."""
    return _line(COLUMNS)


def line(entry: Mapping[str, Any], zone: tzinfo = UTC) -> str:
    """The line of an entry, with its time in that zone."""
    when = datetime.fromtimestamp(entry["at"], zone).isoformat(timespec="milliseconds")
    return _line(row(entry, when))


def _line(cells: Iterable[str]) -> str:
    text = StringIO()
    csv.writer(text).writerow([no_formula(cell) for cell in cells])
    return text.getvalue()
