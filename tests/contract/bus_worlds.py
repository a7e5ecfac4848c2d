"""Two worlds in which the contract of the Bus must hold: a real broker, and one in this process.

In both, `front` is a door, `brain.main` the brain and `admin.alice` an administrator, each with the
rights of a provisioned site.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from demo.private_broker import PrivateBroker
from doorbus.bus import Bus, BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.memory import MemoryBroker, matches
from doorbus.settings import BrokerSettings
from doorctl.site import Site

T = TypeVar("T")

AVAILABILITY = "door/front/availability"
BIRTH = Wire(AVAILABILITY, b"online", retain=True)
WILL = Wire(AVAILABILITY, b"offline", {"why": "lost"}, retain=True)


class Listener:
    """A sink that remembers, and by default acks."""

    def __init__(self, *, ack: bool = True) -> None:
        self.events: list[BusEvent] = []
        self._ack = ack
        self._changed = threading.Condition()

    def __call__(self, event: BusEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        if self._ack and isinstance(event, Delivery):
            event.ack()

    def until(self, found: Callable[[list[BusEvent]], T | None], seconds: float = 8) -> T:
        """Wait until `found` finds something in the events, and return it."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                result = found(list(self.events))
                if result is not None and result is not False:
                    return result
                left = end - time.monotonic()
                assert left > 0, f"not within {seconds} s; there was {self.events}"
                self._changed.wait(left)

    def connected(self, times: int = 1, seconds: float = 8) -> None:
        """Wait until the bus has connected so many times."""
        self.until(lambda events: _count(events, Connected) >= times or None, seconds)

    def disconnected(self, times: int = 1, seconds: float = 8) -> Disconnected:
        """Wait until the bus has disconnected so many times; return the last of them."""

        def last(events: list[BusEvent]) -> Disconnected | None:
            found = [event for event in events if isinstance(event, Disconnected)]
            return found[times - 1] if len(found) >= times else None

        return self.until(last, seconds)

    def deliveries(self, count: int, seconds: float = 8) -> list[Delivery]:
        """Wait for so many messages; return all there are."""

        def enough(events: list[BusEvent]) -> list[Delivery] | None:
            found = [event for event in events if isinstance(event, Delivery)]
            return found if len(found) >= count else None

        return self.until(enough, seconds)

    def quiet(self, count: int, seconds: float = 0.3) -> None:
        """Assert that there are so many messages and no more come for a while."""
        time.sleep(seconds)
        found = [event for event in self.events if isinstance(event, Delivery)]
        assert len(found) == count, found


def _count(events: Sequence[BusEvent], kind: type[BusEvent]) -> int:
    return sum(isinstance(event, kind) for event in events)


class World(Protocol):
    """A broker, and buses on it."""

    max_packet: int

    def bus(
        self,
        client: str,
        filters: Sequence[str] = (),
        *,
        birth: Wire | None = None,
        will: Wire | None = None,
        receive_maximum: int = 20,
        prefix: str = "",
        qos: int = 1,
    ) -> Bus:
        """Make a bus; the test starts it."""
        ...

    def cut(self, client: str) -> None:
        """Break a client's connection; it may come back."""
        ...

    def kill_a_door(self) -> None:
        """Have the door `front` be there with BIRTH and WILL, and kill its process."""
        ...

    def broker_goes(self) -> None:
        """Kill the broker."""
        ...

    def broker_comes(self) -> None:
        """Start the broker again."""
        ...


