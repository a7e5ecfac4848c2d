"""Shared by all tests: a provisioned throw-away site, and a real private broker for it.

`site` is made by the same code as `doorctl init` (doors `front` and `back`, `admin.alice`,
`monitor.lobby`); `broker` is a running Mosquitto with it, on free ports that stand in the site's
files once it runs. Both are one test's own. Making both takes about 0.1 s.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from bus_worlds import RealWorld

from demo.private_broker import PrivateBroker
from doorctl import provisioning
from doorctl.site import Site

pytest_plugins = ("browser_pages", "doorctl_typed", "fault_table", "mutants")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """What a program under test says about its logs does not outlive the test."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A throw-away site with two doors, an administrator and a monitor."""
    folder = tmp_path / "site"
    provisioning.create_site(folder, hosts=("127.0.0.1",), admins=("alice",))
    provisioning.add_monitor(folder, "lobby")
    for door in ("front", "back"):
        provisioning.add_door(folder, door)
    return Site.load(folder)


@pytest.fixture
def broker(site: Site) -> Iterator[PrivateBroker]:
    """A running private broker for `site`."""
    with PrivateBroker(site.root) as running:
        yield running


@pytest.fixture
def real(site: Site, broker: PrivateBroker) -> Iterator[RealWorld]:
    """A private Mosquitto with a provisioned site, each client behind a relay."""
    world = RealWorld(site, broker)
    yield world
    world.close()
