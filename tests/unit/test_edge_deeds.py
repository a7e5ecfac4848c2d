"""Effects that cannot be carried out end no door."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from structlog.testing import capture_logs

from edge.adapters.clock import SystemClock
from edge.bursts import Bursts
from edge.core.visit_effects import SendBurst
from edge.core.visit_events import NotSent
from edge.deeds import Deeds
from edge.surroundings import Surroundings

NONCE = "0" * 32


class BrokenEyes:
    """Raise where a burst is chosen, as a codec or a network may."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def evidenced(self) -> None:
        raise self._error


@pytest.mark.parametrize("error", [ValueError("two\nlines"), RuntimeError("x" * 900)])
def test_a_burst_that_cannot_be_made_was_not_sent(error: Exception) -> None:
    around = SimpleNamespace(eyes=BrokenEyes(error), speaker=None, away=None, lock=None, trace=None)
    bursts = Bursts(**vars(around), put=lambda _: None)
    deeds = Deeds(cast("Surroundings", SimpleNamespace(bursts=bursts, clock=SystemClock())))

    with capture_logs() as logs:
        (event,) = deeds.carry_out(SendBurst(7, NONCE))

    assert isinstance(event, NotSent)
    assert event.visit == 7
    assert type(error).__name__ in event.why
    assert "\n" not in event.why
    assert len(event.why) < 100
    assert [line["event"] for line in logs] == ["burst_failed"]
