"""Who is a resident?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resident:
    """A person the site knows.

    Attributes:
        id: opaque, the only name that leaves the brain.
        name: as an administrator wrote it; private.
        card: 12 digits; private.
        enabled: False keeps the person out everywhere.
    """

    id: str
    name: str
    card: str
    enabled: bool = True
