"""Does a running door use what it was given to tell life by?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fault_world import FaultWorld, wait_until

from edge.core.sighting import Face
from edge.core.surface import Surface
from edge.ports import Frame


class Watched:
    """Looks at faces and counts."""

    models: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.started = False
        self.looks = 0

    def start(self) -> None:
        self.started = True

    def look(self, frame: Frame, face: Face) -> Surface:
        assert self.started, (frame, face)
        self.looks += 1
        return Surface()


def test_a_running_door_looks_closely_with_what_it_was_given(tmp_path: Path) -> None:
    surface = Watched()
    with FaultWorld(tmp_path) as world:
        door = world.living()
        door.stop()
        door.surface = surface
        door.start()
        door.walk_up()

        wait_until(lambda: surface.looks > 2, "close looks", 10)
