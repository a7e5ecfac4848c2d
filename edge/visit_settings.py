"""What may be set of visits and enrolments: whose lids, which proof of life, which times?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from doorbus.settings import Settings
from edge.core.policies import POLICIES, Challenging, Wanted

Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Grey = Annotated[float, Field(ge=0, le=255)]
Pixels = Annotated[float, Field(ge=0, le=4096)]


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
        match_s: until a face that the door matches by itself counts as refused.
        refusal_s: how long a refusal is shown.
        absence_s: with nobody noticed, until the door sleeps.
        burst: frames of a burst.
        dark: mean grey level of a face under which it is too dark.
        min_face_px: width of a face under which the person is asked to come closer. Under 64 a
            screen's pattern cannot be seen, and `standard` believes nobody.
        attempts: refused live attempts in a row until the door pauses.
        pause_s: the first pause; each further one lasts twice as long.
        longest_pause_s: no pause is longer.
    """

    no_face_s: Seconds = 8
    no_life_s: Seconds = 12
    answer_s: Seconds = 3
    match_s: Seconds = 5
    refusal_s: Seconds = 3
    absence_s: Seconds = 5
    burst: int = Field(default=20, ge=8, le=40)
    dark: Grey = 25
    min_face_px: Pixels = 80
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
