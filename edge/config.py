"""What stands in a door's `edge.yaml`?

`door`, `broker`, `keys` and `state_dir` must be set; everything else has a default that suits a
door with a camera on its board and no lock yet. Relative paths start at the file's folder. Unknown
keys are refused, and all mistakes are told at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from doorbus.messages import DoorName
from doorbus.settings import BrokerSettings, FilePath, Settings, load
from edge.core.attempts import PauseRule
from edge.core.bolt import LONGEST_HOLD
from edge.core.burst import BurstRule
from edge.core.enrolling import EnrolmentRule
from edge.core.pairing import refuse_unsafe
from edge.core.policies import POLICIES, Challenging, Wanted
from edge.core.visit_state import VisitRule

LONGEST_VISIT_S: Final = 40.0
"""Seconds that a visit watches at most, or twice the time for a blink where that is more."""

Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Grey = Annotated[float, Field(ge=0, le=255)]
Pixels = Annotated[float, Field(ge=0, le=4096)]
Pin = Annotated[int, Field(ge=2, le=27)]
PinFactory = Literal["rpigpio", "lgpio"]


class KeySettings(Settings):
    """What the door signs with, and what it knows the brain's signature by.

    Attributes:
        door: the door's own Ed25519 private key (PEM).
        brain: the brain's Ed25519 public key (PEM).
    """

    door: FilePath
    brain: FilePath


class DeviceCamera(Settings):
    """A camera of this board.

    Attributes:
        source: its number (0 is `/dev/video0`) or device file.
        width: pixels asked of the camera.
        height: pixels asked of the camera.
        fps: frames a second asked of the camera; a blink needs at least 15.
    """

    kind: Literal["device"] = "device"
    source: int | str = 0
    width: int = Field(default=640, ge=160, le=4096)
    height: int = Field(default=480, ge=120, le=4096)
    fps: float = Field(default=30, ge=1, le=240)


class FileCamera(Settings):
    """A recorded clip; refused beside a real lock.

    Attributes:
        source: the file.
        pace: `live` plays it at its own speed and drops what is not looked at in time; `every`
            waits until each frame has been looked at.
        loop: begin anew at the end; otherwise the camera is lost there.
        first: first frame to play, from 0.
        last: last frame to play; the end of the file where it is left out.
    """

    kind: Literal["file"]
    source: FilePath
    pace: Literal["live", "every"] = "live"
    loop: bool = False
    first: int = Field(default=0, ge=0)
    last: int | None = Field(default=None, ge=0)


class RtspCamera(Settings):
    """A network camera.

    Attributes:
        source: its address, such as `rtsp://camera.example/stream`. It may hold a password, and is
            never logged.
    """

    kind: Literal["rtsp"]
    source: str = Field(pattern=r"^(rtsps?|https?)://", repr=False)


class SceneCamera(Settings):
    """A made-up scene, such as a portrait that moves and blinks; refused beside a real lock.

    Attributes:
        source: the scene file; what it holds: `edge.adapters.scene_file`.
        pace: as with a file.
        width: pixels of the pictures.
        height: pixels of the pictures.
        fps: frames a second.
    """

    kind: Literal["scene"]
    source: FilePath
    pace: Literal["live", "every"] = "live"
    width: int = Field(default=640, ge=160, le=4096, multiple_of=8)
    height: int = Field(default=480, ge=120, le=4096, multiple_of=8)
    fps: float = Field(default=30, ge=1, le=240)


class MotionPresence(Settings):
    """The camera picture changes."""

    kind: Literal["motion"] = "motion"


class GpioPresence(Settings):
    """A sensor on a pin.

    Attributes:
        pin: BCM number.
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5).
        active_high: whether a high pin means somebody.
    """

    kind: Literal["gpio"]
    pin: Pin
    factory: PinFactory
    active_high: bool = True


class AlwaysPresence(Settings):
    """Somebody is always there: the camera never rests."""

    kind: Literal["always"]


class LockTimes(Settings):
    """How long a lock is held.

    Attributes:
        hold_s: seconds, where verdict or order do not say.
        longest_hold_s: seconds that no verdict or order exceeds.
    """

    hold_s: float = Field(default=5, gt=0, le=LONGEST_HOLD)
    longest_hold_s: float = Field(default=LONGEST_HOLD, gt=0, le=LONGEST_HOLD)


class SimulatedLock(LockTimes):
    """No lock at all: every movement is only written down.

    Attributes:
        ledger: where to; `lock-ledger.jsonl` in `state_dir` by default.
    """

    kind: Literal["simulated"] = "simulated"
    ledger: FilePath | None = None


class GpioLock(LockTimes):
    """A relay on a pin.

    Attributes:
        pin: BCM number.
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5).
        active_high: whether a high pin draws the bolt; many relay boards want false.
    """

    kind: Literal["gpio"]
    pin: Pin
    factory: PinFactory
    active_high: bool = True


class IndicatorSettings(Settings):
    """Where prompts for the person at the door go: nowhere, or to the log."""

    kind: Literal["none", "log"] = "log"


class TrackerSettings(Settings):
    """How a face is followed.

    Attributes:
        lids: who sees the eyelids. `dlib68` follows dlib's 68 landmarks: fast, and they also tell
            flat from solid, but their training pictures exclude commercial use. `iris` asks
            MediaPipe's iris network (`doorctl models iris_landmark`), free for any use, slower.
    """

    lids: Literal["dlib68", "iris"] = "dlib68"


class LivenessSettings(Settings):
    """What the door asks for before it believes in a living person.

    Attributes:
        policy: its name; `demo` also believes animated pictures and is refused beside a real lock.
        texture: whether the texture networks are asked. `required`: the door does not start without
            them, and nobody gets in against them. `optional`: they are asked where they have been
            fetched, and the door says at its start whether they are. `off`: never.
        challenge: when a task is set: `off`, `always`, or `fallback` for people who have not been
            seen to blink after `challenge_after_s`.
        challenge_after_s: seconds with a face.
    """

    policy: str = "standard"
    texture: Literal["required", "optional", "off"] = "optional"
    challenge: Literal["off", "always", "fallback"] = "off"
    challenge_after_s: Seconds = 5

    @property
    def wanted(self) -> Wanted:
        """Whether the texture networks are asked."""
        return Wanted(self.texture)

    @property
    def challenging(self) -> Challenging:
        """When a task is set."""
        return Challenging(self.challenge)

    @field_validator("policy")
    @classmethod
    def _known(cls, policy: str) -> str:
        if policy not in POLICIES:
            raise ValueError(f"not a liveness policy; use {' or '.join(POLICIES)}")
        return policy


class VisitSettings(Settings):
    """The times of a visit in seconds, and what a face must be like; see `edge.core.visit_state`.

    Attributes:
        no_face_s: without a face, until a visit ends.
        no_life_s: with a face, until a visit ends for want of a blink.
        answer_s: until a burst without a verdict counts as refused.
        refusal_s: how long a refusal is shown.
        absence_s: with nobody noticed, until the door sleeps.
        burst: frames of a burst.
        dark: mean grey level of a face under which it is too dark.
        min_face_px: width of a face under which the person is asked to come closer.
        attempts: refused live attempts in a row until the door pauses.
        pause_s: the first pause; each further one lasts twice as long.
        longest_pause_s: no pause is longer.
    """

    no_face_s: Seconds = 8
    no_life_s: Seconds = 12
    answer_s: Seconds = 3
    refusal_s: Seconds = 3
    absence_s: Seconds = 5
    burst: int = Field(default=20, ge=8, le=40)
    dark: Grey = 25
    min_face_px: Pixels = 60
    attempts: int = Field(default=5, ge=1, le=10)
    pause_s: Annotated[float, Field(ge=30, le=3600)] = 30
    longest_pause_s: Annotated[float, Field(ge=30, le=3600)] = 300


class EnrolmentSettings(Settings):
    """Which frames an enrolment takes.

    Attributes:
        min_interval_s: least seconds between two frames.
        min_face_px: least width of the face.
        dark: least mean grey level of the face.
        idle_s: without a new frame, until the door gives an enrolment up.
    """

    min_interval_s: Annotated[float, Field(ge=0, le=10)] = 0.04
    min_face_px: Pixels = 80
    dark: Grey = 30
    idle_s: Seconds = 600


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

    @model_validator(mode="after")
    def _safe(self) -> EdgeSettings:
        refusal = refuse_unsafe(
            camera_simulated=self.camera.kind in {"file", "scene"},
            lock_simulated=self.lock.kind == "simulated",
            liveness_policy=self.liveness.policy,
        )
        if refusal is not None:
            raise ValueError(refusal)
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
