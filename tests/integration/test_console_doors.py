"""Doors on the page, by HTTP alone: who may do what, and what is said where a door does not do it.

Broker, brain, doors with their lock processes and the console are real (`console_world`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from console_world import ConsoleWorld

from doorbus import messages as m
from doorctl import provisioning
from doorctl.conversation import RequestRefused
from doorctl.edge_config import DoorChoices
from edge.snapshots import Snapshots
from story.people import Person

pytestmark = pytest.mark.browser

SHADOW = {"shadow": True}
LIMITS = {
    "limits": {"unlock": {"burst": 8, "every_s": 30}, "snapshot": {"burst": 50, "every_s": 1}}
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleWorld]:
    doors = {"front": {}, "side": {}, "trial": SHADOW}
    with ConsoleWorld(tmp_path_factory.mktemp("doors"), doors=doors, brain=LIMITS) as running:
        running.ask("doors", group="outside", doors=["front", "side"])
        yield running


@pytest.fixture
def porter(world: ConsoleWorld) -> Iterator[httpx.Client]:
    with world.http("porter") as client:
        yield client


@pytest.fixture
def administrator(world: ConsoleWorld) -> Iterator[httpx.Client]:
    with world.http("administrator") as client:
        yield client


def tokens(page: str) -> dict[str, str]:
    found = dict(re.findall(r'name="(csrf|transaction)" value="([0-9a-zA-Z_-]+)"', page))
    assert found.keys() == {"csrf", "transaction"}
    return found


def send(client: httpx.Client, address: str, form: str = "", **fields: str) -> httpx.Response:
    """Fill in the form at `form` (or at the address itself) and send it."""
    return client.post(address, data={**tokens(client.get(form or address).text), **fields})


def words(answer: httpx.Response) -> str:
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def fragments(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """What a page's stream tells, one after the other."""
    event = ""
    for line in answer.iter_lines():
        if line.startswith("event:"):
            event = line.removeprefix("event:").strip()
        elif line.startswith("data:") and event == "fragments":
            yield json.loads(line.removeprefix("data:"))


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("viewer", "/doors/front/unlock"),
        ("viewer", "/doors/front/snapshot"),
        ("viewer", "/orders/lockdown"),
        ("viewer", "/now/dismiss"),
        ("porter", "/orders/lockdown"),
        ("porter", "/orders/evacuate"),
        ("porter", "/orders/release"),
        ("porter", "/now/dismiss"),
    ],
)
def test_a_role_that_may_not_is_refused_by_direct_calls_too(
    world: ConsoleWorld, role: str, address: str
) -> None:
    mark, openings = world.observer.mark(), world.door("front").openings

    with world.http(role) as client:
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/me").text)
        assert token is not None
        answer = client.post(
            address, data={"csrf": token[1], "reason": "I may", "target": "all", "number": "1"}
        )

    assert answer.status_code == 403
    assert world.door("front").openings == openings
    assert not [
        seen
        for seen in world.observer.since(mark)
        if isinstance(seen.value, m.DoorEvent) and seen.value.kind is m.EventKind.ORDER
    ]


def test_nothing_goes_out_without_the_token_of_the_page(porter: httpx.Client) -> None:
    answer = porter.post("/doors/front/unlock", data={"reason": "parcel"})

    assert answer.status_code == 403


