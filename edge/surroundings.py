"""What does a door's loop touch?"""

from __future__ import annotations

from dataclasses import dataclass

from edge.capture import Capture
from edge.enrolment import Enroller
from edge.eyes import Eyes
from edge.hearing import Hearing
from edge.inbox import Inbox
from edge.messages_out import Speaker
from edge.ports import Clock, Indicator, Lock, Presence
from edge.sender import Sender
from edge.state_dir import StateDir
from edge.trace import Trace
from edge.wall_clock import LatestTime, WallClock


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything the loop touches, all of it started.

    Attributes:
        shadow: the lock is not moved; what would have opened it is told.
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
    hearing: Hearing
    trace: Trace
    wall_clock: WallClock
    latest: LatestTime
    shadow: bool
