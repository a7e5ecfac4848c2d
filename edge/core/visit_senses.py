"""What do contact, exit button, tamper switch, fire alarm and the clock do to a door?"""

from __future__ import annotations

from doorbus.messages import EventKind
from edge.core import contact, gate, office, standing
from edge.core.senses import Sense
from edge.core.visit_events import LocalTime, LockReported, SenseMoved
from edge.core.visit_turn import Turn


class SensingTurn(Turn):
    """A step that may feel something."""

    def _feel(self, event: SenseMoved | LocalTime) -> None:
        match event:
            case SenseMoved(Sense.CONTACT, on):
                self._follow_leaf(contact.Moved(on))
            case SenseMoved(Sense.EXIT, on):
                self._follow_leaf(contact.ExitPressed(on))
            case SenseMoved(Sense.TAMPER, on):
                # A housing that is shut when the door starts is nothing to tell.
                if on is not bool(self.door.tampered):
                    self._emit(EventKind.TAMPER if on else EventKind.TAMPER_OVER)
                self._set(tampered=on)
            case SenseMoved(Sense.FIRE, on):
                if on is not self.door.gate.fire:
                    self._emit(EventKind.FIRE if on else EventKind.FIRE_OVER)
                    self._step_gate(gate.FireAlarm(on))
            case LocalTime(local):
                self._follow_office(office.at(self.door.office, local, self.door.rule.office))

    def _lock_reported(self, event: LockReported) -> None:
        self._set(locked=event.locked)
        if event.locked:
            self._step_gate(gate.Bolted(event.at))
            self._set(told_lock=standing.closed(self.door.told_lock, self.now))
            self._follow_leaf(contact.Locked())
