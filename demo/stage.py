"""A whole site on this machine: broker, brain, doors, and who stands before them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from demo.daemon import Daemon
from demo.observer import Observer, Seen
from demo.private_broker import PrivateBroker
from doorbus import topics
from doorbus.messages import Availability
from doorbus.settings import BrokerSettings, load
from doorbus.signing import load_public_key
from doorctl import provisioning
from doorctl.conversation import ClientSettings
from doorctl.edge_config import DoorChoices
from doorctl.site import Site
from edge.adapters.actuator_simulated import Transition, read_ledger

START_S = 60.0
"""Seconds for a daemon to come online; a cold start loads 100 MB of landmarks from disk."""

EMPTY: Mapping[str, Any] = {"kind": "empty"}


class Stage:
    """A throw-away site in `folder`, with processes of its own. Not for several threads at once.

    Args:
        folder: where everything is written; must be empty or missing.
        brain: settings laid over `brain.yaml`.
        doors: name and settings laid over each door's `edge.yaml`.
        later: doors that `start` leaves to `start_door`.
        traced: whether doors write down what they see, frame by frame.
    """

    def __init__(
        self,
        folder: Path,
        doors: Mapping[str, Mapping[str, Any]],
        brain: Mapping[str, Any] | None = None,
        later: Collection[str] = (),
        *,
        traced: bool = True,
    ) -> None:
        self._later = later
        self._folder = folder
        self._doors = doors
        self._brain_settings = brain or {}
        self.broker = PrivateBroker(folder / "site")
        self.brain = Daemon("brain", folder / "site" / "brain" / "brain.yaml", folder / "brain.log")
        self.edges = {
            door: Daemon(
                "edge",
                self._bundle(door) / "edge.yaml",
                folder / f"edge-{door}.log",
                *([f"--trace={self.trace(door)}"] if traced else []),
            )
            for door in doors
        }

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def site(self) -> Site:
        """The site as `doorctl` knows it."""
        return Site.load(self._folder / "site")

    def start(self) -> None:
        """Provision, start everything, and wait until brain and doors are online."""
        self.provision()
        self.broker.start()
        with self._watcher() as watcher:
            self.brain.start()
            now = [door for door in self.edges if door not in self._later]
            for door in now:
                self.edges[door].start()
            self.wait_online(watcher, 0, topics.BRAIN_AVAILABILITY.template)
            for door in now:
                self.wait_online(watcher, 0, topics.DOOR_AVAILABILITY.name(door))

    def start_door(self, door: str) -> None:
        """Start one door, and wait until it is online."""
        with self._watcher() as watcher:
            self.edges[door].start()
            self.wait_online(watcher, 0, topics.DOOR_AVAILABILITY.name(door))

    @contextmanager
    def _watcher(self) -> Iterator[Observer]:
        watcher = Observer()
        try:
            watcher.watch(
                self.client("admin.alice").broker,
                "admin.alice/stage",
                topics.BRAIN_AVAILABILITY.filter,
                topics.DOOR_AVAILABILITY.filter,
            )
            yield watcher
        finally:
            watcher.stop()

    def stop(self) -> None:
        """End every process by its own id. Twice is harmless."""
        for edge in self.edges.values():
            edge.stop()
        self.brain.stop()
        self.broker.close()

    def wait_online(self, watcher: Observer, mark: int, topic: str) -> Seen:
        """Wait until `topic` says online; raises DaemonFailed early where a daemon has ended."""

        def is_online(seen: Seen) -> bool:
            return seen.wire.topic == topic and seen.value is Availability.ONLINE

        try:
            return watcher.wait(is_online, mark, START_S, f"online on {topic}")
        except Exception:
            for daemon in (self.brain, *self.edges.values()):
                daemon.check()
            raise

    def provision(self) -> None:
        """Write the site: two authorities, keys, one administrator, one monitor, the doors."""
        folder = self._folder / "site"
        provisioning.create_site(folder, hosts=("127.0.0.1",), admins=("alice",))
        provisioning.add_monitor(folder, "lobby")
        for door, settings in self._doors.items():
            scene = self._folder / f"scene-{door}.json"
            self.show(EMPTY, door)
            choices = DoorChoices(
                camera_kind="scene", camera_source=str(scene), liveness_policy="demo"
            )
            bundle = provisioning.add_door(folder, door, choices)
            overlay(bundle / "edge.yaml", settings)
        policies = {"liveness": {"policies": ["standard", "demo"]}}
        overlay(folder / "brain" / "brain.yaml", {**policies, **self._brain_settings})

    def show(self, scene: Mapping[str, Any], door: str) -> None:
        """Change what stands before a door, in one step."""
        path = self._folder / f"scene-{door}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(dict(scene)), encoding="utf-8")
        fresh.replace(path)

    def ledger(self, door: str) -> list[Transition]:
        """Every movement of a door's simulated lock, from the lock's own record."""
        path = self._bundle(door) / "state" / "lock-ledger.jsonl"
        return read_ledger(path) if path.exists() else []

    def trace(self, door: str) -> Path:
        """What a door saw and decided, frame by frame; written anew at each start of it."""
        return self._folder / f"trace-{door}.jsonl"

    def brain_key(self) -> Ed25519PublicKey:
        """What the brain's signature is known by."""
        return load_public_key(self._folder / "site" / "brain" / "brain.pub")

    def client(self, name: str) -> ClientSettings:
        """What a member of staff connects with."""
        return load(self._folder / "site" / "staff" / name / "client.yaml", ClientSettings)

    def brain_access(self) -> BrokerSettings:
        """The brain's own certificate: the only one that may read bursts."""
        folder = self._folder / "site" / "brain"
        text = yaml.safe_load((folder / "brain.yaml").read_text(encoding="utf-8"))
        return BrokerSettings.model_validate(text["broker"], context={"folder": folder})

    def _bundle(self, door: str) -> Path:
        return self._folder / "site" / "doors" / door


def overlay(path: Path, changes: Mapping[str, Any]) -> None:
    """Lay settings over a YAML file that `doorctl` wrote."""
    text = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        replaces = not isinstance(value, Mapping) or value.get("kind") is not None
        text[key] = value if replaces else {**(text.get(key) or {}), **value}
    fresh = path.with_suffix(".new")
    fresh.touch(mode=path.stat().st_mode & 0o777)
    fresh.write_text(yaml.safe_dump(text, sort_keys=False), encoding="utf-8")
    fresh.replace(path)
