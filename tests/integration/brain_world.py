"""A brain, simulated doors and administrators on one in-process broker, for the brain's tests.

The database is a real SQLite file, frames lie on the real disk, every signature is real. `Painted`
faces are flat pictures told apart by colour, for tests about the flow of messages; tests about
faces use the real networks.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from numpy.typing import NDArray
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_frames import SealedFrames
from brain.app import Brain
from brain.config import BrainSettings
from brain.parts import Parts
from brain.ports import Detector, Encoder, Image, Points
from brain.sessions import Connect
from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.memory import MemoryBroker
from doorbus.signing import Stamp, nonce, sign, verify
from faces import jpeg
from faces.align import TEMPLATE

T = TypeVar("T")

SIDE = 160
POINTS: Points = (TEMPLATE + (SIDE - 112) / 2).astype(np.float32)
RED, GREEN, BLUE = (60, 60, 230), (60, 230, 60), (230, 60, 60)
PATIENCE_S = 30.0
_noise = np.random.default_rng(7)


def painted(colour: tuple[int, int, int], faces: int = 1) -> bytes:
    """A JPEG that PaintedDetector and PaintedEncoder understand; no two are alike."""
    image = np.clip(_noise.normal(colour, 25, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
    image[:24, :24] = {0: 0, 1: 128, 2: 255}[faces]
    return jpeg.encode(image)


def claiming(picture: bytes, *, width: int, height: int) -> bytes:
    """The same JPEG with another size in its header (SOF0: height before width)."""
    head, marker, rest = picture.partition(b"\xff\xc0")
    assert marker, "not a baseline picture"
    return head + marker + rest[:3] + struct.pack(">HH", height, width) + rest[7:]


class PaintedFace:
    def __init__(self, area: float) -> None:
        self.points = POINTS
        self.area = area


class PaintedDetector:
    def start(self) -> None:
        return

    def detect(self, image: Image) -> Sequence[PaintedFace]:
        corner = float(image[:16, :16].mean())
        return [PaintedFace(100.0)] * (0 if corner < 64 else 1 if corner < 192 else 2)


class PaintedEncoder:
    """Direction of the colour, and a little of its own for each picture."""

    name = "painted"
    dimensions = 8

    def start(self) -> None:
        return

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        assert points.shape == (5, 2)
        colour = image[32:, 32:].reshape(-1, 3).mean(axis=0) - 116
        own = np.frombuffer(hashlib.sha256(image.tobytes()).digest()[:5], np.uint8) / 255 - 0.5
        vector = np.concatenate([colour / np.linalg.norm(colour), 0.4 * own])
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        vectors = [self.encode(image, face) for image, face in zip(images, points, strict=True)]
        return np.asarray(vectors, np.float32).reshape(-1, self.dimensions)


class HeldEncoder(PaintedEncoder):
    """Embeds only while `gate` is set, to stop training at a chosen moment."""

    def __init__(self, gate: threading.Event) -> None:
        self._gate = gate

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        assert self._gate.wait(PATIENCE_S)
        return super().encode(image, points)


class TestClock:
    """Real time, which a test may turn forward."""

    __test__ = False

    def __init__(self) -> None:
        self.ahead = 0.0
        self.fixed: float | None = None
        """What the clock on the wall shows, where a test sets it; seconds since 1970."""

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def wall(self) -> float:
        return time.time() if self.fixed is None else self.fixed


class Heard:
    """Collects what arrives, for a test to wait for."""

    def __init__(self) -> None:
        self.items: list[tuple[str, Any]] = []
        self._change = threading.Condition()

    def add(self, topic: str, value: Any) -> None:
        with self._change:
            self.items.append((topic, value))
            self._change.notify_all()

    def of(self, kind: type[T]) -> list[T]:
        with self._change:
            return [value for _, value in self.items if isinstance(value, kind)]

    def wait(self, kind: type[T], where: Callable[[T], bool] = lambda _: True, after: int = 0) -> T:
        """The first item of a kind after the first `after` of them."""

        def found() -> list[T]:
            return [item for item in self.of(kind)[after:] if where(item)]

        with self._change:
            assert self._change.wait_for(found, PATIENCE_S), f"no such {kind.__name__} in time"
        return found()[0]


class Client:
    """Somebody on the broker who notes what arrives."""

    def __init__(self, connect: Connect, name: str, filters: Iterable[str]) -> None:
        self.heard = Heard()
        self._connected = threading.Event()
        self.bus = connect(name, subscriptions=[Subscription(one) for one in filters])
        self.bus.start(self._sink)
        assert self._connected.wait(PATIENCE_S)

    def _sink(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self._connected.set()
        elif isinstance(event, Delivery):
            self.read(event.wire)
            event.ack()

    def read(self, wire: Wire) -> None:
        for topic in topics.ALL:
            if topic.matches(wire.topic) and topic is not topics.REQUEST:
                self.heard.add(wire.topic, codec.decode(topic, wire))
                return


class Door(Client):
    """A door's messages without a door."""

    def __init__(
        self, connect: Connect, name: str, key: Ed25519PrivateKey, brain: Ed25519PublicKey
    ) -> None:
        self.name = name
        self.epoch = 1
        self.key = key
        self.obedient = True
        self._brain = brain
        self._events = itertools.count(1)
        filters = (f"verdict/{name}", f"command/{name}", f"ack/{name}", "brain/availability")
        super().__init__(connect, f"door-{name}", filters)

    def read(self, wire: Wire) -> None:
        for topic in (topics.VERDICT, topics.COMMAND, topics.ACK):
            if topic.matches(wire.topic):
                assert verify(wire, topic, lambda _: self._brain).door == self.name
                assert not wire.retain
                value: object = codec.decode(cast("topics.Topic[Any]", topic), wire)
                self._obey(value)
                self.heard.add(wire.topic, value)
                return
        super().read(wire)

    def _obey(self, value: object) -> None:
        if not self.obedient:
            return
        if isinstance(value, m.AskChallenge):
            self.send(topics.CHALLENGE, m.Challenge(order=value.order, challenge=nonce()))
        elif isinstance(value, m.Order):
            self.tell(m.EventKind.ORDER, f"{value.action.value} {value.order}")

    def sign(self, topic: topics.Topic[Any], value: object, *, bare: bool = False) -> Wire:
        wire = codec.encode(topic, value, None if bare else self.name)
        return sign(wire, topic, Stamp(self.name, self.epoch), self.key)

    def send(self, topic: topics.Topic[Any], value: object, *, bare: bool = False) -> Wire:
        wire = self.sign(topic, value, bare=bare)
        self.bus.publish(wire)
        return wire

    def send_state(self, topic: topics.Topic[Any], value: object) -> None:
        """Tell a state, as the broker keeps it."""
        self.bus.publish(codec.encode(topic, value, self.name)).result(PATIENCE_S)

    def tell(self, kind: m.EventKind, detail: str = "") -> m.DoorEvent:
        number = next(self._events)
        event = m.DoorEvent(id=f"{self.epoch}-{number}", kind=kind, at=1.0, detail=detail)
        self.send(topics.DOOR_EVENT, event)
        return event

    def frame(
        self, start: m.StartEnrolment, index: int, picture: bytes, *, bare: bool = False
    ) -> None:
        value = m.EnrolFrame(
            jpeg=picture, enrolment=start.enrolment, index=index, count=start.count
        )
        self.send(topics.ENROL_FRAME, value, bare=bare)

    def capture(self, start: m.StartEnrolment, picture: Callable[[], bytes]) -> None:
        for index in start.missing:
            self.frame(start, index, picture())

    def burst(self, pictures: Sequence[bytes], visit: int, **changes: Any) -> m.Burst:
        points: Any = tuple((float(x), float(y)) for x, y in POINTS)
        crops = tuple(
            m.Crop(jpeg=picture, points=points, at_ms=50 * place)
            for place, picture in enumerate(pictures)
        )
        fields = {"visit": visit, "nonce": nonce(), "liveness": alive(), "crops": crops}
        return m.Burst.model_validate(fields | changes)

    def visit(self, pictures: Sequence[bytes], visit: int, **changes: Any) -> m.Verdict:
        """Ask, and wait for the verdict."""
        burst = self.burst(pictures, visit, **changes)
        self.send(topics.RECOGNIZE, burst)
        return self.verdict_for(burst)

    def verdict_for(self, burst: m.Burst) -> m.Verdict:
        return self.heard.wait(m.Verdict, lambda verdict: verdict.nonce == burst.nonce)

    def ack_of(self, item: str) -> m.AckItem:
        ack = self.heard.wait(m.Ack, lambda ack: ack.items[0].id == item)
        return ack.items[0]


