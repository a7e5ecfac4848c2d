"""What does a visit do that the brain does not answer? Where the door may, it matches by itself.

At once where broker or brain are known to be away; else when the time for a verdict is over. From
then on the brain's word on this visit moves nothing: there is one decision, and the person does not
wait for two.
"""

from __future__ import annotations

from dataclasses import replace

from doorbus.messages import Decision, EventKind, Reason
from edge.core import attempts, codes, gate
from edge.core.away import AwayPolicy, Judged, NotJudged
from edge.core.prompts import Prompt
from edge.core.visit_asking import AskingTurn
from edge.core.visit_effects import JudgeCode, MatchHere, SendBurst, SendCode
from edge.core.visit_events import MatchedHere
from edge.core.visit_state import Open, Waiting


class AwayTurn(AskingTurn):
    """A step in which the door may be on its own."""

    def _unanswered(self, visit: int, track: int | None, why: str) -> None:
        phase = self.door.phase
        waiting = phase if isinstance(phase, Waiting) else None
        if waiting is not None and waiting.here and self.now < waiting.until:
            return  # the broker may come and go: this visit is the door's own by now
        wanted = None
        if waiting is not None and waiting.here:
            why = "on its own, but that took too long"
        elif self.door.last_asked is not None:
            wanted = self._wanted(visit, self.door.last_asked[1], waiting)
        if wanted is None:
            super()._unanswered(visit, track, why)
            return
        rule = self.door.rule
        fresh = waiting is None or waiting.until >= self.now + rule.answer_s
        here = Waiting(
            visit,
            wanted.nonce,
            self.now + rule.match_s,
            track,
            here=True,
            code=isinstance(wanted, JudgeCode),
            second=None if waiting is None else waiting.second,
            kept=waiting is not None and waiting.kept,
            unasked=fresh and self.door.bus,
        )
        self._enter(here, Prompt.WAIT)
        self.effects.append(wanted)

    def _wanted(
        self, visit: int, nonce: str, waiting: Waiting | None
    ) -> MatchHere | JudgeCode | None:
        """What the door does by itself for a visit; None where it may do nothing."""
        policy = self.door.rule.away
        shown = None if waiting is None else waiting.second
        if waiting is not None and waiting.code:
            may = policy is not AwayPolicy.CLOSED and shown is not None
            return JudgeCode(visit, nonce, shown) if may and shown is not None else None
        if policy is not AwayPolicy.FACES:
            return None
        return MatchHere(visit, nonce, shown, kept=waiting is not None and waiting.kept)

    def _matched_here(self, event: MatchedHere) -> None:
        phase = self.door.phase
        if not (isinstance(phase, Waiting) and phase.here):
            return  # it took too long
        if (phase.visit, phase.nonce) != (event.visit, event.nonce):
            return
        match event.found:
            case NotJudged() if phase.unasked and self.door.bus:
                self._ask_after_all(phase)
            case NotJudged(why, clock_unsure):
                if clock_unsure:
                    self._emit(EventKind.CLOCK_UNSURE, event.visit, why)
                super()._unanswered(event.visit, phase.track, f"on its own, but {why}")
            case Judged(Decision.GRANT) as judged:
                self._grant_here(phase, judged)
            case Judged() as judged:
                self._deny_here(phase, judged.reason.value, judged.resident)
                self._count(judged.reason, event.visit)
                self._refuse(phase.track)

    def _ask_after_all(self, phase: Waiting) -> None:
        """The door knows nobody, and that the brain is away it has by an unsigned word only.

        Of several brains it may be another one that is.
        """
        until = self.now + self.door.rule.answer_s
        self._enter(replace(phase, until=until, here=False, unasked=False))
        if phase.code and phase.second is not None:
            self.effects.append(SendCode(phase.visit, phase.nonce, phase.second))
        else:
            burst = SendBurst(phase.visit, phase.nonce, phase.second, kept=phase.kept)
            self.effects.append(burst)

    def _grant_here(self, phase: Waiting, judged: Judged) -> None:
        if not phase.code and self._absent():
            # Matching may take seconds on a small board: nothing opens for an empty place.
            self._deny_here(phase, Reason.NO_FACE.value, judged.resident)
            self._refuse(phase.track)
        elif self._step_gate(gate.Granted(judged.hold_s or self.door.rule.hold_s)):
            if phase.code or self.door.rule.codes.second is not None:
                self._set(codes=codes.right(self.door.codes))
            if not phase.code:
                self._set(attempts=attempts.Attempts())
            kind = EventKind.CODE if phase.code else EventKind.AWAY_GRANTED
            self._emit(kind, phase.visit, judged.resident or "")
            if judged.duress:
                self._emit(EventKind.DURESS, phase.visit, judged.resident or "")
            self._enter(Open(phase.track), Prompt.WELCOME)
        else:
            self._deny_here(phase, gate.Reason.LOCK_DOWN.value, judged.resident)
            self._refuse(phase.track)

    def _deny_here(self, phase: Waiting, why: str, resident: str | None) -> None:
        kind = EventKind.CODE_REFUSED if phase.code else EventKind.AWAY_DENIED
        detail = f"{why} {resident or ''}".rstrip()
        self._emit(kind, phase.visit, detail, prompt=Prompt.REFUSED)
