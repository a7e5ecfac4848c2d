"""Of what is the console made? Put together once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette

from console.accounts.desk import Accounts
from console.config import ConsoleSettings
from console.core.site_view import SiteView
from console.desks import Desks
from console.hearing import Hearing
from console.line import Line
from console.live import Live
from console.ports import Clock
from console.web.app import build
from console.web.rendered import Rendered
from console.web.services import Services
from console.web.templating import templates
from console.zone import SiteZone


@dataclass(frozen=True, slots=True)
class Assembled:
    """A console whose parts know each other; nothing runs before `running`.

    Attributes:
        app: what browsers talk to.
        services: what its pages work with.
        hearing: what feeds the view of the site.
    """

    app: Starlette
    services: Services
    hearing: Hearing

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything but the server runs, on this event loop.

        Raises:
            KeyMaterialError: a certificate or key file for the broker is missing or unusable.
            AccountStoreError: accounts cannot be opened.
        """
        house = self.services
        async with AsyncExitStack() as running:
            house.accounts.open()
            running.callback(house.accounts.close)
            running.push_async_callback(house.accounts.stop)
            await house.accounts.start(house.line)
            running.push_async_callback(house.live.stop)
            await house.live.start()
            running.push_async_callback(self.hearing.stop)
            await self.hearing.start()
            running.push_async_callback(house.line.stop)
            await house.line.start()
            running.push_async_callback(house.desks.stop)
            house.desks.start()
            yield


def assemble(settings: ConsoleSettings, clock: Clock) -> Assembled:
    """The console of these settings; nothing of it runs."""
    view, live = SiteView(), Live()
    hearing = Hearing(view, live, clock)
    accounts = Accounts(settings.data_dir, settings.sessions, clock=clock.wall)
    line = Line(settings.name, settings.broker, hearing, clock, accounts.holds)
    services = Services(
        settings=settings,
        accounts=accounts,
        line=line,
        view=view,
        live=live,
        templates=templates(),
        zone=SiteZone(settings.data_dir / "timezone"),
        clock=clock,
        rendered=Rendered(),
        desks=Desks.of(line, view, live, clock, settings.data_dir),
    )
    return Assembled(build(services), services, hearing)
