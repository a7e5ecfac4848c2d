"""A door with real lock process, spool and loop; only eyes, camera and brain are played.

The camera delivers noise at 30 frames a second, and the tracker says of each frame what the test
put before the door. The brain is a bus client that checks every signature and answers as told.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import codec, signing
from doorbus.bus import Bus, BusEvent, Delivery, Subscription, Wire
from doorbus.memory import MemoryBroker
from doorbus.messages import (
    Ack,
    AckItem,
    Availability,
    Burst,
    Challenge,
    CodeShown,
    Command,
    Decision,
    DoorEvent,
    EnrolFrame,
    EventKind,
    Order,
    OrderAction,
    Outcome,
    Reason,
    Verdict,
)
from doorbus.signing import Stamp
from doorbus.topics import (
    ACK,
    BRAIN_AVAILABILITY,
    CHALLENGE,
    CODE_SHOWN,
    COMMAND,
    CONTACT,
    DOOR_EVENT,
    ENROL_FRAME,
    LOCK_STATE,
    RECOGNIZE,
    SNAPSHOT,
    VERDICT,
    Topic,
)
from edge import fittings, service
from edge.adapters.actuator_simulated import Transition, read_ledger
from edge.adapters.clock import SystemClock
from edge.adapters.indicator_none import NoIndicator
from edge.adapters.reader_simulated import SimulatedReader
from edge.adapters.wall_clock_simulated import SimulatedWallClock
from edge.adapters.wall_clock_system import SystemWallClock
from edge.code_ports import PassReader
from edge.code_settings import SimulatedReaderSettings
from edge.config import EdgeSettings
from edge.core.sighting import Face, Sighting
from edge.device_settings import SimulatedWallClock as SimulatedTime
from edge.errors import CameraError
from edge.lock_child import ActuatorChoice
from edge.lock_client import LockProcess
from edge.parts import Parts
from edge.ports import Camera, FaceTracker, Frame, Presence
from edge.snapshots import FaceFinder

DOOR = "front"
FPS = 30.0
BLINK_EVERY_S = 0.8
TIMEOUT_S = 10.0
BOX = (100.0, 60.0, 120.0, 120.0)
POINTS = ((130.0, 100.0), (190.0, 100.0), (160.0, 125.0), (135.0, 150.0), (185.0, 150.0))

T = TypeVar("T")

PASS_READER: PassReader | None = None
"""What reads passes, where a test sets it."""


@dataclass
class Scene:
    """Who stands before the door. Set by the test, read by camera, tracker and sensor."""

    someone: bool = False
    faces: int = 1
    track: int = 1
    blinking: bool = True
    camera: bool = True


class NoiseCamera:
    """Frames of noise at 30 a second; gone while the scene says so."""

    simulated = True
    fps = FPS

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._random = np.random.default_rng(7)
        self._index = 0

    def start(self) -> None:
        if not self._scene.camera:
            raise CameraError("the played camera is unplugged")

    def read(self) -> Frame | None:
        time.sleep(1 / FPS)
        if not self._scene.camera:
            raise CameraError("the played camera was unplugged")
        self._index += 1
        image = self._random.integers(60, 200, (240, 320, 3), dtype=np.uint8)
        return Frame(image, time.monotonic(), self._index)

    def skip(self) -> bool:
        time.sleep(1 / FPS)
        return True

    def stop(self) -> None:
        pass


class PlayedTracker:
    """Says what stands in the scene; eyes close for a fifth of a second now and then."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def start(self) -> None:
        pass

    def reset(self) -> None:
        pass

    def observe(self, frame: Frame) -> Sighting:
        scene = self._scene
        if not scene.someone or scene.faces == 0:
            return Sighting(frame.at, frame.index, 0, None, None)
        phase = frame.at % BLINK_EVERY_S
        closed = max(0.0, 1 - abs(phase - 0.5) / 0.1) if scene.blinking else 0.0
        ear = 0.3 - 0.2 * closed
        face = Face(
            box=BOX,
            points=POINTS,
            left_ear=ear,
            right_ear=ear,
            yaw=0.0,
            pitch=0.0,
            roll=0.0,
            brightness=120.0,
            sharpness=100.0 + frame.index * 0.01,
            score=0.9,
        )
        return Sighting(frame.at, frame.index, scene.faces, scene.track, face)


class PlayedPresence:
    """A sensor that sees whether somebody is in the scene."""

    needs_frames = False

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def start(self) -> None:
        pass

    def present(self, frame: Frame | None) -> bool:  # noqa: ARG002  # the port's signature
        return self._scene.someone

    def stop(self) -> None:
        pass


class Broker(Protocol):
    """Whatever makes buses: in this process, or a Mosquitto."""

    def bus(
        self,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription] = (),
        birth: Wire | None = None,
        will: Wire | None = None,
    ) -> Bus: ...


