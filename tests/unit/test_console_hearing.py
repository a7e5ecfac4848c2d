"""What comes over the line is understood or passed over, kept, and shown."""

from __future__ import annotations

from dataclasses import replace

import structlog
from structlog.testing import capture_logs

from console.core.site_view import SiteView
from console.hearing import Hearing
from console.live import Live
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import Wire
from doorbus.codec import encode

NOW = 1_795_000_000.0


class Standing:
    """A clock that stands."""

    def monotonic(self) -> float:
        """Seconds."""
        return 5.0

    def wall(self) -> float:
        """Seconds since 1970."""
        return NOW


class Woken(Live):
    """Counts instead of beating."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def wake(self) -> None:
        """One more."""
        self.times += 1


def _hearing() -> tuple[Hearing, SiteView, Woken]:
    view, live = SiteView(), Woken()
    return Hearing(view, live, Standing()), view, live


def _event(number: int) -> Wire:
    event = m.DoorEvent(id=f"7-{number}", kind=m.EventKind.GRANTED, at=NOW)
    return encode(topics.DOOR_EVENT, event, "front")


def test_what_the_broker_keeps_and_what_happens_is_shown() -> None:
    hearing, view, live = _hearing()

    hearing.heard(encode(topics.DOOR_AVAILABILITY, m.Availability.ONLINE, "front"))
    hearing.heard(_event(1))

    assert view.doors["front"].online is m.Availability.ONLINE
    assert [one.id for one in view.doors["front"].told] == ["7-1"]
    assert live.times == 2


def test_nobody_is_woken_for_what_was_heard_before() -> None:
    hearing, _, live = _hearing()
    hearing.heard(_event(1))

    hearing.heard(_event(1))

    assert live.times == 1


def test_an_event_that_somebody_had_the_broker_keep_is_not_shown_as_new() -> None:
    hearing, view, live = _hearing()

    hearing.heard(replace(_event(1), retain=True))

    assert not view.feed
    assert live.times == 0


def test_what_is_not_understood_moves_nothing_and_is_told_once() -> None:
    hearing, view, live = _hearing()
    structlog.reset_defaults()

    with capture_logs() as logged:
        for number in range(50):
            hearing.heard(Wire("door/front/event", b'{"card": "000000000017"}'))
            hearing.heard(Wire(f"door/front/{number}", b"?"))

    assert len(logged) == 1
    assert "000000000017" not in str(logged)
    assert view.version == live.times == 0


def test_a_state_that_was_taken_back_is_not_known() -> None:
    hearing, view, _ = _hearing()
    hearing.heard(encode(topics.CONTACT, m.ContactReport.ON, "front"))

    hearing.heard(Wire("door/front/contact", b"", retain=True))

    assert view.doors["front"].contact is None


def test_the_brain_may_come_and_go() -> None:
    hearing, view, live = _hearing()

    for value in (m.Availability.ONLINE, m.Availability.ONLINE, m.Availability.OFFLINE):
        hearing.heard(encode(topics.BRAIN_AVAILABILITY, value))

    assert view.brain_online is m.Availability.OFFLINE
    assert live.times == 2
