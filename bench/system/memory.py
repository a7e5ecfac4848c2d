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
        share: PSS; a page that n processes of the machine share counts an n-th for each. Of
            processes that let nobody look inside, which the brain's lookers are and whose PSS only
            root may ask for, RSS instead.
        closed: how many processes those were.
    """

    resident: int
    share: int
    closed: int = 0


def of_tree(pid: int) -> Memory:
    """What a process and its children take now; whoever ends meanwhile takes nothing."""
    whole = psutil.Process(pid)
    taken = [one for each in (whole, *whole.children(recursive=True)) if (one := _of_one(each))]
    return Memory(
        sum(one.resident for one in taken),
        sum(one.share for one in taken),
        sum(one.closed for one in taken),
    )


def _of_one(process: psutil.Process) -> Memory | None:
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        resident = process.memory_info().rss
        return Memory(resident, resident, 1)
    except psutil.NoSuchProcess:
        return None
    return Memory(full.rss, full.pss)


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
            f"{one.share / MEGABYTE:.0f} MB"
            + (f" ({one.closed} of its processes by RSS: ask as root)" if one.closed else ""),
            f"{one.resident / bare.resident:.1f}",
        )
    page.console.print(shown)
