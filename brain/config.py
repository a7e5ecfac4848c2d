"""What can be set in `brain.yaml`, and what holds where nothing is set?"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from brain.access_settings import AccessSettings, ZoneName
from brain.cache_settings import AwaySettings
from brain.code_settings import CodeLimitSettings, DoorCodeSettings
from brain.core.calibration import DLIB_PRIOR, SFACE_PRIOR, UNKNOWN_PRIOR, Prior, Target
from brain.core.guessing import WatchRule
from brain.core.renewal import RenewalRule
from brain.core.training import TrainingRule
from brain.limit_settings import LimitsSettings
from brain.monitoring_settings import HomeAssistantSettings, MetricsSettings
from brain.retention_settings import RetentionSettings
from doorbus.messages import MAX_ENROLMENT, DoorName, LifeSign
from doorbus.settings import BrokerSettings, FilePath, Settings
from matching.decision import MatchRule
from matching.life import LifeRule, LifeRules

CREDENTIALS = "$CREDENTIALS_DIRECTORY/"


def _credential(path: object) -> object:
    """Find a credential where systemd put it."""
    if not isinstance(path, str) or not path.startswith(CREDENTIALS):
        return path
    folder = os.environ.get(CREDENTIALS[1:-1])
    if not folder:
        raise ValueError(
            "systemd gave no credentials; name them in the unit, LoadCredentialEncrypted=..., or "
            "give a file here"
        )
    return Path(folder, path.removeprefix(CREDENTIALS))


KeyFile = Annotated[FilePath, BeforeValidator(_credential)]
"""A file, or `$CREDENTIALS_DIRECTORY/...`."""

EncoderName = Literal["sface", "dlib", "sface-opencv", "dlib-original", "onnx", "painted"]
Cosine = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
SignName = Literal["blink", "solid", "texture", "screen", "challenge"]
PolicyName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]


@dataclass(frozen=True, slots=True)
class Cosines:
    """Limits that belong to one encoder; see MatchRule and TrainingRule for what each means."""

    threshold: float
    margin: float
    floor: float
    coherence: float
    stray: float
    rival: float
    same_person: float
    moving: float
    movement: float
    prior: Prior


DEFAULTS: dict[EncoderName, Cosines] = {
    "sface": Cosines(
        0.46,
        margin=0.05,
        floor=0.19,
        coherence=0.35,
        stray=0.6,
        rival=0.1,
        same_person=0.35,
        moving=0.012,
        movement=0.0035,
        prior=SFACE_PRIOR,
    ),
    "dlib": Cosines(
        0.94,
        margin=0.01,
        floor=0.84,
        coherence=0.905,
        stray=0.22,
        rival=0.025,
        same_person=0.90,
        moving=0.00095,
        movement=0.0003,
        prior=DLIB_PRIOR,
    ),
    "onnx": Cosines(
        0.50,
        margin=0.05,
        floor=0.15,
        coherence=0.33,
        stray=0.7,
        rival=0.1,
        same_person=0.40,
        moving=0.005,
        movement=0.0003,
        prior=UNKNOWN_PRIOR,
    ),
    "painted": Cosines(
        0.80,
        margin=0.1,
        floor=0.6,
        coherence=0.8,
        stray=0.7,
        rival=0.1,
        same_person=0.8,
        moving=1e-6,
        movement=1e-7,
        prior=UNKNOWN_PRIOR,
    ),
}
"""Set on the safe side; a gallery's own calibration is the way to better ones.

