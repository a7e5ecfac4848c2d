"""Is there what the console needs beside the rest of Doorward? Imported before anything of it is.

The packages of the extra `console` are not installed where nobody runs one.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from typing import Final

NEEDED: Final = (
    "argon2",
    "babel",
    "jinja2",
    "pillow_heif",
    "python_multipart",
    "sse_starlette",
    "starlette",
    "uvicorn",
)


def missing(needed: Sequence[str] = NEEDED) -> list[str]:
    """Those of these packages that are not installed."""
    return [name for name in needed if importlib.util.find_spec(name) is None]


if lacking := missing():
    sys.stderr.write(
        f"the console needs {', '.join(lacking)}: install them with `pip install '.[console]'`\n"
    )
    sys.exit(2)
