"""A door without a display logs its prompts."""

from __future__ import annotations

from structlog.testing import capture_logs

from edge.adapters.clock import SystemClock
from edge.adapters.indicator_log import LogIndicator
from edge.ports import Prompt


def test_a_prompt_is_logged_once_for_each_change() -> None:
    indicator = LogIndicator()

    with capture_logs() as logs:
        for prompt in (Prompt.BLINK, Prompt.BLINK, Prompt.WELCOME, Prompt.BLINK):
            indicator.show(prompt)

    assert [entry["text"] for entry in logs] == ["blink", "welcome", "blink"]


def test_the_clock_never_runs_backwards() -> None:
    clock = SystemClock()

    times = [clock.monotonic() for _ in range(1000)]

    assert times == sorted(times)
