"""Is a living person looking at the camera? Evidence, and the policies that ask for it.

Pure and causal: a `Witness` is fed one `Sighting` after the other, in order of time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from edge.core.blinks import Blink, BlinkDetector, BlinkRule
from edge.core.sighting import Sighting

__all__ = [
    "POLICIES",
    "Blink",
    "BlinkDetector",
    "BlinkRule",
    "Evidence",
    "EvidenceKind",
    "LivenessPolicy",
    "Witness",
]


class EvidenceKind(Enum):
    """What can speak for a living person."""

    BLINK = "blink"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence for a living person.

    Attributes:
        kind: what was seen.
        track: number of the unbroken track it was seen in.
        start: when it began, seconds, the camera's time line.
        at: its most telling moment (a blink's closed eyes).
        end: when it was complete.
        strength: how plain it was, 0 to 1 (a blink's depth).
    """

    kind: EvidenceKind
    track: int
    start: float
    at: float
    end: float
    strength: float


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """What a door asks for before it believes in a living person.

    Attributes:
        name: as the configuration has it.
        required: how many pieces of each kind, all from one unbroken track.
        real_lock: whether a door with a real lock may run under it.
    """

    name: str
    required: Mapping[EvidenceKind, int]
    real_lock: bool


_ONE_BLINK = MappingProxyType({EvidenceKind.BLINK: 1})

POLICIES: Mapping[str, LivenessPolicy] = MappingProxyType(
    {
        "standard": LivenessPolicy("standard", _ONE_BLINK, real_lock=True),
        # An animated portrait is an attack; `standard` should refuse it one day, `demo` lets it in.
        "demo": LivenessPolicy("demo", _ONE_BLINK, real_lock=False),
    }
)
"""Policies by the name that the configuration uses."""


class Witness:
    """Gathers evidence over a visit and says whether it satisfies a policy.

    Evidence belongs to one unbroken track: a new track starts from nothing.
    """

    def __init__(self, policy: LivenessPolicy, rule: BlinkRule | None = None) -> None:
        self._policy = policy
        self._blinks = BlinkDetector(rule)
        self._track: int | None = None
        self._evidence: list[Evidence] = []

    @property
    def policy(self) -> LivenessPolicy:
        """The policy it judges by."""
        return self._policy

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the current track has shown, oldest first."""
        return tuple(self._evidence)

    @property
    def alive(self) -> bool:
        """Whether the current track has shown all that the policy requires."""
        return all(
            sum(piece.kind is kind for piece in self._evidence) >= count
            for kind, count in self._policy.required.items()
        )

    def observe(self, sighting: Sighting) -> tuple[Evidence, ...]:
        """Take the next sighting; returns the evidence that it completed, mostly none."""
        if sighting.track is None or sighting.track != self._track:
            self._evidence.clear()
            self._track = sighting.track
        blink = self._blinks.update(sighting)
        if blink is None:
            return ()
        piece = Evidence(
            kind=EvidenceKind.BLINK,
            track=blink.track,
            start=blink.start,
            at=blink.closed_at,
            end=blink.end,
            strength=blink.depth,
        )
        self._evidence.append(piece)
        return (piece,)

    def reset(self) -> None:
        """Begin a new visit: nothing seen so far counts any more."""
        self._blinks.reset()
        self._track = None
        self._evidence.clear()
