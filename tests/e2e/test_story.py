"""A day at a building, in its short form: real broker, brain, doors and locks; painted people."""

from __future__ import annotations

import io

import pytest
import structlog
from rich.console import Console

from story.__main__ import FEW, painted_day


@pytest.mark.slow
def test_the_audit_of_a_day_equals_the_story_exactly() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    told = io.StringIO()

    agrees = painted_day(Console(file=told, width=200), FEW)

    assert agrees, told.getvalue()
    assert f"{FEW} residents, 5 doors" in told.getvalue()
