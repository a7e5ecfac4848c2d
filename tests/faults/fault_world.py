"""What do attackers and faults meet? A site on a private Mosquitto whose access list is open.

Broker, TLS, brain, database, door loop, spool and lock process are real; only faces and camera are
played (`Painted` faces of `brain_world`, the noise of `edge_world`: all noise is one person). With
the access list open nothing but signatures, freshness and limits stands between anybody with any
certificate and the lock.
"""

from __future__ import annotations

import dataclasses
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Self

import brain_world
import edge_world
from brain_world import Admin, Client, Door
from mosquitto_world import access
from painted_brain import BrainProcess
from vault_keys import KEYS

from brain.adapters.quarantine_disk import SealedSamples
from brain.app import Brain
from brain.config import BrainSettings
from brain.parts import Parts
from brain.remote_eyes import ProcessLookers
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus.bus import Bus, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import BusError, QueueFullError
from doorbus.settings import BrokerSettings
from doorbus.signing import load_private_key
from doorctl import provisioning
from doorctl.site import Site
from edge import service
from edge.adapters.actuator_simulated import Transition, read_ledger
from edge.adapters.clock import SystemClock
from edge.adapters.indicator_none import NoIndicator
from edge.adapters.wall_clock_system import SystemWallClock
from edge.config import EdgeSettings
from edge.lock_child import ActuatorChoice
from edge.lock_client import LockProcess
from edge.parts import Parts as DoorParts
from edge.ports import SurfaceReader

DOORS: Final = ("front", "back")
NOISE: Final = (130, 130, 130)
"""What every picture of the played camera looks like to the painted encoder."""

PATIENCE_S: Final = 30.0
HOLD_S: Final = 0.4


def without_access_list(configuration: str) -> str:
    """A broker that lets everybody with a certificate write and read everything."""
    return re.sub(r"^acl_file .*$", "", configuration, flags=re.MULTILINE)


class SiteBuses:
    """Makes the buses of a site by the names that the worlds use."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.detours: dict[str, int] = {}

    def settings(self, folder: Path, file: str) -> BrokerSettings:
        """Where a client connects: at the broker, or at a relay before it."""
        made = access(folder, file).args[0]
        port = self.detours.get(folder.name, made.port)
        settings: BrokerSettings = made.model_copy(update={"port": port})
        return settings

    def bus(
        self,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription] = (),
        birth: Wire | None = None,
        will: Wire | None = None,
    ) -> MqttBus:
        """`brain.main...`, `door-<door>`, `admin-<name>` and `watcher-...` are known."""
        role, _, name = client_id.partition("-")
        match role:
            case "door":
                settings = self.settings(self._site.door(name), "edge.yaml")
            case "admin" if name in {"None", "admin.alice"}:
                settings = self.settings(self._site.staff("admin.alice"), "client.yaml")
            case "attacker":
                settings = self.settings(self._site.staff("monitor.lobby"), "client.yaml")
            case _:
                settings = self.settings(self._site.brain, "brain.yaml")
        return MqttBus(settings, client_id, subscriptions=subscriptions, birth=birth, will=will)


class BrainSide(brain_world.World):
    """The brain's world with a site's own keys, on a real broker."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder = folder
        self.buses = SiteBuses(site)
        self.broker = self.buses  # type: ignore[assignment]  # makes buses, which is all it is for
        self.clock = brain_world.TestClock()
        self.brain_key = load_private_key(site.brain / "brain.key")
        self.door_keys = {
            door: load_private_key(site.door(door) / "door.key") for door in site.description.doors
        }
        self.encoder = brain_world.PaintedEncoder
        self.detector = brain_world.PaintedDetector
        self.brains: list[Brain] = []
        self.clients: list[Client] = []
        self.keys = load_doors_folder(site)
        self.lookers: ProcessLookers | None = None

    def settings(self, **changes: Any) -> BrainSettings:
        """As the worlds have it; portraits may move, for the played door's policy is `demo`."""
        fields: dict[str, Any] = {"liveness": {"policies": ["standard", "demo"]}, "hold_s": HOLD_S}
        return super().settings(**(fields | changes))

    def parts(self, parts: Parts) -> Parts:
        """With the product's quarantine, and its processes for pictures where a case has them."""
        samples = SealedSamples(self.folder / "data" / "quarantine", KEYS.samples)
        return dataclasses.replace(parts, lookers=self.lookers, samples=samples)

    def brain(self, **changes: Any) -> Brain:
        """Start a brain; returns once it hears administrators."""
        started = super().brain(**changes)
        wait_until(lambda: "(main)" in started._base.sessions._up, "the brain is connected")
        return started


