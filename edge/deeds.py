"""How is each effect that the core wants carried out?"""

from __future__ import annotations

from concurrent.futures import Future

import structlog

from doorbus.errors import BusError
from doorbus.messages import EventKind
from edge.core import lock_watch, refusals
from edge.core.lock_watch import LockWatch
from edge.core.refusals import Refusals
from edge.core.visit_effects import (
    Camera,
    CloseLock,
    Effect,
    Emit,
    HoldLock,
    KeepLockdown,
    Refuse,
    RestartLiveness,
    SendBurst,
    SetTask,
    Show,
)
from edge.core.visit_events import Event, NotSent
from edge.surroundings import Surroundings

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
            case KeepLockdown(on):
                try:
                    around.state.keep_lockdown(on=on)
                except OSError as error:
                    _log.error("lockdown_not_kept", on=on, why=error.strerror)
                    deed = "lock-down" if on else "release"
                    self.tell(
                        EventKind.LOCK_FAULT,
                        None,
                        f"the {deed} holds until the next start only: the disk does not keep it",
                    )
            case SendBurst(visit, nonce):
                return self._send_burst(visit, nonce)
            case Camera(awake):
                around.capture.set_awake(awake)
            case RestartLiveness():
                around.eyes.restart()
            case SetTask(task):
                around.eyes.ask(task)
            case Show(prompt):
                around.indicator.show(prompt)
            case Emit(kind, visit, detail):
                # Whoever opens a shadow door does it with the lock that is still in use.
                if not (around.shadow and kind is EventKind.FORCED_OPEN):
                    self.tell(kind, visit, detail)
            case Refuse(why):
                self.refuse(why)
        return ()

    def _hold(self, wanted: HoldLock) -> None:
        if not self._around.shadow:
            self._around.lock.hold(wanted.seconds)
            self._watch = lock_watch.ordered(self._watch, locked=False, now=self._now())
        elif not wanted.renewed:
            self.tell(EventKind.WOULD_OPEN, None, f"{wanted.reason.value}, {wanted.seconds:.1f} s")

    def tell(self, kind: EventKind, visit: int | None, detail: str) -> None:
        """Log what happened, and have the brain keep it."""
        _log.info("event", kind=kind.value, visit=visit, detail=detail)
        self._around.trace.event(kind, visit, detail)
        self._around.sender.event(kind, visit, detail, self._now())

    def refuse(self, why: str) -> None:
        """Tell that a message was not believed; many alike are told as one."""
        self._refusals, told = refusals.note(self._refusals, why, self._now())
        for line in told:
            self.tell(EventKind.REFUSED_MESSAGE, None, line)

    def _send_burst(self, visit: int, nonce: str) -> tuple[Event, ...]:
        try:
            evidenced = self._around.eyes.evidenced()
            if evidenced is None:
                return (NotSent(visit, "the frames do not show the life that was seen"),)
            self._around.trace.burst(visit, [cutting.sighting for cutting in evidenced.cuttings])
            # Forty pictures take their time on a slow board, to look at again and to pack.
            self._around.lock.beat()
            sending = self._around.speaker.burst(visit, nonce, evidenced.cuttings, evidenced.life)
        except BusError as error:
            return (NotSent(visit, str(error)),)
        except Exception as error:  # noqa: BLE001  # a door outlives whatever a library throws
            _log.exception("burst_failed", visit=visit, do="the person is asked to try again")
            return (NotSent(visit, f"the burst could not be made: {type(error).__name__}"),)
        sending.add_done_callback(lambda done: self._check_sent(visit, done))
        return ()

    def _check_sent(self, visit: int, sending: Future[None]) -> None:
        """On the bus's thread: a burst that the broker refused has no answer to wait for."""
        error = None if sending.cancelled() else sending.exception()
        if error is not None:
            self._around.inbox.put(NotSent(visit, str(error)))

    def _now(self) -> float:
        return self._around.clock.monotonic()


def urgency(effect: Effect) -> int:
    """The lock moves before anything is written to disk or told."""
    match effect:
        case HoldLock() | CloseLock():
            return 0
        case KeepLockdown():
            return 1
        case _:
            return 2
