"""What has the door for the time when broker or brain are away, as it is set?"""

from __future__ import annotations

from datetime import datetime

import structlog

from doorbus.messages import (
    LEAST_ALONE,
    Burst,
    CachePart,
    CodeKind,
    Decision,
    Reason,
    SecondFactor,
)
from edge.cache_asking import CacheAsking
from edge.core.away import AwayPolicy, Judged, NotJudged, against, judge, objection
from edge.core.visit_events import MatchedHere
from edge.local_matching import CodeJob, FoundHere, HereJob, LocalMatching
from edge.resident_cache import Cached, CacheRefused, ResidentCache
from edge.wall_clock import LatestTime, WallClock

_log = structlog.get_logger(__name__)


class OnItsOwn:
    """Cache, asking for it and matching by it; for the main loop alone.

    Args of the constructor:
        policy: what the door may decide by itself.
        cache: started.
        asking: fills it.
        matching: started; None where faces are not matched here.
        wall_clock: date and time.
        latest: the highest time believed.
    """

    def __init__(
        self,
        policy: AwayPolicy,
        cache: ResidentCache,
        asking: CacheAsking,
        matching: LocalMatching | None,
        *,
        wall_clock: WallClock,
        latest: LatestTime,
    ) -> None:
        self._policy = policy
        self._cache = cache
        self._asking = asking
        self._matching = matching
        self._wall_clock = wall_clock
        self._latest = latest

    @property
    def policy(self) -> AwayPolicy:
        """What the door may decide by itself."""
        return self._policy

    # --- the cache -------------------------------------------------------------------------------

    def connected(self, now: float) -> None:
        """The broker is there."""
        if self._policy is not AwayPolicy.CLOSED:
            self._asking.connected(now)

    def disconnected(self) -> None:
        """The broker went away."""
        self._asking.disconnected()

    def ask_anew(self, now: float) -> None:
        """The brain came, or says that there is another cache."""
        if self._policy is not AwayPolicy.CLOSED:
            self._asking.ask_anew(now)

    def look(self, now: float) -> None:
        """Do what is due; call this now and then."""
        cached = self._cache.cached
        if cached is None:
            if self._policy is not AwayPolicy.CLOSED:
                self._asking.look(now)
            return
        self._asking.look(now)
        wall = self._wall()
        if now >= cached.validity.here_until or (
            wall is not None and wall >= cached.validity.ends_at
        ):
            _log.warning("cache_ended", version=cached.version)
            self._cache.erase()

    def take(self, part: CachePart, now: float) -> None:
        """A part of a cache. Raises `CacheRefused`."""
        if self._policy is AwayPolicy.CLOSED:
            raise CacheRefused("a cache for a door that keeps none")
        self._asking.take(part, now)

    def forget(self, resident: str) -> bool:
        """A resident was removed; whether they were in the cache. Raises OSError."""
        return self._cache.forget(resident)

    @property
    def standing(self) -> str | None:
        """Short code for what is missing while the policy is faces or codes; None where nothing."""
        if self._policy is AwayPolicy.CLOSED:
            return None
        if self._cache.cached is None:
            return "no_cache"
        return "no_clock" if self._wall() is None else None

    # --- deciding --------------------------------------------------------------------------------

    def usable(self, now: float) -> Cached | NotJudged:
        """The cache, where it counts for something at `now` (monotonic seconds)."""
        cached = self._cache.cached
        why = against(None if cached is None else cached.validity, self._wall(), now)
        if why is not None or cached is None:
            return why or NotJudged("no cache")
        return cached

    def match(self, burst: Burst, now: float) -> NotJudged | None:
        """Begin to match a visit; why that cannot be, or None: `judged` comes later."""
        if self._policy is not AwayPolicy.FACES or self._matching is None:
            return NotJudged("this door matches no faces by itself")
        cached = self.usable(now)
        if isinstance(cached, NotJudged):
            return cached
        self._matching.submit(
            HereJob(
                burst, cached.gallery, cached.rule, cached.life, cached.second, cached.residents
            )
        )
        return None

    def judge_code(
        self, visit: int, nonce: str, shown: SecondFactor, now: float
    ) -> MatchedHere | None:
        """Begin to look whose PIN it is; what is known at once, or None: `judged` comes later."""
        cached = self.usable(now)
        if self._policy is AwayPolicy.CLOSED or self._matching is None:
            return MatchedHere(visit, nonce, NotJudged("this door decides nothing by itself"))
        if isinstance(cached, NotJudged):
            return MatchedHere(visit, nonce, cached)
        if not cached.alone or len(shown.value) < LEAST_ALONE or shown.kind is not CodeKind.PIN:
            return MatchedHere(visit, nonce, Judged(Decision.DENY, Reason.NO_CODES))
        holders = tuple(one for one in cached.residents.values() if one.pin)
        self._matching.submit(CodeJob(visit, nonce, shown, holders))
        return None

    def judged(self, found: FoundHere, now: float) -> MatchedHere:
        """What comes of what was found: by the cache as it is now, not as it was then."""
        return MatchedHere(found.visit, found.nonce, self._judge(found, now))

    def _judge(self, here: FoundHere, now: float) -> Judged | NotJudged:
        found, cached, wall = here.found, self.usable(now), self._wall_clock.now()
        if isinstance(cached, NotJudged):
            return cached
        if wall is None:
            return NotJudged("the clock was not set since boot", clock_unsure=True)
        if found.resident is None:
            return judge(found, None, cached.hold_s)
        resident = cached.residents.get(found.resident)
        if resident is None:
            # Removed while the pictures were looked at.
            return judge(found, Reason.UNKNOWN, cached.hold_s)
        against_them = objection(resident.rules, cached.calendar, wall) or here.objects
        return judge(found, against_them, cached.hold_s, duress=here.duress)

    def _wall(self) -> datetime | None:
        """The highest time that was believed; None while nobody set the clock."""
        now = self._wall_clock.now()
        return None if now is None else self._latest.seen(now)

    def stop(self) -> None:
        """End the matching thread. Twice is harmless."""
        if self._matching is not None:
            self._matching.stop()
