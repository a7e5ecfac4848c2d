"""A site with many doors that tell a lot: broker and console as processes, doors as clients."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Self

import httpx
import structlog

from console.accounts.desk import Accounts
from console.accounts.hashing import Hashing
from console.accounts.notes import Actor
from console.accounts.passwords import Caller
from console.accounts.roster import SHELL
from console.config import ConsoleSettings
from demo.daemon import Daemon, DaemonFailed
from demo.observer import NotSeen
from demo.private_broker import PrivateBroker, free_ports
from demo.stage import overlay
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Subscription
from doorbus.client import MqttBus
from doorbus.codec import decode, encode
from doorbus.messages.console import Role
from doorbus.settings import load
from doorctl import consoles, provisioning
from doorctl.conversation import ClientSettings
from doorctl.edge_config import DoorChoices
from edge import config as edge_config

ACCOUNT: Final = "administrator"
PASSWORD: Final = "tide-lantern-47-moss"  # noqa: S105  # of an account that lives as long as a bench
PATIENCE_S: Final = 60.0

Mark = tuple[str, int]
"""A door and which of its events, from 1; on the page it is told by the second it happened in."""


class ConsoleSite:
    """Everything but doors and browser; runs between `__enter__` and `__exit__`.

    Args:
        folder: empty or missing.
        doors: how many.
    """

    def __init__(self, folder: Path, doors: int) -> None:
        self.site = folder / "site"
        self.doors = tuple(f"door-{number:02}" for number in range(1, doors + 1))
        self.address = f"http://127.0.0.1:{free_ports()[0]}"
        self.session = ""
        self._broker = PrivateBroker(self.site)
        self._bundle = self.site / "staff" / "console.main"
        self._console = Daemon("console", self._bundle / "console.yaml", folder / "console.log")
        self._running = ExitStack()

    def __enter__(self) -> Self:
        provisioning.create_site(self.site, hosts=("127.0.0.1",))
        provisioning.add_monitor(self.site, "lobby")
        for door in self.doors:
            provisioning.add_door(self.site, door, DoorChoices())
        consoles.add_console(self.site, "main")
        port = int(self.address.rpartition(":")[2])
        overlay(self._bundle / "console.yaml", {"listen": {"port": port}})
        self._sign_in()
        try:
            self._running.callback(self._broker.close)
            self._broker.start()
            self._running.callback(self._console.stop)
            self._console.start()
            self._wait()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def console_pid(self) -> int:
        """The console's process id."""
        return self._console.pid

    @property
    def watcher(self) -> ClientSettings:
        """What a plain subscriber connects with."""
        return load(self.site / "staff" / "monitor.lobby" / "client.yaml", ClientSettings)

    def _sign_in(self) -> None:
        chosen = load(self._bundle / "console.yaml", ConsoleSettings)
        hashing = Hashing()
        accounts = Accounts(chosen.data_dir, chosen.sessions, hashing=hashing)
        accounts.open()
        hashing.start()
        try:
            token = accounts.add(ACCOUNT, Role.ADMINISTRATOR, Actor(SHELL, Role.ADMINISTRATOR))
            taken = accounts.passwords.accept(token, PASSWORD, Caller("127.0.0.1", "bench"))
            self.session = asyncio.run(taken).session
        finally:
            hashing.stop()
            accounts.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self._console.check()
            try:
                httpx.get(f"{self.address}/sign-in")
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise DaemonFailed(self._console.last_words()) from None
                time.sleep(0.1)
            else:
                return


