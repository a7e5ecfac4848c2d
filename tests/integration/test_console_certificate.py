"""What somebody gets who stole a console's certificate, at a real broker and brain: its ceiling."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import pytest
from brain_consoles import Console
from mosquitto_world import MosquittoWorld, access

from brain.sessions import Connect
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.errors import PublishRefused
from doorbus.messages import ErrorCode, Role
from doorctl import consoles, provisioning, revoking
from doorctl.site import Site

CARD, NAME = "480000000017", "Zebedee Quill"


@dataclass
class Stolen:
    """A desk's console (porter at most) beside a whole one, and the brain they ask."""

    world: MosquittoWorld
    desk: Console
    main: Console

    @property
    def audit(self) -> list[tuple[str, str, str]]:
        entries = self.world.admin.ok("log")["entries"]
        return [(one["actor"], one["what"], one["reason"]) for one in entries]


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stolen]:
    """One for all tests: none of them may change anything, but who asks to be let."""
    root = tmp_path_factory.mktemp("stolen") / "site"
    provisioning.create_site(root, hosts=("127.0.0.1",), admins=("alice",))
    provisioning.add_monitor(root, "lobby")
    provisioning.add_door(root, "front")
    consoles.add_console(root, "desk", most=Role.PORTER)
    consoles.add_console(root, "main")
    with PrivateBroker(root) as broker:
        site = Site.load(root)
        world = MosquittoWorld(site, broker)
        world.start()
        world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
        both = [
            Console(access(site.staff(name), "console.yaml"), name)
            for name in ("console.desk", "console.main")
        ]
        yield Stolen(world, *both)
        for one in both:
            one.bus.stop()
        world.close()


def test_an_account_unlocks_and_the_audit_tells_who_and_why(stolen: Stolen) -> None:
    pete = stolen.desk.as_account("pete", Role.PORTER)

    pete.ok("unlock", door="front", reason="parcel")

    asked, done = ("console.desk/pete", "unlock_asked", "parcel"), "console.desk/pete"
    assert asked in stolen.audit
    assert any(actor == done and what == "unlock" for actor, what, _ in stolen.audit)


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("add", {"name": NAME, "card": CARD}),
        ("enroll", {"name": NAME, "card": CARD, "source": "upload", "count": 1}),
        ("lockdown", {"doors": "all"}),
        ("permit", {"everybody": True, "everywhere": True}),
        ("pass", {"name": "Me", "doors": "all", "until": "2099-01-01"}),
        ("export", {"card": CARD}),
    ],
)
def test_a_stolen_certificate_does_no_more_than_its_ceiling_whatever_it_states(
    stolen: Stolen, op: str, fields: dict[str, Any]
) -> None:
    thief = stolen.desk.as_account("alice", Role.ADMINISTRATOR)
    before = stolen.world.admin.ok("list")["total"]

    assert thief.refused(op, **fields).code is ErrorCode.NOT_ALLOWED
    assert stolen.world.admin.ok("list")["total"] == before


@pytest.mark.parametrize(
    "properties",
    [
        (),
        ("account alice",),
        ("role administrator",),
        ("account alice", "account bob", "role porter"),
        ("account alice", "role porter", "role administrator"),
        ("account shared", "role root"),
        ("account admin.alice", "role administrator"),
        ("account ../main", "role administrator"),
    ],
    ids=", ".join,
)
def test_who_does_not_say_rightly_for_whom_gets_nothing_by_hand(
    stolen: Stolen, properties: tuple[str, ...]
) -> None:
    before, asked = stolen.audit, len(stolen.world.door.heard.of(m.AskChallenge))
    request = {"op": "unlock", "transaction": "by-hand", "door": "front"}

    _publish(stolen, "console.main", "admin/users/console.main", request, properties)

    stolen.world.admin.ok("list")  # whatever came before has been read
    assert stolen.audit == before
    assert len(stolen.world.door.heard.of(m.AskChallenge)) == asked


