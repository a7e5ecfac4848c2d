"""What the live table shows of what doors say of themselves."""

from __future__ import annotations

import pytest
from rich.console import Console

from doorbus import codec, topics
from doorbus.messages import DoorEvent, EventKind
from doorctl.commands_watch import page
from doorctl.watching import Sight


@pytest.mark.parametrize("at", [0.0, 1e12, 1e18, 1e300])
def test_a_door_whose_clock_is_out_of_its_mind_blinds_nobody(at: float) -> None:
    sight = Sight()
    event = DoorEvent(id="1-1", kind=EventKind.FORCED_OPEN, at=at)

    sight.take(codec.encode(topics.DOOR_EVENT, event, "front"), now=1_767_225_600.0)
    console = Console(width=120, record=True)
    console.print(page(sight, 10))

    assert "forced_open" in console.export_text()
