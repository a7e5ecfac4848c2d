"""What may a network do to a connection? A relay in user space between a client and the broker.

It carries bytes and can delay them, hold them back (`stall`), drop the connection (`cut`), or
swallow everything without a word while both sides think that they are connected (`half_open`).
What it models: TCP hides loss and reordering from whoever speaks over it; they show as delay, stall
and, in the end, a broken connection. What it does not: a slow start, a full queue of a router, a
checksum that lies.
"""

from __future__ import annotations

import contextlib
import functools
import select
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Self

HOST: Final = "127.0.0.1"
CHUNK: Final = 65_536
POLL_S: Final = 0.01
SEND_S: Final = 10.0
MOST_WAITING: Final = 64
"""Chunks that a direction holds before it reads no more: then the sender's own buffers fill."""


@dataclass(slots=True)
class _Direction:
    """Bytes on their way, with the moment from which they may go on."""

    source: socket.socket
    sink: socket.socket
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)


class FaultyRelay:
    """Listens on a port of its own and carries to another. A context manager.

    Attributes:
        port: where clients connect.
        delay_s: how much later everything arrives, each way.
        carried: bytes that went through, both ways.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._held = threading.Event()
        self._swallows = threading.Event()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.port = 0
        self.delay_s = 0.0
        self.carried = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(0.2)
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.cut()
        for thread in self._threads:
            thread.join(5)
        if self._listener is not None:
            self._listener.close()

    def stall(self) -> None:
        """Hold everything back; nothing is lost, and `resume` delivers it."""
        self._held.set()

    def half_open(self) -> None:
        """Swallow everything from now on; both sides go on waiting. `resume` cuts what was so."""
        self._swallows.set()

    def resume(self) -> None:
        """Carry again. What was half open is broken: its bytes are gone."""
        if self._swallows.is_set():
            self.cut()
        self._swallows.clear()
        self._held.clear()

    def cut(self) -> None:
        """Break what goes through now; new connections are carried."""
        with self._guard:
            ends, self._ends = self._ends, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _spawn(self, work: object, *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._over.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                continue
            try:
                broker = socket.create_connection((HOST, self._target))
            except OSError:
                client.close()
                continue
            for end in (client, broker):
                end.settimeout(SEND_S)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._guard:
                self._ends |= {client, broker}
            both = threading.Barrier(2, action=functools.partial(self._close, client, broker))
            for source, sink in ((client, broker), (broker, client)):
                self._spawn(self._carry, _Direction(source, sink), both)

    def _close(self, *ends: socket.socket) -> None:
        with self._guard:
            self._ends -= set(ends)
        for end in ends:
            end.close()

    def _carry(self, way: _Direction, both: threading.Barrier) -> None:
        with contextlib.suppress(OSError):
            while self._step(way):
                pass
        # The other direction ends too, and then both sockets are closed.
        for end in (way.source, way.sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(10)

    def _step(self, way: _Direction) -> bool:
        """Read what there is, and pass on what is due. False at the end."""
        room = len(way.waiting) < MOST_WAITING
        if select.select([way.source] if room else [], [], [], POLL_S)[0]:
            data = way.source.recv(CHUNK)
            if not data:
                return False
            if not self._swallows.is_set():
                way.waiting.append((time.monotonic() + self.delay_s, data))
        while way.waiting and not self._held.is_set() and way.waiting[0][0] <= time.monotonic():
            data = way.waiting.popleft()[1]
            way.sink.sendall(data)
            self.carried += len(data)
        return not self._over.is_set()
