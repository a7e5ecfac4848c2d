"""What can one step of a visit do? The door so far, the effects so far, and how a phase ends."""

from __future__ import annotations

from dataclasses import replace

from doorbus.messages import EventKind
from edge.core import contact, gate, office, standing
from edge.core.prompts import Prompt, shown
from edge.core.visit_effects import Camera, Effect, Emit, RestartLiveness, Show
from edge.core.visit_events import CameraState
from edge.core.visit_state import Asleep, Door, Enrolling, Lingering, Paused, Phase, Watching


class Turn:
    """One step in the making: the door so far and the effects so far."""

    def __init__(self, door: Door, now: float) -> None:
        self.door = door
        self.now = now
        self.effects: list[Effect] = []
        self._awake = door.awake

    def _set(self, **changes: object) -> None:
        self.door = replace(self.door, **changes)  # type: ignore[arg-type]  # names are checked at run time

    def _enter(self, phase: Phase, prompt: Prompt | None = None) -> None:
        self._set(phase=phase)
        if prompt is not None:
            self._show(prompt)

    def _show(self, prompt: Prompt) -> None:
        """The visit calls for this; a fire, for one, may have something else shown."""
        self._set(prompt=prompt)
        now_shown = self._shown(prompt)
        if now_shown is not self.door.shown:
            self._set(shown=now_shown)
            self.effects.append(Show(now_shown))

    def _shown(self, prompt: Prompt) -> Prompt:
        return shown(prompt, self.door.mode(self.now), held_open=self.door.contact.held)

    def _emit(
        self,
        kind: EventKind,
        visit: int | None = None,
        detail: str = "",
        *,
        prompt: Prompt | None = None,
    ) -> None:
        """Tell; `prompt` is what the visit called for when it ended without opening."""
        told = None if prompt is None else self._shown(prompt)
        self.effects.append(Emit(kind, visit, detail, told))

    def _step_gate(self, event: gate.Event, *, visitor: bool = False) -> bool:
        """Tell the gate; whether the hold of a visit or an order runs now.

        What office mode makes of it follows: whoever was granted entry may be the first person,
        but for a visitor, whose pass is good for so many openings and not for everybody's.
        """
        self._set(gate=gate.step(self.door.gate, event, self.now))
        rule = self.door.rule.office
        match event:
            case gate.Granted() if self._passing() and not visitor:
                self._follow_office(office.entered(self.door.office, rule))
            case gate.LockDown() if self.door.gate.locked_down:
                self._follow_office(office.locked_down(self.door.office, rule))
        return self._passing()

    def _passing(self) -> bool:
        return gate.passing(self.door.gate, self.now)

    def _follow_office(self, after: office.Step) -> None:
        self._set(office=after.office)
        for kind, detail in after.told:
            self._emit(kind, detail=detail)
        if after.office.on is not self.door.gate.office:
            self._step_gate(gate.OfficeHours(after.office.on))

    def _follow_leaf(self, event: contact.Event) -> None:
        """What the leaf of the door makes of it."""
        door, now = self.door, self.now
        decision = gate.decide(door.gate, now)
        held = isinstance(decision, gate.Hold) and decision.standing
        around = contact.Around(door.locked, standing=held)
        after = contact.step(door.contact, event, around, door.rule.contact, now)
        self._set(contact=after.contact)
        for kind, detail in after.told:
            self._emit(kind, detail=detail)

    def settle(self) -> None:
        """Have lock, camera and prompt follow."""
        door = self.door
        decision = gate.decide(door.gate, self.now)
        told, order = standing.follow(door.told_lock, decision, self.now, door.gate.longest)
        self._set(told_lock=told)
        if order is not None:
            self.effects.append(order)
        if self.door.awake != self._awake:
            self.effects.append(Camera(self.door.awake))
        self._show(self.door.prompt)

    def _absent(self) -> bool:
        return self.now - self.door.noticed_at >= self.door.rule.absence_s

    def _rest(self, track: int | None, *, again: bool) -> None:
        """A phase is over: whatever comes next by itself."""
        self.effects.append(RestartLiveness())
        door = self.door
        if door.enrolment is not None:
            self._enter(Enrolling(door.enrolment, self.now), Prompt.HOLD_STILL)
        elif door.attempts.paused(self.now):
            self._enter(Paused(), Prompt.PAUSED)
        elif self._absent() or door.camera is not CameraState.GOOD:
            self._enter(Asleep(), Prompt.IDLE)
        else:
            self._enter(
                Lingering(track, again, self.now), Prompt.LOOK_HERE if again else Prompt.IDLE
            )

    def _notice(self, *, someone: bool) -> None:
        if not someone:
            return
        self._set(noticed_at=self.now)
        if isinstance(self.door.phase, Asleep) and self.door.camera is CameraState.GOOD:
            self.effects.append(RestartLiveness())
            self._emit(EventKind.WOKE, self._begin().visit)

    def _begin(self) -> Watching:
        self._set(visits=self.door.visits + 1)
        watching = Watching(self.door.visits, since=self.now, no_face_since=self.now)
        self._enter(watching, Prompt.LOOK_HERE)
        return watching
