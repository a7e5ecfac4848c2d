"""Access rules as people type them, and by mosquitto_pub, to a real brain by a real broker."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from brain_world import RED, painted
from documents import sections
from doorctl_typed import Run
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus.messages.administration_rules import AccessRequest
from doorctl.site import Site

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
CARD, OTHER = "202600000017", "202600000018"


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    """A running brain, and the door `front` that has started."""
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


def done(doorctl: Run, *arguments: object) -> str:
    code, out, err = doorctl(*arguments)
    assert code == 0, err
    return out


# --- doorctl -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_a_rule_is_made_read_asked_about_and_taken_away(doorctl: Run) -> None:
    done(doorctl, "users", "add", "Resident One", CARD)
    done(doorctl, "group", "students", "--add", CARD)
    done(doorctl, "doors", "house", "front")
    done(doorctl, "schedule", "office", "mon-fri 08:00-18:00", "fri 22:00-02:00+1")
    done(doorctl, "holiday", "2026-12-25", "--name", "Christmas")
    rule = ("--group", "students", "--doors", "house", "--schedule", "office")
    made = done(doorctl, "permit", *rule, "--from", "2026-10-01", "--until", "2027-03-31")

    rules = done(doorctl, "rules")
    names = done(doorctl, "access")
    members = done(doorctl, "group", "students")
    at_night = done(doorctl, "may", CARD, "front", "--at", "2026-11-02T23:00")

    assert '"rule": 1' in made
    words = ("permit", "group students", "doors house", "office", "from 2026-10-01")
    assert all(word in rules for word in words), rules
    assert "mon-fri 08:00-18:00; fri 22:00-02:00+1" in names
    assert "Christmas" in names
    assert CARD in members
    assert at_night.startswith("yes"), at_night  # this site's default is everybody
    assert "everybody may enter" in at_night
    done(doorctl, "forbid", "--card", CARD, "--everywhere")
    assert done(doorctl, "may", CARD, "front").startswith("no (forbidden): rule 2")
    done(doorctl, "unrule", 2)
    done(doorctl, "unrule", 1)
    for name in (("ungroup", "students"), ("undoors", "house"), ("unschedule", "office")):
        done(doorctl, *name)
    done(doorctl, "unholiday", "2026-12-25")
    left = json.loads(done(doorctl, "access", "--json"))
    assert [left[name] for name in ("groups", "doors", "schedules", "holidays")] == [{}] * 4


@pytest.mark.usefixtures("world")
def test_an_area_is_watched_and_a_resident_forgotten(doorctl: Run) -> None:
    done(doorctl, "users", "add", "Resident One", CARD)
    doors = done(doorctl, "access")
    code, _, err = doorctl("passback", "vault", "--inside", "front", "--outside", "cellar")
    done(doorctl, "passback", "vault", "--inside", "front", "--outside", "back", "--mode", "soft")
    watched = done(doorctl, "access")
    done(doorctl, "unpassback", "vault")

    assert "without a rule: everybody" in doors
    assert code == 1
    assert "`outside`" in err
    assert "in by front; out by back; soft, 12 h" in watched
    assert "vault" not in done(doorctl, "access")
    assert '"areas": 0' in done(doorctl, "passback-reset", CARD)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("permit", "--card", CARD), "exactly one of `door`"),
        (("permit", "--door", "front"), "exactly one of `card`"),
        (("schedule", "s", "mon 10:00-09:00"), "`end` must be later than `start`"),
        (("schedule", "s", "weekdays"), "mon-fri 08:00-18:00"),
        (("holiday", "25.12.2026"), "date"),
        (("may", "17", "front"), "12 digits"),
    ],
)
@pytest.mark.usefixtures("broker")
def test_what_is_typed_wrong_is_told_before_anybody_is_asked(
    doorctl: Run, arguments: tuple[str, ...], told: str
) -> None:
    code, _, err = doorctl(*arguments)

    assert code == 2
    assert told in " ".join(err.replace("│", " ").split())


# --- the document --------------------------------------------------------------------------------


def test_every_command_of_the_document_does_what_it_says(
    site: Site, broker: PrivateBroker, doorctl: Run
) -> None:
    blocks = [block for part in sections(DOCUMENT) for block in part.blocks]
    (settings,) = [text for kind, text in blocks if kind == "yaml"]
    with (site.brain / "brain.yaml").open("a") as file:
        file.write(f"\n{settings}\n")
    for door in ("lab-1", "lab-2", "vault-in", "vault-out"):
        shutil.copy(site.brain / "doors" / "front.pub", site.brain / "doors" / f"{door}.pub")
    world = MosquittoWorld(site, broker)
    world.start()
    try:
        done(doorctl, "users", "add", "A Student", CARD)
        done(doorctl, "users", "add", "A Teacher", OTHER)
        lines = [line for kind, text in blocks if kind == "sh" for line in text.splitlines()]
        for line in lines:
            command, _, told = line.partition("   # ")
            out = done(doorctl, *shlex.split(command)[1:])
            assert out.startswith(told), (line, out)
    finally:
        world.close()

    assert len(lines) > 25


# --- mosquitto_pub -------------------------------------------------------------------------------

ASKED: list[dict[str, Any]] = [
    {"op": "add", "name": "Resident One", "card": CARD},
    {"op": "group", "group": "students", "add": [CARD]},
    {"op": "group", "group": "teachers"},
    {"op": "members", "group": "students"},
    {"op": "doors", "group": "house", "doors": ["front"]},
    {
        "op": "schedule",
        "schedule": "office",
        "windows": [{"days": ["mon", "fri"], "start": "08:00", "end": "18:00"}],
    },
    {"op": "holiday", "date": "2026-12-25", "name": "Christmas"},
    {
        "op": "permit",
        "group": "students",
        "doors": "house",
        "schedule": "office",
        "after": "teachers",
    },
    {"op": "forbid", "card": CARD, "everywhere": True, "valid_until": "2030-12-31"},
    {"op": "rules", "card": CARD},
    {"op": "access"},
    {"op": "may", "card": CARD, "door": "front"},
    {
        "op": "passback",
        "name": "vault",
        "inside": ["front"],
        "outside": ["back"],
        "mode": "hard",
    },
    {"op": "passback_reset", "card": CARD},
    {"op": "unpassback", "name": "vault"},
    {"op": "unrule", "rule": 2},
    {"op": "unrule", "rule": 1},
    {"op": "unholiday", "date": "2026-12-25"},
    {"op": "unschedule", "schedule": "office"},
    {"op": "undoors", "group": "house"},
    {"op": "ungroup", "group": "students"},
]


def test_every_request_about_access_is_asked_here() -> None:
    ops = {get_args(one.model_fields["op"].annotation)[0] for one in get_args(AccessRequest)}

    assert ops <= {asked["op"] for asked in ASKED}


def test_every_request_goes_by_mosquitto_pub_alone(world: MosquittoWorld) -> None:
    folder = world.site.staff("admin.alice")

    answers = [publish(world, folder, f"m{place}", asked) for place, asked in enumerate(ASKED)]

    assert [answer.status for answer in answers] == ["ok"] * len(ASKED), answers
    told = dict(zip((str(asked["op"]) for asked in ASKED), answers, strict=True))
    may = told["may"]
    assert isinstance(may, m.OkResponse)
    assert (may.data["may"], may.data["reason"], may.data["rule"]) == (False, "forbidden", 2)


def test_rules_by_mosquitto_pub_open_and_shut_a_door(site: Site, broker: PrivateBroker) -> None:
    """Nobody may enter here but who is permitted; nobody's clock is turned."""
    with (site.brain / "brain.yaml").open("a") as file:
        file.write("\naccess: {default: nobody}\n")
    world = MosquittoWorld(site, broker)
    world.start()
    folder = site.staff("admin.alice")
    numbers = itertools.count(1)

    def asked(op: str, **fields: Any) -> dict[str, Any]:
        number = next(numbers)
        answer = publish(world, folder, f"n{number}", {"op": op, **fields})
        assert isinstance(answer, m.OkResponse), answer
        return answer.data

    def visit() -> m.Reason:
        return world.door.visit([painted(RED) for _ in range(20)], next(numbers)).reason

    try:
        world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
        asked("enroll", card=CARD, door="front", name="Resident One", count=20)
        world.door.capture(world.door.heard.wait(m.StartEnrolment), lambda: painted(RED))
        world.admin.heard.wait(
            m.EnrolmentChanged, lambda change: change.state is m.EnrolmentState.TRAINED
        )
        unknown_here = visit()
        asked("group", group="students", add=[CARD])
        asked("permit", group="students", door="front", valid_until="2199-12-31")
        permitted = visit()
        asked("passback", name="hall", inside=["front"], outside=["back"], mode="hard")
        once, twice = visit(), visit()
        asked("passback_reset", card=CARD)
        forgotten = visit()
        asked("unpassback", name="hall")
        asked("forbid", everybody=True, door="front")
        forbidden = visit()
    finally:
        world.close()

    assert (unknown_here, permitted) == (m.Reason.NOT_PERMITTED, m.Reason.MATCH)
    assert (once, twice, forgotten) == (m.Reason.MATCH, m.Reason.PASSBACK, m.Reason.MATCH)
    assert forbidden is m.Reason.FORBIDDEN


def publish(
    world: MosquittoWorld, folder: Path, transaction: str, asked: dict[str, Any]
) -> m.OkResponse | m.ErrorResponse:
    """Ask by the broker's own client; the response comes to whoever listens."""
    before = len(world.admin.responses)
    where = ["-h", "127.0.0.1", "-p", str(world.broker.staff_port)]
    keys = ["--cafile", "ca.crt", "--cert", "client.crt", "--key", "client.key"]
    message = json.dumps({**asked, "transaction": transaction})
    to = ["-q", "1", "-t", "admin/users/admin.alice", "-m", message]
    subprocess.run(
        ["/usr/bin/env", "mosquitto_pub", "-V", "5", *where, *keys, *to],
        check=True,
        timeout=30,
        cwd=folder,
        env=os.environ,
    )
    response = world.admin.next_response(before)
    assert response.transaction == transaction
    return response
