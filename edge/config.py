"""What stands in a door's `edge.yaml`?

`door`, `broker`, `keys` and `state_dir` must be set; everything else has a default that suits a
door with a camera on its board and no lock yet. Relative paths start at the file's folder. Unknown
keys are refused, and all mistakes are told at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from doorbus.messages import DoorName
from doorbus.settings import BrokerSettings, FilePath, Settings, load
from edge.code_settings import ShownSettings
from edge.core.attempts import PauseRule
from edge.core.away import AwayPolicy
from edge.core.burst import BurstRule
from edge.core.contact import ContactRule
from edge.core.enrolling import EnrolmentRule
from edge.core.pairing import refuse_unsafe
from edge.core.visit_state import VisitRule
from edge.device_settings import (
    AlwaysPresence,
    DeviceCamera,
    FileCamera,
    GpioLock,
    GpioPresence,
    KernelWallClock,
    MotionPresence,
    RtspCamera,
    SceneCamera,
    SimulatedLock,
    SimulatedWallClock,
    SystemWallClock,
)
from edge.indicator_settings import IndicatorSettings, LogIndicatorSettings
from edge.pins import clash, in_use
from edge.sense_settings import (
    ContactSettings,
    ExitSettings,
    FireSettings,
    OfficeSettings,
    TamperSettings,
    TimeZone,
    WireSettings,
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


class EdgeSettings(ShownSettings):
    """The whole file.

    Attributes:
        door: the door's name; the same as its certificate's.
        broker: where the broker is and how it knows this door.
        keys: signing keys.
        state_dir: folder for what must survive a power cut.
        camera: where pictures come from.
        presence: what wakes the door.
        lock: what is opened.
        contact: what feels whether the door stands open; none where it is left out, as below.
        exit: what feels the exit button.
        tamper: what feels that the housing is opened.
        fire: what feels the fire alarm.
        office: when the door stands open by itself.
        timezone: the site's, for the hours of `office`.
        indicator: where prompts go: one, or a list of several.
        tracker: how a face is followed.
        liveness: what proves life.
        visit: times and limits of a visit.
        enrolment: which frames an enrolment takes.
        reader, second, codes, passes: cards, PINs and visitors' passes; see `edge.code_settings`.
        spool: how much may wait for the brain.
        snapshot: what a picture on command shows.
        shadow: for commissioning: decide and tell, and never move the lock.
        away: what the door decides by itself while broker or brain are away: nothing (`closed`), by
            passes and PINs (`codes`), or by its own cache of residents' faces too (`faces`), which
            the brain must allow.
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
    contact: ContactSettings | None = None
    exit: ExitSettings | None = None
    tamper: TamperSettings | None = None
    fire: FireSettings | None = None
    office: OfficeSettings = OfficeSettings()
    timezone: TimeZone = "UTC"
    indicator: IndicatorSettings = (LogIndicatorSettings(),)
    tracker: TrackerSettings = TrackerSettings()
    liveness: LivenessSettings = LivenessSettings()
    visit: VisitSettings = VisitSettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    spool: SpoolSettings = SpoolSettings()
    snapshot: SnapshotSettings = SnapshotSettings()
    shadow: bool = False
    away: Literal["closed", "codes", "faces"] = "closed"
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
        if self.reader.kind == "simulated" and self.lock.kind != "simulated":
            raise ValueError(
                "reader: whoever writes to a file would type at a real lock; "
                "set reader.kind to evdev, or lock.kind to simulated"
            )
        played = [name for name, wire in self.wires.items() if wire.kind == "simulated"]
        if played and self.lock.kind != "simulated":
            raise ValueError(
                f"{', '.join(played)}: whoever writes a file would open a real lock, or hide that "
                "it was forced; set kind to gpio, or lock.kind to simulated"
            )
        shared = clash(in_use(self.lock, self.presence, self.wires, self.indicator))
        if shared is not None:
            raise ValueError(shared)
        return self

    @property
    def wires(self) -> dict[str, WireSettings]:
        """The wires that the door feels, by the names of `edge.core.senses.Sense`."""
        wires = {
            "contact": self.contact,
            "exit": self.exit,
            "tamper": self.tamper,
            "fire": self.fire,
        }
        return {name: wire for name, wire in wires.items() if wire is not None}

    @property
    def _contact_rule(self) -> ContactRule:
        usual = ContactRule()
        return ContactRule(
            held_open_s=usual.held_open_s if self.contact is None else self.contact.held_open_s,
            exit_s=usual.exit_s if self.exit is None else self.exit.explains_s,
            # Whoever opens a shadow door does it with the lock that is still in use.
            forced=self.contact is not None and self.contact.forced and not self.shadow,
        )

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
            match_s=visit.match_s,
            away=AwayPolicy(self.away),
            refusal_s=visit.refusal_s,
            absence_s=visit.absence_s,
            hold_s=self.lock.hold_s,
            burst=visit.burst,
            dark=visit.dark,
            min_face_px=visit.min_face_px,
            enrolment_idle_s=self.enrolment.idle_s,
            pause=PauseRule(visit.attempts, visit.pause_s, visit.longest_pause_s),
            codes=self.code_rule,
            contact=self._contact_rule,
            office=self.office.rule,
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
