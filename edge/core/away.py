"""What may a door decide by itself while the brain is away?

Nothing, as it is set (`AwayPolicy.CLOSED`); or by codes; or by its own cache of faces too. A cache
counts for something only while the door knows what time it is: from when it was made until it ends,
by the wall clock, and no longer than that by the door's own uptime.

Away are known: who may be here, when (schedules, holidays, from and until), and who is forbidden.
Not known is what happens elsewhere meanwhile. So the brain leaves permits that hang on somebody
else's coming in first out of a cache, and sends none to a door with hard anti-passback.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum

from doorbus.messages import CachedRule, Decision, Reason, Schedule
from matching.decision import Match

AHEAD_S = 300.0
"""How far a door's clock may be behind the brain's, in seconds: a cache from later is not believed,
for then one of the two is wrong."""


class AwayPolicy(Enum):
    """What the door does by itself."""

    CLOSED = "closed"
    CODES = "codes"
    FACES = "faces"


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit that the door decided by its cache.

    Attributes:
        decision: what it comes to.
        reason: why; the brain's own codes.
        resident: opaque id of who was recognised, let in or not.
        hold_s: seconds to hold the lock; 0 for as the door is set.
        duress: whether the PIN was the one that calls for help.
    """

    decision: Decision
    reason: Reason
    resident: str | None = None
    hold_s: float = 0.0
    duress: bool = False


@dataclass(frozen=True, slots=True)
class NotJudged:
    """The door could not decide: whoever stands there is refused, and it is nobody's fault.

    Attributes:
        why: in words.
        clock_unsure: whether it is for want of the time.
    """

    why: str
    clock_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when a cache counts.

    Attributes:
        made_at: when the brain made it, by its wall clock.
        ends_at: when it ends, by the wall clock.
        here_until: the same by the door's uptime, monotonic seconds.
    """

    made_at: datetime
    ends_at: datetime
    here_until: float


@dataclass(frozen=True, slots=True)
class Calendar:
    """By what rules are read.

    Attributes:
        zone: the site's time zone.
        holidays: days.
        schedules: by name.
    """

    zone: tzinfo
    holidays: frozenset[date] = frozenset()
    schedules: Mapping[str, Schedule] = field(default_factory=dict)


def against(validity: Validity | None, wall: datetime | None, now: float) -> NotJudged | None:
    """Why a cache counts for nothing; None where it counts.

    Args:
        validity: of the cache; None where the door has none.
        wall: the highest date and time that this door has believed; None while the clock was not
            set since boot.
        now: monotonic seconds.
    """
    if validity is None:
        return NotJudged("no cache")
    if wall is None:
        return NotJudged("the clock was not set since boot", clock_unsure=True)
    if wall < validity.made_at - timedelta(seconds=AHEAD_S):
        return NotJudged("the clock is behind the cache", clock_unsure=True)
    if wall >= validity.ends_at or now >= validity.here_until:
        return NotJudged("the cache has ended")
    return None


def objection(rules: Collection[CachedRule], calendar: Calendar, wall: datetime) -> Reason | None:
    """Why a resident may not come in at this moment; None where nothing speaks against it.

    As at the brain a rule that forbids wins, and one that permits is needed where there is any.

    Args:
        rules: of this resident at this door.
        calendar: by what they are read.
        wall: the time, aware.
    """
    local, moment = wall.astimezone(calendar.zone), wall.timestamp()
    if any(not rule.permits and _holds(rule, calendar, local, moment) for rule in rules):
        return Reason.FORBIDDEN
    permits = [rule for rule in rules if rule.permits]
    if not permits:
        return None
    if any(_holds(rule, calendar, local, moment) for rule in permits):
        return None
    if any(_in_time(rule, moment) for rule in permits):
        return Reason.OUT_OF_HOURS
    if any(rule.since is not None and moment < rule.since for rule in permits):
        return Reason.NOT_VALID_YET
    return Reason.NO_LONGER_VALID


def judge(found: Match, objects: Reason | None, hold_s: float, *, duress: bool = False) -> Judged:
    """Turn a match into a decision.

    Args:
        found: what matching says.
        objects: what speaks against who was found, if anything.
        hold_s: seconds to hold the lock.
        duress: whether the PIN beside the face was the one that calls for help.
    """
    if found.reason is not Reason.MATCH or found.resident is None:
        return Judged(Decision.DENY, found.reason)
    if objects is not None:
        return Judged(Decision.DENY, objects, found.resident)
    return Judged(Decision.GRANT, Reason.MATCH, found.resident, hold_s, duress)


def _holds(rule: CachedRule, calendar: Calendar, local: datetime, moment: float) -> bool:
    if not _in_time(rule, moment):
        return False
    if rule.schedule is None:
        return True
    schedule = calendar.schedules.get(rule.schedule)
    if schedule is None:
        # What nobody can read must not let in, nor fail to keep out.
        return not rule.permits
    return schedule.covers(local, calendar.holidays)


def _in_time(rule: CachedRule, moment: float) -> bool:
    if rule.since is not None and moment < rule.since:
        return False
    return rule.until is None or moment < rule.until
