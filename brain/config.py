"""What can be set in `brain.yaml`, and what holds where nothing is set?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from brain.access_settings import AccessSettings, ZoneName
from brain.cache_settings import AwaySettings
from brain.code_settings import CodeLimitSettings, DoorCodeSettings
from brain.core.calibration import Target
from brain.core.guessing import WatchRule
from brain.core.renewal import RenewalRule
from brain.core.training import TrainingRule
from brain.encoder_settings import DEFAULTS, EncoderName, NetworkSettings
from brain.limit_settings import LimitsSettings
from brain.liveness_settings import LivenessSettings
from brain.matching_settings import MatchingSettings
from brain.monitoring_settings import HomeAssistantSettings, MetricsSettings
from brain.retention_settings import RetentionSettings
from doorbus.messages import MAX_ENROLMENT, DoorName
from doorbus.settings import BrokerSettings, FilePath, Settings
from matching.decision import MatchRule
from matching.life import LifeRules

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
        consoles: folder of the most that each console may, `<name>.yaml`; read with each request.
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
    consoles: FilePath = Path("consoles")
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
        return self.matching.rule(DEFAULTS[self.encoder])

    @property
    def target(self) -> Target | None:
        """What thresholds are chosen for; None where one is fixed."""
        return self.matching.target(DEFAULTS[self.encoder])

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
        return self.model_copy(
            update={
                "encoder": encoder,
                "network": network,
                "matching": self.matching.without_cosines(),
            }
        )

    @property
    def life_rules(self) -> LifeRules:
        """What counts as evidence of life, at which door."""
        return self.liveness.rules
