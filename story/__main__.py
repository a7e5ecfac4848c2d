"""`make story`: a day at a building, and whether the audit tells it exactly. Exit code 0 if so."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
from rich.console import Console

from doorbus.errors import DoorwardError
from faces.errors import FacesError
from story import day
from story.audit import differences
from story.building import Building
from story.clock import StoryClock
from story.directions import Directions
from story.faces import real_faces

RESIDENTS = 50
FEW = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the day and compare; 0 where the audit equals the story, 1 where not."""
    parser = argparse.ArgumentParser(prog="python -m story", description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{FEW} residents, none of them real")
    parser.add_argument("--show", action="store_true", help="print the audit as well")
    options = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console()
    began = time.monotonic()
    try:
        agrees = painted_day(console, FEW if options.short else RESIDENTS, show=options.show)
        if not options.short:
            agrees = real_faces(console) and agrees
    except (DoorwardError, FacesError) as error:
        console.print(f"The story broke: {error}", style="bold red", highlight=False)
        return 1
    console.print(f"All of it took {time.monotonic() - began:.0f} s. Nothing is left running.")
    return 0 if agrees else 1


def painted_day(console: Console, residents: int, *, show: bool = False) -> bool:
    """The day with painted residents; whether the audit equals the story.

    Raises:
        StoryBroken: something happened otherwise than the story says.
    """
    clock = StoryClock(day.BEGINS, day.ZONE)
    with (
        tempfile.TemporaryDirectory(prefix="doorward-story-") as folder,
        Building(Path(folder), clock, day.DOORS, day.BRAIN) as building,
    ):
        story = Directions(building, console)
        try:
            day.play(story, residents, restart=residents > FEW)
        finally:
            found = building.audit()
            if show:
                for entry in found:
                    console.print(str(entry), highlight=False, soft_wrap=True)
    wrong = differences(story.chapters, found, story.names)
    for line in wrong:
        console.print(f"  {line}", style="bold red", highlight=False)
    lines = sum(len(chapter.lines) for chapter in story.chapters)
    verdict = "equals the story exactly" if not wrong else f"differs from it: {len(wrong)} lines"
    console.print(
        f"{residents} residents, {len(day.DOORS)} doors, {story.visits} visits, "
        f"{len(story.chapters)} chapters, {lines} lines: the audit {verdict}.",
        style="bold red" if wrong else "bold green",
        highlight=False,
    )
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