# --- unlock ---------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_opens_once(world: ConsoleWorld, porter: httpx.Client) -> None:
    before = world.door("front").openings
    form = {**tokens(porter.get("/doors/front/unlock").text), "reason": "parcel", "hold_s": "1"}

    answers = [porter.post("/doors/front/unlock", data=form) for _ in range(2)]

    assert [one.headers["location"] for one in answers] == ["/doors/front?done=unlocked"] * 2
    assert world.door("front").openings == before + 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"reason": ""}, "wrong-reason"),
        ({"reason": "   "}, "wrong-reason"),
        ({"reason": "x" * 201}, "wrong-reason"),
        ({"reason": "parcel", "hold_s": "61"}, "wrong-hold_s"),
        ({"reason": "parcel", "hold_s": "soon"}, "wrong-hold_s"),
        ({"reason": "parcel", "hold_s": "-1"}, "wrong-hold_s"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_nothing_opens(
    world: ConsoleWorld, porter: httpx.Client, fields: dict[str, str], wrong: str
) -> None:
    before = world.door("front").openings

    answer = send(porter, "/doors/front/unlock", **fields)

    assert answer.status_code == 422
    assert f'id="{wrong}"' in answer.text
    if fields["reason"].strip():
        assert f'value="{fields["reason"]}"' in answer.text, "what was typed is gone"
    assert world.door("front").openings == before


def test_markup_in_a_reason_is_shown_as_it_was_typed(administrator: httpx.Client) -> None:
    nasty = '"><script>alert(1)</script>'

    answer = send(administrator, "/doors/front/unlock", reason=nasty, hold_s="61")

    assert "<script>alert" not in answer.text
    assert f'value="{nasty}"' in html.unescape(answer.text)


def test_a_door_in_shadow_mode_says_that_its_lock_did_not_move(
    world: ConsoleWorld, porter: httpx.Client
) -> None:
    answer = send(porter, "/doors/trial/unlock", reason="a try")

    assert answer.headers["location"] == "/doors/trial?done=unlocked_shadow"
    assert world.door("trial").openings == 0
    assert "Shadow mode" in words(porter.get("/doors"))


def test_a_door_that_nobody_knows_has_no_page(porter: httpx.Client) -> None:
    for address in ("/doors/nowhere", "/doors/nowhere/unlock", "/doors/%3Cb%3E"):
        answer = porter.get(address)
        assert answer.status_code == 404
        assert "<b>" not in answer.text


def test_a_door_that_is_away_is_told_so_and_what_to_do(
    world: ConsoleWorld, porter: httpx.Client
) -> None:
    _away(world, "side")
    try:
        world.until(lambda: "Switched off" in words(porter.get("/doors/side")), "the page says so")
        asked = words(porter.get("/doors/side/unlock"))
        answer = send(porter, "/doors/side/unlock", reason="parcel")
        picture = send(porter, "/doors/side/snapshot", form="/doors/side")
        page = porter.get("/doors/side")
    finally:
        _back(world, "side")

    assert "Switched off" in asked
    assert answer.status_code == 422
    assert "No answer from door side, so nothing was done" in words(answer)
    assert 'value="parcel"' in answer.text
    assert picture.status_code == 303
    assert "The door is not connected, so it can send no picture." in words(page)


def test_a_picture_that_never_comes_is_waited_for_and_then_said_to_be_late(
    world: ConsoleWorld, porter: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a door does whose camera has shown nothing, or that cannot hide the faces it is to hide.
    monkeypatch.setattr(Snapshots, "take", lambda *_: None)

    asked = send(porter, "/doors/side/snapshot", form="/doors/side")
    waiting = words(porter.get("/doors/side"))

    assert asked.status_code == 303
    assert "Waiting for its picture" in waiting
    world.until(lambda: "No picture came" in words(porter.get("/doors/side")), "it is late", 15)
    monkeypatch.undo()
    send(porter, "/doors/side/snapshot", form="/doors/side")
    page = porter.get("/doors/side").text
    assert "No picture came" not in page
    assert re.search(r'<img src="/doors/side/snapshot/c-[0-9a-f]+"', page)


def test_too_many_unlocks_are_told_with_how_long_to_wait(world: ConsoleWorld) -> None:
    with world.http("administrator") as client:
        for _ in range(12):
            answer = send(client, "/doors/trial/unlock", reason="again and again")
            if answer.status_code != 303:
                break

    assert re.search(r"wait \d+ seconds", words(answer))


# --- orders for several ---------------------------------------------------------------------------


def test_an_order_for_all_tells_what_became_of_each_door_also_of_one_that_comes_back(
    world: ConsoleWorld, administrator: httpx.Client
) -> None:
    _away(world, "side")
    try:
        confirm = words(administrator.get("/orders/lockdown?target=all"))
        given = send(
            administrator,
            "/orders/lockdown",
            form="/orders/lockdown?target=all",
            target="all",
            reason="drill",
        )
        page = given.headers["location"]
        waiting = words(administrator.get(page))
    finally:
        _back(world, "side")
    world.until(
        lambda: "side Done since" in words(administrator.get(page)), "the door did it since", 60
    )
    released = send(
        administrator, "/orders/release", form="/orders/release?target=all", target="all"
    )

    assert "Lock down 3 doors" in confirm
    assert "side is away; it gets the order when it is back" in confirm
    assert given.status_code == 303
    assert "side Waiting: it has not answered" in waiting
    assert "front Done: the door said so" in waiting
    assert "Waiting" not in words(administrator.get(released.headers["location"]))


def test_a_group_gets_an_order_and_others_do_not(
    world: ConsoleWorld, administrator: httpx.Client
) -> None:
    given = send(
        administrator,
        "/orders/evacuate",
        form="/orders/evacuate?target=group:outside",
        target="group:outside",
        reason="smoke",
    )
    told = words(administrator.get(given.headers["location"]))
    released = send(
        administrator,
        "/orders/release",
        form="/orders/release?target=group:outside",
        target="group:outside",
    )

    assert "front Done" in told
    assert "side Done" in told
    assert "trial" not in told
    assert released.status_code == 303
    entry = world.ask("log", what="evacuate_asked")["entries"][0]
    assert entry["actor"] == "console.main/administrator"
    assert "smoke" in entry["reason"]


@pytest.mark.parametrize("target", ["", "group:nobody", "door:nowhere", "everything"])
def test_an_order_for_doors_that_are_none_asks_which(
    administrator: httpx.Client, target: str
) -> None:
    form = "/orders/release?target=all"

    answer = send(administrator, "/orders/release", form=form, target=target)

    assert answer.status_code == 422
    assert "Choose which doors it is for." in words(answer)


def test_an_order_that_is_none_is_no_page(administrator: httpx.Client) -> None:
    assert administrator.get("/orders/unlock").status_code == 404
    assert administrator.get("/orders/explode").status_code == 404
    assert administrator.get("/orders/done/0000").status_code == 404


# --- what is shown --------------------------------------------------------------------------------


def test_doors_are_found_by_name_and_group(porter: httpx.Client) -> None:
    def cards(address: str) -> list[str]:
        return re.findall(r'data-door="([^"]+)"', porter.get(address).text)

    assert set(cards("/doors")) == {"front", "side", "trial"}
    assert cards("/doors?text=FRO") == ["front"]
    assert set(cards("/doors?group=outside")) == {"front", "side"}
    assert cards("/doors?text=nothing") == []


def test_the_stream_tells_everything_at_first_then_what_changed(
    world: ConsoleWorld,
) -> None:
    listening = {"Accept": "text/event-stream"}
    with (
        world.http("porter") as client,
        client.stream("GET", "/live/doors", headers=listening) as answer,
    ):
        told = fragments(answer)
        first = next(told)
        world.visit(Person(91), "side")
        later = [next(told)]
        while "was refused" not in later[-1].get("lines-side", ""):
            later.append(next(told))

    assert first.keys() >= {"standing", "called", "state-side", "lines-side", "health-front"}
    assert "state-front" not in later[-1], "nothing of that door had changed"
    assert all(f'id="{name}"' in text for one in later for name, text in one.items())


def test_a_door_that_was_never_connected_says_plainly_that_nothing_was_heard(
    world: ConsoleWorld, porter: httpx.Client
) -> None:
    choices = DoorChoices(camera_kind="scene", camera_source="scene.yaml", liveness_policy="demo")
    provisioning.add_door(world.site, "never", choices)

    def grouped() -> bool:
        try:
            world.ask("doors", group="to-come", doors=["never"])
        except RequestRefused:
            return False
        return True

    world.until(grouped, "the brain knows the new door", 30)

    page = porter.get("/doors?group=to-come")
    assert 'data-door="never"' in page.text
    assert "Nothing heard yet" in words(page)
    assert "It was never connected" in words(porter.get("/doors/never"))


def test_a_console_that_starts_anew_knows_what_still_holds_at_a_door(
    world: ConsoleWorld, porter: httpx.Client
) -> None:
    world.stop_console()
    world.start_console()

    def told() -> bool:
        card = porter.get("/doors/front").text
        lines = re.search(r'id="lines-front".*?</ol>', card, re.DOTALL)
        return lines is not None and "<li" in lines[0]

    world.until(told, "the card has what happened before")


def _away(world: ConsoleWorld, door: str) -> None:
    mark = world.observer.mark()
    world.door(door).stop()
    world.wait(
        lambda seen: (
            seen.wire.topic == f"door/{door}/availability" and seen.value is m.Availability.OFFLINE
        ),
        mark,
        f"door {door} is gone",
    )


def _back(world: ConsoleWorld, door: str) -> None:
    mark = world.observer.mark()
    world.door(door).start()
    world.wait(
        lambda seen: (
            seen.wire.topic == f"door/{door}/availability" and seen.value is m.Availability.ONLINE
        ),
        mark,
        f"door {door} is back",
        40,
    )