def alive(policy: str = "standard", blinks: int = 1) -> m.Liveness:
    blink = m.BlinkSeen(start_ms=100, closed_ms=200, end_ms=300, depth=0.4)
    return m.Liveness(policy=policy, blinks=(blink,) * blinks, fps=30.0)


class Admin(Client):
    """An administrator with any MQTT client."""

    def __init__(self, connect: Connect, name: str | None) -> None:
        self.topic = topics.REQUEST.name(name)
        self._numbers = itertools.count(1)
        super().__init__(connect, f"admin-{name}", [f"{self.topic}/response", "brain/event"])

    def publish(self, payload: bytes, *, retain: bool = False) -> None:
        self.bus.publish(Wire(self.topic, payload, retain=retain))

    def ask(self, op: str, **fields: Any) -> m.OkResponse | m.ErrorResponse:
        """Ask, and wait for the one response."""
        request: Mapping[str, Any] = {"op": op, "transaction": f"t{next(self._numbers)}"} | fields
        before = len(self.responses)
        self.publish(json.dumps(request).encode())
        return self.next_response(before)

    def ok(self, op: str, **fields: Any) -> dict[str, Any]:
        response = self.ask(op, **fields)
        assert isinstance(response, m.OkResponse), response
        return response.data

    def refused(self, op: str, **fields: Any) -> m.ErrorResponse:
        response = self.ask(op, **fields)
        assert isinstance(response, m.ErrorResponse), response
        return response

    @property
    def responses(self) -> list[m.OkResponse | m.ErrorResponse]:
        kinds: Any = (m.OkResponse, m.ErrorResponse)
        found: list[m.OkResponse | m.ErrorResponse] = self.heard.of(kinds)
        return found

    def next_response(self, before: int) -> m.OkResponse | m.ErrorResponse:
        kinds: Any = (m.OkResponse, m.ErrorResponse)
        response: m.OkResponse | m.ErrorResponse = self.heard.wait(kinds, after=before)
        return response


