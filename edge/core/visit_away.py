"""What does a visit do that the brain does not answer? Where the door may, it matches by itself.

At once where broker or brain are known to be away; else when the time for a verdict is over. From
then on the brain's word on this visit moves nothing: there is one decision, and the person does not
wait for two.
"""

from __future__ import annotations

from doorbus.messages import Decision, EventKind, Reason
from edge.core import attempts, gate
from edge.core.away import AwayPolicy, Judged, NotJudged
from edge.core.prompts import Prompt
from edge.core.visit_asking import AskingTurn
from edge.core.visit_effects import MatchHere
from edge.core.visit_events import MatchedHere
from edge.core.visit_state import Open, Waiting


class AwayTurn(AskingTurn):
    """A step in which the door may be on its own."""

    def _unanswered(self, visit: int, track: int | None, why: str) -> None:
        phase, rule = self.door.phase, self.door.rule
        here = isinstance(phase, Waiting) and phase.here
        if isinstance(phase, Waiting) and phase.here and self.now < phase.until:
            return  # the broker may come and go: this visit is the door's own by now
        if here or rule.away is not AwayPolicy.FACES or self.door.last_asked is None:
            super()._unanswered(visit, track, why)
            return
        _, nonce = self.door.last_asked
        until = self.now + rule.match_s
        self._enter(Waiting(visit, nonce, until, track, here=True), Prompt.WAIT)
        self.effects.append(MatchHere(visit, nonce))

    def _matched_here(self, event: MatchedHere) -> None:
        phase = self.door.phase
        if not (isinstance(phase, Waiting) and phase.here):
            return  # it took too long
        if (phase.visit, phase.nonce) != (event.visit, event.nonce):
            return
        match event.found:
            case NotJudged(why, clock_unsure):
                if clock_unsure:
                    self._emit(EventKind.CLOCK_UNSURE, event.visit, why)
                super()._unanswered(event.visit, phase.track, f"on its own, but {why}")
            case Judged(Decision.GRANT) as judged:
                self._grant_here(event.visit, phase.track, judged)
            case Judged() as judged:
                said = f"{judged.reason.value} {judged.resident or ''}".rstrip()
                self._emit(EventKind.AWAY_DENIED, event.visit, said)
                self._count(judged.reason, event.visit)
                self._refuse(phase.track)

    def _grant_here(self, visit: int, track: int | None, judged: Judged) -> None:
        who = judged.resident or ""
        if self._absent():
            # Matching may take seconds on a small board: nothing opens for an empty place.
            self._emit(EventKind.AWAY_DENIED, visit, f"{Reason.NO_FACE.value} {who}".rstrip())
            self._refuse(track)
        elif self._step_gate(gate.Granted(judged.hold_s or self.door.rule.hold_s)):
            self._set(attempts=attempts.Attempts())
            self._emit(EventKind.AWAY_GRANTED, visit, who)
            if judged.duress:
                self._emit(EventKind.DURESS, visit, who)
            self._enter(Open(track), Prompt.WELCOME)
        else:
            self._emit(EventKind.AWAY_DENIED, visit, f"{gate.Reason.LOCK_DOWN.value} {who}")
            self._refuse(track)
