"""What does a page show of a door, and of something that happened?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from console.core.lasting import NOTHING, Lasting
from doorbus import messages as m

VERDICTS: Final = frozenset(
    {
        m.EventKind.GRANTED,
        m.EventKind.DENIED,
        m.EventKind.AWAY_GRANTED,
        m.EventKind.AWAY_DENIED,
    }
)
"""What a door tells of a visit that the brain tells of as well."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a door told.

    Attributes:
        at: seconds since 1970, by the door.
        kind: what.
        detail: the door's own words, or codes.
        id: the door's own mark of it.
        visit: the visit it belongs to.
        prompt: what the person was shown.
    """

    at: float
    kind: m.EventKind
    detail: str = ""
    id: str = ""
    visit: int | None = None
    prompt: m.DoorPrompt | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody whom the brain judged; `name` and `card` are for eyes that may see them.

    Attributes:
        at: seconds since 1970, by the brain.
        decision, reason: the verdict.
        name, card, resident: empty where nobody known was.
        visit: of that door.
        away: the door decided by itself and told it afterwards.
    """

    at: float
    decision: m.Decision
    reason: m.Reason
    name: str = field(default="", repr=False)
    card: str = field(default="", repr=False)
    resident: str = ""
    visit: int = 0
    away: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a door sent.

    Attributes:
        at: when it came, seconds since 1970.
        command: which command or enrolment it answers.
        jpeg: baseline JPEG.
    """

    at: float
    command: str
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DoorView:
    """A door as it was heard of last; None for what is not known.

    Attributes:
        version: rises with every change of anything here.
        heard_at: when the last live message came, seconds since 1970; None before the first.
        health_at: when `health` came.
        told: newest first.
        came: newest first.
        snapshot: the last picture on command.
        lasting: what its events say of how it still is.
    """

    name: str
    version: int = 0
    heard_at: float | None = None
    online: m.Availability | None = None
    lock: m.LockReport | None = None
    contact: m.ContactReport | None = None
    health: m.DoorHealth | None = None
    health_at: float | None = None
    told: tuple[Told, ...] = ()
    came: tuple[Came, ...] = ()
    snapshot: Picture | None = None
    lasting: Lasting = NOTHING


Report = m.Alarm | m.ManyRefusals | m.PassbackBroken | m.MessageRefused
"""What the brain tells of the site that is neither a verdict nor an enrolment."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something in the order in which the console heard of it.

    Attributes:
        number: rises by one with each.
        at: seconds since 1970: by whoever told it, or when it was heard.
        door: None where it is about the site.
        what: who told it and what.
    """

    number: int
    at: float
    door: str | None
    what: Told | Came | Report
