"""What does an administrator's order do to a door?"""

from __future__ import annotations

from doorbus.messages import EventKind, Order, OrderAction
from edge.core import gate
from edge.core.prompts import Prompt
from edge.core.visit_effects import KeepEvacuation, KeepLockdown
from edge.core.visit_state import Enrolling, Open, Waiting
from edge.core.visit_turn import Turn


class OrderedTurn(Turn):
    """A step that may carry out an order."""

    def _obey(self, order: Order) -> None:
        """Carry it out, or say by what it was refused; either is told by an event."""
        refused = self._refused_by(order)
        line = f"{order.action.value} {order.order}"
        if refused is not None:
            line = f"refused {line} {refused.value}"
        self._emit(EventKind.ORDER, detail=line)

    def _refused_by(self, order: Order) -> gate.Reason | None:
        match order.action:
            case OrderAction.LOCKDOWN:
                if self.door.gate.evacuating:
                    return gate.Reason.EVACUATION
                self._step_gate(gate.LockDown())
                self.effects.append(KeepLockdown(on=True))
            case OrderAction.EVACUATE:
                self._step_gate(gate.Evacuate())
                self.effects.append(KeepEvacuation(on=True))
            case OrderAction.RELEASE:
                if self.door.gate.evacuating:
                    self.effects.append(KeepEvacuation(on=False))
                self._step_gate(gate.Release())
                self.effects.append(KeepLockdown(on=False))
            case OrderAction.UNLOCK:
                seconds = order.hold_s or self.door.rule.hold_s
                if not self._step_gate(gate.RemoteUnlock(seconds)):
                    return gate.Reason.LOCK_DOWN
                if not isinstance(self.door.phase, Waiting | Enrolling):
                    self._enter(Open(None), Prompt.WELCOME)
        return None
