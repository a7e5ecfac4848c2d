"""How much memory do the daemons take, with all their processes?"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import psutil

from bench.system import page

MEGABYTE = 1_000_000
BARE = "import cv2, dlib, numpy; print('there', flush=True); input()"


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process and its children.

    Attributes:
        resident: RSS; pages that two of them share count twice.
        share: PSS; a page that n processes of the machine share counts an n-th for each.
    """

    resident: int
    share: int


def of_tree(pid: int) -> Memory:
    """What a process and its children take now."""
    whole = psutil.Process(pid)
    taken = [one.memory_full_info() for one in (whole, *whole.children(recursive=True))]
    return Memory(sum(one.rss for one in taken), sum(one.pss for one in taken))


def of_bare_imports() -> Memory:
    """What Python takes that has only imported cv2, dlib and numpy."""
    with subprocess.Popen(
        [sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdout.readline() != "there\n":
            raise RuntimeError("cv2, dlib and numpy cannot be imported")
        taken = of_tree(process.pid)
        process.communicate("\n")
    return taken


def show(taken: dict[str, Memory]) -> None:
    """Print the table; the bare imports are measured now."""
    bare = of_bare_imports()
    shown = page.table("Memory of the whole process tree", "", "RSS", "PSS", "RSS to bare imports")
    for name, one in {**taken, "bare import of cv2, dlib, numpy": bare}.items():
        shown.add_row(
            name,
            f"{one.resident / MEGABYTE:.0f} MB",
            f"{one.share / MEGABYTE:.0f} MB",
            f"{one.resident / bare.resident:.1f}",
        )
    page.console.print(shown)
