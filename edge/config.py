"""What stands in a door's `edge.yaml`?

`door`, `broker`, `keys` and `state_dir` must be set; everything else has a default that suits a
door with a camera on its board and no lock yet. Relative paths start at the file's folder. Unknown
keys are refused, and all mistakes are told at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, model_validator

from doorbus.messages import DoorName
from doorbus.settings import BrokerSettings, FilePath, Settings, load
from edge.core.attempts import PauseRule
from edge.core.burst import BurstRule
from edge.core.enrolling import EnrolmentRule
from edge.core.pairing import refuse_unsafe
from edge.core.visit_state import VisitRule
from edge.device_settings import (
    AlwaysPresence,
    DeviceCamera,
    FileCamera,
    GpioLock,
    GpioPresence,
    IndicatorSettings,
    KernelWallClock,
    MotionPresence,
    RtspCamera,
    SceneCamera,
    SimulatedLock,
    SimulatedWallClock,
    SystemWallClock,
)
from edge.snapshot_settings import SnapshotSettings
from edge.visit_settings import (
    EnrolmentSettings,
    LivenessSettings,
    TrackerSettings,
    VisitSettings,
)

LONGEST_VISIT_S: Final = 40.0
"""Seconds that a visit watches at most, or twice the time for a blink where that is more."""


class KeySettings(Settings):
    """What the door signs with, and what it knows the brain's signature by.

    Attributes:
        door: the door's own Ed25519 private key (PEM).
        brain: the brain's Ed25519 public key (PEM).
    """

    door: FilePath
    brain: FilePath


class SpoolSettings(Settings):
    """How much may wait on disk for the brain.

    Attributes:
        max_frames_mb: megabytes of enrolment frames; beyond them the capture waits.
        max_events: events; beyond them the oldest routine ones are dropped and counted.
    """

    max_frames_mb: float = Field(default=200, ge=1, le=100_000)
    max_events: int = Field(default=10_000, ge=100, le=1_000_000)


class EdgeSettings(Settings):
    """The whole file.

    Attributes:
        door: the door's name; the same as its certificate's.
        broker: where the broker is and how it knows this door.
        keys: signing keys.
        state_dir: folder for what must survive a power cut.
        camera: where pictures come from.
        presence: what wakes the door.
        lock: what is opened.
        indicator: where prompts go.
        tracker: how a face is followed.
        liveness: what proves life.
        visit: times and limits of a visit.
        enrolment: which frames an enrolment takes.
        spool: how much may wait for the brain.
        snapshot: what a picture on command shows.
        shadow: for commissioning: decide and tell, and never move the lock.
        clock: when the machine's date and time may be believed.
    """

    door: DoorName
    broker: BrokerSettings
    keys: KeySettings
    state_dir: FilePath
    camera: Annotated[
        DeviceCamera | FileCamera | RtspCamera | SceneCamera, Field(discriminator="kind")
    ] = DeviceCamera()
    presence: Annotated[
        MotionPresence | GpioPresence | AlwaysPresence, Field(discriminator="kind")
    ] = MotionPresence()
    lock: Annotated[SimulatedLock | GpioLock, Field(discriminator="kind")] = SimulatedLock()
    indicator: IndicatorSettings = IndicatorSettings()
    tracker: TrackerSettings = TrackerSettings()
    liveness: LivenessSettings = LivenessSettings()
    visit: VisitSettings = VisitSettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    spool: SpoolSettings = SpoolSettings()
    snapshot: SnapshotSettings = SnapshotSettings()
    shadow: bool = False
    clock: Annotated[
        KernelWallClock | SystemWallClock | SimulatedWallClock, Field(discriminator="kind")
    ] = KernelWallClock()

    @model_validator(mode="after")
    def _safe(self) -> EdgeSettings:
        refusal = refuse_unsafe(
            camera_simulated=self.camera.kind in {"file", "scene"},
            lock_simulated=self.lock.kind == "simulated",
            liveness_policy=self.liveness.policy,
        )
        if refusal is not None:
            raise ValueError(refusal)
        if self.clock.kind == "simulated" and self.lock.kind != "simulated":
            raise ValueError(
                "clock: a simulated time would let ended passes open a real lock; "
                "set clock.kind to kernel, or lock.kind to simulated"
            )
        pins = [part.pin for part in (self.lock, self.presence) if part.kind == "gpio"]
        if len(pins) == 2 and pins[0] == pins[1]:
            raise ValueError(f"lock.pin and presence.pin are both {pins[0]}; wire them to two pins")
        return self

    @property
    def ledger(self) -> Path:
        """Where a simulated lock writes its movements."""
        named = self.lock.ledger if isinstance(self.lock, SimulatedLock) else None
        return named or self.state_dir / "lock-ledger.jsonl"

    @property
    def visit_rule(self) -> VisitRule:
        """The figures for `edge.core.visit`."""
        visit = self.visit
        return VisitRule(
            no_face_s=visit.no_face_s,
            no_life_s=visit.no_life_s,
            longest_s=max(LONGEST_VISIT_S, 2 * visit.no_life_s),
            challenge=self.liveness.challenging,
            challenge_after_s=self.liveness.challenge_after_s,
            answer_s=visit.answer_s,
            refusal_s=visit.refusal_s,
            absence_s=visit.absence_s,
            hold_s=self.lock.hold_s,
            burst=visit.burst,
            dark=visit.dark,
            min_face_px=visit.min_face_px,
            enrolment_idle_s=self.enrolment.idle_s,
            pause=PauseRule(visit.attempts, visit.pause_s, visit.longest_pause_s),
        )

    @property
    def burst_rule(self) -> BurstRule:
        """The figures for `edge.core.burst`."""
        return BurstRule(size=self.visit.burst)

    @property
    def enrolment_rule(self) -> EnrolmentRule:
        """The figures for `edge.core.enrolling`."""
        return EnrolmentRule(
            min_interval_s=self.enrolment.min_interval_s,
            min_face_px=self.enrolment.min_face_px,
            dark=self.enrolment.dark,
        )


def read(path: Path) -> EdgeSettings:
    """Read a door's configuration. Raises `doorbus.errors.ConfigError` with every mistake."""
    return load(path, EdgeSettings)
