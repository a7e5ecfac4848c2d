"""No cell of a sheet is calculated, and no other is changed."""

from __future__ import annotations

import pytest

from doorctl.spreadsheets import no_formula


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1"]
)
def test_what_a_spreadsheet_would_calculate_stands_behind_an_apostrophe(cell: str) -> None:
    assert no_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", " ", "Ann-Marie = Ben", "202600000017", "'=1"])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    assert no_formula(cell) == cell