def _publish(
    stolen: Stolen, name: str, topic: str, request: dict[str, Any], properties: tuple[str, ...]
) -> None:
    said = [part for one in properties for part in ("-D", "publish", "user-property", *one.split())]
    at = ("-V", "5", "-h", "127.0.0.1", "-p", str(stolen.world.broker.staff_port), "-q", "1")
    ours = ("--cafile", "ca.crt", "--cert", "client.crt", "--key", "client.key")
    command = ["mosquitto_pub", *at, *ours, "-t", topic, "-m", json.dumps(request), *said]
    folder = stolen.world.site.staff(name)
    subprocess.run(command, check=True, timeout=10, cwd=folder, env=dict(os.environ))


@pytest.mark.parametrize(
    "topic",
    [
        "admin/users",
        "admin/users/admin.alice",
        "admin/users/console.main",
        "admin/users/console.desk/alice",
        "admin/users/console.desk/response",
        "admin/frames",
        "verdict/front",
        "command/front",
        "ack/front",
        "cache/front",
        "frames/recognize/front",
        "frames/code/front",
        "frames/enroll/front",
        "door/front/lock/state",
        "brain/availability",
    ],
)
def test_the_broker_takes_nothing_from_it_beside_its_own_requests(
    stolen: Stolen, topic: str
) -> None:
    with pytest.raises(PublishRefused):
        stolen.desk.bus.publish(Wire(topic, b"x")).result(5)


def test_it_hears_no_answer_but_its_own_and_no_secret_between_doors_and_brain(
    stolen: Stolen,
) -> None:
    site = stolen.world.site
    filters = ["#", "frames/#", "admin/#", "command/#", "door/+/challenge", "$share/x/#"]
    folder = site.staff("console.desk")
    with _Listening(access(folder, "console.yaml"), filters) as heard:
        stolen.world.admin.ok("list")
        stolen.main.as_account("alice").ok("add", name=NAME, card=CARD)
        stolen.main.ok("enroll", card=CARD, source="upload", count=1)
        stolen.desk.as_account("pete", Role.PORTER).ok("unlock", door="front")
        stolen.world.door.send(topics.RECOGNIZE, stolen.world.door.burst([b"\xff\xd8\xff\xd9"], 1))
        stolen.world.door.heard.wait(m.Verdict)

        told = _settled(stolen, heard)

    assert "admin/users/console.desk/response" in told
    assert "verdict/front" in told
    for topic in told:
        assert not topic.startswith(("frames/", "command/", "ack/", "cache/")), topic
        assert not topic.endswith("/challenge"), topic
        if topic.startswith("admin/users"):
            assert topic == "admin/users/console.desk/response"


class _Listening:
    """Notes on which topics something comes."""

    def __init__(self, connect: Connect, filters: list[str]) -> None:
        self.topics: list[str] = []
        self.ready = threading.Event()
        self._bus = connect("listening", subscriptions=[Subscription(one) for one in filters])

    def __enter__(self) -> Self:
        self._bus.start(self._sink)
        assert self.ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._bus.stop()

    def _sink(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self.ready.set()
        elif isinstance(event, Delivery):
            self.topics.append(event.wire.topic)
            event.ack()


def _settled(stolen: Stolen, heard: _Listening) -> list[str]:
    """What was heard once a message came that was sent after all others."""
    seen = len(heard.topics)
    stolen.world.door.send_state(topics.CONTACT, m.ContactReport.ON)
    end = time.monotonic() + 10
    while "door/front/contact" not in heard.topics[seen:]:
        assert time.monotonic() < end
        time.sleep(0.02)
    return heard.topics


def test_a_revoked_console_is_out_at_the_next_reload_and_at_the_brain_at_once(
    stolen: Stolen,
) -> None:
    site = stolen.world.site
    pete = stolen.desk.as_account("pete", Role.PORTER)
    pete.ok("list")

    revoking.revoke(site.root, "console.desk")
    at_once = pete.refused("list")
    stolen.world.broker.reload()

    assert at_once.code is ErrorCode.NOT_ALLOWED
    with pytest.raises(PublishRefused):
        pete.bus.publish(Wire("admin/users/console.desk", b"x")).result(5)
