"""How are the pages' templates filled in?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console import words
from console.web import static_files

FOLDER: Final = Path(__file__).resolve().parent.parent / "templates"


def templates() -> Environment:
    """The pages' templates; everything put into them is escaped.

    They know `_`, `ngettext` and all of `words.TEMPLATE_FUNCTIONS`, in the language of whoever
    reads, and `static("console.css")`, the address of a file below `console/static`.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's own
        words.gettext, words.ngettext_of, newstyle=True
    )
    environment.globals.update(words.TEMPLATE_FUNCTIONS)
    environment.globals["static"] = static_files.address
    return environment
