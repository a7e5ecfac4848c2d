"""What do cards, PINs and passes do to a visit?

A second factor is asked for once life was seen, or was shown shortly before; either way it goes to
the brain with the face, in one message. A PIN alone goes to the brain without one. A pass is judged
by the door itself, and its use is on the disk before the lock moves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from doorbus.messages import (
    CodeKind,
    EventKind,
    PassRefusal,
    Reason,
    SecondFactor,
    Verdict,
)
from edge.core import codes, gate
from edge.core.away import AwayPolicy
from edge.core.prompts import Prompt
from edge.core.visit_away import AwayTurn
from edge.core.visit_effects import KeepBurst, SendBurst, SendCode, UsePass
from edge.core.visit_events import CodeTyped, PassKept, PassShown, Seen
from edge.core.visit_state import (
    AskingCode,
    Asleep,
    Enrolling,
    Lingering,
    Open,
    Refused,
    Waiting,
    Watching,
)
from edge.core.watching import against_life

PROMPTS: Final = {
    PassRefusal.OTHER_DOOR: Prompt.WRONG_DOOR,
    PassRefusal.NOT_YET: Prompt.BEGINS_LATER,
    PassRefusal.EXPIRED: Prompt.HAS_ENDED,
    PassRefusal.USED_UP: Prompt.USED_UP,
    PassRefusal.CLOCK_UNSURE: Prompt.NO_PASSES_NOW,
    PassRefusal.AWAY: Prompt.NO_PASSES_NOW,
    PassRefusal.SHUT: Prompt.STAYS_SHUT,
}
"""What whoever holds up a pass is told; of a forged or revoked one no more than that."""

_ASKED: Final = {CodeKind.CARD: Prompt.SHOW_CARD, CodeKind.PIN: Prompt.ENTER_PIN}


class CodeTurn(AwayTurn):
    """A step that may ask for a code, take one, or take a pass."""

    def _take_code(self, event: CodeTyped | PassShown | PassKept) -> None:
        match event:
            case CodeTyped():
                self._type(event)
            case PassShown():
                self._show_pass(event)
            case PassKept():
                self._take_pass(event)

    # --- beside a face ---------------------------------------------------------------------------

    def _ask(self, watching: Watching, nonce: str) -> None:
        rule, now = self.door.rule.codes, self.now
        if rule.second is None:
            super()._ask(watching, nonce)
            return
        if self.door.codes.paused(now):
            self._emit(
                EventKind.CODE_REFUSED,
                watching.visit,
                Reason.TOO_MANY_CODES.value,
                prompt=Prompt.PAUSED,
            )
            self._enter(Refused(now + self.door.rule.refusal_s, watching.track), Prompt.PAUSED)
            return
        shown = codes.held(self.door.codes, rule, now)
        asking = AskingCode(watching.visit, nonce, now + rule.wait_s, watching.track, now)
        if shown is not None:
            self._ask_with(asking, shown, keep=False)
        else:
            self.effects.append(KeepBurst(asking.visit, nonce))
            self._enter(asking, _ASKED[rule.second])

    def _ask_with(self, asking: AskingCode, shown: SecondFactor, *, keep: bool) -> None:
        """Ask the brain about a face and what was shown beside it.

        Args:
            asking: which visit.
            shown: the card or PIN.
            keep: the burst was chosen when life was seen.
        """
        self._set(last_asked=(asking.visit, asking.nonce), codes=codes.spent(self.door.codes))
        visit, nonce, track = asking.visit, asking.nonce, asking.track
        until = self.now + self.door.rule.answer_s
        self._enter(Waiting(visit, nonce, until, track, second=shown, kept=keep), Prompt.WAIT)
        if (away := self._away()) is not None:
            self._unanswered(visit, track, away)
        else:
            self.effects.append(SendBurst(visit, nonce, shown, kept=keep))

    def _wait_for_code(self, asking: AskingCode, seen: Seen) -> None:
        """The door still waits for the card or PIN; whose face it was must stay."""
        sighting = seen.sighting
        if sighting.track == asking.track and sighting.face is not None:
            if seen.against is not None:
                self._turn_away(asking.visit, asking.track, against_life(seen.against))
            else:
                self._enter(replace(asking, seen_at=self.now))
        elif sighting.face is not None:
            # Somebody else's code must not go with this face.
            self._lose_face(asking)

    def _expire_code(self, asking: AskingCode) -> None:
        if self.now >= asking.until:
            self._emit(
                EventKind.CODE_REFUSED,
                asking.visit,
                Reason.SECOND_FACTOR.value,
                prompt=self.door.prompt,
            )
            self._refuse(asking.track)
        elif self.now - asking.seen_at >= self.door.rule.codes.face_s:
            self._lose_face(asking)

    def _lose_face(self, asking: AskingCode) -> None:
        self._emit(EventKind.FACE_LOST, asking.visit, prompt=self.door.prompt)
        self._rest(None, again=True)

    # --- a code ----------------------------------------------------------------------------------

    def _type(self, event: CodeTyped) -> None:
        """Something was shown to the reader."""
        rule, phase, shown = self.door.rule.codes, self.door.phase, event.shown
        self._set(noticed_at=self.now)
        if isinstance(phase, AskingCode) and shown.kind is rule.second:
            self._ask_with(phase, shown, keep=True)
        elif isinstance(phase, Waiting | Enrolling | Open):
            pass  # the door is busy with somebody
        elif rule.alone and shown.kind is CodeKind.PIN:
            self._ask_alone(event)
        elif shown.kind is rule.second:
            self._set(codes=codes.hold(self.door.codes, shown, self.now))
            if isinstance(phase, Asleep):
                self._notice(someone=True)

    def _ask_alone(self, event: CodeTyped) -> None:
        if self.door.codes.paused(self.now):
            # The visit under way goes on: only this way in rests.
            self._show(Prompt.PAUSED)
            return
        visit = self.door.visits + 1
        self._set(visits=visit, last_asked=(visit, event.nonce))
        until = self.now + self.door.rule.answer_s
        waiting = Waiting(visit, event.nonce, until, None, code=True, second=event.shown)
        self._enter(waiting, Prompt.WAIT)
        if (away := self._away(code=True)) is not None:
            self._unanswered(visit, None, away)
        else:
            self.effects.append(SendCode(visit, event.nonce, event.shown))

    def _grant(self, verdict: Verdict, track: int | None) -> None:
        alone, faces = self._alone, self.door.attempts
        super()._grant(verdict, track)
        if not isinstance(self.door.phase, Open):
            return
        if alone:
            self._set(attempts=faces)
        if alone or self.door.rule.codes.second is not None:
            self._set(codes=codes.right(self.door.codes))

    def _count(self, reason: Reason, visit: int) -> None:
        """Wrong codes are counted apart from refused faces."""
        if not self._alone and reason not in codes.GUESSED:
            super()._count(reason, visit)
        elif reason in codes.GUESSED:
            before = self.door.codes
            after = codes.wrong(before, self.door.rule.codes, self.now)
            self._set(codes=after)
            if after.attempts.pauses > before.attempts.pauses:
                length = after.attempts.paused_until - self.now
                self._emit(EventKind.PAUSED, visit, f"codes {length:.0f} s")

    @property
    def _alone(self) -> bool:
        return isinstance(self.door.phase, Waiting) and self.door.phase.code

    # --- a pass ----------------------------------------------------------------------------------

    def _show_pass(self, event: PassShown) -> None:
        """The camera has read a pass, whose signature and window have been looked at."""
        now, rule = self.now, self.door.rule
        if isinstance(self.door.phase, Waiting | Enrolling | Open):
            return
        again = codes.seen_again(self.door.codes, event.key, rule.codes, now)
        resting = codes.refusals_rest(self.door.codes, rule.refusal_s, now)
        if not again and event.refusal is not None and resting:
            return  # one at a time: a film of forged passes must not fill the spool
        self._set(codes=codes.saw(self.door.codes, event.key, now))
        if again:
            return  # nor does a pass on a wall keep the door awake
        self._set(noticed_at=now)
        if self._stands_open():
            return
        refusal = event.refusal or self._against_passes()
        if refusal is None and event.pass_id is not None:
            self.effects.append(UsePass(event.pass_id))
        elif refusal is not None:
            self._refuse_pass(refusal, event.pass_id)

    def _take_pass(self, event: PassKept) -> None:
        """The use of a pass was written down, or could not be."""
        if event.refusal is not None:
            self._refuse_pass(event.refusal, event.pass_id)
        elif self._step_gate(gate.Granted(self.door.rule.hold_s), visitor=True):
            self._emit(EventKind.PASS, detail=event.pass_id)
            # Whoever is still holding it up when the door has closed again has come in.
            ends_at = self.now + self.door.rule.hold_s
            self._set(codes=codes.took(self.door.codes, ends_at))
            self._enter(Open(None), Prompt.WELCOME)
        else:
            self._refuse_pass(PassRefusal.SHUT, event.pass_id)

    def _refuse_pass(self, refusal: PassRefusal, pass_id: str | None) -> None:
        self._set(codes=codes.refused_pass(self.door.codes, self.door.rule.codes, self.now))
        prompt = PROMPTS.get(refusal, Prompt.DOES_NOT_COUNT)
        detail = f"{refusal.value} {pass_id or ''}".rstrip()
        self._emit(EventKind.PASS_REFUSED, detail=detail, prompt=prompt)
        if refusal is PassRefusal.CLOCK_UNSURE:
            self._emit(EventKind.CLOCK_UNSURE, detail=f"a pass was refused {pass_id}")
        if isinstance(self.door.phase, Asleep | Lingering | Refused | Watching | AskingCode):
            self._enter(Refused(self.now + self.door.rule.refusal_s, None), prompt)
        else:
            self._show(prompt)

    def _against_passes(self) -> PassRefusal | None:
        door = self.door
        if door.gate.locked_down:
            return PassRefusal.SHUT
        away = not (door.bus and door.brain)
        return PassRefusal.AWAY if away and door.rule.away is AwayPolicy.CLOSED else None

    def _stands_open(self) -> bool:
        """Whether everybody may come in anyway, so that a pass would be used up for nothing."""
        decision = gate.decide(self.door.gate, self.now)
        return isinstance(decision, gate.Hold) and decision.standing
