"""Fair turns between lanes, and refusals that never flood."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from brain.core import pace
from brain.core.pace import PaceRule
from brain.inbox import Inbox
from brain.refusals import MOST_KINDS, QUIET_S, Refusals
from doorbus.messages import MessageRefused


def drain(inbox: Inbox[str]) -> list[str]:
    items = []
    while (item := inbox.get(0)) is not None:
        items.append(item)
    return items


def test_a_flooding_lane_delays_another_by_one_message() -> None:
    inbox: Inbox[str] = Inbox()
    for number in range(50):
        inbox.put("flood", f"flood {number}")
    inbox.put("quiet", "quiet")

    assert drain(inbox)[:3] == ["flood 0", "quiet", "flood 1"]


def test_results_go_before_everything() -> None:
    inbox: Inbox[str] = Inbox()
    inbox.put("door", "message")
    inbox.put_urgent("result")

    assert drain(inbox) == ["result", "message"]


def test_a_full_lane_takes_nothing_more_and_others_do() -> None:
    inbox: Inbox[str] = Inbox(lane_limit=2)

    taken = [inbox.put("flood", str(number)) for number in range(3)]

    assert taken == [True, True, False]
    assert inbox.put("quiet", "quiet")


def test_waiting_ends_with_what_another_thread_puts() -> None:
    inbox: Inbox[str] = Inbox()
    threading.Timer(0.05, lambda: inbox.put("door", "late")).start()

    assert inbox.get(5) == "late"
    assert inbox.get(0.01) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=40))
def test_nothing_is_lost_and_each_lane_keeps_its_order(messages: list[tuple[str, int]]) -> None:
    inbox: Inbox[tuple[str, int]] = Inbox()
    for lane, number in messages:
        inbox.put(lane, (lane, number))

    out = []
    while (item := inbox.get(0)) is not None:
        out.append(item)

    for lane in "abc":
        assert [m for m in out if m[0] == lane] == [m for m in messages if m[0] == lane]


class Watch:
    now = 0.0


RULE = PaceRule(per_s=10, most=5)


def flooded(watch: Watch) -> Inbox[str]:
    """A lane that always has something waiting, in an inbox with a clock of its own."""
    inbox: Inbox[str] = Inbox(rule=RULE, monotonic=lambda: watch.now)
    for _ in range(60):
        inbox.put("flood", "flood")
    return inbox


def heard(inbox: Inbox[str], cost: float = 1.0) -> int:
    count = 0
    while inbox.get(0) is not None:
        inbox.charge(cost)
        count += 1
    return count


def test_a_lane_that_has_spent_its_allowance_waits_and_others_do_not() -> None:
    watch = Watch()
    inbox = flooded(watch)

    assert heard(inbox) == 6
    inbox.put("quiet", "quiet")
    assert inbox.get(0) == "quiet"
    watch.now += 1
    inbox.put_urgent("result")
    assert inbox.get(0) == "result"
    assert heard(inbox) == 6


def test_what_costs_little_is_heard_often() -> None:
    watch = Watch()

    assert heard(flooded(watch), 0.125) == 41


def test_waiting_ends_when_a_lane_may_speak_again() -> None:
    inbox: Inbox[str] = Inbox(rule=PaceRule(per_s=20, most=1))
    for number in range(3):
        inbox.put("flood", str(number))
    begun = time.monotonic()

    got = []
    for _ in range(3):
        got.append(inbox.get(5))
        inbox.charge(1)

    assert got == ["0", "1", "2"]
    assert 0.05 <= time.monotonic() - begun < 1


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.1, 20)), min_size=1, max_size=60))
def test_no_lane_spends_more_than_its_rule_says(steps: list[tuple[float, float]]) -> None:
    now, had, spent_all = 0.0, pace.begun(0.0, RULE), 0.0
    for pause, cost in steps:
        now += pause
        if pace.wait_s(had, now, RULE) > 0:
            continue
        had = pace.spent(had, cost, now, RULE)
        spent_all += cost
        assert spent_all <= RULE.most + now * RULE.per_s + 20 + 1e-6


class Reports:
    def __init__(self) -> None:
        self.now = 100.0
        self.told: list[MessageRefused] = []
        self.connected = True
        self.refusals = Refusals(self._tell, lambda: self.now)

    def _tell(self, refused: MessageRefused) -> bool:
        if self.connected:
            self.told.append(refused)
        return self.connected


def test_the_first_refusal_is_told_at_once_and_the_rest_in_sum() -> None:
    reports = Reports()
    for _ in range(40):
        reports.refusals.note("frames/recognize/front", "frames/recognize/front: unsigned")
    assert [(one.reason, one.count) for one in reports.told] == [("unsigned", 1)]

    reports.now += QUIET_S
    reports.refusals.flush()

    assert [one.count for one in reports.told] == [1, 39]
    assert reports.refusals.total == 40


def test_what_could_not_be_told_is_told_later() -> None:
    reports = Reports()
    reports.connected = False
    reports.refusals.note("t", "why")
    reports.connected = True

    reports.refusals.flush()

    assert [one.count for one in reports.told] == [1]


def test_endless_kinds_of_refusals_stay_few() -> None:
    reports = Reports()
    for number in range(10 * MOST_KINDS):
        reports.refusals.note(f"admin/users/{number}", "bad")

    assert len(reports.told) <= MOST_KINDS + 1


def test_what_was_quiet_is_forgotten() -> None:
    reports = Reports()
    for number in range(MOST_KINDS):
        reports.refusals.note(f"admin/users/{number}", "bad")
    for _ in range(2):
        reports.now += QUIET_S
        reports.refusals.flush()

    reports.refusals.note("fresh", "bad")

    assert reports.told[-1].topic == "fresh"


def test_a_hostile_topic_becomes_one_plain_line() -> None:
    reports = Reports()

    reports.refusals.note("a\nb" + "c" * 500, "why\x00not")

    assert reports.told[0].topic.startswith("a b")
    assert len(reports.told[0].topic) == 200
    assert reports.told[0].reason == "why not"