class Subscriber:
    """A plain subscriber of all doors' events: when each came, seconds since 1970."""

    def __init__(self, access: ClientSettings) -> None:
        self.came: dict[Mark, float] = {}
        self._there = threading.Event()
        self._bus = MqttBus(
            access.broker,
            f"{access.name}/bench",
            subscriptions=[Subscription(topics.DOOR_EVENT.filter)],
            receive_maximum=100,
        )

    def start(self) -> None:
        """Connect. Raises NotSeen where the broker does not let it in."""
        self._bus.start(self._take)
        if not self._there.wait(PATIENCE_S):
            raise NotSeen("the broker does not let the subscriber in")

    def stop(self) -> None:
        """Disconnect. Twice is harmless."""
        self._bus.stop()

    def _take(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self._there.set()
        elif isinstance(event, Delivery):
            now = time.time()
            event.ack()
            door = topics.DOOR_EVENT.level(event.wire.topic) or ""
            self.came.setdefault((door, decode(topics.DOOR_EVENT, event.wire).visit or 0), now)


class Doors:
    """All doors, in a process of their own: their threads must not slow down what is measured.

    Args:
        site: the site's folder.
        names: of the doors.
        begins: whole seconds since 1970 in which the first event is said to have happened.
    """

    def __init__(self, site: Path, names: Sequence[str], begins: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_play, args=(site, tuple(names), begins, theirs), daemon=True
        )

    def start(self) -> None:
        """Connect them all."""
        self._process.start()
        self._answer()

    def tell(self, rate: float, seconds: float) -> None:
        """Have each door tell events, `rate` a second; returns at once."""
        self._pipe.send((rate, seconds))

    def told(self) -> Mapping[Mark, float]:
        """When each was published, seconds since 1970; waits until the last was."""
        told: Mapping[Mark, float] = self._answer()
        return told

    def stop(self) -> None:
        """Disconnect them. Twice is harmless."""
        if self._process.is_alive():
            self._pipe.send(None)
            self._process.join(PATIENCE_S)

    def _answer(self) -> Mapping[Mark, float]:
        if not self._pipe.poll(PATIENCE_S + 120):
            raise NotSeen("the doors say nothing")
        answer: Mapping[Mark, float] = self._pipe.recv()
        return answer


def _play(site: Path, names: Sequence[str], begins: int, orders: Connection) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    doors = {name: _door(site, name) for name in names}
    there = threading.Semaphore(0)
    for name, bus in doors.items():
        bus.start(lambda event: there.release() if isinstance(event, Connected) else None)
        bus_ready = there.acquire(timeout=PATIENCE_S)
        if bus_ready:
            bus.publish(encode(topics.LOCK_STATE, m.LockReport.LOCKED, name))
            bus.publish(encode(topics.DOOR_HEALTH, _HEALTH, name))
    orders.send({})
    visit = 0
    while (order := orders.recv()) is not None:
        rate, seconds = order
        told: dict[Mark, float] = {}
        began = time.monotonic()
        for turn in range(int(rate * seconds)):
            visit += 1
            for place, (name, bus) in enumerate(doors.items()):
                due = began + (turn + place / len(doors)) / rate
                time.sleep(max(0.0, due - time.monotonic()))
                event = m.DoorEvent(
                    id=f"1-{visit}",
                    kind=m.EventKind.NO_BLINK,
                    at=float(begins + visit),
                    visit=visit,
                    prompt=m.DoorPrompt.BLINK,
                )
                told[name, visit] = time.time()
                bus.publish(encode(topics.DOOR_EVENT, event, name))
        orders.send(told)
    for bus in doors.values():
        bus.stop()


def _door(site: Path, name: str) -> MqttBus:
    settings = edge_config.read(site / "doors" / name / "edge.yaml")
    topic = topics.DOOR_AVAILABILITY
    return MqttBus(
        settings.broker,
        name,
        birth=encode(topic, m.Availability.ONLINE, name),
        will=encode(topic, m.Availability.OFFLINE, name),
    )


_HEALTH: Final = m.DoorHealth(
    version="bench",
    uptime_s=86_400,
    epoch=1,
    mode=m.DoorMode.NORMAL,
    camera=m.CameraHealth.GOOD,
    fps=7.5,
    events=0,
    frames=0,
    certificate_days=300.0,
    clock_sure=True,
)
