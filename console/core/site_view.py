"""What is known of a site's doors and brain, message by message?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from doorbus import messages as m

MOST_LINES: Final = 8
"""Newest events that a door's card shows."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a door told.

    Attributes:
        at: seconds since 1970, by the door.
        kind: what.
        detail: the door's own words, or codes.
    """

    at: float
    kind: m.EventKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody whom the brain judged; for eyes that may see names.

    Attributes:
        at: seconds since 1970.
        decision, reason: the verdict.
        name: empty where nobody known was.
    """

    at: float
    decision: m.Decision
    reason: m.Reason
    name: str = ""


@dataclass(frozen=True, slots=True)
class DoorView:
    """A door as it was heard of last; None for what was not heard yet.

    Attributes:
        version: rises with every change of anything here.
    """

    name: str
    version: int = 0
    online: m.Availability | None = None
    lock: m.LockReport | None = None
    contact: m.ContactReport | None = None
    health: m.DoorHealth | None = None
    told: tuple[Told, ...] = ()
    came: tuple[Came, ...] = ()


@dataclass(slots=True)
class SiteView:
    """Everything heard so far; on one thread.

    Attributes:
        version: rises with every change.
        doors: by name.
        brain: its health, as it told it last.
    """

    version: int = 0
    doors: dict[str, DoorView] = field(default_factory=dict)
    brain: m.BrainHealth | None = None

    def changed_door(self, name: str, **changes: object) -> DoorView:
        """Note something new of a door."""
        self.version += 1
        before = self.doors.get(name) or DoorView(name)
        after = replace(before, version=self.version, **changes)  # type: ignore[arg-type]
        self.doors[name] = after
        return after
