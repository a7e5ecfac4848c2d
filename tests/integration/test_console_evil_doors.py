"""What does a door that was taken over do to the pages of everybody? It is shown, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from console_served import Served, serving

from console.core.site_view import SiteView
from doorbus import messages as m
from doorbus.messages.console import Role
from doorctl import provisioning
from doorctl.site import Site

PAGES = (
    "/doors",
    "/doors/evil",
    "/doors?text=evil",
    "/now",
    "/doors/evil/unlock",
    "/orders/lockdown?target=door:evil",
)
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"
HUGE = 10**300


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One console for all tests here."""
    folder = tmp_path_factory.mktemp("console")
    provisioning.create_site(folder / "site", hosts=("127.0.0.1",), admins=("alice",))
    with serving(folder / "data", Site.load(folder / "site")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(served: Served) -> httpx.Client:
    """A browser in which an administrator is signed in."""
    return served.signed_in("guard", Role.ADMINISTRATOR)


def event(number: int, kind: m.EventKind, at: float, detail: str) -> m.DoorEvent:
    return m.DoorEvent(id=f"7-{number}", kind=kind, at=at, detail=detail)


def health(**more: object) -> m.DoorHealth:
    usual: dict[str, object] = {
        "version": MARKUP,
        "uptime_s": 1,
        "epoch": 1,
        "mode": m.DoorMode.NORMAL,
        "camera": m.CameraHealth.GOOD,
        "fps": 1.0,
        "events": 0,
        "frames": 0,
    }
    return m.DoorHealth.model_validate({**usual, **more})


@pytest.mark.parametrize("at", [0.0, 1e11, 1e15, 1e300])
def test_a_time_that_no_clock_shows_breaks_no_page(
    served: Served, browser: httpx.Client, at: float
) -> None:
    view: SiteView = served.console.services.view
    now = served.time.wall()
    for number, kind in enumerate(m.EventKind):
        one = event(number + int(at % 997) * 100, kind, at, f"{MARKUP} {10**99} s")
        view.told("evil", one, now)

    for path in PAGES:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert MARKUP not in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"uptime_s": HUGE, "events": HUGE, "frames": HUGE, "epoch": 2**53},
        {"certificate_days": 1e300, "temperature_c": 200.0, "fps": 1000.0},
        {"certificate_days": -1e300, "degraded": ("x" * 32,) * 16},
    ],
)
def test_a_health_that_cannot_be_breaks_no_page(
    served: Served, browser: httpx.Client, wrong: dict[str, object]
) -> None:
    view: SiteView = served.console.services.view
    view.state("evil", "health", health(**wrong), served.time.wall(), live=True)

    for path in PAGES:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert MARKUP not in answer.text
