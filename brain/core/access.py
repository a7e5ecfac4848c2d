"""May this resident come in here, now?"""

from __future__ import annotations

from dataclasses import dataclass

from doorbus.messages import Reason


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


def objection(resident: Resident | None) -> Reason | None:
    """Why a recognised resident is refused all the same; None where nothing speaks against it.

    None for `resident` means that the person was removed while the burst was being matched.
    """
    if resident is None:
        return Reason.UNKNOWN
    if not resident.enabled:
        return Reason.DISABLED
    return None
