"""What the console keeps of a site: the newest, bounded, and with a version for every change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from doorbus_report_strategies import BRAIN_REPORTS, HEALTH, NAMED_VISITS
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core import site_view
from console.core.site_view import SiteView
from doorbus import messages as m

NOW = 1_795_000_000.0
DOORS = ("front", "back", "lab")


def _event(number: int, kind: m.EventKind = m.EventKind.GRANTED, **fields: Any) -> m.DoorEvent:
    return m.DoorEvent(id=f"7-{number}", kind=kind, at=NOW + number, **fields)


def _health(**fields: Any) -> m.DoorHealth:
    known: dict[str, Any] = {
        "version": "0.1.0",
        "uptime_s": 5,
        "epoch": 7,
        "mode": m.DoorMode.NORMAL,
        "camera": m.CameraHealth.GOOD,
        "fps": 8.0,
        "events": 0,
        "frames": 0,
    }
    return m.DoorHealth(**(known | fields))


def test_a_door_is_known_from_what_the_broker_keeps() -> None:
    view = SiteView()

    view.state("front", "online", m.Availability.ONLINE, NOW, live=False)
    view.state("front", "lock", m.LockReport.LOCKED, NOW, live=False)

    door = view.doors["front"]
    assert (door.online, door.lock) == (m.Availability.ONLINE, m.LockReport.LOCKED)
    assert (door.contact, door.health, door.heard_at) == (None, None, None)


def test_only_live_messages_say_when_a_door_was_heard() -> None:
    view = SiteView()

    view.state("front", "online", m.Availability.ONLINE, NOW, live=False)
    view.state("front", "lock", m.LockReport.UNLOCKED, NOW + 5, live=True)

    assert view.doors["front"].heard_at == NOW + 5


def test_a_state_that_the_broker_keeps_no_longer_is_not_known() -> None:
    view = SiteView()
    view.state("front", "contact", m.ContactReport.ON, NOW, live=True)

    view.state("front", "contact", None, NOW, live=True)

    assert view.doors["front"].contact is None


def test_an_event_that_a_door_sends_again_is_told_once() -> None:
    view = SiteView()
    view.told("front", _event(1), NOW)
    version = view.version

    again = view.told("front", _event(1), NOW + 60)

    assert not again
    assert view.version == version
    assert len(view.doors["front"].told) == len(view.feed) == 1


def test_the_same_mark_of_two_doors_is_of_two_events() -> None:
    view = SiteView()

    for door in ("front", "back"):
        assert view.told(door, _event(1), NOW)

    assert [one.door for one in view.feed] == ["front", "back"]


def test_a_card_shows_the_newest_events_first_and_no_more_than_fit() -> None:
    view = SiteView()

    for number in range(20):
        view.told("front", _event(number), NOW)

    told = view.doors["front"].told
    assert [one.id for one in told] == [f"7-{n}" for n in range(19, 11, -1)]
    assert len(told) == site_view.MOST_LINES


def test_what_happened_is_numbered_across_doors() -> None:
    view = SiteView()

    view.told("front", _event(1), NOW)
    view.came(
        m.NamedVisit(
            at=NOW,
            door="back",
            visit=3,
            decision=m.Decision.GRANT,
            reason=m.Reason.MATCH,
            resident="r-1",
            name="Resident One",
            card="000000000017",
        ),
        NOW,
    )
    view.brain_told(m.Alarm(what=m.AlarmKind.DURESS, at=NOW, door="back"), NOW)

    assert [(one.number, one.door) for one in view.feed] == [(1, "front"), (2, "back"), (3, "back")]
    assert [one.number for one in view.alarms] == [3]


def test_names_and_pictures_stay_out_of_what_is_printed() -> None:
    view = SiteView()
    visit = m.NamedVisit(
        at=NOW,
        door="back",
        visit=3,
        decision=m.Decision.GRANT,
        reason=m.Reason.MATCH,
        name="Resident One",
        card="000000000017",
    )

    view.came(visit, NOW)
    view.snapshot("back", m.Snapshot(jpeg=b"\xff\xd8secret", command="c-1"), NOW)

    printed = repr(view)
    assert not any(word in printed for word in ("Resident One", "000000000017", "secret"))


def test_a_health_that_was_not_told_again_counts_for_nothing() -> None:
    view = SiteView()
    view.state("front", "health", _health(), NOW, live=True)
    view.expire(NOW + site_view.HEALTH_S)
    assert view.doors["front"].health is not None
    version = view.doors["front"].version

    view.expire(NOW + site_view.HEALTH_S + 1)

    door = view.doors["front"]
    assert (door.health, door.health_at) == (None, None)
    assert door.version > version


def test_a_snapshot_is_kept_for_a_while_only() -> None:
    view = SiteView()
    view.snapshot("front", m.Snapshot(jpeg=b"picture", command="c-1"), NOW)

    view.expire(NOW + site_view.PICTURE_S + 1)

    assert view.doors["front"].snapshot is None


def test_the_oldest_snapshots_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_view, "MOST_PICTURE_BYTES", 25)
    view = SiteView()

    for number, door in enumerate(("front", "back", "lab")):
        view.snapshot(door, m.Snapshot(jpeg=b"0123456789", command="c-1"), NOW + number)

    kept = {name: door.snapshot is not None for name, door in view.doors.items()}
    assert kept == {"front": False, "back": True, "lab": True}


def test_after_an_absence_of_the_broker_only_what_it_tells_anew_still_holds() -> None:
    view = SiteView()
    for door in ("front", "gone"):
        view.state(door, "online", m.Availability.ONLINE, NOW, live=True)
    view.brain_is(m.Availability.ONLINE)

    view.lost()
    assert view.doors["gone"].online is m.Availability.ONLINE
    assert view.brain_online is None
    view.state("front", "online", m.Availability.OFFLINE, NOW, live=False)
    view.settled()

    assert view.doors["front"].online is m.Availability.OFFLINE
    assert view.doors["gone"].online is None


def test_more_doors_than_anybody_has_are_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_view, "MOST_DOORS", 2)
    view = SiteView()
    for door in ("front", "back"):
        view.state(door, "online", m.Availability.ONLINE, NOW, live=True)

    with pytest.raises(ValueError, match="doors"):
        view.state("lab", "online", m.Availability.ONLINE, NOW, live=True)


def test_frames_and_hints_of_an_enrolment_reach_whoever_follows_it() -> None:
    view = SiteView()
    view.brain_told(_progress(m.EnrolmentState.CAPTURING, stored=3), NOW)

    view.frame("front", m.EnrolFrame(enrolment="e-1", index=3, count=12, jpeg=b"frame"), NOW)
    seen = view.enrolments.of("e-1")
    assert seen.picture == b"frame"
    waits = _event(1, m.EventKind.ENROLLING_WAITS, detail="e-1", prompt=m.DoorPrompt.COME_CLOSER)
    view.told("front", waits, NOW)
    assert view.enrolments.of("e-1").waits is not None
    view.brain_told(_progress(m.EnrolmentState.TRAINED, stored=12), NOW)

    ended = view.enrolments.of("e-1")
    assert (ended.picture, ended.waits) == (None, None)


def _progress(state: m.EnrolmentState, stored: int) -> m.EnrolmentChanged:
    return m.EnrolmentChanged(
        enrolment="e-1", resident="r-1", door="front", state=state, stored=stored, count=12
    )


Step = Callable[[SiteView, float], object]

_DOOR = st.sampled_from(DOORS)
_STATES = st.one_of(
    st.tuples(st.just("online"), st.none() | st.sampled_from(m.Availability)),
    st.tuples(st.just("lock"), st.none() | st.sampled_from(m.LockReport)),
    st.tuples(st.just("contact"), st.none() | st.sampled_from(m.ContactReport)),
    st.tuples(st.just("health"), st.none() | HEALTH),
)
_EVENTS = st.builds(
    m.DoorEvent,
    id=st.integers(0, 40).map("7-{}".format),
    kind=st.sampled_from(m.EventKind),
    at=st.floats(0, 2e9),
    detail=st.sampled_from(["", "e-1", "30 s"]),
    prompt=st.none() | st.sampled_from(m.DoorPrompt),
)


def _state(door: str, told: tuple[Any, Any], live: bool) -> Step:
    return lambda view, now: view.state(door, told[0], told[1], now, live=live)


def _told(door: str, event: m.DoorEvent) -> Step:
    return lambda view, now: view.told(door, event, now)


def _came(visit: m.NamedVisit) -> Step:
    return lambda view, now: view.came(visit, now)


def _snapshot(door: str, jpeg: bytes) -> Step:
    return lambda view, now: view.snapshot(door, m.Snapshot(jpeg=jpeg, command="c-1"), now)


def _brain(event: Any) -> Step:
    return lambda view, now: view.brain_told(event, now)


_LOST: Step = lambda view, _: view.lost()  # noqa: E731  # as short as the others
_SETTLED: Step = lambda view, _: view.settled()  # noqa: E731
_EXPIRE: Step = lambda view, now: view.expire(now)  # noqa: E731

_STEPS = st.one_of(
    st.builds(_state, _DOOR, _STATES, st.booleans()),
    st.builds(_told, _DOOR, _EVENTS),
    st.builds(_came, NAMED_VISITS),
    st.builds(_snapshot, _DOOR, st.binary(max_size=20)),
    st.builds(_brain, BRAIN_REPORTS),
    st.sampled_from([_LOST, _SETTLED, _EXPIRE]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_STEPS, st.floats(0, 100)), max_size=40))
def test_whatever_is_heard_every_change_has_a_version_of_its_own(
    steps: list[tuple[Step, float]],
) -> None:
    view, now = SiteView(), NOW
    for step, later in steps:
        now += later
        before, doors, number = view.version, dict(view.doors), len(view.feed)
        seen = _seen(view)

        step(view, now)

        assert view.version >= before
        assert (_seen(view) == seen) or view.version > before
        for name, door in view.doors.items():
            assert door.version <= view.version
            assert doors.get(name) == door or door.version > before
            assert len(door.told) <= site_view.MOST_LINES
            assert len(door.came) <= site_view.MOST_LINES
            assert door.health is None or door.health_at is not None
        assert len(view.feed) >= number
        numbers = [one.number for one in view.feed]
        assert numbers == sorted(set(numbers))


def _seen(view: SiteView) -> object:
    """All that a page could show."""
    return (
        dict(view.doors),
        tuple(view.feed),
        tuple(view.alarms),
        view.brain,
        view.brain_online,
        view.encoder,
        view.gallery,
    )
