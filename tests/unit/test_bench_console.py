"""When was an event shown? Once the page has it, or a later one of that door."""

from __future__ import annotations

import pytest

from bench.console import until_shown


def test_an_event_is_shown_when_it_or_a_later_one_of_its_door_is() -> None:
    told = {("front", 1): 10.0, ("front", 2): 10.1, ("front", 3): 10.2, ("back", 1): 10.0}
    shown = [(("front", 2), 10.2), (("back", 1), 10.5), (("front", 3), 10.3)]

    assert list(until_shown(told, shown)) == pytest.approx([0.2, 0.1, 0.1, 0.5])


def test_an_event_that_never_came_to_the_page_has_no_time() -> None:
    told = {("front", 1): 10.0, ("back", 1): 10.0, ("front", 2): 10.1}
    shown = [(("front", 1), 10.2)]

    assert list(until_shown(told, shown)) == pytest.approx([0.2])
