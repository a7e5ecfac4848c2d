"""A door is attacked as it is configured, and as it would be without the networks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from edge_sightings import sighting

from edge.attacks.doors import WITH, WITHOUT, Wishes, prepared
from edge.core.policies import Wanted
from edge.core.sighting import Face, Sighting
from edge.core.surface import Surface
from edge.ports import Frame


class Tracker:
    """Always sees the same."""

    def start(self) -> None:
        """Nothing to load."""

    def observe(self, frame: Frame) -> Sighting:
        return sighting(frame.index)

    def reset(self) -> None:
        """Nothing to forget."""


class Networks:
    """A reader with networks."""

    models: Mapping[str, str] = MappingProxyType({"minifasnet_v2": "x.onnx"})

    def start(self) -> None:
        """Nothing to load."""

    def look(self, frame: Frame, face: Face) -> Surface:
        del frame, face
        return Surface(live=0.9, ripple=1.0)


@pytest.mark.parametrize(
    ("texture", "missing", "names"),
    [
        (Wanted.OPTIONAL, None, [WITH, WITHOUT]),
        (Wanted.REQUIRED, None, [WITH, WITHOUT]),
        (Wanted.OPTIONAL, "x.onnx is damaged", [WITHOUT]),
        (Wanted.OFF, None, [WITHOUT]),
        (Wanted.OFF, "x.onnx is missing", [WITHOUT]),
    ],
)
def test_a_door_that_never_asks_the_networks_is_not_attacked_with_them(
    texture: Wanted, missing: str | None, names: list[str]
) -> None:
    doors = prepared(
        Wishes(texture=texture), Tracker(), Networks(), missing, lambda tasks: tasks[0]
    )

    assert [stand.name for stand in doors.stands] == names
    assert doors.must_stop_made == frozenset({WITH} & set(names))
    assert bool(doors.remarks) is (WITH not in names)
    if texture is Wanted.OFF:
        assert "texture off" in doors.remarks[0]
