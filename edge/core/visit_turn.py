"""What can one step of a visit do? The door so far, the effects so far, and how a phase ends."""

from __future__ import annotations

from dataclasses import replace

from doorbus.messages import EventKind
from edge.core import gate
from edge.core.prompts import Prompt
from edge.core.visit_effects import (
    Camera,
    CloseLock,
    Effect,
    Emit,
    HoldLock,
    RestartLiveness,
    Show,
)
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
        if prompt is not self.door.prompt:
            self._set(prompt=prompt)
            self.effects.append(Show(prompt))

    def _emit(self, kind: EventKind, visit: int | None = None, detail: str = "") -> None:
        self.effects.append(Emit(kind, visit, detail))

    def _step_gate(self, event: gate.Event) -> bool:
        """Tell the gate; whether it now wants the lock open."""
        self._set(gate=gate.step(self.door.gate, event, self.now))
        return self._held()

    def _held(self) -> bool:
        return isinstance(gate.decide(self.door.gate, self.now), gate.Hold)

    def settle(self) -> None:
        """Have lock and camera follow."""
        decision = gate.decide(self.door.gate, self.now)
        told = self.door.told_lock
        if isinstance(decision, gate.Hold):
            if not isinstance(told, gate.Hold) or told.until != decision.until:
                self.effects.append(HoldLock(decision.until - self.now))
        elif isinstance(told, gate.Hold):
            self.effects.append(CloseLock())
        self._set(told_lock=decision)
        if self.door.awake != self._awake:
            self.effects.append(Camera(self.door.awake))

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

    def _begin(self) -> Watching:
        self._set(visits=self.door.visits + 1)
        watching = Watching(self.door.visits, since=self.now, no_face_since=self.now)
        self._enter(watching, Prompt.LOOK_HERE)
        return watching
