"""A Bus on the broker within this process; it has a thread of its own, as the real one has."""

from __future__ import annotations

import contextlib
import functools
import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Sink, Subscription, Wire
from doorbus.errors import BusError, NotConnectedError, PublishRefused
from doorbus.outbox import Sending, check

_log = structlog.get_logger()


class Broker(Protocol):
    """What a bus needs of its broker."""

    max_packet: int
    reconnect_s: float

    def connect(self, bus: MemoryBus) -> None:
        """Begin a session. Raises BusError."""
        ...

    def leave(self, session: Session) -> None:
        """End a session as agreed: no will."""
        ...

    def route(self, client_id: str, wire: Wire) -> None:
        """Carry a message to everybody who wants it and may have it. Raises PublishRefused."""
        ...


class Session:
    """One connection of one bus; what it has not acknowledged dies with it."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus = bus
        self.numbers = itertools.count()
        self.unacked: set[int] = set()
        self.waiting: deque[Wire] = deque()


@dataclass(frozen=True, slots=True)
class _Told:
    """An event for the sink, of a session."""

    event: BusEvent


@dataclass(frozen=True, slots=True)
class _Answered:
    """The broker's answer to a publish."""

    future: Future[None]
    error: BusError | None


@dataclass(frozen=True, slots=True)
class _Lost:
    """The connection is gone."""

    why: str
    back: bool


class MemoryBus:
    """A `Bus` on a MemoryBroker, which makes it."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription],
        birth: Wire | None,
        will: Wire | None,
        receive_maximum: int,
        prefix: str,
    ) -> None:
        self.client_id = client_id
        self.filters = tuple(replace(s, filter=prefix + s.filter) for s in subscriptions)
        self.birth = None if birth is None else replace(birth, topic=prefix + birth.topic)
        self.will = None if will is None else replace(will, topic=prefix + will.topic)
        self._broker = broker
        self._prefix = prefix
        self._receive_maximum = receive_maximum
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._queue: queue.SimpleQueue[_Told | _Answered | _Lost | None] = queue.SimpleQueue()

    def start(self, sink: Sink) -> None:
        """Begin connecting; returns at once. Raises BusError where it runs already."""
        if self._thread is not None:
            raise BusError(f"{self.client_id}: the bus runs already; stop it first")
        self._stopping.clear()
        self._queue = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._run, args=(sink,), name=f"memory-bus-{self.client_id}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Publish the last will's message as farewell, disconnect, join. Twice is harmless."""
        thread = self._thread
        if thread is None:
            return
        self._stopping.set()
        self._queue.put(None)
        if thread is threading.current_thread():
            return
        thread.join(5)
        if thread.is_alive():
            _log.error("the bus's thread is stuck", client=self.client_id)
        self._thread = None

    def publish(self, wire: Wire) -> Future[None]:
        """Send; see `Bus.publish`."""
        with self._lock:
            if self._session is None:
                raise NotConnectedError(
                    f"{wire.topic}: not sent, the broker is not there; try again once it is"
                )
        sending = Sending(wire, check(wire, self._prefix, self._broker.max_packet))
        error: BusError | None = None
        try:
            self._broker.route(self.client_id, replace(wire, topic=self._prefix + wire.topic))
        except PublishRefused as refused:
            error = refused if wire.qos else None  # quality 0 has no answer
        self._queue.put(_Answered(sending.future, error))
        return sending.future

    def begin(self, session: Session) -> None:
        """Hear from the broker that a session has begun."""
        with self._lock:
            self._session = session
            self._queue.put(_Told(Connected()))

    def offer(self, session: Session, wire: Wire) -> None:
        """Take a message from the broker: now, or once there is room in the window."""
        with self._lock:
            if not wire.qos:
                self._deliver(wire, lambda: None)
                return
            session.waiting.append(wire)
            self._fill(session)

    def lost(self, session: Session, why: str, *, back: bool) -> None:
        """Hear from the broker that the session is over."""
        with self._lock:
            if self._session is session:
                self._session = None
            session.waiting.clear()
            self._queue.put(_Lost(why, back))

    def _fill(self, session: Session) -> None:
        while session.waiting and len(session.unacked) < self._receive_maximum:
            number = next(session.numbers)
            session.unacked.add(number)
            self._deliver(session.waiting.popleft(), functools.partial(self._ack, session, number))

    def _ack(self, session: Session, number: int) -> None:
        with self._lock:
            if number in session.unacked:
                session.unacked.discard(number)
                self._fill(session)

    def _deliver(self, wire: Wire, ack: Callable[[], None]) -> None:
        bare = replace(wire, topic=wire.topic[len(self._prefix) :])
        self._queue.put(_Told(Delivery(bare, ack)))

    # --- on the bus's own thread -----------------------------------------------------------------

    def _run(self, sink: Sink) -> None:
        away, told, gone = True, False, False
        next_try = 0.0
        while True:
            now = time.monotonic()
            if away and not gone and now >= next_try:
                try:
                    self._broker.connect(self)
                    away, told = False, False
                except BusError as error:
                    if not told:
                        self._tell(sink, Disconnected(str(error)))
                    told, next_try = True, now + self._broker.reconnect_s
            try:
                item = self._queue.get(
                    timeout=max(0, next_try - now) if away and not gone else None
                )
            except queue.Empty:
                continue
            if item is None:
                break
            if isinstance(item, _Lost):
                self._tell(sink, Disconnected(item.why))
                away, told, gone = True, True, not item.back
                next_try = time.monotonic() + self._broker.reconnect_s
            elif isinstance(item, _Answered):
                _settle(item)
            elif not self._stopping.is_set():
                self._tell(sink, item.event)
        self._take_leave()
        while not self._queue.empty():
            last = self._queue.get()
            if isinstance(last, _Answered):
                _settle(last)

    def _take_leave(self) -> None:
        with self._lock:
            session, self._session = self._session, None
        if session is None:
            return
        if self.will is not None:
            with contextlib.suppress(PublishRefused):
                self._broker.route(self.client_id, self.will)
        self._broker.leave(session)

    def _tell(self, sink: Sink, event: BusEvent) -> None:
        try:
            sink(event)
        except BaseException:  # noqa: BLE001  # a sink's mistake must not cost the connection
            _log.exception("the bus's sink failed", client=self.client_id)
            if isinstance(event, Delivery):
                event.ack()


def _settle(answered: _Answered) -> None:
    if answered.error is None:
        answered.future.set_result(None)
    else:
        answered.future.set_exception(answered.error)
