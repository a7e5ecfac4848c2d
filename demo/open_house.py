"""What does `make demo CONSOLE=1` leave running? A site with its web page, until Ctrl-C."""

from __future__ import annotations

import re
import select
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console

from demo.daemon import Daemon, DaemonFailed
from demo.observer import Observer
from demo.private_broker import free_ports
from demo.stage import START_S, Stage, overlay
from demo.story import ABSENCE_S, DOOR, NEIGHBOUR, RESIDENT
from demo.turns import ENROLLED, TURNS, Turn, in_turn
from doorbus import messages as m
from doorbus import topics
from doorctl import consoles, enrolling
from doorctl.conversation import Conversation, new_transaction
from faces import models

CONSOLE: Final = "main"
ACCOUNT: Final = "you"
BESIDE: Final = "back"
"""Another door, where nobody comes."""

DOORS: Final[Mapping[str, Any]] = {
    "visit": {"absence_s": ABSENCE_S},
    # Nothing to look at twice: a demo's clock need not be set, nor networks fetched.
    "clock": {"kind": "system"},
    "liveness": {"texture": "off"},
}

POLL_S: Final = 0.1
LOOK_S: Final = 0.5
_ENROLLING: Final = frozenset({m.EventKind.ENROLLING})
_ENROLLED: Final = frozenset({m.EventKind.ENROLMENT_SENT, m.EventKind.ENROLMENT_FAILED})
_PHOTOS: Final = {RESIDENT: ("obama.jpg", "obama2.jpg"), NEIGHBOUR: ("astronaut.png",)}


class OpenHouse(Stage):
    """A stage with a console, an account, and two people enrolled.

    Args:
        folder: where everything is written; must be empty or missing.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            {DOOR: DOORS, BESIDE: DOORS},
            {"timezone": here()},
            traced=False,  # it may run for days
        )
        self.port = free_ports()[0]
        self._bundle_of_console = folder / "site" / "staff" / f"console.{CONSOLE}"
        self.console = Daemon(
            "console", self._bundle_of_console / "console.yaml", folder / "console.log"
        )

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    def provision(self) -> None:
        """Write the site and its console."""
        super().provision()
        bundle = consoles.add_console(self.site.root, CONSOLE)
        overlay(bundle / "console.yaml", {"listen": {"port": self.port}})

    def start(self) -> None:
        """Start everything; returns once the page answers."""
        super().start()
        self.console.start()
        deadline = time.monotonic() + START_S
        while not self._answers():
            self.console.check()
            if time.monotonic() > deadline:
                raise DaemonFailed(f"the console answers nothing: {self.console.last_words()}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End every process by its own id. Twice is harmless."""
        self.console.stop()
        super().stop()

    def invite(self) -> str:
        """An address that signs in once, as an administrator who chooses a password then."""
        config = str(self._bundle_of_console / "console.yaml")
        command = [sys.executable, "-m", "console", "account", "add", ACCOUNT]
        said = subprocess.run(
            [*command, "--role", "administrator", "--config", config],
            check=False,
            capture_output=True,
            text=True,
            timeout=START_S,
        )
        link = re.search(r"https?://\S+", said.stdout)
        if said.returncode or link is None:
            raise DaemonFailed(f"the console invites nobody: {said.stdout}{said.stderr}")
        return link[0]

    def enrol(self) -> None:
        """Make the site know who may come in: by photos, which is quick."""
        with Conversation(self.client("admin.alice")) as alice:
            for person, names in _PHOTOS.items():
                photos = enrolling.distinct([models.path(name) for name in names])
                opened = alice.ask(
                    m.Enroll(
                        op="enroll",
                        transaction=new_transaction(),
                        card=person.card,
                        name=person.name,
                        source="upload",
                        count=len(photos),
                        consent="public domain portraits of public figures",
                    )
                )
                done = enrolling.send_photos(alice, person.card, opened, photos)
                if done.ended.state is not m.EnrolmentState.TRAINED:
                    raise DaemonFailed(f"{person.name} was not enrolled: {done.ended.reason}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address, timeout=2):  # noqa: S310  # our own address
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


class Doorstep:
    """Has people come to the door, one after the other, or as somebody types.

    Args:
        house: which runs.
        console: where to say who is there.
    """

    def __init__(self, house: OpenHouse, console: Console) -> None:
        self._house = house
        self._console = console
        self._observer = Observer()
        self._mark = 0
        self._enrolling = False

    def play(self) -> None:
        """Until interrupted."""
        self._observer.watch(
            self._house.client("admin.alice").broker,
            "admin.alice/doorstep",
            topics.DOOR_EVENT.name(DOOR),
        )
        try:
            for turn in in_turn():
                self._show(turn)
                self._wait(turn)
        finally:
            self._observer.stop()

    def _show(self, turn: Turn) -> None:
        self._console.print(f"  at the door {DOOR}: {turn.who}", highlight=False)
        self._house.show(turn.scene, DOOR)

    def _wait(self, turn: Turn) -> None:
        """Stay for a turn; longer where somebody is enrolled or typed who is to come."""
        end: float | None = time.monotonic() + turn.seconds
        while self._enrolling or end is None or time.monotonic() < end:
            self._house.console.check()
            word = typed(LOOK_S)
            if word == "go":
                return
            if word is not None and word in TURNS:
                self._show(TURNS[word])
                end = None
            elif word is not None:
                words = ", ".join(TURNS)
                self._console.print(f"  type one of {words}; or go, to have them come in turn")
            if self._look():
                self._show(ENROLLED if self._enrolling else TURNS["nobody"])
                end = time.monotonic() + TURNS["nobody"].seconds

    def _look(self) -> bool:
        """Whether an enrolment at the door has begun or ended since the last look."""
        before = self._enrolling
        for seen in self._observer.since(self._mark):
            self._mark += 1
            if isinstance(seen.value, m.DoorEvent):
                if seen.value.kind in _ENROLLING:
                    self._enrolling = True
                elif seen.value.kind in _ENROLLED:
                    self._enrolling = False
        return self._enrolling is not before


def typed(seconds: float) -> str | None:
    """A word that somebody typed and ended with Enter; None where nobody did for so long."""
    if not sys.stdin.isatty():
        time.sleep(seconds)
        return None
    if not select.select([sys.stdin], [], [], seconds)[0]:
        return None
    line = sys.stdin.readline()
    if not line:  # Ctrl-D: nothing will be typed any more
        time.sleep(seconds)
        return None
    return line.strip().lower()


def here() -> str:
    """This machine's time zone, by name; UTC where it has none."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
    try:
        return ZoneInfo(name).key if found else "UTC"
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
