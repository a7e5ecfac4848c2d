"""What does a door remember of cards, PINs and passes, beside a visit's face?

Wrong codes are counted apart from refused faces: who guesses at the keypad must not close the way
in for residents who show their face, nor the other way round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from doorbus.messages import CodeKind, Reason, SecondFactor
from edge.core.attempts import Attempts, PauseRule, refused

WINDOW_S = 600.0
"""Seconds in which wrong codes are counted whatever right ones come between them."""

MOST_WRONG = 20
"""So many within `WINDOW_S`, and codes rest for the longest pause: as the brain has it (`codes` in
`brain.yaml`), for the time when nobody else counts. Else somebody with a PIN of their own could
guess at others' for as long as they like."""

GUESSED = frozenset({Reason.WRONG_SECOND_FACTOR})
"""Refusals that tell of a guess at a code.

`TOO_MANY_CODES` is none: the brain has not looked at the code, and the guesses that it counted may
have been made at another door (`edge.core.attempts` says the same of faces).
"""


@dataclass(frozen=True, slots=True)
class CodeRule:
    """What is asked beside a face, and what opens without one.

    Attributes:
        second: what must be shown beside the face; None for the face alone.
        wait_s: seconds to wait for it, and that one shown before the face counts.
        alone: whether a PIN without a face is asked about.
        face_s: seconds without the face, while it is waited for, until the visit is over.
        again_s: seconds that a pass must be out of sight before it counts once more.
        pause: when this way in rests.
    """

    second: CodeKind | None = None
    wait_s: float = 15.0
    alone: bool = False
    face_s: float = 8.0
    again_s: float = 5.0
    pause: PauseRule = field(default_factory=PauseRule)


@dataclass(frozen=True, slots=True)
class Codes:
    """What is remembered; times are monotonic seconds.

    Attributes:
        attempts: wrong codes and pauses.
        held: what was shown before the face.
        held_at: when.
        pass_key: the pass seen last, taken or not.
        pass_at: when it was seen last.
        refused_at: when a pass was refused last.
        passes: refused passes, and when refusing rests.
        wrong_at: when wrong codes came, within `WINDOW_S`.
    """

    attempts: Attempts = field(default_factory=Attempts)
    held: SecondFactor | None = None
    held_at: float = -math.inf
    pass_key: str = ""
    pass_at: float = -math.inf
    refused_at: float = -math.inf
    passes: Attempts = field(default_factory=Attempts)
    wrong_at: tuple[float, ...] = ()

    def paused(self, now: float) -> bool:
        """Whether codes rest."""
        return self.attempts.paused(now)


def hold(codes: Codes, shown: SecondFactor, now: float) -> Codes:
    """Something was shown before the face; it waits for it."""
    return replace(codes, held=shown, held_at=now)


def held(codes: Codes, rule: CodeRule, now: float) -> SecondFactor | None:
    """What was shown before the face and still counts."""
    if codes.held is None or codes.held.kind is not rule.second:
        return None
    return codes.held if now - codes.held_at < rule.wait_s else None


def spent(codes: Codes) -> Codes:
    """Whatever was shown before the face counts no more."""
    return replace(codes, held=None)


def wrong(codes: Codes, rule: CodeRule, now: float) -> Codes:
    """One more wrong code, and the pause that it may bring."""
    after = refused(codes.attempts, Reason.WRONG_SECOND_FACTOR, rule.pause, now)
    recent = (*(at for at in codes.wrong_at if now - at < WINDOW_S), now)
    if len(recent) >= MOST_WRONG:
        until = now + rule.pause.longest_s
        after, recent = Attempts(pauses=codes.attempts.pauses + 1, paused_until=until), ()
    return replace(codes, attempts=after, wrong_at=recent)


def right(codes: Codes) -> Codes:
    """A code was right: the count of those in a row begins anew."""
    return replace(codes, attempts=Attempts(), held=None)


def seen_again(codes: Codes, key: str, rule: CodeRule, now: float) -> bool:
    """Whether this is the pass that is still being held up."""
    return codes.pass_key == key and now - codes.pass_at < rule.again_s


def saw(codes: Codes, key: str, now: float) -> Codes:
    """A pass is in sight."""
    return replace(codes, pass_key=key, pass_at=now)


def took(codes: Codes, until: float) -> Codes:
    """The pass in sight opened; it may be held up until then."""
    return replace(codes, pass_at=until, passes=Attempts())


def refused_pass(codes: Codes, rule: CodeRule, now: float) -> Codes:
    """A pass was refused."""
    after = refused(codes.passes, Reason.WRONG_SECOND_FACTOR, rule.pause, now)
    return replace(codes, refused_at=now, passes=after)


def refusals_rest(codes: Codes, shown_s: float, now: float) -> bool:
    """Whether a pass that counts for nothing is passed over in silence.

    While the last refusal is shown, and after several in a row for longer, as with wrong codes: two
    forged passes on a wall, read in turn, would keep everybody's face from being looked at.
    """
    return now - codes.refused_at < shown_s or codes.passes.paused(now)