SFace on YouTube Faces by burst (87 residents, 288 bursts of strangers): no stranger above 0.49, and
no resident above 0.50 had a single crop under 0.30, which 2 of 100 crops of strangers reach. With
its bias taken out (`matching.fusion`) a cosine c becomes about (c - 0.08) / 0.92.
"""

# `coherence`, `stray` and `rival` are kept by at least 199 of 200 bursts of one person, which
# `python -m bench.attacks --only splices` counts on YouTube Faces and clips. Of 575 videos there, 1
# in 200 has less than 0.358 with SFace, 0.907 with dlib's network; the farthest stray is 0.598 and
# 0.174 (in clips 0.52 and 0.198); rivals lead by up to 0.11 and 0.028 among 1,510 residents. With a
# network that was not measured, one stranger's crop in a thousand is as near as `coherence`.

# `moving`: twenty copies of a frame, each saved anew as another JPEG, are at most 0.009 from their
# middle with SFace and 0.0009 with dlib's network; two seconds of people before cameras are 0.018
# and more with SFace, animated portraits 0.0027 and more with dlib's.

# `movement`: of 575 videos of YouTube Faces the one below it shows one frame five times; the next
# comes to 0.0073 with SFace, 0.00062 with dlib's network, and 38 bursts of two seconds of people
# before cameras (13 clips) to 0.0047 and 0.00041 at least. One frame of each clip, saved anew
# twenty times at qualities of 60 to 98, comes to 0.0011 to 0.0052 (one of 13 above 0.0035) and
# 0.0001 to 0.0008 (a third above 0.0003): this stops most copies, not all. With a network that was
# not measured it stops hardly any.

DEFAULTS |= {"sface-opencv": DEFAULTS["sface"], "dlib-original": DEFAULTS["dlib"]}


class KeySettings(Settings):
    """Whose signatures count.

    Attributes:
        brain: the brain's private signing key (PEM).
        doors: folder of the doors' public keys, `<door>.pub`; watched while the brain runs.
        site: what everything kept of residents is sealed under; `$CREDENTIALS_DIRECTORY/...` for a
            credential of systemd's. None: made at the first start, in `data_dir`.
        audit: what the audit is chained under; the same.
    """

    brain: FilePath
    doors: FilePath
    site: KeyFile | None = None
    audit: KeyFile | None = None


class MatchingSettings(Settings):
    """What is asked of a burst; None takes the encoder's own default.

    Attributes:
        strangers: share of strangers' visits that may be let in; the threshold is chosen for it
            from the gallery, anew with every change.
        threshold: least cosine of the fused burst to the best resident, instead of choosing it.
        margin: least lead over the second resident.
        floor: least cosine of every single crop to that resident.
        coherence: cosine within which every single crop must be of that share of the others which
            `agreement` names.
        stray: by how many radians more than half of the crops one may be away from the others.
        rival: lead of another resident in any single crop from which a burst is refused.
        agreement: share of all crops that must point to the same resident.
        least_crops: fewest usable crops.
    """

    strangers: float = Field(default=0.001, ge=1e-6, le=0.1)
    threshold: Cosine | None = None
    margin: Annotated[float, Field(ge=0, le=1)] | None = None
    floor: Cosine | None = None
    coherence: Cosine | None = None
    stray: Annotated[float, Field(gt=0, le=math.pi)] | None = None
    rival: Annotated[float, Field(gt=0, le=2)] | None = None
    agreement: float = Field(default=0.75, ge=0.5, le=1)
    least_crops: int = Field(default=5, ge=1, le=40)


class NetworkSettings(Settings):
    """An encoder of the operator's own: an ONNX file that takes ArcFace's chip of 112x112 pixels.

    Attributes:
        file: the ONNX file, one input of shape (n, 3, 112, 112), one output of vectors.
        name: what to call it; its vectors are never compared with those of another content.
        dimensions: length of its vectors.
        colour: which colour comes first, `rgb` or `bgr`.
        mean: taken from every pixel's value, 0 to 255, before it is multiplied by ...
        scale: ... this.
        mirror: embed the mirror image too.
    """

    file: FilePath
    name: str = Field(pattern=r"^[a-z0-9.-]{1,40}$")
    dimensions: int = Field(default=512, ge=16, le=4096)
    colour: Literal["rgb", "bgr"] = "rgb"
    mean: float = Field(default=127.5, ge=0, le=255)
    scale: float = Field(default=1 / 127.5, gt=0, le=1)
    mirror: bool = True


class EnrolmentSettings(Settings):
    """How people are enrolled.

    Attributes:
        count: frames of an enrolment where the request does not say.
        templates: how many of them stand for the person.
        expiry_s: seconds without a new frame after which an enrolment is refused.
        renewal: whether visits that were let in beyond doubt may add templates.
        renewal_every_s: least time between two such templates of one resident.
        renewal_most: how many of them a resident has at most; the oldest go.
        renewal_share: how many they may be for each enrolled template.
    """

    count: int = Field(default=200, ge=1, le=MAX_ENROLMENT)
    templates: int = Field(default=10, ge=1, le=100)
    expiry_s: float = Field(default=600, gt=0, le=86_400)
    renewal: bool = False
    renewal_every_s: float = Field(default=86_400, ge=60, le=31_536_000)
    renewal_most: int = Field(default=5, ge=1, le=50)
    renewal_share: float = Field(default=0.3, ge=0, le=0.5)


class DoorLiveness(Settings):
    """What counts as a living person at one door; what is left out is as everywhere.

    Attributes:
        policies: the liveness policies that are accepted from it.
        require: signs that it must have seen.
    """

    policies: tuple[PolicyName, ...] | None = Field(default=None, min_length=1)
    require: tuple[SignName, ...] | None = None


class LivenessSettings(Settings):
    """What counts as a living person.

    Attributes:
        policies: the doors' liveness policies that this brain accepts.
        require: signs that every door must have seen, beside a blink or a task that was done:
            `texture`, `solid`, `screen` (looked for), `blink`, `challenge`.
        doors: other rules for single doors, by name.
    """

    policies: tuple[PolicyName, ...] = Field(default=("standard",), min_length=1)
    require: tuple[SignName, ...] = ()
    doors: dict[DoorName, DoorLiveness] = Field(default_factory=dict)


class WatchSettings(Settings):
    """When somebody is called because somebody else tries again and again.

    Attributes:
        window_s: seconds that are looked at.
        door: refusals at one door.
        site: refusals at several doors together ...
        doors: ... and at how many at least.
        quiet_s: seconds until the same is told again.
    """

    window_s: float = Field(default=300, ge=10, le=86_400)
    door: int = Field(default=15, ge=2, le=1000)
    site: int = Field(default=30, ge=2, le=4000)
    doors: int = Field(default=3, ge=2, le=64)
    quiet_s: float = Field(default=600, ge=10, le=86_400)


class BrainSettings(Settings):
    """The whole of `brain.yaml`.

    Attributes:
        name: the brain's name to the broker, as in its certificate, such as `brain.main`.
        broker: the staff listener.
        keys: signing keys.
        data_dir: where frames and, without `database`, everything else are kept.
        database: an SQLAlchemy address; empty for SQLite in `data_dir`.
        encoder: what turns faces into vectors: `sface` or `dlib` through onnxruntime, the same
            through OpenCV (`sface-opencv`) or dlib itself (`dlib-original`), or `onnx`; `painted`
            recognises no people at all and is for stories with simulated doors.
        network: what `onnx` stands for.
        matching: see there.
        enrolment: see there.
        liveness: see there.
        watch: see there.
        timezone: the site's own time, for schedules and dates, such as `Europe/Berlin`.
        access: see there.
        doors: what single doors need beside a face, or without one, by name.
        codes: when wrong codes are too many.
        away: see there.
        limits: see there.
        retention: see there.
        rank: `only`, or among several brains of a site the `first` or a `deputy`. Each serves the
            doors whose keys are in its folder; see `brain.division`.
        workers: threads that match, each with a process that looks at pictures; one a core where
            None.
        hold_s: seconds that a granted door stays open.
        health_s: seconds between two messages on `brain/health`.
        metrics: where Prometheus may ask for figures; nowhere without it.
        homeassistant: how doors are told to Home Assistant; not at all without it.
    """

    name: str = Field(pattern=r"^[a-z0-9.-]{1,64}$")
    broker: BrokerSettings
    keys: KeySettings
    data_dir: FilePath
    database: str = ""
    encoder: EncoderName = "sface"
    network: NetworkSettings | None = None
    matching: MatchingSettings = MatchingSettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    liveness: LivenessSettings = LivenessSettings()
    watch: WatchSettings = WatchSettings()
    timezone: ZoneName = "UTC"
    access: AccessSettings = AccessSettings()
    doors: dict[DoorName, DoorCodeSettings] = Field(default_factory=dict)
    codes: CodeLimitSettings = CodeLimitSettings()
    away: AwaySettings = AwaySettings()
    limits: LimitsSettings = LimitsSettings()
    retention: RetentionSettings = RetentionSettings()
    rank: Literal["only", "first", "deputy"] = "only"
    workers: int | None = Field(default=None, ge=1, le=256)
    hold_s: float = Field(default=5, gt=0, le=60)
    health_s: float = Field(default=30, ge=1, le=3600)
    metrics: MetricsSettings | None = None
    homeassistant: HomeAssistantSettings | None = None

    @model_validator(mode="after")
    def _own_network(self) -> BrainSettings:
        if (self.encoder == "onnx") != (self.network is not None):
            raise ValueError("`encoder: onnx` and `network` belong together")
        return self

    @model_validator(mode="after")
    def _nobody_real(self) -> BrainSettings:
        """Painted plates open simulated doors alone: no real lock starts with the policy demo."""
        believed = {*self.liveness.policies}
        for door in self.liveness.doors.values():
            believed |= {*(door.policies or ())}
        if self.encoder == "painted" and believed != {"demo"}:
            raise ValueError(
                "`encoder: painted` recognises painted plates, not people, and is for simulated "
                "doors alone; set `liveness: {policies: [demo]}`, or another encoder"
            )
        return self

    @property
    def site_key(self) -> Path:
        """What everything kept of residents is sealed under."""
        return self.keys.site or self.data_dir / "keys" / "site.key"

    @property
    def audit_key(self) -> Path:
        """What the audit is chained under."""
        return self.keys.audit or self.data_dir / "keys" / "audit.key"

    @property
    def quarantine(self) -> Path:
        """Where samples of messages that broke something are kept."""
        return self.data_dir / "quarantine"

    @property
    def database_url(self) -> str:
        """Where the database is, as an SQLAlchemy address."""
        return self.database or f"sqlite:///{self.data_dir / 'doorward.sqlite'}"

    @property
    def worker_count(self) -> int:
        """How many threads match."""
        return self.workers or len(os.sched_getaffinity(0))

    @property
    def match_rule(self) -> MatchRule:
        """What is asked of a burst, with the encoder's defaults filled in."""
        default, own = DEFAULTS[self.encoder], self.matching
        return MatchRule(
            threshold=default.threshold if own.threshold is None else own.threshold,
            margin=default.margin if own.margin is None else own.margin,
            floor=default.floor if own.floor is None else own.floor,
            coherence=default.coherence if own.coherence is None else own.coherence,
            stray=default.stray if own.stray is None else own.stray,
            rival=default.rival if own.rival is None else own.rival,
            movement=default.movement,
            agreement=own.agreement,
            least_crops=own.least_crops,
        )

    @property
    def target(self) -> Target | None:
        """What thresholds are chosen for; None where one is fixed."""
        if self.matching.threshold is not None:
            return None
        return Target(self.matching.strangers, DEFAULTS[self.encoder].prior)

    @property
    def training_rule(self) -> TrainingRule:
        """What is asked of an enrolment's frames."""
        default = DEFAULTS[self.encoder]
        return TrainingRule(
            templates=self.enrolment.templates,
            same_person=default.same_person,
            moving=default.moving,
        )

    @property
    def watch_rule(self) -> WatchRule:
        """How many refusals are too many."""
        own = self.watch
        return WatchRule(own.window_s, own.door, own.site, own.doors, own.quiet_s)

    @property
    def renewal_rule(self) -> RenewalRule | None:
        """What is asked of a visit before it teaches; None where none ever does."""
        own = self.enrolment
        if not own.renewal:
            return None
        return RenewalRule(own.renewal_every_s, own.renewal_most, own.renewal_share)

    def with_encoder(self, encoder: EncoderName, network: NetworkSettings | None) -> BrainSettings:
        """The same settings for another encoder; cosines that the operator set were for this one.

        Args:
            encoder: which.
            network: what `onnx` stands for.
        """
        cosines = dict.fromkeys(("threshold", "margin", "floor", "coherence", "stray", "rival"))
        return self.model_copy(
            update={
                "encoder": encoder,
                "network": network,
                "matching": self.matching.model_copy(update=cosines),
            }
        )

    @property
    def life_rules(self) -> LifeRules:
        """What counts as evidence of life, at which door."""
        usual = self.liveness

        def rule(own: DoorLiveness) -> LifeRule:
            policies = usual.policies if own.policies is None else own.policies
            required = usual.require if own.require is None else own.require
            return LifeRule(frozenset(policies), frozenset(map(LifeSign, required)))

        doors = {door: rule(own) for door, own in usual.doors.items()}
        return LifeRules(rule(DoorLiveness()), doors)
