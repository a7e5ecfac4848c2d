"""What does a table need to be so that spreadsheets show it as it is?"""

from __future__ import annotations

from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"
"""At the beginning; without it a spreadsheet may take names for another alphabet."""

_BEGINNINGS: Final = frozenset("=+-@\t\r\n")


def no_formula(cell: str) -> str:
    """The same cell, behind an apostrophe where a spreadsheet would calculate it.

    Source of the beginnings: OWASP, CSV Injection. Some spreadsheets pass over blanks before them.
    """
    begins = {cell[:1], cell.lstrip()[:1]}
    return f"'{cell}" if begins & _BEGINNINGS else cell
