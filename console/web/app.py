"""Which pages are there, and what stands around all of them?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from console.web.services import Services

_HERE = Path(__file__).resolve().parent.parent


def templates() -> Environment:
    """The pages' templates; everything put into them is escaped."""
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )


def build(services: Services, middleware: Sequence[Middleware] = ()) -> Starlette:
    """The application."""
    routes: list[BaseRoute] = [
        Mount("/static", StaticFiles(directory=_HERE / "static"), name="static"),
    ]
    app = Starlette(routes=routes, middleware=list(middleware))
    app.state.services = services
    return app
