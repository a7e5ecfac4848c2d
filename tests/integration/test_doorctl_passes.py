"""Passes and PINs as people type them, and by mosquitto_pub, to a real brain by a real broker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from doorctl_typed import Run
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import passes
from doorctl.site import Site
from edge.adapters.qr_cv2 import Cv2PassFinder, prepared

CARD = "202600000017"


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    """A running brain, and the door `front` that has started."""
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


def test_a_pass_is_issued_as_a_picture_listed_and_revoked(
    world: MosquittoWorld, doorctl: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    png = tmp_path / "pass.png"

    code, out, err = doorctl(
        *("pass", "issue", "Plumber", "--door", "front", "--until", "2035-01-01"),
        *("--from", "2034-12-31T08:00", "--uses", 3, "--png", png),
    )

    assert code == 0, err
    picture = cv2.imread(str(png), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    text = Cv2PassFinder().find(prepared(np.asarray(picture, np.uint8)))
    assert text is not None
    one = passes.read(text, world.brain_key.public_key())
    assert (one.doors, one.uses) == (("front",), 3)
    assert png.stat().st_mode & 0o077 == 0
    assert one.id in out
    listed = doorctl("pass", "list")[1]
    assert "Plumber" in listed
    assert "0 of 3" in listed
    with monkeypatch.context() as narrow:
        narrow.setenv("COLUMNS", "80")
        assert one.id in doorctl("pass", "list")[1]
    assert doorctl("pass", "revoke", one.id)[0] == 0
    assert world.door.heard.wait(m.RevokedPasses).revoked == (one.id,)
    assert "revoked" in doorctl("pass", "list")[1]


@pytest.mark.usefixtures("world")
def test_a_pass_without_a_picture_is_drawn_in_the_terminal_and_shown_again(doorctl: Run) -> None:
    day_after = datetime.now(UTC) + timedelta(days=2)
    until = ("--until", f"{day_after:%Y-%m-%d}")
    drawn = doorctl("pass", "issue", "Guest", "--doors", "all", *until)[1]
    pass_id = next(word for word in drawn.split() if word.startswith("p-"))

    again = json.loads(doorctl("pass", "show", pass_id, "--json")[1])

    assert "every door" in drawn
    assert drawn.count("\n") > 20
    assert again["code"].startswith("DW1:")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--door", "attic", "--until", "2035-01-01"), "attic"),
        (("--door", "front", "--until", "soon"), "until"),
        (("--until", "2035-01-01"), "door"),
        (("--door", "front", "--until", "2020-01-01"), "later"),
    ],
)
def test_a_pass_that_cannot_be_is_refused_and_no_picture_is_written(
    doorctl: Run, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    png = tmp_path / "pass.png"

    code, _, err = doorctl("pass", "issue", "Guest", *words, "--png", png)

    assert code != 0
    assert told in err
    assert not png.exists()


def test_a_picture_that_is_there_is_not_overwritten_and_nothing_is_issued(
    world: MosquittoWorld, doorctl: Run, tmp_path: Path
) -> None:
    png = tmp_path / "pass.png"
    png.write_text("mine")

    code, _, err = doorctl(
        "pass", "issue", "Guest", "--door", "front", "--until", "2035-01-01", "--png", png
    )

    assert (code, png.read_text()) == (1, "mine")
    assert "never overwritten" in err
    assert world.admin.ok("passes")["total"] == 0


@pytest.mark.usefixtures("world")
def test_a_pin_is_asked_for_and_shown_nowhere(
    doorctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    doorctl("users", "add", "Resident One", CARD)
    answers = iter(["271828", "271829"])
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))

    code, out, err = doorctl("pin", "set", CARD, "--duress")

    assert code == 0, err
    assert "2718" not in out + err
    assert '"duress": true' in out
    assert doorctl("pin", "unset", CARD)[0] == 0


# --- mosquitto_pub -------------------------------------------------------------------------------


def test_every_request_goes_by_mosquitto_pub_alone(world: MosquittoWorld) -> None:
    def publish(**asked: Any) -> dict[str, Any]:
        before = len(world.admin.responses)
        transaction = f"p{before}"
        subprocess.run(
            [
                *("/usr/bin/env", "mosquitto_pub", "-V", "5", "-h", "127.0.0.1"),
                *("-p", str(world.broker.staff_port), "--cafile", "ca.crt"),
                *("--cert", "client.crt", "--key", "client.key", "-q", "1"),
                *("-t", "admin/users/admin.alice"),
                *("-m", json.dumps({**asked, "transaction": transaction})),
            ],
            check=True,
            timeout=30,
            cwd=world.site.staff("admin.alice"),
        )
        response = world.admin.next_response(before)
        assert isinstance(response, m.OkResponse), response
        assert response.transaction == transaction
        return response.data

    publish(op="add", name="Resident One", card=CARD)
    assert publish(op="pin", card=CARD, pin="271828", duress="271829")["duress"] is True
    assert set(publish(op="unpin", card=CARD)) == {"resident"}
    window = {"from": "2034-12-31", "until": "2035-01-01"}
    issued = publish(op="pass", name="Plumber", door="front", **window)
    assert publish(op="passes")["total"] == 1
    assert publish(op="passes", **{"pass": issued["pass"]})["code"] == issued["code"]
    assert publish(op="unpass", **{"pass": issued["pass"]})["doors"] == ["front"]
