"""How does a visit ask the brain, and what does the answer do?"""

from __future__ import annotations

from doorbus.messages import Decision, EventKind, Reason, Verdict
from edge.core import attempts, gate
from edge.core.away import AwayPolicy
from edge.core.prompts import Prompt
from edge.core.visit_effects import Refuse, SendBurst
from edge.core.visit_state import Open, Refused, Waiting, Watching
from edge.core.visit_turn import Turn
from edge.core.watching import Refusal


class AskingTurn(Turn):
    """A step that may ask the brain, hear it, or refuse by itself."""

    def _ask(self, watching: Watching, nonce: str) -> None:
        self._set(last_asked=(watching.visit, nonce))
        if (away := self._away()) is not None:
            self._unanswered(watching.visit, watching.track, away)
            return
        until = self.now + self.door.rule.answer_s
        self._enter(Waiting(watching.visit, nonce, until, watching.track), Prompt.WAIT)
        self.effects.append(SendBurst(watching.visit, nonce))

    def _away(self, *, code: bool = False) -> str | None:
        """Why nobody would answer; None where the brain is to be asked.

        Args:
            code: it is about a code without a face.
        """
        if not self.door.bus:
            return "the broker is not there"
        policy = self.door.rule.away
        alone = policy is AwayPolicy.FACES or (code and policy is AwayPolicy.CODES)
        return "the brain is not there" if alone and not self.door.brain else None

    def _unanswered(self, visit: int, track: int | None, why: str) -> None:
        self._emit(EventKind.NO_ANSWER, visit, why, prompt=Prompt.REFUSED)
        self._refuse(track)

    def _turn_away(self, visit: int, track: int | None, refusal: Refusal) -> None:
        """Refuse without asking the brain: this is no living person, or did not do as asked."""
        # What was asked for, or the refusal itself.
        asked = Prompt.REFUSED if self.door.prompt is Prompt.WAIT else self.door.prompt
        self._emit(refusal.kind, visit, refusal.detail, prompt=asked)
        # Once too slow may be anybody; twice is an attempt.
        again = track is not None and self.door.late == track
        if not refusal.counts:
            self._set(late=track)
        if refusal.counts or again:
            self._count(Reason.SPOOF, visit)
        self._refuse(track)

    def _refuse(self, track: int | None) -> None:
        self._enter(Refused(self.now + self.door.rule.refusal_s, track), Prompt.REFUSED)

    def _hear(self, verdict: Verdict) -> None:
        phase = self.door.phase
        answered = (verdict.visit, verdict.nonce)
        if not isinstance(phase, Waiting) or phase.here or answered != (phase.visit, phase.nonce):
            ours = answered == self.door.last_asked
            what = "a late or repeated verdict" if ours else "a verdict that nobody asked for"
            self.effects.append(Refuse(what))
        elif verdict.decision is Decision.GRANT:
            self._grant(verdict, phase.track)
        else:
            self._deny(verdict, phase.track)

    def _grant(self, verdict: Verdict, track: int | None) -> None:
        rule = self.door.rule
        if self._step_gate(gate.Granted(verdict.hold_s or rule.hold_s)):
            self._set(attempts=attempts.Attempts())
            self._emit(EventKind.GRANTED, verdict.visit, verdict.reason.value)
            self._enter(Open(track), Prompt.WELCOME)
        else:
            why = gate.Reason.LOCK_DOWN.value
            self._emit(EventKind.DENIED, verdict.visit, why, prompt=Prompt.REFUSED)
            self._refuse(track)

    def _deny(self, verdict: Verdict, track: int | None) -> None:
        self._emit(EventKind.DENIED, verdict.visit, verdict.reason.value, prompt=Prompt.REFUSED)
        self._count(verdict.reason, verdict.visit)
        self._refuse(track)

    def _count(self, reason: Reason, visit: int) -> None:
        """One more refused attempt, and the pause that it may bring."""
        before, rule = self.door.attempts, self.door.rule.pause
        after = attempts.refused(before, reason, rule, self.now)
        self._set(attempts=after)
        if after.pauses > before.pauses:
            length = after.paused_until - self.now
            self._emit(EventKind.PAUSED, visit, f"{length:.0f} s")
