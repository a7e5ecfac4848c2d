"""A flood of messages that have no window must not fill the door's memory."""

from __future__ import annotations

from doorbus.bus import Delivery, Wire
from edge.inbox import MOST_WAITING, Inbox, LockMoved
from edge.ports import LockState


def delivery(quality: int) -> Delivery:
    return Delivery(Wire("verdict/front", b"x", qos=quality), lambda: None)


def waiting(inbox: Inbox) -> list[object]:
    found: list[object] = []
    while news := inbox.take(0):
        found += news
    return found


def test_a_flood_of_quality_0_is_cut_off_and_nothing_else_is() -> None:
    inbox = Inbox()
    for _ in range(MOST_WAITING + 500):
        inbox.put(delivery(0))
    kept = (delivery(1), LockMoved(LockState.LOCKED, 1.0))
    for news in kept:
        inbox.put(news)

    found = waiting(inbox)

    assert len(found) == MOST_WAITING + 2
    assert found[-2:] == list(kept)
