"""The commands by hand in README.md, run as they stand there, with the real programs."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import pytest
from documents import sections
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorctl.site import Site

DOCUMENT = Path(__file__).parents[2] / "README.md"
PATIENCE_S = 30.0
ANSWERS = topics.RESPONSE.name("admin.alice")


def commands() -> list[str]:
    """The shell blocks about the broker's own clients, in the order of the document."""
    return [
        text
        for section in sections(DOCUMENT)
        for kind, text in section.blocks
        if kind == "sh" and ("mosquitto_pub" in text or "mosquitto_sub" in text)
    ]


def split() -> tuple[str, str, str]:
    """What sets variables, what watches, and what asks."""
    blocks = commands()
    (watch,) = [block for block in blocks if "mosquitto_sub" in block]
    (ask,) = [block for block in blocks if "mosquitto_pub" in block]
    lines = watch.splitlines()
    variables = [line for line in lines if line.startswith("at=")]
    return "\n".join(variables), "\n".join(line for line in lines if line not in variables), ask


def requests() -> list[dict[str, Any]]:
    """What the document asks, in order."""
    lines = [line for line in split()[2].splitlines() if line.startswith("ask '")]
    return [json.loads(line.removeprefix("ask '").removesuffix("'")) for line in lines]


class Watching:
    """The document's `mosquitto_sub`, until it is stopped."""

    def __init__(self, script: str, folder: Path, env: Mapping[str, str]) -> None:
        # -d says when the subscriptions are made: what is asked before would not be heard.
        self._program = script.replace("mosquitto_sub", "exec stdbuf -oL mosquitto_sub -d")
        self._folder = folder
        self._env = env
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        # stdbuf: on a terminal each line is there at once; a pipe would gather them.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", self._program],
            cwd=self._folder,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.line("Subscribed (mid")
        except queue.Empty:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)

    def line(self, start: str) -> str:
        """The next line that starts so."""
        while True:
            line = self._lines.get(timeout=PATIENCE_S)
            if line.startswith(start):
                return line

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip())


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    """A running brain, and a door that has started."""
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


def test_every_request_by_hand_gets_its_answer_and_all_of_them_are_good(
    world: MosquittoWorld, tmp_path: Path
) -> None:
    variables, watch, ask = split()
    folder = world.site.staff("admin.alice")
    env = {**os.environ, "BROKER": "127.0.0.1", "PORT": str(world.broker.staff_port)}
    script = tmp_path / "ask.sh"
    script.write_text(f"set -e\n{variables}\n{ask}\n")
    wanted = requests()

    with Watching(f"{variables}\n{watch}", folder, env) as watching:
        subprocess.run(["/bin/sh", str(script)], check=True, timeout=60, cwd=folder, env=env)
        lines = [watching.line(f"{ANSWERS} ") for _ in wanted]

    answers = [
        codec.decode(topics.RESPONSE, Wire(ANSWERS, line.removeprefix(f"{ANSWERS} ").encode()))
        for line in lines
    ]
    assert [answer.status for answer in answers] == ["ok"] * len(wanted), answers
    assert [answer.transaction for answer in answers] == [one.get("transaction") for one in wanted]


def test_the_watching_by_hand_hears_of_an_enrolment(world: MosquittoWorld) -> None:
    variables, watch, _ = split()
    env = {**os.environ, "BROKER": "127.0.0.1", "PORT": str(world.broker.staff_port)}

    with Watching(f"{variables}\n{watch}", world.site.staff("admin.alice"), env) as watching:
        opened = world.admin.ok("enroll", card="202600000017", door="front", name="Resident One")
        world.admin.ok("cancel", card="202600000017")
        heard = watching.line("brain/event ").removeprefix("brain/event ")

    assert json.loads(heard)["enrolment"] == opened["enrolment"]


def test_the_requests_by_hand_are_those_an_administrator_begins_with() -> None:
    assert {"add", "enroll", "list", "show", "disable", "enable", "remove"} <= {
        request["op"] for request in requests()
    }
