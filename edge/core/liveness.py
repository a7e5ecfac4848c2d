"""Is a living person looking at the camera? All evidence of one track, weighed by a policy.

Pure and causal: a `Witness` is fed one `Sighting` after the other, in order of time, now and then
with a close look at the face's pixels. Each kind of evidence has a module of its own.
"""

from __future__ import annotations

from edge.core.blinks import Blink, BlinkDetector, BlinkRule
from edge.core.burst import REMEMBERED_S
from edge.core.challenge import LEAST_TURNS, Asked, ChallengeJudge, Task
from edge.core.evidence import MOMENTS, Evidence, EvidenceKind, Finding
from edge.core.policies import POLICIES, LivenessPolicy
from edge.core.screen import ScreenJudge
from edge.core.sighting import Sighting
from edge.core.solid import SolidJudge
from edge.core.surface import Surface
from edge.core.texture import TextureJudge

FRESH_S = REMEMBERED_S - 0.5
"""Seconds that the newest sign of life may be old: the frames around it must still be at hand."""

__all__ = [
    "POLICIES",
    "Blink",
    "BlinkDetector",
    "BlinkRule",
    "Evidence",
    "EvidenceKind",
    "Finding",
    "LivenessPolicy",
    "Witness",
]


class Witness:
    """Gathers evidence over a visit and says whether it satisfies a policy.

    Evidence belongs to one unbroken track with one face alone: anything else starts from nothing.
    """

    def __init__(self, policy: LivenessPolicy, rule: BlinkRule | None = None) -> None:
        self._policy = policy
        self._blinks = BlinkDetector(rule)
        self._solid = SolidJudge()
        self._texture = TextureJudge()
        self._screen = ScreenJudge()
        self._challenge = ChallengeJudge()
        self._track: int | None = None
        self._at = 0.0
        self._moments: list[Evidence] = []
        self._standing: dict[EvidenceKind, Evidence] = {}
        self._against: dict[EvidenceKind, Evidence] = {}

    @property
    def policy(self) -> LivenessPolicy:
        """The policy it judges by."""
        return self._policy

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the current track has shown for or against life, in order of time."""
        told = [*self._moments, *self._standing.values(), *self._against.values()]
        said = {piece for piece in told if piece.finding is not Finding.ABSTAINED}
        return tuple(sorted(said, key=lambda piece: (piece.end, piece.kind.value)))

    @property
    def report(self) -> tuple[Evidence, ...]:
        """The evidence, and what every kind that looked and does not know abstains from."""
        undecided = [
            piece for piece in self._standing.values() if piece.finding is Finding.ABSTAINED
        ]
        solid = self._solid.abstention(self._at)
        return (*self.evidence, *undecided, *(() if solid is None else (solid,)))

    @property
    def asked(self) -> Asked | None:
        """The task that the person was set in this visit, if any."""
        return self._challenge.asked

    @property
    def against(self) -> EvidenceKind | None:
        """What speaks against a living person and is heeded, the first of it; mostly None."""
        return next((kind for kind in self._against if kind in self._policy.heeded), None)

    @property
    def alive(self) -> bool:
        """Whether the current track has shown all that the policy asks for, and nothing else.

        Life is shown at moments, and the newest must be so recent that its frames can be sent.
        """
        if self.against is not None or not self._policy.awaited <= self._standing.keys():
            return False
        if not any(self._at - piece.at <= FRESH_S for piece in self._moments):
            return False
        return all(self._count(kind) >= count for kind, count in self._policy.required.items())

    def observe(self, sighting: Sighting, surface: Surface | None = None) -> tuple[Evidence, ...]:
        """Take the next sighting, with a close look at it where there was one.

        Returns:
            The pieces of evidence that it completed, mostly none.
        """
        alone = sighting.track is not None and sighting.faces == 1
        if not alone or sighting.track != self._track:
            self._forget()
            self._track = sighting.track if alone else None
            if not alone:
                return ()
        self._at = sighting.at
        blink = self._take_blink(self._blinks.update(sighting))
        found = [
            blink,
            self._solid.update(sighting),
            self._challenge.update(sighting),
        ]
        if surface is not None:
            found += [
                self._texture.update(sighting, surface),
                self._screen.update(sighting, surface),
            ]
        return tuple(piece for piece in found if piece is not None and self._keep(piece))

    def ask(self, task: Task) -> None:
        """The person is being set a task, from the next sighting on."""
        self._challenge.ask(task)

    def reset(self) -> None:
        """Begin a new visit: nothing seen so far counts any more."""
        self._forget()
        self._challenge.reset()
        self._track = None

    def _forget(self) -> None:
        self._blinks.reset()
        self._solid.reset()
        self._texture.reset()
        self._screen.reset()
        asked = self._challenge.asked
        if asked is not None:
            # Whoever is there now has to do it from the beginning.
            self._challenge.ask(asked.task)
        self._moments.clear()
        self._standing.clear()
        self._against.clear()

    def _take_blink(self, blink: Blink | None) -> Evidence | None:
        if blink is None:
            return None
        return Evidence(
            kind=EvidenceKind.BLINK,
            track=blink.track,
            start=blink.start,
            at=blink.closed_at,
            end=blink.end,
            strength=blink.depth,
        )

    def _keep(self, piece: Evidence) -> bool:
        """Put a piece where it belongs; whether it says anything new."""
        if piece.finding is Finding.SPOOF:
            # What once spoke against a living person is not outweighed later.
            new = piece.kind not in self._against
            self._against.setdefault(piece.kind, piece)
            self._standing[piece.kind] = piece
            return new
        if piece.kind in MOMENTS and piece.finding is Finding.LIVE:
            self._moments.append(piece)
            return True
        before = self._standing.get(piece.kind)
        self._standing[piece.kind] = piece
        same = before is not None and before.finding is piece.finding
        return piece.finding is Finding.LIVE and not same

    def _count(self, kind: EvidenceKind) -> int:
        pieces = [*self._moments, *self._standing.values()]
        live = [piece.kind for piece in pieces if piece.finding is Finding.LIVE]
        count = live.count(kind)
        if kind is EvidenceKind.BLINK and EvidenceKind.CHALLENGE not in self._policy.required:
            count += live.count(EvidenceKind.CHALLENGE) // LEAST_TURNS
        return count
