"""For the contract of the Bus: a world with a real broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bus_worlds import RealWorld

from demo.private_broker import PrivateBroker
from doorctl.site import Site


@pytest.fixture
def real(site: Site, broker: PrivateBroker) -> Iterator[RealWorld]:
    """A private Mosquitto with a provisioned site, each client behind a relay."""
    world = RealWorld(site, broker)
    yield world
    world.close()
