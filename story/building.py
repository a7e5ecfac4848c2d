"""What is the story played on? A site with its broker, brain and doors, and an administrator.

Mosquitto is a process of its own, with TLS and access list, and so is each lock. Brain and doors
run here, wired by their own main programs, but for three things: all go by one clock, which leaps;
eyes and camera are those of the story; and the brain reads painted plates.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import yaml
from pydantic import TypeAdapter

from brain.__main__ import parts_of as brain_parts
from brain.__main__ import site_keys
from brain.adapters.store_sql import SqlStore
from brain.app import Brain
from brain.config import BrainSettings
from brain.store_ports import AuditEntry
from demo.observer import NotSeen, Observer, Seen
from demo.private_broker import PrivateBroker
from demo.stage import overlay
from doorbus import messages as m
from doorbus import topics
from doorbus.settings import load
from doorctl import provisioning
from doorctl.conversation import ClientSettings, Conversation, new_transaction
from doorctl.edge_config import DoorChoices
from edge import config as edge_config
from edge import service
from edge.__main__ import parts_of as edge_parts
from edge.adapters.actuator_simulated import read_ledger
from edge.ports import LockState
from story.clock import StoryClock
from story.sight import Scene, SceneCamera, ScenePresence, SceneTracker

ADMIN: Final = "admin.alice"
HOLD_S: Final = 0.3
START_S: Final = 60.0
STOP_S: Final = 20.0
FRAMES: Final = 12
POLL_S: Final = 0.02
READS_AUDIT: Final = 10_000

DOOR: Final[Mapping[str, Any]] = {
    "lock": {"kind": "simulated", "hold_s": HOLD_S},
    "visit": {"refusal_s": 0.2, "absence_s": 0.5, "burst": 10, "no_life_s": 2},
    "enrolment": {"min_interval_s": 0.01},
    "liveness": {"policy": "demo", "texture": "off"},
    "indicator": {"kind": "none"},
    "snapshot": {"mask": [[0.0, 0.0, 0.25, 1.0]]},
}
BRAIN: Final[Mapping[str, Any]] = {
    "encoder": "painted",
    "liveness": {"policies": ["demo"]},
    "matching": {"threshold": 0.8},
    "enrolment": {"count": FRAMES, "templates": 3},
    "hold_s": HOLD_S,
    "workers": 2,
}
_REQUEST: TypeAdapter[Any] = TypeAdapter(m.Request)


class StoryDoor:
    """One door: a real edge with a real lock process, and the scene before it."""

    def __init__(self, folder: Path, clock: StoryClock) -> None:
        self.name = folder.name
        self.scene = Scene()
        self._folder = folder
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._crashed: BaseException | None = None

    @property
    def wires(self) -> Path:
        """The file that says what its wires feel."""
        return self._folder / "wires.yaml"

    @property
    def reader(self) -> Path:
        """Where digits are typed."""
        return self._folder / "reader"

    @property
    def openings(self) -> int:
        """How often the lock has opened, by its own ledger."""
        return sum(state == LockState.UNLOCKED.value for state in self._moves())

    @property
    def locked(self) -> bool:
        """Whether the ledger's last word is that it is closed."""
        moves = self._moves()
        return not moves or moves[-1] == LockState.LOCKED.value

    def start(self) -> None:
        """Start it; returns at once."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"door-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it. Twice is harmless. Raises what it died of."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(STOP_S)
        if self._crashed is not None:
            raise NotSeen(f"door {self.name} died: {self._crashed!r}")

    def feels(self, **wires: bool) -> None:
        """Change what its wires feel, in one step."""
        before = yaml.safe_load(self.wires.read_text("utf-8")) or {}
        fresh = self.wires.with_suffix(".new")
        fresh.write_text(yaml.safe_dump({**before, **wires}), encoding="utf-8")
        fresh.replace(self.wires)

    def types(self, digits: str) -> None:
        """Somebody types at its keypad, or shows a card to its reader."""
        with self.reader.open("w", encoding="ascii") as keypad:
            keypad.write(f"{digits}\n")

    def _moves(self) -> list[str]:
        ledger = self._folder / "state" / "lock-ledger.jsonl"
        return [move.state for move in read_ledger(ledger)] if ledger.exists() else []

    def _run(self) -> None:
        try:
            settings = edge_config.read(self._folder / "edge.yaml")
            parts = replace(
                edge_parts(settings),
                camera=SceneCamera(self.scene),
                tracker=SceneTracker(self.scene),
                presence=ScenePresence(self.scene),
                clock=self._clock,
                wall_clock=self._clock,
                wall=self._clock.wall,
                surface=None,
                landmarks=None,
                models={"detector": "painted"},
            )
            service.run(settings, parts, self._stopping)
        except BaseException as error:  # noqa: BLE001  # told by `stop`, on the story's own thread
            self._crashed = error


class Building:
    """Everything, provisioned in `folder`; runs between `__enter__` and `__exit__`.

    Args:
        folder: empty or missing.
        clock: everybody's.
        doors: settings laid over each door's `edge.yaml`, by name.
        brain: settings laid over `brain.yaml`.
    """

    def __init__(
        self,
        folder: Path,
        clock: StoryClock,
        doors: Mapping[str, Mapping[str, Any]],
        brain: Mapping[str, Any],
    ) -> None:
        self.clock = clock
        self._site = folder / "site"
        self._plans = doors
        self._brain_plan = brain
        self.doors: dict[str, StoryDoor] = {}
        self.observer = Observer()
        self._broker = PrivateBroker(self._site)
        self._brain: Brain | None = None
        self._running = ExitStack()
        self._alice: Conversation | None = None

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

    # --- asking and waiting ----------------------------------------------------------------------

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Ask the brain as an administrator. Raises `RequestRefused`."""
        assert self._alice is not None  # noqa: S101  # it runs
        request = _REQUEST.validate_python(
            {"op": op, "transaction": new_transaction(), **fields}, strict=False
        )
        return self._alice.ask(request, patience_s=20)

    def wait(self, wanted: Callable[[Seen], object], mark: int, what: str, s: float = 20) -> Seen:
        """The first message after `mark` that is wanted. Raises `NotSeen`."""
        return self.observer.wait(wanted, mark, s, what)

    def told(self, mark: int, door: str, kind: m.EventKind, s: float = 20) -> m.DoorEvent:
        """A door's event after `mark`."""
        topic = topics.DOOR_EVENT.name(door)

        def is_it(seen: Seen) -> bool:
            return (
                seen.wire.topic == topic
                and isinstance(seen.value, m.DoorEvent)
                and seen.value.kind is kind
            )

        event: m.DoorEvent = self.wait(is_it, mark, f"{kind} at door {door}", s).value
        return event

    def until(self, true: Callable[[], bool], what: str, s: float = 20) -> None:
        """Wait for what no message tells. Raises `NotSeen`."""
        deadline = time.monotonic() + s
        while not true():
            if time.monotonic() > deadline:
                raise NotSeen(f"{what}: not within {s:.0f} s")
            time.sleep(POLL_S)

    def audit(self) -> Sequence[AuditEntry]:
        """The audit, oldest first, from a store of one's own; the chain is checked as well."""
        chosen = self._brain_settings()
        store = SqlStore(chosen.database_url, site_keys(chosen))
        store.start(upgrade=False)
        try:
            with store.work() as work:
                checked = work.audit.check()
                if checked.broken is not None:
                    raise NotSeen(f"the audit's chain is broken: {checked.broken}")
                return work.audit.latest(READS_AUDIT)[::-1]
        finally:
            store.stop()

    # --- making it -------------------------------------------------------------------------------

    def _start(self) -> None:
        self._provision()
        self._running.callback(self._broker.close)
        self._broker.start()
        self._running.callback(self.observer.stop)
        self.observer.watch(
            self._client().broker,
            f"{ADMIN}/story",
            "door/#",
            "verdict/#",
            topics.BRAIN_EVENT.filter,
            topics.BRAIN_AVAILABILITY.filter,
        )
        chosen = self._brain_settings()
        self.observer.watch(chosen.broker, "brain.main/story", topics.RECOGNIZE.filter)
        self._running.callback(self.stop_brain)
        self.start_brain()
        for name in self._plans:
            door = StoryDoor(self._site / "doors" / name, self.clock)
            self.doors[name] = door
            self._running.callback(door.stop)
            door.start()
        for name in self._plans:
            self.told(0, name, m.EventKind.STARTED, START_S)
        self._alice = Conversation(self._client())
        self._running.callback(self._alice.stop)
        self._alice.start()

    def start_brain(self) -> None:
        """Start the brain, and wait until it says that it is there."""
        chosen, mark = self._brain_settings(), self.observer.mark()
        self._brain = Brain(chosen, replace(brain_parts(chosen), clock=self.clock))
        self._brain.start()
        self.wait(
            lambda seen: (
                seen.wire.topic == topics.BRAIN_AVAILABILITY.name()
                and seen.value is m.Availability.ONLINE
            ),
            mark,
            "the brain is there",
            START_S,
        )

    def stop_brain(self) -> None:
        """End the brain. Twice is harmless."""
        brain, self._brain = self._brain, None
        if brain is not None:
            brain.stop()

    def _provision(self) -> None:
        provisioning.create_site(self._site, hosts=("127.0.0.1",), admins=("alice",))
        for name, plan in self._plans.items():
            choices = DoorChoices(
                camera_kind="scene", camera_source="scene.yaml", liveness_policy="demo"
            )
            bundle = provisioning.add_door(self._site, name, choices)
            (bundle / "wires.yaml").write_text("{}\n", encoding="utf-8")
            (bundle / "scene.yaml").write_text("{kind: empty}\n", encoding="utf-8")
            for settings in (DOOR, plan):
                overlay(bundle / "edge.yaml", settings)
        for settings in (BRAIN, self._brain_plan):
            overlay(self._site / "brain" / "brain.yaml", settings)

    def _brain_settings(self) -> BrainSettings:
        return load(self._site / "brain" / "brain.yaml", BrainSettings)

    def _client(self) -> ClientSettings:
        return load(self._site / "staff" / ADMIN / "client.yaml", ClientSettings)
