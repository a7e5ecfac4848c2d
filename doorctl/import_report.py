"""What became of each row of an import, as a table for a spreadsheet?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from doorctl.importing import Result
from doorctl.spreadsheets import no_formula

HEAD: Final = ("row", "name", "card", "outcome", "photos", "usable", "why")


def report(results: Iterable[Result]) -> str:
    """A table with a line for each row; it names people."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(HEAD)
    for one in results:
        person = one.person
        table.writerow(
            (
                person.row,
                no_formula(person.name),
                no_formula(person.card),
                one.outcome.value,
                len(person.photos),
                one.usable,
                no_formula(one.why),
            )
        )
    return text.getvalue()
