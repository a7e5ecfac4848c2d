"""How is each effect that the core wants carried out?"""

from __future__ import annotations

import structlog

from doorbus.messages import EventKind
from edge.core import lock_watch, refusals
from edge.core.lock_watch import LockWatch
from edge.core.prompts import Prompt
from edge.core.refusals import Refusals
from edge.core.visit_effects import (
    Camera,
    CloseLock,
    Effect,
    Emit,
    HoldLock,
    JudgeCode,
    KeepBurst,
    KeepEvacuation,
    KeepLockdown,
    MatchHere,
    Refuse,
    RestartLiveness,
    SendBurst,
    SendCode,
    SetTask,
    Show,
    UsePass,
)
from edge.core.visit_events import Event
from edge.surroundings import Surroundings

_NOT_IN_SHADOW = frozenset({EventKind.FORCED_OPEN, EventKind.PASS})
"""What a shadow door does not tell: who opens it does so with the lock that is still in use, and a
pass that let nobody in was not used. The brain adds up the uses that doors tell of."""

_log = structlog.get_logger(__name__)


class Deeds:
    """Carries effects out and watches that the lock obeys; on the loop's thread."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._refusals = Refusals()
        self._watch = LockWatch()

    @property
    def locked(self) -> bool | None:
        """The lock's last report; None before the first."""
        return self._watch.locked

    def lock_reported(self, *, locked: bool) -> None:
        """The lock moved."""
        self._watch = lock_watch.reported(self._watch, locked=locked)

    def tell_due(self, now: float) -> None:
        """Tell of a lock that did not move and of refusals counted till now, monotonic seconds."""
        self._watch, fault = lock_watch.overdue(self._watch, now)
        if fault is not None:
            self.tell(EventKind.LOCK_FAULT, None, fault)
        self._refusals, told = refusals.due(self._refusals, now)
        for why in told:
            self.tell(EventKind.REFUSED_MESSAGE, None, why)

    def carry_out(self, effect: Effect) -> tuple[Event, ...]:
        """Do it; what the core must hear of at once."""
        around = self._around
        match effect:
            case HoldLock():
                self._hold(effect)
            case CloseLock():
                around.lock.close()
                self._watch = lock_watch.ordered(self._watch, locked=True, now=self._now())
            case KeepLockdown() | KeepEvacuation():
                self._keep(effect)
            case SendBurst() | KeepBurst() | MatchHere() | JudgeCode():
                return around.bursts.carry_out(effect, self._now())
            case SendCode() | UsePass():
                return around.showing.carry_out(effect)
            case Camera(awake):
                around.capture.set_awake(awake)
            case RestartLiveness():
                around.eyes.restart()
                around.bursts.forget()
            case SetTask(task):
                around.eyes.ask(task)
            case Show(prompt):
                around.indicator.show(prompt)
            case Emit(kind, visit, detail, prompt):
                if not (around.shadow and kind in _NOT_IN_SHADOW):
                    self.tell(kind, visit, detail, prompt)
            case Refuse(why):
                self.refuse(why)
        return ()

    def _hold(self, wanted: HoldLock) -> None:
        if not self._around.shadow:
            self._around.lock.hold(wanted.seconds)
            self._watch = lock_watch.ordered(self._watch, locked=False, now=self._now())
        elif not wanted.renewed:
            self.tell(EventKind.WOULD_OPEN, None, f"{wanted.reason.value}, {wanted.seconds:.1f} s")

    def tell(
        self, kind: EventKind, visit: int | None, detail: str, prompt: Prompt | None = None
    ) -> None:
        """Log what happened, and have the brain keep it."""
        _log.info("event", kind=kind.value, visit=visit, detail=detail)
        self._around.trace.event(kind, visit, detail)
        code = None if prompt is None else prompt.code
        self._around.sender.event(kind, visit, detail, self._now(), prompt=code)

    def refuse(self, why: str) -> None:
        """Tell that a message was not believed; many alike are told as one."""
        self._refusals, told = refusals.note(self._refusals, why, self._now())
        for line in told:
            self.tell(EventKind.REFUSED_MESSAGE, None, line)

    def _keep(self, order: KeepLockdown | KeepEvacuation) -> None:
        state, lockdown = self._around.state, isinstance(order, KeepLockdown)
        try:
            (state.keep_lockdown if lockdown else state.keep_evacuation)(on=order.on)
        except OSError as error:
            what = "lock-down" if lockdown else "evacuation"
            _log.error("order_not_kept", what=what, on=order.on, why=error.strerror)
            deed = what if order.on else "release"
            self.tell(
                EventKind.LOCK_FAULT,
                None,
                f"the {deed} holds until the next start only: the disk does not keep it",
            )

    def _now(self) -> float:
        return self._around.clock.monotonic()


def urgency(effect: Effect) -> int:
    """The lock moves before anything is written to disk or told."""
    match effect:
        case HoldLock() | CloseLock():
            return 0
        case KeepLockdown() | KeepEvacuation():
            return 1
        case _:
            return 2
