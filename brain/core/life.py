"""Did the door see a living person, by a policy that this brain accepts?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from doorbus.messages import BlinkSeen, Liveness


@dataclass(frozen=True, slots=True)
class LifeRule:
    """What counts as evidence of life.

    Attributes:
        policies: names of the doors' liveness policies that are accepted.
        reach_ms: how far before the first crop or after the last one a blink may lie and still
            belong to the burst; the door sends the frames around the blink.
    """

    policies: Collection[str] = ("standard",)
    reach_ms: int = 5_000


def shows_life(liveness: Liveness, crop_times_ms: Sequence[int], rule: LifeRule) -> bool:
    """Whether the evidence holds: an accepted policy, and a blink within reach of the crops.

    Args:
        liveness: what the door says it saw.
        crop_times_ms: when the burst's crops were taken, in any order, at least one.
        rule: what is accepted.
    """
    if liveness.policy not in rule.policies:
        return False
    first = min(crop_times_ms) - rule.reach_ms
    last = max(crop_times_ms) + rule.reach_ms
    return any(_is_a_blink(blink) and first <= blink.closed_ms <= last for blink in liveness.blinks)


def _is_a_blink(blink: BlinkSeen) -> bool:
    return blink.start_ms <= blink.closed_ms <= blink.end_ms and blink.depth > 0
