"""What keeps a bus connected: one thread that connects, serves, and connects again."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable
from typing import Protocol

import structlog

from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Sink
from doorbus.errors import BusError

FIRST_DELAY_S = 1.0
MOST_DELAY_S = 5.0
JOIN_TIMEOUT_S = 15.0
"""Longer than an attempt to connect and a farewell may take together."""

_log = structlog.get_logger()


class Attempt(Protocol):
    """One connection, not yet made."""

    was_online: bool

    def serve(self) -> str:
        """Connect and carry messages until it is over; return why. Raises OSError."""
        ...

    def close(self) -> None:
        """Drop the connection, however it stands."""
        ...


class Bell:
    """Wakes a thread that waits for sockets; rung from any thread."""

    def __init__(self) -> None:
        self.ear, self._rope = socket.socketpair()
        self.ear.setblocking(False)
        self._rope.setblocking(False)

    def ring(self) -> None:
        """Wake the thread."""
        # Full: it wakes anyway. Closed: nobody is there to be woken.
        with contextlib.suppress(OSError):
            self._rope.send(b"\0")

    def silence(self) -> None:
        """Forget what was rung."""
        with contextlib.suppress(BlockingIOError):
            self.ear.recv(4096)

    def close(self) -> None:
        """Take it down."""
        self.ear.close()
        self._rope.close()


class Lifeline:
    """The bus's thread; whatever happens on it, it goes on until `stop`.

    Args:
        client_id: for the log and the thread's name.
        explain: says for people why a connection could not be made.
        ended: called with the reason after each connection, before the sink hears of it.
    """

    def __init__(
        self,
        client_id: str,
        explain: Callable[[OSError], str],
        ended: Callable[[str], None],
    ) -> None:
        self.client_id = client_id
        self.stopping = threading.Event()
        self._explain = explain
        self._ended = ended
        self._thread: threading.Thread | None = None
        self._bell: Bell | None = None
        self._sink: Sink | None = None
        self._told = False
        self._reasons: set[str] = set()

    def start(self, sink: Sink, attempt: Callable[[Bell], Attempt]) -> None:
        """Begin connecting; returns at once. Raises BusError where it runs already."""
        if self._thread is not None:
            raise BusError(f"{self.client_id}: the bus runs already; stop it first")
        self._sink = sink
        self._told = False
        self._reasons.clear()
        self.stopping.clear()
        self._bell = Bell()
        self._thread = threading.Thread(
            target=self._run,
            args=(self._bell, attempt),
            name=f"bus-{self.client_id}",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Have the thread say farewell and end; join it. Twice is harmless."""
        thread = self._thread
        if thread is None:
            return
        self.stopping.set()
        self.ring()
        if thread is threading.current_thread():
            return  # a sink asked for it: the thread ends by itself
        thread.join(JOIN_TIMEOUT_S)
        if thread.is_alive():
            _log.error("the bus's thread is stuck", client=self.client_id)
        self._thread = None

    def ring(self) -> None:
        """Wake the thread; from any thread."""
        bell = self._bell
        if bell is not None:
            bell.ring()

    def connected(self) -> None:
        """Note that the broker is there, and tell the sink."""
        _log.info("connected to the broker", client=self.client_id)
        self._told = False
        self._reasons.clear()
        self.tell(Connected())

    def tell(self, event: BusEvent) -> None:
        """Hand an event to the sink, whatever the sink does with it."""
        if self._sink is None:
            return
        try:
            self._sink(event)
        except BaseException:  # noqa: BLE001  # a sink's mistake must not cost the connection
            _log.exception("the bus's sink failed", client=self.client_id)
            if isinstance(event, Delivery):
                # Nobody will ack it; unacked it would narrow the window for good.
                event.ack()

    def _run(self, bell: Bell, attempt: Callable[[Bell], Attempt]) -> None:
        while not self.stopping.is_set():
            try:
                self._live(bell, attempt)
            except BaseException:  # noqa: BLE001  # a dead thread tells nobody that it is
                _log.exception("the bus's thread stumbled", client=self.client_id)
                self.stopping.wait(FIRST_DELAY_S)
        bell.close()

    def _live(self, bell: Bell, attempt: Callable[[Bell], Attempt]) -> None:
        delay = FIRST_DELAY_S
        while not self.stopping.is_set():
            if self._try(attempt(bell)):
                delay = FIRST_DELAY_S
            # Spread, so that not all doors of a site come back in the same instant.
            self.stopping.wait(random.uniform(FIRST_DELAY_S, delay))  # noqa: S311  # no secret
            delay = min(2 * delay, MOST_DELAY_S)

    def _try(self, connection: Attempt) -> bool:
        """Connect, serve, and tell how it ended; return whether it was ever online."""
        reason = "the bus's thread stumbled"
        try:
            reason = connection.serve()
        except OSError as error:
            reason = self._explain(error)
        finally:
            connection.close()
            self._ended(reason)
            self._lost(reason)
        return connection.was_online

    def _lost(self, reason: str) -> None:
        if self.stopping.is_set():
            return
        if reason not in self._reasons:
            self._reasons.add(reason)
            _log.warning("no broker; trying again", client=self.client_id, reason=reason)
        if not self._told:
            self._told = True
            self.tell(Disconnected(reason))
