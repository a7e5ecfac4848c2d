"""A door's rotation as an operator does it: a brain, a broker and the door go on all the while."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from brain_world import Door
from mosquitto_world import MosquittoWorld, access

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.signing import load_private_key
from doorctl import commands_keys, door_rotation, key_in_use
from doorctl.__main__ import main
from doorctl.key_in_use import InUse
from doorctl.site import Site

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    """A running brain, and the door `front` that has started."""
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


@pytest.fixture
def doorctl(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as admin.alice: exit code, standard output, standard error."""
    monkeypatch.setenv("DOORWARD_CLIENT", str(site.staff("admin.alice") / "client.yaml"))
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorctl", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


@contextlib.contextmanager
def _talking(door: Door) -> Iterator[None]:
    """A door that says something every 0.1 s."""
    enough = threading.Event()

    def talk() -> None:
        while not enough.wait(0.1):
            door.tell(m.EventKind.WOKE)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join(5)


def test_a_rotation_ends_only_once_the_door_was_heard_with_its_new_key(
    site: Site, world: MosquittoWorld, doorctl: Run
) -> None:
    assert doorctl("door", "rotate", site.root, "front")[0] == 0
    new = load_private_key(site.rotation("front") / "door.key")

    with _talking(world.door):
        early, _, told = doorctl("door", "rotate", site.root, "front", "--finish")
    assert early == 1
    assert "front still signs with its old key" in told

    # The board is started again with the new files.
    world.door.bus.stop()
    board = Door(
        access(site.rotation("front"), "../../doors/front/edge.yaml"),
        "front",
        new,
        world.brain_key.public_key(),
    )
    try:
        with _talking(board):
            board.heard.wait(m.Ack)  # the brain looks into its folder now and then
            ended, out, _ = doorctl("door", "rotate", site.root, "front", "--finish")
        board.ack_of(board.tell(m.EventKind.WOKE).id)
    finally:
        board.bus.stop()
    assert ended == 0
    assert "1 old certificate(s) revoked" in out
    assert not site.rotation("front").exists()


def test_a_door_that_says_nothing_keeps_its_old_key(
    site: Site, world: MosquittoWorld, doorctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.brain is not None
    doorctl("door", "rotate", site.root, "front")
    short = key_in_use.listen
    monkeypatch.setattr(
        commands_keys, "listen", lambda client, door, keys: short(client, door, keys, 1.0)
    )

    code, _, told = doorctl("door", "rotate", site.root, "front", "--finish")

    assert code == 1
    assert "front said nothing" in told
    assert site.rotation("front").exists()


def test_a_message_that_no_key_of_the_door_signed_proves_nothing(
    site: Site, world: MosquittoWorld, doorctl: Run
) -> None:
    doorctl("door", "rotate", site.root, "front")
    keys = door_rotation.keys(site.root, "front")
    event = m.DoorEvent(id="1-1", kind=m.EventKind.WOKE, at=1.0)
    signed = world.door.sign(topics.DOOR_EVENT, event)
    world.door.key = load_private_key(site.door("back") / "door.key")
    foreign = world.door.sign(topics.DOOR_EVENT, event)

    assert keys.signer(signed) is InUse.OLD
    assert keys.signer(foreign) is InUse.UNHEARD