class World:
    """A site: broker, folder, keys, and brains that may be abandoned and built anew."""

    def __init__(self, folder: Path, doors: Sequence[str] = ("front", "back")) -> None:
        self.folder = folder
        self.broker = MemoryBroker()
        self.clock = TestClock()
        self.brain_key = Ed25519PrivateKey.generate()
        self.door_keys: dict[str, Ed25519PrivateKey] = {}
        self.encoder: Callable[[], Encoder] = PaintedEncoder
        self.detector: Callable[[], Detector] = PaintedDetector
        self.brains: list[Brain] = []
        self.clients: list[Client] = []
        self.keys = folder / "doors"
        self.keys.mkdir()
        for door in doors:
            self.add_door(door)

    def add_door(self, door: str) -> None:
        self.door_keys[door] = Ed25519PrivateKey.generate()
        pem = (
            self.door_keys[door]
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        (self.keys / f"{door}.pub").write_bytes(pem)

    def settings(self, **changes: Any) -> BrainSettings:
        broker = {"host": "h", "port": 1, "ca": "ca", "cert": "c", "key": "k"}
        fields: dict[str, Any] = {
            "name": "brain.main",
            "broker": broker,
            "keys": {"brain": "brain.key", "doors": str(self.keys)},
            "data_dir": str(self.folder / "data"),
            "enrolment": {"count": 20, "templates": 5},
            "workers": 2,
        }
        return BrainSettings.model_validate(fields | changes)

    def brain(self, **changes: Any) -> Brain:
        """Start a brain on this site's data."""
        settings = self.settings(**changes)
        store = SqlStore(settings.database_url, KEYS)
        parts = Parts(
            store=store,
            frames=SealedFrames(settings.data_dir / "frames", store.enrolment_key),
            connect=self.broker.bus,
            encoder=self.encoder,
            detector=self.detector,
            clock=self.clock,
            key=self.brain_key,
        )
        brain = Brain(settings, self.parts(parts))
        self.brains.append(brain)
        brain.start()
        return brain

    def parts(self, parts: Parts) -> Parts:
        """What a world of another kind changes."""
        return parts

    def door(self, name: str = "front", *, started: bool = True) -> Door:
        door = Door(self.broker.bus, name, self.door_keys[name], self.brain_key.public_key())
        self.clients.append(door)
        if started:
            door.ack_of(door.tell(m.EventKind.STARTED).id)
        return door

    def admin(self, name: str | None = "admin.alice") -> Admin:
        admin = Admin(self.broker.bus, name)
        self.clients.append(admin)
        return admin

    def watch(self, *filters: str) -> Heard:
        """What comes on some topics from now on."""
        client = Client(self.broker.bus, f"watcher-{len(self.clients)}", filters)
        self.clients.append(client)
        return client.heard

    def enrol(
        self,
        admin: Admin,
        door: Door,
        card: str,
        looks: tuple[int, int, int] | Callable[[], bytes],
        name: str = "Somebody",
    ) -> str:
        """Enrol somebody painted, or by a source of pictures; the opaque id."""
        data = admin.ok("enroll", card=card, door=door.name, name=name)
        start = door.heard.wait(
            m.StartEnrolment, lambda command: command.enrolment == data["enrolment"]
        )
        door.capture(start, looks if callable(looks) else lambda: painted(looks))
        self.trained(admin, data["enrolment"])
        return str(data["resident"])

    def trained(self, admin: Admin, enrolment: str) -> m.EnrolmentChanged:
        return admin.heard.wait(
            m.EnrolmentChanged,
            lambda change: (
                change.enrolment == enrolment and change.state is m.EnrolmentState.TRAINED
            ),
        )

    def close(self) -> None:
        for client in self.clients:
            client.bus.stop()
        for brain in self.brains:
            brain.stop()
