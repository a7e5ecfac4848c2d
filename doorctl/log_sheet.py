"""How does the audit become a sheet, in which nothing is a formula?"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Final

COLUMNS: Final = ("number", "time", "actor", "what", "reason", "door", "resident", "name", "visit")


def row(entry: Mapping[str, Any], when: str) -> list[str]:
    """An entry of `log` as cells, in the order of `COLUMNS`.

    Args:
        entry: as the brain answered it.
        when: its time, in words.
    """
    fields = (entry[name] for name in COLUMNS[2:])
    return [str(entry["number"]), when, *("" if one is None else str(one) for one in fields)]


def lines(entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A CSV file (RFC 4180), line by line; times are UTC, in ISO 8601."""
    yield _line(COLUMNS)
    for entry in entries:
        when = datetime.fromtimestamp(entry["at"], UTC).isoformat(timespec="milliseconds")
        yield _line(row(entry, when))


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _line(cells: Iterable[str]) -> str:
    text = StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue()
