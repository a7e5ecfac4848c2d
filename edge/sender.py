"""How do events and enrolment frames reach the brain, however often something breaks?

Each is kept in the spool before it is first sent, and sent again until an ack names it: when the
broker or the brain comes back, and after ten seconds of silence. Only a window of each kind is out
at once, so that a door that was away for a day does not flood the broker.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from doorbus import codec
from doorbus.bus import Wire
from doorbus.errors import BusError
from doorbus.messages import Ack, DoorEvent, DoorPrompt, EnrolFrame, EventKind, Outcome
from doorbus.signing import Stamp
from doorbus.topics import DOOR_EVENT, ENROL_FRAME, Topic
from edge.spool import Kept, Spool

RESEND_AFTER_S = 10.0
"""Seconds without an ack until a message is sent once more."""

FRAMES_OUT = 20
"""Enrolment frames sent and not yet acked."""

EVENTS_OUT = 100
"""Events sent and not yet acked."""

Publish = Callable[[Topic[Any], Wire], Future[None]]
"""Sign and send; raises BusError where the broker is not there or would not take it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Acked:
    """What an ack meant: frames and events that are done with, by name, and those refused."""

    done: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


class Sender:
    """Fed by the main loop, which alone uses it.

    Args of the constructor:
        spool: started.
        stamp: the door and this boot; event ids begin with the epoch.
        publish: signs and sends.
        wall: seconds since 1970, as far as this machine knows: what events are dated by.
    """

    def __init__(
        self,
        spool: Spool,
        stamp: Stamp,
        publish: Publish,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
        self._spool = spool
        self._door = stamp.door
        self._epoch = stamp.epoch
        self._publish = publish
        self._events = 0
        self._connected = False
        self._sent_at: dict[str, float] = {}

    def event(
        self,
        kind: EventKind,
        visit: int | None,
        detail: str,
        now: float,
        *,
        prompt: DoorPrompt | None = None,
    ) -> DoorEvent:
        """Keep an event and send it as soon as it may."""
        self._events += 1
        event = DoorEvent(
            id=f"{self._epoch}-{self._events}",
            kind=kind,
            at=self._wall(),
            visit=visit,
            detail=_one_line(detail),
            prompt=prompt,
        )
        if not self._spool.put_event(event):
            self._send_once(event)
        self.pump(now)
        return event

    def frame(self, frame: EnrolFrame, now: float) -> bool:
        """Keep a frame and send it as soon as it may; False where there is no room."""
        if not self._spool.put_frame(frame):
            return False
        self.pump(now)
        return True

    def acked(self, ack: Ack, now: float) -> Acked:
        """The brain has stored or refused these; names that are not kept mean nothing."""
        done, refused = [], []
        for item in ack.items:
            if not self._spool.forget(item.id):
                continue
            self._sent_at.pop(item.id, None)
            done.append(item.id)
            if item.outcome is Outcome.REFUSED:
                refused.append((item.id, item.reason))
                _log.warning("refused_by_brain", item=item.id, reason=item.reason)
        self.pump(now)
        return Acked(tuple(done), tuple(refused))

    def connected(self, now: float) -> None:
        """The broker is there: nothing that was out counts as sent any more."""
        self._connected = True
        self._sent_at.clear()
        self.pump(now)

    def disconnected(self) -> None:
        """The broker went away."""
        self._connected = False
        self._sent_at.clear()

    def brain_came(self, now: float) -> None:
        """The brain is there (again): what it may have missed goes out at once."""
        self._sent_at.clear()
        self.pump(now)

    def pump(self, now: float) -> None:
        """Send what is due, oldest first. Call this now and then."""
        if not self._connected:
            return
        for kept in (*self._spool.events(EVENTS_OUT), *self._spool.frames(FRAMES_OUT)):
            sent_at = self._sent_at.get(kept.item)
            if sent_at is not None and now - sent_at < RESEND_AFTER_S:
                continue
            if not self._send(kept):
                return
            self._sent_at[kept.item] = now

    def _send_once(self, event: DoorEvent) -> None:
        """What the disk would not keep may still be seen by whoever watches."""
        with suppress(BusError):
            self._publish(DOOR_EVENT, codec.encode(DOOR_EVENT, event, self._door))

    def _send(self, kept: Kept) -> bool:
        try:
            wire = self._spool.wire(kept)
        except OSError as error:
            _log.error("spool_file_gone", item=kept.item, why=error.strerror)
            self._spool.forget(kept.item)
            return True
        topic: Topic[Any] = DOOR_EVENT if kept.enrolment is None else ENROL_FRAME
        try:
            sending = self._publish(topic, wire)
        except BusError as error:
            _log.debug("not_sent", item=kept.item, why=str(error))
            return False
        sending.add_done_callback(lambda done: _complain(kept.item, done))
        return True


def _complain(item: str, sending: Future[None]) -> None:
    """Say so where the broker refused; it is sent again later in any case."""
    error = None if sending.cancelled() else sending.exception()
    if error is not None:
        _log.warning("not_taken_by_broker", item=item, why=str(error))


def _one_line(text: str) -> str:
    """As the contract wants a detail: printable, at most 200 characters."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]
