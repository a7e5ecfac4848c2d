"""How do idle threads help with a burst?

Its crops are split into as many shares as there are hands; whoever is free takes one, and the
thread whose burst it is does what nobody took. So a burst that comes alone is answered as soon as
all cores can, and under load each thread keeps to its own. What is wrong in one share is looked for
in all of them: the verdict must not hang on who had time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from brain.eyes import Looks
from doorbus.messages import Crop
from matching.sight import SPOT_CHECKS, Seen

LEAST_SHARE = 6
"""Crops that are worth a share of their own: the detector looks at some of each share."""

LEAST_LOOKS = 2
"""Crops of a share in which the detector looks for itself: the first and the last."""


class Share:
    """Some crops of a burst.

    Attributes:
        crops: which.
        spot_checks: in how many of them the detector looks for itself in any case.
        taken: whether a thread has them; guarded by whoever hands shares out.
        over: whether it is done with them.
        seen: what they show; None where looking failed, or is not over.
        failure: why it failed.
    """

    def __init__(self, crops: Sequence[Crop], spot_checks: int = SPOT_CHECKS) -> None:
        self.crops = crops
        self.spot_checks = spot_checks
        self.taken = False
        self.over = False
        self.seen: Seen | None = None
        self.failure: Exception | None = None

    def look(self, eyes: Looks) -> None:
        """Look at the crops; never raises."""
        try:
            self.seen = eyes.burst(self.crops, self.spot_checks)
        except Exception as error:  # noqa: BLE001  # told to the thread whose burst it is
            self.failure = error
        self.over = True


def split(crops: Sequence[Crop], hands: int) -> list[Share]:
    """Shares of nearly one size for so many threads, fewer where they would be too small.

    Each but the last has an even number of crops, since encoders take every other one's mirror
    image.
    """
    count = max(1, min(hands, len(crops) // LEAST_SHARE))
    size = max(2, 2 * -(-len(crops) // (2 * count)))
    firsts = range(0, max(1, len(crops)), size)
    # Rounded up: all shares together never get fewer looks than a burst that is not divided.
    looks = max(LEAST_LOOKS, -(-SPOT_CHECKS // len(firsts)))
    return [Share(crops[first : first + size], looks) for first in firsts]


def unlooked(shares: Sequence[Share]) -> list[Share]:
    """Shares to be looked at once more, since something was wrong in another one of the burst.

    Each is asked for a look at every crop now. In a share of its own fault this was done already,
    see `Eyes.burst`.
    """
    wrong = [share.seen is not None and bool(share.seen.faults) for share in shares]
    if not any(wrong):
        return []
    again = [share for share, known in zip(shares, wrong, strict=True) if not known]
    for share in again:
        share.spot_checks = len(share.crops)
    return again


def joined(shares: Sequence[Share]) -> Seen:
    """What all of a burst shows. Raises what made a share fail."""
    parts: list[Seen] = []
    for share in shares:
        if share.failure is not None:
            raise share.failure
        if share.seen is None:
            raise RuntimeError("a share of a burst was not looked at")
        parts.append(share.seen)
    if len(parts) == 1:
        return parts[0]
    faults = tuple(fault for part in parts for fault in part.faults)
    return Seen(
        np.concatenate([part.probes for part in parts]),
        faults,
        np.concatenate([part.weights for part in parts]),
    )