def load_doors_folder(site: Site) -> Path:
    """Where the brain finds the doors' public keys."""
    return site.brain / "doors"


class LivingDoor:
    """A real edge in a thread of this process; camera and eyes are played."""

    def __init__(self, folder: Path, site: Site, buses: SiteBuses, name: str, ledger: Path) -> None:
        self.name = name
        self.scene = edge_world.Scene()
        self.folder = folder
        self.settings: EdgeSettings = edge_world.settings_for(
            folder,
            door=name,
            visit={
                "refusal_s": 0.2,
                "absence_s": 0.5,
                "answer_s": 3.0,
                "attempts": 10,
            },
            lock={"kind": "simulated", "ledger": str(ledger), "hold_s": HOLD_S},
        )
        self.crashed: BaseException | None = None
        self.surface: SurfaceReader | None = None
        self.lock: LockProcess | None = None
        self.bus: Bus | None = None
        self._buses = buses
        self._key = load_private_key(site.door(name) / "door.key")
        self._brain_key = load_private_key(site.brain / "brain.key").public_key()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; returns once the lock has closed and the loop runs."""
        self._stopping = threading.Event()
        before = len(self.ledger())
        self._thread = threading.Thread(target=self._run, name=f"edge-{self.name}", daemon=True)
        self._thread.start()
        wait_until(lambda: len(self.ledger()) > before, "the lock closes at start")

    def stop(self) -> None:
        """End it; raises what ended it before its time. Twice is harmless."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(20)
            assert not thread.is_alive(), "the door is stuck"
        assert self.crashed is None, self.crashed

    def ledger(self) -> list[Transition]:
        """What the lock did."""
        path = self.settings.ledger
        return read_ledger(path) if path.exists() else []

    @property
    def unlocks(self) -> int:
        """How often it opened."""
        return sum(move.state == "UNLOCKED" for move in self.ledger())

    def walk_up(self) -> None:
        """Somebody new stands there from now on."""
        self.scene.track += 1
        self.scene.someone = True

    def walk_off(self) -> None:
        """Nobody does any more."""
        self.scene.someone = False

    def _make_bus(
        self, subscriptions: tuple[Subscription, ...], birth: Wire | None, will: Wire | None
    ) -> Bus:
        self.bus = self._buses.bus(
            f"door-{self.name}", subscriptions=subscriptions, birth=birth, will=will
        )
        return self.bus

    def _run(self) -> None:
        self.lock = LockProcess(ActuatorChoice("simulated", ledger=self.settings.ledger))
        parts = DoorParts(
            camera=edge_world.NoiseCamera(self.scene),
            tracker=edge_world.PlayedTracker(self.scene),
            presence=edge_world.PlayedPresence(self.scene),
            lock=self.lock,
            indicator=NoIndicator(),
            clock=SystemClock(),
            wall_clock=SystemWallClock(),
            make_bus=self._make_bus,
            door_key=self._key,
            brain_key=self._brain_key,
            models={"detector": "played"},
            surface=self.surface,
        )
        try:
            service.run(self.settings, parts, self._stopping)
        except BaseException as error:  # noqa: BLE001  # the test's own thread raises it
            self.crashed = error


