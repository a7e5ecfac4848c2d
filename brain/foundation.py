"""What does everything in the brain stand on: its inbox, doors, sessions, gallery and rules?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from brain.breakage import Breakage
from brain.config import BrainSettings
from brain.division import Division, Rank
from brain.doors import KnownDoors
from brain.following import Following
from brain.inbox import Inbox
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.parts import Encoding, Parts
from brain.quarantine import Bars, Quarantine
from brain.reading import Reading
from brain.refusals import Refusals
from brain.rules_admission import Admission
from brain.sessions import Sessions
from brain.showing import Showing
from brain.trainer import Looked
from brain.watching import Watching
from brain.worker import Job
from doorbus.bus import Delivery
from matching.decision import Match


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What a matcher found in a burst.

    Attributes:
        job: the burst.
        found: what it shows.
        encoder: whose vectors were compared.
    """

    job: Job
    found: Match
    encoder: str


Item = Delivery | Matched | Looked | Callable[[], None]
"""What comes into the inbox."""


class Foundation:
    """What the brain's services share; nothing runs yet.

    Args:
        settings: of the brain.
        parts: as `__main__` chose them.
        connected: called on the brain's thread whenever the broker has been reached.
        watched: hears each event that whoever watches is told of.
    """

    def __init__(
        self,
        settings: BrainSettings,
        parts: Parts,
        *,
        connected: Callable[[], None],
        watched: Callable[[object], None],
    ) -> None:
        clock, store = parts.clock, parts.store
        self.zone = ZoneInfo(settings.timezone)
        self.inbox: Inbox[Item] = Inbox(monotonic=clock.monotonic)
        self.doors = KnownDoors(settings.keys.doors)
        self.division = Division(Rank(settings.rank), lambda: self.doors.names, store)
        self.speaks = settings.rank != "deputy"
        self.sessions = Sessions(
            settings.name,
            parts.connect,
            self.inbox.put,
            lambda: self.inbox.put_urgent(connected),
            self._flooded,
            speaks=self.speaks,
        )
        self.outgoing = Outgoing(parts.key, self.sessions.main, self.sessions.door, watched)
        self.refusals = Refusals(self.outgoing.event, clock.monotonic)
        self.reading = Reading(self.doors, store)
        self.coming = Encoding(
            parts.identity or parts.encoder().name,
            parts.recipe,
            parts.encoder,
            settings.match_rule,
            settings.target,
            settings.training_rule,
        )
        self.gallery = LiveGallery(
            store,
            self.coming.identity,
            parts.encoder().dimensions,
            self.outgoing,
            rule=settings.match_rule,
            target=settings.target,
            product=parts.product,
        )
        self.following = Following(store, self.gallery)
        self.bars = Bars(clock.monotonic)
        self.quarantine = Quarantine(parts.samples, clock.monotonic)
        self.breakage = Breakage(self.bars, self.quarantine)
        self.watching = Watching(store, self.outgoing, clock, settings.watch_rule)
        self.admission = Admission(
            clock, self.zone, settings.access.everywhere, settings.access.at_doors
        )
        self.showing = Showing(clock, self.outgoing, settings.doors, settings.codes.rule)

    def _flooded(self, session: str) -> None:
        """More came in a session than was taken; on its thread."""
        words = "a flood: more than anybody needs; what waited at the broker is dropped"
        self.inbox.put_urgent(lambda: self.refusals.note(f"session {session}", words))
