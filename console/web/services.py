"""What do all pages share? Put together once, in `console.web.app`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from jinja2 import Environment
from starlette.requests import Request

from console.accounts.desk import Accounts
from console.config import ConsoleSettings
from console.core.site_view import SiteView
from console.desks import Desks
from console.line import Line
from console.live import Live
from console.ports import Clock
from console.zone import SiteZone

if TYPE_CHECKING:
    from console.web.rendered import Rendered


@dataclass(frozen=True, slots=True)
class Services:
    """What pages work with.

    Attributes:
        settings: of `console.yaml`.
        accounts: who may sign in, and who is signed in.
        line: to the broker.
        view: what was heard of the site.
        live: who is told of changes.
        templates: of the pages.
        clock: the console's.
        rendered: pieces of pages that were filled in already.
        desks: work that goes on when its page is left.
        zone: in which the site tells the time.
    """

    settings: ConsoleSettings
    accounts: Accounts
    line: Line
    view: SiteView
    live: Live
    templates: Environment
    clock: Clock
    rendered: Rendered
    desks: Desks
    zone: SiteZone = field(default_factory=SiteZone)


def services(request: Request) -> Services:
    """Those of the app that got this request."""
    return cast(Services, request.app.state.services)
