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

from demo.open_house import Doorstep, OpenHouse
from demo.stage import Stage
from demo.story import ABSENCE_S, CAMERA_DOOR, DOOR, Story
from doorbus.errors import DoorwardError
from faces.errors import FacesError

OUTPUT = Path("demo-out")
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GREETING = """
The page: [bold]{address}[/]
Sign in:  [bold]{link}[/]  (good once; you choose a password there)

It listens on this machine alone; from elsewhere: ssh -L {port}:127.0.0.1:{port} this-machine
Two people may come in. Somebody comes to the door every now and then; enrol somebody on the page,
at the door, and whoever nobody knows steps up for it.
Type resident, stranger, neighbour, photo or nobody and Enter to say who comes, or go to have them
take turns again. Ctrl-C ends all of it and leaves nothing behind.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the story; 0 when all of it came out right, 1 when not, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    # A terminal that is closed ends the demo as Ctrl-C does, and leaves nothing behind.
    for number in _ENDS:
        signal.signal(number, _interrupt)
    # The timeline is for people; what the daemons log goes to files.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    OUTPUT.mkdir(exist_ok=True)
    began = time.monotonic()
    if options.console:
        return _open_house(console)
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


def _open_house(console: Console) -> int:
    """Leave a site and its web page running until Ctrl-C; 0 then, 1 where it could not begin."""
    with tempfile.TemporaryDirectory(prefix="doorward-demo-") as name:
        folder = Path(name)
        house = OpenHouse(folder)
        try:
            console.print("Starting broker, brain, door and console ...")
            with house:
                house.enrol()
                link = house.invite()
                greeting = GREETING.format(address=house.address, port=house.port, link=link)
                console.print(greeting, highlight=False, soft_wrap=True)
                Doorstep(house, console).play()
        except (DoorwardError, FacesError) as error:
            console.print(f"The demo could not go on: {error}", style="bold red")
            return 1
        except KeyboardInterrupt:
            console.print("Stopped; nothing is left running.")
            return 0
        finally:
            _keep_logs(folder)
    return 0


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
    for number in _ENDS:  # once is enough: whoever is ending daemons must not be stopped at it
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--camera", help="a camera's number, a file or an RTSP address, for a visit of your own"
    )
    parser.add_argument(
        "--console", action="store_true", help="leave the site and its web page running"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
