"""Which command shows doors and events as they happen?"""

from __future__ import annotations

import math
import queue
import secrets
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from doorbus import messages as m
from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import NotConnectedError
from doorbus.settings import load
from doorctl.conversation import CONNECT_S, ClientSettings
from doorctl.watching import SeenDoor, Sight, as_json, wanted

TURN_S = 0.25
SOON_DAYS = 30.0
"""Days before its end from which a certificate is shown as a concern."""

WARM_C = 75.0
"""Degrees from which a board is shown as a concern; a Raspberry Pi slows down at 80."""


def watch(
    client: Annotated[
        Path,
        typer.Option(
            "--client",
            envvar="DOORWARD_CLIENT",
            help="Your client.yaml, a monitor's or an administrator's.",
            show_default=False,
        ),
    ],
    machine: Annotated[
        bool, typer.Option("--json", help="Print each message as one line of JSON.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option(help="End after so long.", min=0.1, show_default=False)
    ] = None,
    lines: Annotated[int, typer.Option(help="Events to show.", min=1, max=200)] = 15,
) -> None:
    """Watch doors and events, until Ctrl-C; administrators see names."""
    settings = load(client, ClientSettings)
    until = math.inf if seconds is None else time.monotonic() + seconds
    if machine:
        for wire in _heard(settings, until):
            if wire is not None:
                sys.stdout.write(as_json(wire, time.time()) + "\n")
                sys.stdout.flush()
        return
    sight = Sight()
    with Live(page(sight, lines), console=Console(), refresh_per_second=4) as live:
        for wire in _heard(settings, until):
            if wire is not None:
                sight.take(wire, time.time())
            live.update(page(sight, lines))


def _heard(settings: ClientSettings, until: float) -> Iterator[Wire | None]:
    """Each message as it comes; None now and then in between, until the time is over.

    Raises:
        NotConnectedError: the broker is not there, or does not let us in.
    """
    inbox: queue.SimpleQueue[BusEvent] = queue.SimpleQueue()
    bus = MqttBus(
        settings.broker,
        f"{settings.name}/watch-{secrets.token_hex(4)}",
        subscriptions=[Subscription(one) for one in wanted(settings.name)],
    )
    bus.start(inbox.put)
    patient_until, connected, reason = time.monotonic() + CONNECT_S, False, "no answer"
    try:
        while time.monotonic() < until:
            try:
                event = inbox.get(timeout=TURN_S)
            except queue.Empty:
                event = None
            if isinstance(event, Connected):
                connected = True
            elif isinstance(event, Disconnected):
                reason = event.reason
            if not connected and time.monotonic() > patient_until:
                break
            if isinstance(event, Delivery):
                event.ack()
                yield event.wire
            else:
                yield None
        if not connected:
            place = f"{settings.broker.host}:{settings.broker.port}"
            raise NotConnectedError(
                f"the broker at {place} does not take the connection ({reason}); is it "
                "running, and is the address in client.yaml right?"
            )
    except KeyboardInterrupt:
        return
    finally:
        bus.stop()


def page(sight: Sight, lines: int) -> Group:
    """Doors, what happened last, and how the brain is."""
    return Group(_doors(sight), _lines(sight, lines), _brain(sight))


def _doors(sight: Sight) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("door", "", "lock", "leaf", "mode", "camera", "fps", "°C", "waits", "cert"):
        table.add_column(column, no_wrap=True, justify="right" if column == "fps" else "left")
    table.add_column("last", overflow="ellipsis", no_wrap=True)
    for name, door in sorted(sight.doors.items()):
        # The broker may keep what a door told for a while after it went.
        health = door.health if door.online is m.Availability.ONLINE else None
        table.add_row(Text(name), *_state(door), *_health(health), Text(door.last))
    return table


def _state(door: SeenDoor) -> Iterator[Text]:
    online = door.online is m.Availability.ONLINE
    yield _word(door.online.value if door.online else "?", bad=not online)
    yield _word(door.lock.value if door.lock else "?", bad=door.lock is m.LockReport.UNLOCKED)
    leaf = {m.ContactReport.ON: "open", m.ContactReport.OFF: "shut", None: "-"}[door.contact]
    yield _word(leaf, bad=door.contact is m.ContactReport.ON)


def _health(health: m.DoorHealth | None) -> Iterator[Text]:
    if health is None:
        yield from (Text("-") for _ in range(6))
        return
    mode = f"{health.mode.value}{' shadow' if health.shadow else ''}"
    yield _word(mode, bad=health.mode is not m.DoorMode.NORMAL or health.shadow)
    yield _word(health.camera.value, bad=health.camera is not m.CameraHealth.GOOD)
    yield Text(f"{health.fps:.0f}")
    celsius = health.temperature_c
    yield Text("-") if celsius is None else _word(f"{celsius:.0f}", bad=celsius >= WARM_C)
    waits = health.events + health.frames
    yield _word(str(waits), bad=waits > 100)
    days = health.certificate_days
    yield Text("-") if days is None else _word(f"{days:.0f} d", bad=days < SOON_DAYS)


def _clock(at: float) -> str:
    """The time of day; doors say themselves when it was, and one may say what no clock shows."""
    try:
        return f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return "?"


def _lines(sight: Sight, most: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("when", "where"):
        table.add_column(column, no_wrap=True)
    table.add_column("what", overflow="fold")
    for line in list(sight.lines)[-most:]:
        style = "bold red" if line.alarming else ""
        table.add_row(_clock(line.at), Text(line.where), Text(line.what, style=style))
    return table


def _brain(sight: Sight) -> Text:
    if sight.brain is not m.Availability.ONLINE:
        return Text(f"brain {sight.brain.value if sight.brain else 'not seen yet'}", "bold red")
    one = sight.health
    if one is None:
        return Text("brain online")
    parts = [f"brain online, {one.online} of {one.doors} doors, {one.residents} residents"]
    parts.append(f"{one.visits} visits in an hour, {one.granted} let in")
    if one.latency is not None:
        parts.append(f"verdicts in {one.latency.p50:.0f} ms, 99 of 100 in {one.latency.p99:.0f} ms")
    if one.note:
        parts.append(one.note)
    return Text("; ".join(parts))


def _word(text: str, *, bad: bool) -> Text:
    return Text(text, style="yellow" if bad else "")
