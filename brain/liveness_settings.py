"""What can be set in `brain.yaml` about what counts as a living person?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from doorbus.messages import DoorName, LifeSign
from doorbus.settings import Settings
from matching.life import LifeRule, LifeRules

SignName = Literal["blink", "solid", "texture", "screen", "challenge"]
PolicyName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]


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

    @property
    def rules(self) -> LifeRules:
        """What counts as evidence of life, at which door."""

        def rule(own: DoorLiveness) -> LifeRule:
            policies = self.policies if own.policies is None else own.policies
            required = self.require if own.require is None else own.require
            return LifeRule(frozenset(policies), frozenset(map(LifeSign, required)))

        doors = {door: rule(own) for door, own in self.doors.items()}
        return LifeRules(rule(DoorLiveness()), doors)
