"""What can be set about access in `brain.yaml`; the rules themselves are made over MQTT."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from brain.core.access import Default
from doorbus.messages import DoorName
from doorbus.settings import Settings


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        raise ValueError(
            "not a time zone that this machine knows; write it as Europe/Berlin or UTC"
        ) from None
    return zone


ZoneName = Annotated[str, AfterValidator(_known)]
"""A time zone of the IANA database."""


class AccessSettings(Settings):
    """Who may enter where no rule matches.

    Attributes:
        default: `everybody` who is enrolled, or `nobody`.
        doors: another default for single doors, by name.
    """

    default: Literal["everybody", "nobody"] = "everybody"
    doors: dict[DoorName, Literal["everybody", "nobody"]] = Field(default_factory=dict)

    @property
    def everywhere(self) -> Default:
        """Who may enter at doors that are not named."""
        return Default(self.default)

    @property
    def at_doors(self) -> dict[str, Default]:
        """Who may enter at doors that are."""
        return {door: Default(who) for door, who in self.doors.items()}
