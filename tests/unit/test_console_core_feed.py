"""What of everything that happened somebody sees, and what became of orders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.brain_now import BrainNow, brain_now
from console.core.door_view import Came, DoorView, Happened, Report, Told
from console.core.feed import Chosen, alarms, newest
from console.core.order_progress import Ordered, Progress, progress, results
from console.core.recalled import recall
from console.core.site_view import SiteView
from doorbus import messages as m
from doorbus.messages import EventKind
from doorbus.messages.console import Role

NOW = 1_800_000_000.0


def happened(number: int, what: Told | Came | Report, door: str | None = "front") -> Happened:
    return Happened(number, NOW + number, door, what)


def told(kind: EventKind, visit: int | None = None) -> Told:
    return Told(NOW, kind, "", "7-1", visit)


def came(decision: m.Decision, visit: int) -> Came:
    return Came(NOW, decision, m.Reason.MATCH, "Resident One", "", "", visit)


FEED = [
    happened(1, told(EventKind.WOKE, 1)),
    happened(2, told(EventKind.GRANTED, 1)),
    happened(3, came(m.Decision.GRANT, 1)),
    happened(4, told(EventKind.DURESS)),
    happened(5, m.Alarm(what=m.AlarmKind.DURESS, at=NOW, door="front")),
    happened(6, told(EventKind.FORCED_OPEN), "back"),
    happened(7, came(m.Decision.DENY, 4), "back"),
    happened(8, m.MessageRefused(topic="frames/recognize/back", reason="late"), None),
    happened(9, m.ManyRefusals(doors=("back",), refusals=9, window_s=300.0), "back"),
]


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (Chosen(Role.ADMINISTRATOR), [9, 8, 7, 6, 5, 4, 3, 1]),
        (Chosen(Role.PORTER), [8, 7, 6, 3, 1]),
        (Chosen(Role.VIEWER), [8, 7, 6, 3, 1]),
        (Chosen(Role.PORTER, text="BACK"), [7, 6]),
        (Chosen(Role.PORTER, doors=frozenset({"front"})), [3, 1]),
        (Chosen(Role.PORTER, only="people"), [7, 3]),
        (Chosen(Role.PORTER, only="trouble"), [8, 7, 6]),
        (Chosen(Role.ADMINISTRATOR, only="trouble"), [9, 8, 7, 6, 5, 4]),
    ],
)
def test_everybody_sees_what_they_chose_and_may(chosen: Chosen, numbers: list[int]) -> None:
    assert [one.number for one in newest(FEED, chosen)] == numbers


def test_the_list_ends() -> None:
    assert [one.number for one in newest(FEED, Chosen(Role.PORTER), most=2)] == [8, 7]


def test_alarms_stand_until_somebody_looked_after_them() -> None:
    called = [happened(5, m.Alarm(what=m.AlarmKind.DURESS, at=NOW)), happened(9, FEED[8].what)]

    assert [one.number for one in alarms(called, ())] == [9, 5]
    assert [one.number for one in alarms(called, {5})] == [9]


# --- orders ---------------------------------------------------------------------------------------

HEALTH = m.DoorHealth(
    version="0.1.0",
    uptime_s=1,
    epoch=1,
    mode=m.DoorMode.LOCKDOWN,
    camera=m.CameraHealth.GOOD,
    fps=1.0,
    events=0,
    frames=0,
)
BACK = DoorView("back", online=m.Availability.ONLINE, health=HEALTH, health_at=NOW + 1)
LOCKED_DOWN = Ordered(
    "alice",
    m.OrderAction.LOCKDOWN,
    "all",
    "all doors",
    "drill",
    NOW,
    {
        "front": {"result": "done", "order": "o-1"},
        "back": {"result": "waiting"},
        "side": {"result": "refused", "reason": "evacuation"},
    },
)


def test_what_needs_a_look_comes_first() -> None:
    found = progress(LOCKED_DOWN, {})

    assert [(one.door, one.progress) for one in found] == [
        ("side", Progress.REFUSED),
        ("back", Progress.WAITING),
        ("front", Progress.DONE),
    ]
    assert found[0].why == "evacuation"


def test_a_door_that_was_waited_for_and_says_that_it_is_so_is_done() -> None:
    assert progress(LOCKED_DOWN, {"back": BACK})[1].progress is Progress.DONE_SINCE


@pytest.mark.parametrize(
    "door",
    [
        replace(BACK, online=m.Availability.OFFLINE),
        replace(BACK, health_at=NOW - 1),
        replace(BACK, health=HEALTH.model_copy(update={"mode": m.DoorMode.NORMAL})),
        replace(BACK, health=None, health_at=None),
    ],
    ids=["away again", "said before the order", "in another mode", "said nothing"],
)
def test_a_door_that_has_not_said_so_since_is_still_waited_for(door: DoorView) -> None:
    assert Progress.WAITING in {one.progress for one in progress(LOCKED_DOWN, {"back": door})}


def test_one_door_is_answered_once_it_did_it() -> None:
    assert results({"door": "front", "action": "lockdown", "order": "o-1"}) == {
        "front": {"result": "done", "order": "o-1"}
    }


# --- the brain ------------------------------------------------------------------------------------

NOBODY = "encoder painted: no people; nobody is enrolled: every visit is refused (no_residents)"


@pytest.mark.parametrize(
    ("version", "gallery", "residents", "note"),
    [
        (4, None, 0, NOBODY),
        (4, (5, 3), 3, "encoder painted: no people"),
        (5, (4, 3), 0, NOBODY),
        (4, (5, 0), 0, NOBODY),
    ],
    ids=["nothing since", "enrolled since", "told before", "still nobody"],
)
def test_what_the_brain_told_last_counts_and_nothing_contradicts_it(
    version: int, gallery: tuple[int, int] | None, residents: int, note: str
) -> None:
    health = m.BrainHealth(
        version="0.1.0", encoder="painted", gallery=version, residents=0, templates=0, doors=2,
        waiting=0, note=NOBODY,
    )  # fmt: skip
    changed = gallery and m.GalleryChanged(version=gallery[0], residents=gallery[1], templates=9)

    assert brain_now(health, changed) == BrainNow(residents, note)


# --- before the console listened ------------------------------------------------------------------


def entry(door: str, kind: str, at: float) -> dict[str, object]:
    return {
        "door": door, "id": f"1-{at}", "kind": kind, "at": at, "visit": None, "detail": "",
        "prompt": None,
    }  # fmt: skip


def test_what_was_missed_is_recalled_and_what_was_heard_stays() -> None:
    view = SiteView()
    event = m.DoorEvent(id=f"1-{NOW}", kind=EventKind.WOKE, at=NOW)
    view.told("back", event, NOW)
    standing = [entry("back", "forced_open", NOW - 60), entry("nowhere", "fire", NOW - 60)]
    newest_first = [
        entry("back", "woke", NOW), entry("back", "of-tomorrow", NOW - 1),
        entry("back", "forced_open", NOW - 60),
    ]  # fmt: skip

    recall(view, standing, newest_first, NOW)

    assert view.doors["back"].lasting.forced == NOW - 60
    assert [one.kind for one in view.doors["back"].told] == [EventKind.WOKE, EventKind.FORCED_OPEN]
    assert set(view.doors) == {"back"}
