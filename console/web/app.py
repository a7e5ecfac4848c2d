"""Which pages are there, and what stands around all of them?"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

from console.web import (
    accounts,
    doors,
    enrolment,
    figures,
    importing,
    log,
    log_export,
    log_told,
    me,
    passes,
    people,
    people_deeds,
    people_leaving,
    people_one,
    people_pin,
    rules,
    rules_doors,
    rules_groups,
    rules_holidays,
    rules_hours,
    security,
    sign_in,
    streaming,
)
from console.web.mishaps import not_found
from console.web.services import Services
from console.web.static_files import Static
from console.web.templating import templates

__all__ = ["build", "templates"]


def build(services: Services, middleware: Sequence[Middleware] = ()) -> Starlette:
    """The application."""
    routes: list[BaseRoute] = [
        Mount("/static", Static(), name="static"),
        *streaming.routes,
        *sign_in.routes,
        *me.routes,
        *accounts.routes,
        *doors.routes(),
        *enrolment.routes,
        *log.routes,
        *log_told.routes,
        *log_export.routes,
        *figures.routes,
        *passes.routes,
        *importing.routes,
        *people.routes,
        *people_leaving.routes,
        *people_one.routes,
        *people_deeds.routes,
        *people_pin.routes,
        *rules.routes,
        *rules_groups.routes,
        *rules_doors.routes,
        *rules_holidays.routes,
        *rules_hours.routes,
    ]
    app = Starlette(
        routes=routes,
        middleware=[*security.around(services), *middleware],
        exception_handlers={404: not_found},
    )
    app.state.services = services
    return app