@dataclass
class Heard:
    """What reached the brain, in order, of doors whose signatures verified."""

    bursts: list[Burst] = field(default_factory=list)
    codes: list[CodeShown] = field(default_factory=list)
    events: list[DoorEvent] = field(default_factory=list)
    frames: list[EnrolFrame] = field(default_factory=list)
    challenges: list[Challenge] = field(default_factory=list)
    snapshots: list[bytes] = field(default_factory=list)
    lock: list[str] = field(default_factory=list)
    contact: list[str] = field(default_factory=list)
    epoch: int = 0


class PlayedBrain:
    """Checks signatures, acks events and frames unless told not to, answers when the test says."""

    def __init__(self, broker: Broker, door_key: Ed25519PrivateKey) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.heard = Heard()
        self.acking = True
        self.answer: Callable[[Burst], object] = lambda _: None
        self.answer_code: Callable[[CodeShown], object] = lambda _: None
        self._door_key = door_key.public_key()
        self._number = 0
        self._changed = threading.Condition()
        self._bus: Bus = broker.bus(
            "brain.main",
            subscriptions=(Subscription("frames/#"), Subscription("door/#")),
            birth=codec.encode(BRAIN_AVAILABILITY, Availability.ONLINE),
            will=codec.encode(BRAIN_AVAILABILITY, Availability.OFFLINE),
        )

    def start(self) -> None:
        self._bus.start(self._hear)

    def stop(self) -> None:
        self._bus.stop()

    def wait(self, what: Callable[[Heard], T], seconds: float = TIMEOUT_S) -> T:
        """Wait until `what` says something true of all that was heard."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(what(self.heard)), seconds):
                raise AssertionError(f"not heard within {seconds} s; heard: {self.heard}")
            return what(self.heard)

    def wait_event(self, kind: EventKind, times: int = 1) -> DoorEvent:
        found = self.wait(
            lambda heard: (
                same if len(same := [e for e in heard.events if e.kind is kind]) >= times else []
            )
        )
        return found[times - 1]

    def stamp(self) -> Stamp:
        return Stamp(DOOR, self.heard.epoch)

    def say(
        self,
        topic: Topic[Any],
        value: object,
        *,
        key: Ed25519PrivateKey | None = None,
        stamp: Stamp | None = None,
        retain: bool = False,
    ) -> Wire:
        wire = signing.sign(
            codec.encode(topic, value, DOOR), topic, stamp or self.stamp(), key or self.key
        )
        wire = Wire(wire.topic, wire.payload, wire.properties, wire.qos, retain)
        self._bus.publish(wire)
        return wire

    def repeat(self, wire: Wire) -> None:
        self._bus.publish(wire)

    def verdict(
        self, burst: Burst | CodeShown, decision: Decision = Decision.GRANT, **changes: Any
    ) -> Verdict:
        fields: dict[str, Any] = {
            "visit": burst.visit,
            "nonce": burst.nonce,
            "decision": decision,
            "reason": Reason.MATCH if decision is Decision.GRANT else Reason.UNKNOWN,
            "hold_s": 0.6,
        }
        return Verdict(**{**fields, **changes})

    def grant(self, burst: Burst | CodeShown) -> Wire:
        return self.say(VERDICT, self.verdict(burst))

    def number(self) -> int:
        self._number += 1
        return self._number

    def command(self, command: Command) -> Wire:
        return self.say(COMMAND, command)

    def order(self, challenge: Challenge, action: OrderAction) -> Wire:
        return self.say(
            VERDICT,
            Order(order=challenge.order, challenge=challenge.challenge, action=action, hold_s=0.6),
        )

    def _hear(self, event: BusEvent) -> None:
        if not isinstance(event, Delivery):
            return
        wire = event.wire
        with self._changed:
            self._take(wire)
            self._changed.notify_all()
        event.ack()

    def _take(self, wire: Wire) -> None:
        heard = self.heard
        if LOCK_STATE.matches(wire.topic):
            heard.lock.append(wire.payload.decode())
        if CONTACT.matches(wire.topic):
            heard.contact.append(wire.payload.decode())
        topics: tuple[Topic[Any], ...] = (
            RECOGNIZE,
            CODE_SHOWN,
            DOOR_EVENT,
            ENROL_FRAME,
            CHALLENGE,
            SNAPSHOT,
        )
        for topic in topics:
            if not topic.matches(wire.topic):
                continue
            stamp = signing.verify(wire, topic, lambda _: self._door_key)
            heard.epoch = max(heard.epoch, stamp.epoch)
            match codec.decode(topic, wire):
                case Burst() as burst:
                    heard.bursts.append(burst)
                    self.answer(burst)
                case CodeShown() as code:
                    heard.codes.append(code)
                    self.answer_code(code)
                case DoorEvent() as event:
                    heard.events.append(event)
                    self._ack(event.id)
                case EnrolFrame() as frame:
                    heard.frames.append(frame)
                    self._ack(frame.item)
                case Challenge() as challenge:
                    heard.challenges.append(challenge)
                case snapshot:
                    heard.snapshots.append(snapshot.jpeg)

    def _ack(self, item: str) -> None:
        if self.acking:
            self.say(ACK, Ack(items=(AckItem(id=item, outcome=Outcome.STORED),)))


def settings_for(folder: Path, **changes: Any) -> EdgeSettings:
    """A door's configuration; the files that the broker needs are never read here."""
    return EdgeSettings.model_validate(
        {
            "door": DOOR,
            "broker": {
                "host": "localhost",
                "port": 8884,
                "ca": "ca.crt",
                "cert": "client.crt",
                "key": "client.key",
            },
            "keys": {"door": "door.key", "brain": "brain.pub"},
            "state_dir": str(folder / "state"),
            "camera": {"kind": "scene", "source": "none"},
            "presence": {"kind": "always"},
            "lock": {"kind": "simulated", "ledger": str(folder / "ledger.jsonl"), "hold_s": 0.6},
            "liveness": {"policy": "demo"},
            "visit": {"refusal_s": 0.3, "absence_s": 1.0, "answer_s": 1.0},
            **changes,
        },
        context={"folder": folder},
    )


