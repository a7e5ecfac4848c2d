"""The console as a service: started, asked, cut off from broker and brain, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from console_world import ConsoleWorld

from console.core.site_view import SiteView
from console.errors import BrainAway
from console.hearing import Hearing
from console.line import Line
from console.live import Live
from demo.stage import overlay
from doorbus import messages as m
from doorbus.messages.console import Role
from doorctl import consoles
from doorctl.site import Site

END_S = 6.0


@pytest.fixture
def config(site: Site) -> Path:
    """A `console.yaml` on a free port; no broker is there."""
    file = consoles.add_console(site.root, "main") / "console.yaml"
    overlay(file, {"listen": {"port": 0}})
    return file


def _console(config: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "console", "--config", str(config), "--json"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _address(console: subprocess.Popen[str]) -> str:
    """What the log says that it listens on."""
    assert console.stderr is not None
    for line in console.stderr:
        said = json.loads(line)
        if "address" in said:
            return str(said["address"])
    raise AssertionError("it never listened")


def _refused(config: Path, **environment: str) -> str:
    """What it says where it cannot begin."""
    ended = subprocess.run(
        [sys.executable, "-m", "console", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={**os.environ, **environment},
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_without_a_broker_and_ends_when_told_to(
    config: Path, how: signal.Signals
) -> None:
    with _console(config) as console:
        try:
            answer = httpx.get(f"{_address(console)}/sign-in")
            assert answer.status_code == httpx.codes.OK
            assert "server" not in answer.headers

            console.send_signal(how)

            assert console.wait(END_S) == 0
        finally:
            console.kill()


def test_a_port_that_is_taken_is_said_in_one_message(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        overlay(config, {"listen": {"port": port}})

        said = _refused(config)

    assert f"port {port}" in said
    assert "listen.port" in said


def test_a_certificate_of_no_use_is_said_in_one_message(config: Path) -> None:
    for name in ("web.crt", "web.key"):
        (config.parent / name).write_text("no certificate")
    overlay(config, {"listen": {"certificate": "web.crt", "key": "web.key"}})

    said = _refused(config)

    assert "web.crt" in said
    assert "doorctl console certificate" in said


def test_a_certificate_for_the_broker_that_is_missing_is_said_in_one_message(config: Path) -> None:
    (config.parent / "client.key").unlink()

    assert "client.key" in _refused(config)


def test_a_mistaken_configuration_is_said_with_file_and_key(config: Path) -> None:
    overlay(config, {"listen": {"host": "0.0.0.0"}, "colour": "green"})  # noqa: S104

    said = _refused(config)

    assert "colour" in said
    assert "loopback" in said


def test_what_is_not_installed_is_said_in_one_message(tmp_path: Path, config: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u; f = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'uvicorn' else f(name, *a)\n"
    )

    said = _refused(config, PYTHONPATH=str(tmp_path))

    assert "uvicorn" in said
    assert "[console]" in said


class Stream:
    """A page's stream, read beside the test."""

    def __init__(self, client: httpx.Client, path: str) -> None:
        self.fragments: dict[str, str] = {}
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(client, path), daemon=True)
        self._thread.start()

    def _read(self, client: httpx.Client, path: str) -> None:
        try:
            headers = {"accept": "text/event-stream"}
            with client.stream("GET", path, headers=headers, timeout=60) as answer:
                event = ""
                for line in answer.iter_lines():
                    kind, _, rest = line.partition(": ")
                    if kind == "event":
                        event = rest
                    elif kind == "data" and event == "fragments":
                        self.fragments |= json.loads(rest)
        except httpx.TransportError:
            pass
        self.ended.set()


@pytest.fixture
def porter(world: ConsoleWorld) -> Iterator[httpx.Client]:
    """A signed-in porter."""
    with world.http("porter") as client:
        yield client


def test_every_page_is_told_when_broker_and_brain_go_and_come(
    world: ConsoleWorld, porter: httpx.Client
) -> None:
    stream = Stream(porter, "/live")
    world.until(lambda: "away" in stream.fragments, "the stream begins")
    calm = stream.fragments["away"]

    world.stop_broker()
    world.until(lambda: stream.fragments["away"] != calm, "the page says that the broker is away")
    world.start_broker()
    world.until(lambda: stream.fragments["away"] == calm, "the page says that all is well")
    world.stop_brain()
    world.until(lambda: stream.fragments["away"] != calm, "the page says that the brain is away")
    world.start_brain()

    world.until(lambda: stream.fragments["away"] == calm, "the page says that all is well")


def test_a_stream_does_not_keep_the_console_from_ending(
    world: ConsoleWorld, porter: httpx.Client
) -> None:
    stream = Stream(porter, "/live")
    world.until(lambda: "away" in stream.fragments, "the stream begins")

    began = time.monotonic()
    code = world.stop_console()
    took = time.monotonic() - began
    world.start_console()

    assert code == 0
    assert took < END_S
    assert stream.ended.wait(1)


def test_what_was_asked_as_the_broker_died_is_done_once(world: ConsoleWorld) -> None:
    card = "000000000817"
    asked = m.Add(op="add", transaction="t-817", name="Resident One", card=card)

    async def play() -> dict[str, Any]:
        view, live = SiteView(), Live()
        clock = world.clock
        hearing = Hearing(view, live, clock)
        line = Line("console.main", world.settings.broker, hearing, clock)
        await line.start()
        try:
            await _until_there(line)
            asking = asyncio.create_task(line.ask(asked, "administrator", Role.ADMINISTRATOR))
            await asyncio.sleep(0.005)
            await asyncio.to_thread(world.broker.kill)
            with contextlib.suppress(BrainAway):
                await asking
            await asyncio.to_thread(world.start_broker)
            await _until_there(line)
            return await line.ask(asked, "administrator", Role.ADMINISTRATOR)
        finally:
            await line.stop()

    asyncio.run(play())

    entries = [
        entry
        for entry in world.ask("log", card=card)["entries"]
        if entry["what"] == "add" and entry["actor"] == "console.main/administrator"
    ]
    assert len(entries) == 1


async def _until_there(line: Line) -> None:
    deadline = time.monotonic() + 20
    while line.away:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
