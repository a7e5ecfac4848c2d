"""`make demo`: the whole story on this machine. Exit code 0 only if every step came out right."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from rich.console import Console

from demo.stage import Stage
from demo.story import ABSENCE_S, CAMERA_DOOR, DOOR, Story
from doorbus.errors import DoorwardError
from faces.errors import FacesError

OUTPUT = Path("demo-out")


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the story; 0 when all of it came out right, 1 when not, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    # The timeline is for people; what the daemons log goes to files.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    OUTPUT.mkdir(exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="doorward-demo-") as name:
        folder = Path(name)
        stage = Stage(folder, _doors(options.camera), later={CAMERA_DOOR})
        try:
            with stage:
                report = Story(stage, console, OUTPUT).play(camera=options.camera is not None)
        except (DoorwardError, FacesError) as error:
            console.print(f"The demo could not be played: {error}", style="bold red")
            return 1
        except KeyboardInterrupt:
            console.print("Stopped; nothing is left running.")
            return 130
        finally:
            _keep_logs(folder)
    report.show(console)
    console.print(f"The visit as a picture: {OUTPUT / 'visit.png'}; logs: {OUTPUT}/*.log")
    console.print(f"All of it took {time.monotonic() - began:.0f} s. Nothing is left running.")
    return 0 if report.good else 1


def _doors(camera: str | None) -> Mapping[str, Mapping[str, Any]]:
    """The doors of the site, and what is laid over their `edge.yaml`."""
    patience = {"visit": {"absence_s": ABSENCE_S}}
    doors: dict[str, Mapping[str, Any]] = {DOOR: patience}
    if camera is not None:
        doors[CAMERA_DOOR] = {
            "camera": _camera(camera),
            "presence": {"kind": "always"},
            "visit": {"no_life_s": 60},
        }
    return doors


def _camera(source: str) -> Mapping[str, Any]:
    if source.isdecimal():
        return {"kind": "device", "source": int(source)}
    if "://" in source:
        return {"kind": "rtsp", "source": source}
    return {"kind": "file", "source": str(Path(source).resolve()), "loop": True}


def _keep_logs(folder: Path) -> None:
    for log in folder.glob("*.log"):
        (OUTPUT / log.name).write_bytes(log.read_bytes())


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--camera", help="a camera's number, a file or an RTSP address, for a visit of your own"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
