"""How is a console tried as people use it? Broker, brain, doors and console, all running.

Mosquitto, brain and console are processes of their own, started by their own main programs. The
doors run here, with lock processes of their own; painted plates stand before their cameras
(`story.people`), so that enrolling and recognising take a fraction of a second. Nothing here needs
a browser. `PYTHONPATH=. python tests/browser/console_world.py` keeps one running, for a look.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import httpx
from argon2 import PasswordHasher
from pydantic import TypeAdapter

from console.accounts import sessions
from console.accounts.desk import Accounts
from console.accounts.hashing import Hashing
from console.accounts.notes import Actor
from console.accounts.passwords import Caller
from console.accounts.roster import SHELL
from console.accounts.store import AccountStore
from console.config import ConsoleSettings
from console.web import cookies
from demo.daemon import Daemon
from demo.observer import NotSeen, Observer, Seen
from demo.private_broker import PrivateBroker, free_ports
from demo.stage import overlay
from doorbus import messages as m
from doorbus import topics
from doorbus.messages.console import Role
from doorbus.settings import load
from doorctl import consoles, provisioning
from doorctl.conversation import ClientSettings, Conversation, new_transaction
from doorctl.edge_config import DoorChoices
from story.building import ADMIN, BRAIN, DOOR, StoryDoor
from story.clock import StoryClock
from story.people import Person

CONSOLE: Final = "main"
PASSWORD: Final = "tide-lantern-47-moss"  # noqa: S105  # of accounts that live as long as a test
ACCOUNTS: Final[Mapping[str, Role]] = {role.value: role for role in Role}
"""One account for each role, called as the role is."""

ZONE: Final = "Europe/Berlin"
START_S: Final = 30.0
POLL_S: Final = 0.02
COMES_S: Final = 0.7
"""Seconds after which a door takes whoever comes for somebody new."""

WIRE: Final = {"kind": "simulated", "source": "wires.yaml"}
DOORS: Final[Mapping[str, Mapping[str, Any]]] = {
    "front": {"passes": {"kind": "camera", "every_s": 0.1}},
    "back": {
        "reader": {"kind": "simulated", "source": "reader"},
        "codes": {"alone": True},
        "contact": {**WIRE, "held_open_s": 30},
        "exit": WIRE,
        "tamper": WIRE,
        "fire": WIRE,
    },
}
FREE: Final = {"burst": 10_000, "every_s": 0.01}
SETTINGS: Final[Mapping[str, Any]] = {
    **BRAIN,
    "timezone": ZONE,
    "doors": {"back": {"codes": True}},
    "limits": {"enrolment": FREE, "unlock": FREE},
    "workers": 1,
}
_REQUEST: Final[TypeAdapter[Any]] = TypeAdapter(m.Request)


class ConsoleWorld:
    """A site with a console, in `folder`; runs between `__enter__` and `__exit__`.

    Args:
        folder: empty or missing.
        doors: settings laid over each door's `edge.yaml`, by name.
        brain: settings laid over `brain.yaml`.
        console: settings laid over `console.yaml`.
        most: the console's ceiling.
    """

    def __init__(
        self,
        folder: Path,
        doors: Mapping[str, Mapping[str, Any]] | None = None,
        brain: Mapping[str, Any] | None = None,
        console: Mapping[str, Any] | None = None,
        most: Role = Role.ADMINISTRATOR,
    ) -> None:
        self.folder = folder
        self.site = folder / "site"
        self.observer = Observer()
        self.clock = StoryClock(datetime.now(UTC), ZoneInfo(ZONE))
        self.port = free_ports()[0]
        self._plans = DOORS if doors is None else doors
        self._brain_plan = brain or {}
        self._console_plan = console or {}
        self._most = most
        self._bundle = self.site / "staff" / f"console.{CONSOLE}"
        self.broker = PrivateBroker(self.site)
        self.brain = Daemon("brain", self.site / "brain" / "brain.yaml", folder / "brain.log")
        self.console = Daemon("console", self._bundle / "console.yaml", folder / "console.log")
        self._doors: dict[str, StoryDoor] = {}
        self._running = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()

    # --- the console -----------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """What people type."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> ConsoleSettings:
        """Those of the console."""
        return load(self._bundle / "console.yaml", ConsoleSettings)

    def session(self, role: str) -> str:
        """What the cookie says of a new session of that role's account."""
        store = AccountStore(self.settings.data_dir)
        store.open()
        try:
            with store.change() as connection:
                return sessions.begin(connection, role, "127.0.0.1", "world", self.clock.wall())
        finally:
            store.close()

    def http(self, role: str | None = None) -> httpx.Client:
        """A client that follows no redirects; signed in where a role is named. Close it."""
        client = httpx.Client(base_url=self.address, timeout=20)
        if role is not None:
            client.cookies.set(cookies.SESSION, self.session(role), domain="127.0.0.1")
        return client

    def start_console(self) -> None:
        """Start the console, and wait until pages are answered and broker and brain are there."""
        self.console.start()
        with httpx.Client(base_url=self.address, timeout=2) as client:
            self.until(lambda: self._answers(client), "the console answers", START_S)

    def stop_console(self) -> int | None:
        """End the console; its exit code."""
        return self.console.stop()

    def _answers(self, client: httpx.Client) -> bool:
        self.console.check()
        try:
            return client.get("/sign-in").status_code < httpx.codes.INTERNAL_SERVER_ERROR
        except httpx.TransportError:
            return False

    # --- broker and brain ------------------------------------------------------------------------

    def stop_broker(self) -> None:
        """End the broker."""
        self.broker.stop()

    def start_broker(self) -> None:
        """Start it again, on its old ports."""
        self.broker.restart()

    def restart_broker(self) -> None:
        """End it and start it again."""
        self.broker.restart()

    def start_brain(self) -> None:
        """Start the brain, and wait until it says that it is there."""
        mark = self.observer.mark()
        self.brain.start()
        topic = topics.BRAIN_AVAILABILITY.name()
        try:
            self.wait(
                lambda seen: seen.wire.topic == topic and seen.value is m.Availability.ONLINE,
                mark,
                "the brain is there",
                START_S,
            )
        except NotSeen:
            self.brain.check()
            raise

    def stop_brain(self) -> None:
        """End the brain. Twice is harmless."""
        self.brain.stop()

    # --- doors and people ------------------------------------------------------------------------

    def door(self, name: str = "front") -> StoryDoor:
        """A door; its `scene` says who stands there, `feels` what its wires do."""
        return self._doors[name]

    def comes(self, person: Person | int, door: str = "front", *, blinks: bool = True) -> int:
        """Somebody steps up to a door; returns the observer's mark before it."""
        mark = self.observer.mark()
        number = person if isinstance(person, int) else person.number
        self._doors[door].scene.stands(number, blinks=blinks)
        return mark

    def goes(self, door: str = "front") -> None:
        """Nobody is there any more; whoever comes next is somebody new."""
        self._doors[door].scene.leaves()
        time.sleep(COMES_S)

    def visit(self, person: Person | int, door: str = "front") -> m.EventKind:
        """Somebody comes, is judged, and goes; what the door told of it."""
        mark = self.comes(person, door)
        ends = {m.EventKind.GRANTED, m.EventKind.DENIED, m.EventKind.NO_BLINK, m.EventKind.SPOOF}
        topic = topics.DOOR_EVENT.name(door)
        try:
            event: m.DoorEvent = self.wait(
                lambda seen: (
                    seen.wire.topic == topic
                    and isinstance(seen.value, m.DoorEvent)
                    and seen.value.kind in ends
                ),
                mark,
                f"door {door} says how the visit ended",
            ).value
        finally:
            self.goes(door)
        return event.kind

    def enrol(self, person: Person, door: str = "front", count: int = 12) -> str:
        """Enrol somebody at a door, by an administrator without a console; the enrolment's id."""
        opened = self.ask("enroll", card=person.card, name=person.name, door=door, count=count)
        mark = self.comes(person, door)
        enrolment: str = opened["enrolment"]
        self.wait(
            lambda seen: (
                isinstance(seen.value, m.EnrolmentChanged)
                and seen.value.enrolment == enrolment
                and seen.value.state is m.EnrolmentState.TRAINED
            ),
            mark,
            f"{person.name} is trained",
        )
        self.goes(door)
        return enrolment

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Ask the brain as an administrator without a console. Raises `RequestRefused`."""
        request = _REQUEST.validate_python(
            {"op": op, "transaction": new_transaction(), **fields}, strict=False
        )
        with Conversation(self.client(ADMIN)) as alice:
            return alice.ask(request, patience_s=20)

    # --- waiting ---------------------------------------------------------------------------------

    def wait(self, wanted: Callable[[Seen], object], mark: int, what: str, s: float = 20) -> Seen:
        """The first message after `mark` that is wanted. Raises `NotSeen`."""
        return self.observer.wait(wanted, mark, s, what)

    def until(self, true: Callable[[], bool], what: str, s: float = 20) -> None:
        """Wait for what no message tells. Raises `NotSeen`."""
        deadline = time.monotonic() + s
        while not true():
            if time.monotonic() > deadline:
                raise NotSeen(f"{what}: not within {s:.0f} s")
            time.sleep(POLL_S)

    def client(self, name: str) -> ClientSettings:
        """What a member of staff connects with."""
        return load(self.site / "staff" / name / "client.yaml", ClientSettings)

    # --- making it -------------------------------------------------------------------------------

    def _start(self) -> None:
        self._provision()
        self._make_accounts()
        self._running.callback(self.broker.close)
        self.broker.start()
        self._running.callback(self.observer.stop)
        self.observer.watch(
            self.client(ADMIN).broker, f"{ADMIN}/world", "door/#", "verdict/#", "brain/#"
        )
        for name in self._plans:
            door = StoryDoor(self.site / "doors" / name, self.clock)
            self._doors[name] = door
            self._running.callback(door.stop)
            door.start()
        self._running.callback(self.brain.stop)
        self._running.callback(self.console.stop)
        self.console.start()
        self.start_brain()
        for name in self._plans:
            self.wait(_is_online(name), 0, f"door {name} is there", START_S)
        self.start_console()

    def _provision(self) -> None:
        provisioning.create_site(self.site, hosts=("127.0.0.1",), admins=("alice",))
        for name, plan in self._plans.items():
            choices = DoorChoices(
                camera_kind="scene", camera_source="scene.yaml", liveness_policy="demo"
            )
            bundle = provisioning.add_door(self.site, name, choices)
            (bundle / "wires.yaml").write_text("{}\n", encoding="utf-8")
            (bundle / "scene.yaml").write_text("{kind: empty}\n", encoding="utf-8")
            for settings in (DOOR, plan):
                overlay(bundle / "edge.yaml", settings)
        for settings in (SETTINGS, self._brain_plan):
            overlay(self.site / "brain" / "brain.yaml", settings)
        consoles.add_console(self.site, CONSOLE, most=self._most)
        listen = {"listen": {"port": self.port}}
        for settings in (listen, self._console_plan):
            overlay(self._bundle / "console.yaml", settings)

    def _make_accounts(self) -> None:
        # Not argon2's usual parameters: nobody guesses these. The first sign-in makes them usual.
        quick = Hashing(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        chosen = self.settings
        accounts = Accounts(chosen.data_dir, chosen.sessions, hashing=quick)
        caller = Caller("127.0.0.1", "world")
        accounts.open()
        try:
            quick.start()
            # A test may have an event loop of its own on this thread: Playwright has.
            with ThreadPoolExecutor(1) as beside:
                for name, role in ACCOUNTS.items():
                    token = accounts.add(name, role, Actor(SHELL, Role.ADMINISTRATOR))
                    taken = accounts.passwords.accept(token, PASSWORD, caller)
                    beside.submit(asyncio.run, taken).result()
        finally:
            quick.stop()
            accounts.close()


def _is_online(door: str) -> Callable[[Seen], bool]:
    topic = topics.DOOR_AVAILABILITY.name(door)
    return lambda seen: seen.wire.topic == topic and seen.value is m.Availability.ONLINE


def main() -> int:
    """Keep a world running until Enter is pressed."""
    with tempfile.TemporaryDirectory(prefix="doorward-console-") as name:
        began = time.monotonic()
        with ConsoleWorld(Path(name)) as world:
            sys.stdout.write(
                f"{world.address}  up in {time.monotonic() - began:.1f} s\n"
                f"accounts {', '.join(ACCOUNTS)}; password {PASSWORD}; files in {name}\n"
                "press Enter to end it\n"
            )
            sys.stdout.flush()
            sys.stdin.readline()
    return 0


if __name__ == "__main__":
    sys.exit(main())