class FaultWorld:
    """Site, broker, brain, doors and whoever attacks them. Stops everything it started.

    Args of the constructor:
        folder: for everything.
        edit: what the case changes of the broker's configuration.
        broker_state: where the broker keeps what it keeps.
        lookers: whether a brain within the test's process looks at pictures in processes of their
            own, as it does in the product; a brain of its own process always does.
    """

    def __init__(
        self,
        folder: Path,
        *,
        edit: Callable[[str], str] = without_access_list,
        broker_state: Path | None = None,
        lookers: bool = False,
    ) -> None:
        self.folder = folder
        self._lookers = lookers
        self._edit = edit
        self._broker_state = broker_state
        self._living: list[LivingDoor] = []
        self._processes: list[BrainProcess] = []

    def __enter__(self) -> Self:
        provisioning.create_site(self.folder / "site", hosts=("127.0.0.1",), admins=("alice",))
        provisioning.add_monitor(self.folder / "site", "lobby")
        for door in DOORS:
            provisioning.add_door(self.folder / "site", door)
        self.broker = PrivateBroker(
            self.folder / "site", edit=self._edit, state_dir=self._broker_state
        )
        self.broker.start()
        self.site = Site.load(self.folder / "site")
        self.side = BrainSide(self.folder, self.site)
        if self._lookers:
            self.side.lookers = ProcessLookers("slow_eyes:made")
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for door in self._living:
                door.stop()
        finally:
            self.side.close()
            for process in self._processes:
                process.stop()
            self.broker.close()

    def brain_process(self, slow_s: float = 0.0, **changes: Any) -> BrainProcess:
        """A brain as a process of its own, running and heard."""
        settings = self.side.settings(**changes).model_dump(mode="json", exclude_unset=True)
        process = BrainProcess(self.folder, self.folder / "site", settings, slow_s)
        self._processes.append(process)
        process.start()
        return process

    @property
    def brain(self) -> Brain:
        """The running brain."""
        return self.side.brains[-1]

    @property
    def database(self) -> Path:
        """The brain's."""
        return self.folder / "data" / "doorward.sqlite"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the brain's database answers."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def living(self, name: str = "front", ledger: Path | None = None) -> LivingDoor:
        """A real door, running, heard by the brain where one runs."""
        folder = self.folder / f"edge-{name}"
        folder.mkdir(exist_ok=True)
        ledger = ledger or folder / "ledger.jsonl"
        door = LivingDoor(folder, self.site, self.side.buses, name, ledger)
        self._living.append(door)
        door.start()
        return door

    def attacker(self, *filters: str) -> Client:
        """Somebody with a monitor's certificate, on a broker that refuses nobody anything."""
        client = Client(self.side.buses.bus, f"attacker-{len(self.side.clients)}", filters)
        self.side.clients.append(client)
        return client

    def enrol_noise(self, card: str = "000000000001") -> tuple[Admin, Door]:
        """Make whoever stands before the played camera a resident, at the played door `back`."""
        admin, door = self.side.admin(), self.side.door("back")
        self.side.enrol(admin, door, card, NOISE)
        return admin, door


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_S) -> float:
    """Wait; the seconds that it took. Fails after a while."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def answered(door: Door) -> bool:
    """Whether an event that a door tells now is acked soon; one that a flood swept away is not."""
    told = door.tell(m.EventKind.WOKE).id
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if any(item.id == told for ack in door.heard.of(m.Ack) for item in ack.items):
            return True
        time.sleep(0.05)
    return False


def flood(bus: Bus, wires: Sequence[Wire]) -> int:
    """Publish all, as fast as the broker takes them; how many it took."""
    waiting: list[Future[None]] = []
    for wire in wires:
        while True:
            try:
                waiting.append(bus.publish(wire))
            except QueueFullError:
                time.sleep(0.01)
                continue
            break
    wait_for_all(waiting, timeout=120)
    return sum(_taken(one) for one in waiting)


def _taken(one: Future[None]) -> bool:
    return one.done() and not isinstance(one.exception(), BusError)
