"""How do style, script and icons reach the browser, once and never stale?

Their address holds a hash of all of them, so browsers may keep them for ever: after an update it is
another address. Modules that import each other by relative paths stay under it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER: Final = Path(__file__).resolve().parent.parent / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def mark(folder: Path = FOLDER) -> str:
    """What the files' contents come to, in 12 hexadecimal digits; as they are at the start."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Where the browser finds a file, such as `console.css`."""
    return f"/static/{mark()}/{name}"


class Static(StaticFiles):
    """The files below `/static`; with the mark in the address for ever, without it as they are."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, a 304 or a 404."""
        marked, _, rest = path.replace("\\", "/").partition("/")
        if rest and marked == mark():
            answer = await super().get_response(rest, scope)
            answer.headers["Cache-Control"] = FOR_EVER
            return answer
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer
