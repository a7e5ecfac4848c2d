"""May this password be tried now, or has too much been guessed already?

Failures are counted under several keys, each with a limit of its own. Somebody at a browser that
signed in to the account before counts for themselves alone, so that a stranger who guesses cannot
lock them out. Everybody else counts by address and account together, by address, by account, and
all together. Between two failures beyond what is free the wait doubles, up to a limit. A try is
counted as a failure when it is admitted, not when it has failed: tries made at once all count.

Time is seconds since 1970, since what was counted survives a restart.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Under what failures are counted."""

    BROWSER = "browser"
    PAIR = "pair"
    ADDRESS = "address"
    ACCOUNT = "account"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may fail.

    Attributes:
        free: failures without any wait.
        first_s: seconds to wait after those; doubles with each failure.
        most_s: seconds that a wait is at most.
        forget_s: seconds in which one failure is forgotten.
    """

    free: int
    first_s: float
    most_s: float
    forget_s: float


LIMITS: Final[Mapping[Kind, Limit]] = {
    Kind.BROWSER: Limit(free=5, first_s=1, most_s=900, forget_s=900),
    Kind.PAIR: Limit(free=5, first_s=1, most_s=900, forget_s=900),
    # Many people may share one address.
    Kind.ADDRESS: Limit(free=20, first_s=1, most_s=300, forget_s=120),
    # Short, since strangers at many addresses could keep the owner waiting at a new browser.
    Kind.ACCOUNT: Limit(free=20, first_s=1, most_s=60, forget_s=120),
    # Not doubling: what one stranger does may hardly slow everybody.
    Kind.ALL: Limit(free=30, first_s=1, most_s=1, forget_s=1),
}

MOST_KEYS: Final = 10_000
"""Of each kind. Filling them takes as many tries, which `Kind.ALL` lets through in hours."""

Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Failures:
    """What was counted under one key.

    Attributes:
        count: failures not yet forgotten, at `at`.
        at: when the last one was.
    """

    count: float
    at: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tries a password.

    Attributes:
        account: whose; names that nobody has count as well.
        address: from where; see `place`.
        browser: what is kept of a browser that signed in to this account before; else empty.
    """

    account: str
    address: str
    browser: str = ""

    @property
    def keys(self) -> tuple[Key, ...]:
        """Under what it counts."""
        if self.browser:
            return ((Kind.BROWSER, f"{self.account} {self.browser}"),)
        return (
            (Kind.PAIR, f"{self.account} {self.address}"),
            (Kind.ADDRESS, self.address),
            (Kind.ACCOUNT, self.account),
            (Kind.ALL, ""),
        )


def place(address: str) -> str:
    """Where an address counts: itself, or its /64 with IPv6, of which one person has all."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def wait_s(failures: Failures | None, limit: Limit, now: float) -> float:
    """Seconds until the next try; 0 where it may be now. A clock set back begins the wait anew."""
    if failures is None or failures.count < limit.free:
        return 0.0
    doublings = min(failures.count - limit.free, 60.0)
    whole = min(limit.most_s, limit.first_s * math.exp2(doublings))
    return max(0.0, whole - max(0.0, now - failures.at))


def with_one_more(failures: Failures | None, limit: Limit, now: float) -> Failures:
    """What is counted after another failure."""
    if failures is None:
        return Failures(1.0, now)
    forgotten = max(0.0, now - failures.at) / limit.forget_s
    return Failures(max(0.0, failures.count - forgotten) + 1.0, now)


class Throttle:
    """What was counted so far; bounded, and on one thread.

    Args:
        most_keys: so many of each kind; the ones that failed longest ago go first.
    """

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._most = most_keys
        self._counted: dict[Kind, OrderedDict[str, Failures]] = {
            kind: OrderedDict() for kind in Kind
        }
        self._changed: dict[Key, Failures | None] = {}

    def admit(self, attempt: Attempt, now: float) -> float:
        """Count a try as failed and let it go on (0); or the seconds to wait, uncounted."""
        waits = [
            wait_s(self._counted[kind].get(name), LIMITS[kind], now) for kind, name in attempt.keys
        ]
        longest = max(waits)
        if longest > 0:
            return longest
        for key in attempt.keys:
            kind, name = key
            before = self._counted[kind].get(name)
            self._keep(key, with_one_more(before, LIMITS[kind], now))
        return 0.0

    def was_right(self, attempt: Attempt) -> None:
        """An admitted try was no failure; what its person failed before is forgotten.

        What others share with them is not: somebody with an account of their own could otherwise
        sign in between guesses at another's.
        """
        self.was_none(attempt)
        for key in attempt.keys:
            if key[0] in {Kind.BROWSER, Kind.PAIR}:
                self._keep(key, None)

    def was_none(self, attempt: Attempt) -> None:
        """An admitted try was not made after all."""
        for key in attempt.keys:
            kind, name = key
            found = self._counted[kind].get(name)
            if found is not None:
                less = Failures(max(0.0, found.count - 1.0), found.at)
                self._keep(key, less if less.count > 0 else None)

    def take_changed(self) -> dict[Key, Failures | None]:
        """What changed since this was asked last; None for a key of which nothing is left."""
        changed, self._changed = self._changed, {}
        return changed

    def load(self, counted: Mapping[Key, Failures]) -> None:
        """Go on from what an earlier run had counted."""
        for (kind, name), failures in sorted(counted.items(), key=lambda one: one[1].at):
            self._counted[kind][name] = failures
            while len(self._counted[kind]) > self._most:
                self._counted[kind].popitem(last=False)

    def __len__(self) -> int:
        return sum(len(counted) for counted in self._counted.values())

    def _keep(self, key: Key, failures: Failures | None) -> None:
        kind, name = key
        self._changed[key] = failures
        counted = self._counted[kind]
        if failures is None:
            counted.pop(name, None)
            return
        counted[name] = failures
        counted.move_to_end(name)
        while len(counted) > self._most:
            oldest, _ = counted.popitem(last=False)
            self._changed[kind, oldest] = None
