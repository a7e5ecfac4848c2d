"""The brain on a real broker with TLS, certificates and access list, with painted faces.

The broker is a private Mosquitto with a provisioned site; the brain is one of this process.
"""

from __future__ import annotations

import functools
from pathlib import Path

import yaml
from brain_world import Admin, Client, Door, PaintedDetector, PaintedEncoder, TestClock
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_frames import SealedFrames
from brain.app import Brain
from brain.config import BrainSettings
from brain.parts import Parts
from demo.private_broker import PrivateBroker
from doorbus.client import MqttBus
from doorbus.messages import Availability
from doorbus.settings import BrokerSettings, load
from doorbus.signing import load_private_key
from doorctl.site import Site


def access(folder: Path, file: str) -> functools.partial[MqttBus]:
    """How whoever owns a folder of the site connects."""
    content = yaml.safe_load((folder / file).read_text())
    fields = content["broker"] | {
        name: folder / content["broker"][name] for name in ("ca", "cert", "key")
    }
    return functools.partial(MqttBus, BrokerSettings.model_validate(fields))


class MosquittoWorld:
    """Brain, one door, one administrator and one monitor on a real broker."""

    def __init__(self, site: Site, broker: PrivateBroker) -> None:
        self.site = site
        self.broker = broker
        self.brain: Brain | None = None
        self.brain_key = load_private_key(site.brain / "brain.key")
        self.admin = Admin(access(site.staff("admin.alice"), "client.yaml"), "admin.alice")
        self.monitor = Client(
            access(site.staff("monitor.lobby"), "client.yaml"), "monitor", ["brain/#"]
        )
        self.door = self._door("front")

    def start(self) -> None:
        """Start the brain, and wait until it says that it is there."""
        settings = load(self.site.brain / "brain.yaml", BrainSettings)
        settings = settings.model_copy(
            update={
                "enrolment": settings.enrolment.model_copy(update={"count": 20}),
                "health_s": 2.0,
            }
        )
        store = SqlStore(settings.database_url, KEYS)
        self.brain = Brain(
            settings,
            Parts(
                store=store,
                frames=SealedFrames(settings.data_dir / "frames", store.enrolment_key),
                connect=functools.partial(MqttBus, settings.broker),
                encoder=PaintedEncoder,
                detector=PaintedDetector,
                clock=TestClock(),
                key=self.brain_key,
            ),
        )
        self.brain.start()
        self.monitor.heard.wait(Availability, lambda word: word is Availability.ONLINE)

    def close(self) -> None:
        """Stop everybody but the broker."""
        for client in (self.admin, self.monitor, self.door):
            client.bus.stop()
        if self.brain is not None:
            self.brain.stop()

    def _door(self, name: str) -> Door:
        folder = self.site.door(name)
        key = load_private_key(folder / "door.key")
        return Door(access(folder, "edge.yaml"), name, key, self.brain_key.public_key())