class RealWorld:
    """A private Mosquitto; every client goes through a relay of its own, so that it can be cut."""

    max_packet = 1_048_576

    def __init__(self, site: Site, broker: PrivateBroker) -> None:
        self.site = site
        self.broker = broker
        self._relays: dict[str, Relay] = {}

    def settings(self, client: str, prefix: str = "") -> BrokerSettings:
        """A client's settings, through its relay."""
        door = "." not in client
        port = self.broker.doors_port if door else self.broker.staff_port
        relay = self._relays.get(client)
        if relay is None:
            relay = self._relays[client] = Relay(port)
        folder = self.folder(client)
        return BrokerSettings(
            host="127.0.0.1",
            port=relay.port,
            ca=folder / "ca.crt",
            cert=folder / "client.crt",
            key=folder / "client.key",
            prefix=prefix,
        )

    def folder(self, client: str) -> Path:
        """Where a client's certificate lies."""
        if client == "brain.main":
            return self.site.brain
        return self.site.staff(client) if "." in client else self.site.door(client)

    def bus(
        self,
        client: str,
        filters: Sequence[str] = (),
        *,
        birth: Wire | None = None,
        will: Wire | None = None,
        receive_maximum: int = 20,
        prefix: str = "",
        qos: int = 1,
    ) -> Bus:
        return MqttBus(
            self.settings(client, prefix),
            client,
            subscriptions=[Subscription(name, qos) for name in filters],
            birth=birth,
            will=will,
            receive_maximum=receive_maximum,
        )

    def cut(self, client: str) -> None:
        self._relays[client].cut()

    def kill_a_door(self) -> None:
        child = subprocess.Popen(
            [sys.executable, __file__, self.settings("front").model_dump_json()],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        with child:
            assert child.stdout is not None
            assert b"connected\n" in child.stdout  # the log stands there too
            child.kill()

    def broker_goes(self) -> None:
        self.broker.kill()

    def broker_comes(self) -> None:
        self.broker.restart()

    @contextlib.contextmanager
    def broker_frozen(self) -> Iterator[None]:
        """Have the broker answer nothing for a while, its connections staying as they are."""
        os.kill(self.broker.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.broker.pid, signal.SIGCONT)

    def close(self) -> None:
        """Take the relays down."""
        for relay in self._relays.values():
            relay.close()


class MemoryWorld:
    """A broker in this process."""

    max_packet = 1_048_576

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.broker = MemoryBroker(may=self._may)

    def bus(
        self,
        client: str,
        filters: Sequence[str] = (),
        *,
        birth: Wire | None = None,
        will: Wire | None = None,
        receive_maximum: int = 20,
        prefix: str = "",
        qos: int = 1,
    ) -> Bus:
        return self.broker.bus(
            client,
            subscriptions=[Subscription(name, qos) for name in filters],
            birth=birth,
            will=will,
            receive_maximum=receive_maximum,
            prefix=prefix,
        )

    def cut(self, client: str) -> None:
        self.broker.drop(client)

    def kill_a_door(self) -> None:
        door = self.bus("front", birth=BIRTH, will=WILL)
        heard = Listener()
        door.start(heard)
        heard.connected()
        self.broker.kill("front")
        door.stop()

    def broker_goes(self) -> None:
        self.broker.go_away()

    def broker_comes(self) -> None:
        self.broker.come_back()

    def _may(self, client: str, deed: Literal["read", "write"], topic: str) -> bool:
        allowed = [self._prefix + allowed for allowed in _RIGHTS[client, deed]]
        return any(matches(topic_filter, topic) for topic_filter in allowed)


_RIGHTS = {
    ("front", "write"): ("frames/enroll/front", "frames/recognize/front", "door/front/#"),
    ("front", "read"): ("verdict/front", "command/front", "ack/front", "brain/availability"),
    ("brain.main", "write"): ("verdict/#", "command/#", "ack/#", "brain/#"),
    ("brain.main", "read"): ("frames/#", "door/#", "admin/#"),
    ("admin.alice", "write"): ("admin/users/admin.alice",),
    ("admin.alice", "read"): ("door/#", "brain/#", "verdict/#"),
}


class Relay:
    """Carries bytes between a client and the broker, until it is cut."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._target = target
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept)

    def cut(self) -> None:
        """Break what goes through now; new connections are carried again."""
        with self._lock:
            ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Carry no more."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            for end in (client, broker):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._ends += [client, broker]
            self._spawn(functools.partial(_carry, client, broker))


def _carry(left: socket.socket, right: socket.socket) -> None:
    other = {left: right, right: left}
    with left, right, contextlib.suppress(OSError):
        while True:
            for ready in select.select([left, right], [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                other[ready].sendall(data)


@contextlib.contextmanager
def running(bus: Bus, listener: Listener | None = None) -> Iterator[Listener]:
    """Start a bus, wait until it is connected, and stop it in the end."""
    heard = listener or Listener()
    bus.start(heard)
    try:
        heard.connected()
        yield heard
    finally:
        bus.stop()


def _be_a_door(settings: BrokerSettings) -> None:
    heard = Listener()
    MqttBus(settings, "front", birth=BIRTH, will=WILL).start(heard)
    heard.connected()
    sys.stdout.write("connected\n")
    sys.stdout.flush()
    threading.Event().wait(60)


if __name__ == "__main__":
    _be_a_door(BrokerSettings.model_validate_json(sys.argv[1]))
