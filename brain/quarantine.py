"""What becomes of a message that broke something: counted, and a sample kept?

Not of what is refused in good order (unsigned, replayed, a picture that is none): of what a door
signed and nobody could read, what ended the process that looked at it, and what made the brain
stumble.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable

import structlog

from brain.errors import BrainError
from brain.ports import SampleStore
from doorbus.messages import Poison

MOST_KINDS = 64
"""Topics, doors and reasons told apart; what comes on top is counted together."""

EVERY_S = 10.0
"""Seconds between two samples of the same kind, so that a flood wears out no disk."""

BREAKS = 3
WITHIN_S = 60.0
BARRED_S = 60.0
"""A door whose bursts broke what looks at them three times in a minute is not looked at for one:
each break may cost everybody's time, up to seconds where it hangs."""

_SEVERAL = ("(several)", "", "many kinds")
_log = structlog.get_logger()


class Quarantine:
    """Counts poison and keeps samples of it; from any thread, and never raises.

    Args:
        samples: where; None keeps none.
        monotonic: seconds.
    """

    def __init__(self, samples: SampleStore | None, monotonic: Callable[[], float]) -> None:
        self._samples = samples
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._next: dict[tuple[str, str, str], float] = {}

    def note(self, topic: str, door: str, reason: str, message: bytes) -> None:
        """Count one.

        Args:
            topic: without the door's level, such as `frames/recognize`.
            door: whose, as far as is known.
            reason: a word or two; the same for the same.
            message: for the sample.
        """
        kind = (topic[:100], door[:32], reason[:100])
        with self._lock:
            if kind not in self._counts and len(self._counts) >= MOST_KINDS:
                kind = _SEVERAL
            self._counts[kind] += 1
            now = self._monotonic()
            due = now >= self._next.get(kind, now)
            if due:
                self._next[kind] = now + EVERY_S
        if due and self._samples is not None:
            try:
                self._samples.keep(kind, message)
            except BrainError as error:
                _log.error("a sample of a poison message was not kept", why=str(error))

    def counts(self, most: int) -> tuple[Poison, ...]:
        """The most frequent kinds."""
        with self._lock:
            common = self._counts.most_common(most)
        return tuple(
            Poison(topic=topic, door=door, reason=reason, count=count)
            for (topic, door, reason), count in common
        )

    def clear(self) -> int:
        """Delete every sample, since a resident who was removed may be in one; how many there were.

        Raises `FrameStoreError`.
        """
        if self._samples is None:
            return 0
        samples = len(self._samples.names())
        self._samples.clear()
        return samples


class Bars:
    """Which doors' bursts are not looked at for a while; from any thread.

    Args:
        monotonic: seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._breaks: dict[str, deque[float]] = {}
        self._until: dict[str, float] = {}

    def broke(self, door: str) -> None:
        """A burst of this door, which the site knows, broke what looked at it."""
        now = self._monotonic()
        with self._lock:
            last = self._breaks.setdefault(door, deque(maxlen=BREAKS))
            last.append(now)
            if len(last) < BREAKS or now - last[0] > WITHIN_S:
                return
            self._until[door] = now + BARRED_S
        _log.warning("a door's bursts break what looks at them; none is looked at", door=door)

    def barred(self, door: str) -> bool:
        """Whether a burst of this door is to be denied unseen."""
        with self._lock:
            return self._monotonic() < self._until.get(door, float("-inf"))