class World:
    """One door, on an in-process broker or the one given. Stops everything it started.

    Wires and wall clock are those that its configuration names.
    """

    def __init__(
        self,
        folder: Path,
        *,
        camera: Callable[[Scene], Camera] = NoiseCamera,
        tracker: Callable[[Scene], FaceTracker] = PlayedTracker,
        presence: Callable[[Scene], Presence] = PlayedPresence,
        finder: FaceFinder | None = None,
        broker: Broker | None = None,
        **changes: Any,
    ) -> None:
        self.folder = folder
        self.settings = settings_for(folder, **changes)
        self.scene = Scene()
        self.broker = MemoryBroker()
        self._buses: Broker = broker or self.broker
        self.door_key = Ed25519PrivateKey.generate()
        self.brain = PlayedBrain(self._buses, self.door_key)
        self.crashed: BaseException | None = None
        self.lock: LockProcess | None = None
        self._camera, self._tracker, self._presence = camera, tracker, presence
        self._finder = finder
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.brain.start()
        self.start_door()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_door()
        self.brain.stop()
        assert self.crashed is None, self.crashed

    def start_door(self) -> None:
        started = len([e for e in self.brain.heard.events if e.kind is EventKind.STARTED])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="door", daemon=True)
        self._thread.start()
        if self.brain.acking:
            self.brain.wait_event(EventKind.STARTED, started + 1)

    def stop_door(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(20)
            assert not self._thread.is_alive(), "the door is stuck"
            self._thread = None

    def signal_lock(self, number: signal.Signals) -> None:
        """Send a signal to the lock process of this door, by its own id."""
        assert self.lock is not None
        assert self.lock.pid is not None
        os.kill(self.lock.pid, number)

    def ledger(self) -> list[Transition]:
        return read_ledger(self.folder / "ledger.jsonl")

    def openings(self) -> int:
        return sum(move.state == "UNLOCKED" for move in self.ledger())

    def wait_locked(self, openings: int) -> None:
        """Wait until the lock has opened so many times and is closed again."""
        give_up_at = time.monotonic() + TIMEOUT_S
        while time.monotonic() < give_up_at:
            moves = self.ledger()
            if self.openings() >= openings and moves[-1].state == "LOCKED":
                return
            time.sleep(0.02)
        raise AssertionError(f"expected {openings} openings and a closed lock: {self.ledger()}")

    def _run(self) -> None:
        self.lock = LockProcess(
            ActuatorChoice(
                "simulated",
                ledger=self.settings.ledger,
                rests_open=self.settings.lock.rests_open,
                longest_hold=self.settings.lock.longest_hold_s,
            )
        )
        clock = self.settings.clock
        parts = Parts(
            camera=self._camera(self.scene),
            tracker=self._tracker(self.scene),
            presence=self._presence(self.scene),
            lock=self.lock,
            indicator=NoIndicator(),
            clock=SystemClock(),
            wall_clock=(
                SimulatedWallClock(clock.source)
                if isinstance(clock, SimulatedTime)
                else SystemWallClock()
            ),
            wires=fittings.wires(self.settings),
            finder=self._finder,
            pass_reader=PASS_READER,
            reader=(
                SimulatedReader(self.settings.reader.source)
                if isinstance(self.settings.reader, SimulatedReaderSettings)
                else None
            ),
            make_bus=lambda subscriptions, birth, will: self._buses.bus(
                DOOR, subscriptions=subscriptions, birth=birth, will=will
            ),
            door_key=self.door_key,
            brain_key=self.brain.key.public_key(),
            models={"detector": "played"},
        )
        try:
            service.run(self.settings, parts, self._stopping)
        except BaseException as error:  # noqa: BLE001  # the test's own thread raises it
            self.crashed = error
