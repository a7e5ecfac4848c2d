"""May this be done once more already, or is it too much in too short a time?

A token bucket for each administrator and kind of request: so many at once, then one whenever its
interval has passed. Time is monotonic seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something may be done.

    Attributes:
        burst: so many times at once.
        every_s: and then once in so many seconds.
    """

    burst: int
    every_s: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a rate.

    Attributes:
        left: so many times now, and parts of the next; at `at`.
        at: when that was.
    """

    left: float
    at: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of asking.

    Attributes:
        bucket: as it is from now on.
        wait_s: seconds until it may be done; 0 where it may be done now.
    """

    bucket: Bucket
    wait_s: float


def take(bucket: Bucket | None, rate: Rate, now: float) -> Taken:
    """Take one turn out of a bucket; None is one that nobody took of yet. A refusal takes nothing.

    A clock that ran backwards gives nothing and takes nothing.
    """
    left = float(rate.burst)
    if bucket is not None:
        passed = max(0.0, now - bucket.at)
        left = min(left, bucket.left + passed / rate.every_s)
    # The sum of many small times is a little less than one.
    if left >= 1 - 1e-9:
        return Taken(Bucket(max(0.0, left - 1), now), 0.0)
    return Taken(Bucket(left, now), (1 - left) * rate.every_s)


def full_again(bucket: Bucket, rate: Rate, now: float) -> bool:
    """Whether a bucket tells no more than none does."""
    return bucket.left + max(0.0, now - bucket.at) / rate.every_s >= rate.burst


@dataclass(frozen=True, slots=True)
class Refused:
    """Too much of something.

    Attributes:
        wait_s: whole seconds after which it may be tried again; at least 1.
        first: whether it is the first refusal since something was allowed.
    """

    wait_s: int
    first: bool


@dataclass(slots=True)
class Rates:
    """The buckets of everybody; kinds without a rate are free.

    Attributes:
        rates: by kind.
    """

    rates: Mapping[str, Rate]
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _refused: set[tuple[str, str]] = field(default_factory=set)

    def ask(self, who: str, kind: str, now: float) -> Refused | None:
        """Take one turn; None where it may be done."""
        rate = self.rates.get(kind)
        if rate is None:
            return None
        one = (who, kind)
        taken = take(self._buckets.get(one), rate, now)
        self._buckets[one] = taken.bucket
        if taken.wait_s == 0.0:
            self._refused.discard(one)
            return None
        first = one not in self._refused
        self._refused.add(one)
        return Refused(max(1, math.ceil(taken.wait_s)), first)

    def forget(self, now: float) -> None:
        """Forget who has asked for nothing for long: names come and go."""
        for one, bucket in list(self._buckets.items()):
            if full_again(bucket, self.rates[one[1]], now):
                del self._buckets[one]
                self._refused.discard(one)
