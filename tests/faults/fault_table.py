"""What came of the fault cases? The table at the end of `make faults`, as a pytest plugin.

`tests/conftest.py` loads it. It keeps out of the way where no case was played.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from cases import COUNTED, DID, ELSEWHERE, GOAL, NAME, NUMBER, Row
from extent import FULL
from goals import COUNTS, RULES, SCORE, Goal, Standing, standings
from rich.console import Console
from rich.table import Table

WIDTH: Final = 150

Note = Callable[..., None]
"""Tells the table what was done, and what was counted by name."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(number, name, goal): a case of the fault table")


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """`note("10,000 forged verdicts", unlocks=0)` for the case's line in the table.

    Some names count towards the goals at its end: see `goals.COUNTS`.
    """

    def tell(did: str = "", **counted: object) -> None:
        properties = request.node.user_properties
        if did:
            properties.append((DID, did))
        properties.extend(
            (COUNTED, f"{name.replace('_', ' ')} {value}") for name, value in counted.items()
        )
        properties.extend(
            (SCORE, (COUNTS[name].value, float(str(value))))
            for name, value in counted.items()
            if name in COUNTS
        )

    return tell


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("fault")
        if mark is not None:
            number, name, goal = mark.args
            item.user_properties += [(NUMBER, number), (NAME, name), (GOAL, goal)]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows = _rows(terminalreporter.stats)
    if not any(row.marked for row in rows):
        return
    table = Table(
        title=f"Faults and attacks ({'full' if FULL else 'short'} form)", title_justify="left"
    )
    for heading in ("no", "case", "what it did", "counted", "goal", ""):
        table.add_column(heading, overflow="fold")
    for row in sorted(rows, key=lambda one: one.number):
        table.add_row(
            str(row.number),
            row.name,
            "\n".join(dict.fromkeys(row.did)) or f"{row.passed} tests",
            "\n".join(dict.fromkeys(row.counted)),
            row.goal,
            row.verdict,
        )
    terminalreporter.write_line("")
    console = Console(width=WIDTH)
    console.print(table)
    console.print(_goals_table(_standings(terminalreporter.stats)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A goal that is missed, or in a whole run not measured, is a failure of the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or session.exitstatus != pytest.ExitCode.OK:
        return
    whole = FULL and "tests/faults" in session.config.args and not session.config.option.keyword
    for one in _standings(reporter.stats):
        if not one.met and (whole or one.reached is not None):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _goals_table(reached: list[Standing]) -> Table:
    table = Table(title="Goals", title_justify="left")
    for heading in ("goal", "at most", "reached", "in tests", ""):
        table.add_column(heading, overflow="fold")
    for one in reached:
        figure = "" if one.reached is None else f"{one.reached:.1f}".removesuffix(".0")
        most = f"{RULES[one.goal].most:g}"
        table.add_row(one.goal.value, most, figure, str(one.cases), one.verdict)
    return table


def _standings(stats: dict[str, list[Any]]) -> list[Standing]:
    """From every test that ran; a failed one tells what it had measured by then."""
    return standings(
        [
            (Goal(value[0]), value[1])
            for outcome in ("passed", "failed")
            for report in stats.get(outcome, ())
            for key, value in getattr(report, "user_properties", ())
            if key == SCORE
        ]
    )


def _rows(stats: dict[str, list[Any]]) -> list[Row]:
    rows: dict[int, Row] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in stats.get(outcome, ()):
            row = _row_of(report, rows)
            if row is None:
                continue
            if outcome == "passed":
                row.passed += 1
            elif outcome == "skipped":
                row.skipped.append(f"skipped: {_why(report)}")
            else:
                row.failed += 1
            row.did += [text for key, text in report.user_properties if key == DID]
            row.counted += [text for key, text in report.user_properties if key == COUNTED]
    return list(rows.values())


def _row_of(report: Any, rows: dict[int, Row]) -> Row | None:
    told = dict(getattr(report, "user_properties", ()))  # a file that cannot be read has none
    if NUMBER in told:
        number = int(told[NUMBER])
        return rows.setdefault(number, Row(number, told[NAME], told[GOAL], marked=True))
    test = report.nodeid.removeprefix("tests/")
    for one in ELSEWHERE:
        if test.startswith(one.tests):
            return rows.setdefault(one.number, Row(one.number, one.name, one.goal))
    return None


def _why(report: Any) -> str:
    return str(report.longrepr[2]).removeprefix("Skipped: ")
