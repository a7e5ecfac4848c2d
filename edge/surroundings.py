"""What does a door's loop touch?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from edge.bursts import Bursts
from edge.capture import Capture
from edge.enrolment import Enroller
from edge.eyes import Eyes
from edge.health import HealthTelling
from edge.hearing import Hearing
from edge.inbox import Inbox
from edge.messages_out import Speaker
from edge.on_its_own import OnItsOwn
from edge.ports import Clock, Indicator, Lock, Presence
from edge.sender import Sender
from edge.showing import Showing
from edge.state_dir import StateDir
from edge.trace import Trace
from edge.wall_clock import LatestTime, WallClock


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything the loop touches, all of it started.

    Attributes:
        shadow: the lock is not moved; what would have opened it is told.
        zone: the site's, where office mode goes by it; None without office mode.
    """

    inbox: Inbox
    clock: Clock
    capture: Capture
    eyes: Eyes
    presence: Presence
    lock: Lock
    indicator: Indicator
    state: StateDir
    speaker: Speaker
    sender: Sender
    enroller: Enroller
    showing: Showing
    hearing: Hearing
    trace: Trace
    wall_clock: WallClock
    latest: LatestTime
    shadow: bool
    away: OnItsOwn
    bursts: Bursts
    health: HealthTelling
    zone: tzinfo | None = None
