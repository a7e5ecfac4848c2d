"""How do brains learn what a console may at most? By a file for each in their folder `consoles`."""

from __future__ import annotations

from pathlib import Path

from doorctl import safe_files
from doorctl.site import Console, Site

_TEXT = """\
# The most that any account of the console {name} may: viewer, porter or administrator. Written by
# `doorctl console`, which keeps site.yaml in step; the brain reads it with each request. Without
# this file the console may nothing.
most: {most}
"""


def ceiling(brain: Path, name: str) -> Path:
    """The file of a console in a brain's folder."""
    return brain / "consoles" / f"{name}.yaml"


def render(console: Console) -> str:
    """What stands in that file."""
    return _TEXT.format(name=console.name, most=console.most)


def write(site: Site) -> None:
    """Write the files of all consoles into the folder of each brain that is here."""
    for brain in site.brain_folders:
        if not brain.exists():
            continue
        for console in site.description.consoles:
            file = ceiling(brain, console.name)
            safe_files.private_folder(file.parent)
            safe_files.replace(file, render(console))
