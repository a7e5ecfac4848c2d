"""Did the door see a living person, by a policy that this brain accepts at that door?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from doorbus.messages import (
    BlinkSeen,
    EvidenceSeen,
    LifeFinding,
    LifeSign,
    Liveness,
    Reason,
)

DEMO_POLICY = "demo"
"""Animated portraits are attacks; a brain that accepts this policy lets them in all the same."""


@dataclass(frozen=True, slots=True)
class LifeRule:
    """What counts as evidence of life.

    Attributes:
        policies: names of the doors' liveness policies that are accepted.
        required: signs that the door must have seen, whatever its own policy asks for. `screen`
            speaks only against life: required means that it was looked for.
        reach_ms: how far before the first crop or after the last one a sign may lie and still
            belong to the burst; the door sends the frames around it.
        longest_ms: how far before the first crop a sign may have begun: one that claims to hold
            for minutes is of no one moment.
    """

    policies: Collection[str] = ("standard",)
    required: Collection[LifeSign] = ()
    reach_ms: int = 5_000
    longest_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class LifeRules:
    """What counts at which door.

    Attributes:
        usual: everywhere.
        doors: instead of it, by door.
    """

    usual: LifeRule = LifeRule()
    doors: Mapping[str, LifeRule] = field(default_factory=dict)

    def at(self, door: str) -> LifeRule:
        """What counts at a door."""
        return self.doors.get(door, self.usual)


def against_life(liveness: Liveness, crop_times_ms: Sequence[int], rule: LifeRule) -> Reason | None:
    """Why nobody can be let in; None for a living person.

    An accepted policy, nothing that speaks against life, a blink or an answered task within reach
    of the crops, and every sign that is required.

    Args:
        liveness: what the door says it saw.
        crop_times_ms: when the burst's crops were taken, in any order, at least one.
        rule: what is accepted.
    """
    if liveness.policy not in rule.policies:
        return Reason.NO_LIFE
    if liveness.policy != DEMO_POLICY and any(
        piece.finding is LifeFinding.SPOOF for piece in liveness.evidence
    ):
        return Reason.SPOOF
    first = min(crop_times_ms) - rule.reach_ms
    last = max(crop_times_ms) + rule.reach_ms
    seen = {
        piece.sign
        for piece in liveness.evidence
        if _says_so(piece)
        and min(crop_times_ms) - rule.longest_ms <= piece.start_ms
        and first <= piece.end_ms <= last
    }
    # What the blinks themselves and the task say counts, not that there were any.
    seen -= {LifeSign.BLINK}
    if any(_is_a_blink(blink) and first <= blink.closed_ms <= last for blink in liveness.blinks):
        seen.add(LifeSign.BLINK)
    if liveness.task is None or not liveness.task.answered:
        seen -= {LifeSign.CHALLENGE}
    alive = not seen.isdisjoint({LifeSign.BLINK, LifeSign.CHALLENGE})
    return None if alive and seen.issuperset(rule.required) else Reason.NO_LIFE


def in_words(liveness: Liveness) -> str:
    """What was seen, for the audit: signs and findings, frame rate and models, and no score."""
    parts = [f"policy {liveness.policy}", f"{len(liveness.blinks)} blinks"]
    parts += [f"{piece.sign.value} {piece.finding.value}" for piece in liveness.evidence]
    if liveness.task is not None:
        done = "done" if liveness.task.answered else "not done"
        parts.append(f"task {liveness.task.task.value} {done}")
    parts.append(f"{liveness.fps:.0f} fps")
    parts += [f"{role}: {name}" for role, name in sorted(liveness.models.items())]
    return "; ".join(parts)


def _says_so(piece: EvidenceSeen) -> bool:
    if piece.start_ms > piece.end_ms:
        return False
    looked = piece.sign is LifeSign.SCREEN and piece.finding is LifeFinding.ABSTAINED
    return looked or piece.finding is LifeFinding.LIVE


def _is_a_blink(blink: BlinkSeen) -> bool:
    return blink.start_ms <= blink.closed_ms <= blink.end_ms and blink.depth > 0
