"""The lock process's decisions, and how its orders are spelled."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.bolt import (
    PATIENCE,
    STALE_AFTER,
    Beat,
    Bolt,
    Close,
    Event,
    Garbled,
    Gone,
    Hold,
    Tick,
    step,
)
from edge.lock_lines import LONGEST_LINE, Lines, answer, order, read_answer, read_order

NOW = 100.0


def held(seconds: float = 5.0, now: float = NOW) -> Bolt:
    return step(Bolt(), Hold(seconds, now), now).bolt


def test_a_bolt_starts_closed_and_a_heartbeat_opens_nothing() -> None:
    assert not Bolt().is_open
    assert not step(Bolt(), Beat(), NOW).bolt.is_open


def test_a_hold_opens_until_its_end() -> None:
    bolt = held(0.5)

    assert bolt.is_open
    assert bolt.closes_at == NOW + 0.5
    assert step(bolt, Tick(), NOW + 0.49).bolt.is_open
    assert not step(bolt, Tick(), NOW + 0.5).bolt.is_open


def test_a_hold_counts_from_its_sending() -> None:
    assert step(Bolt(), Hold(0.9, NOW - 0.4), NOW).bolt.closes_at == NOW + 0.5


@pytest.mark.parametrize("seconds", [2.0, 20.0])
def test_a_new_hold_replaces_the_running_one(seconds: float) -> None:
    bolt = step(held(10), Hold(seconds, NOW + 0.5), NOW + 0.5).bolt

    assert bolt.open_until == NOW + 0.5 + seconds


def test_a_late_heartbeat_closes_and_a_heartbeat_after_it_does_not_open_again() -> None:
    late = step(held(20), Tick(), NOW + PATIENCE)

    assert not late.bolt.is_open
    assert late.remark is not None
    assert "heartbeat" in late.remark
    assert not step(held(20), Beat(), NOW + PATIENCE).bolt.is_open


def test_heartbeats_keep_a_hold_going_to_its_end() -> None:
    bolt = held(2.0)
    for beat in range(1, 10):
        bolt = step(bolt, Beat(), NOW + beat * 0.2).bolt
        assert bolt.is_open
    assert not step(bolt, Beat(), NOW + 2.0).bolt.is_open


@pytest.mark.parametrize("event", [Close(), Garbled("hold on"), Gone("the edge has gone")])
def test_whatever_is_not_a_hold_closes(event: Event) -> None:
    assert not step(held(), event, NOW + 0.1).bolt.is_open


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, -math.inf])
def test_a_hold_of_no_sensible_time_closes_and_says_so(seconds: float) -> None:
    for bolt in (Bolt(), held()):
        outcome = step(bolt, Hold(seconds, NOW), NOW)
        assert not outcome.bolt.is_open
        assert outcome.remark is not None


def test_a_hold_is_cut_to_the_longest_and_says_so() -> None:
    outcome = step(Bolt(longest=3.0), Hold(60.0, NOW), NOW)

    assert outcome.bolt.open_until == NOW + 3.0
    assert outcome.remark is not None
    assert "cut" in outcome.remark


@pytest.mark.parametrize("sent", [NOW - STALE_AFTER - 0.01, NOW + 0.01, math.nan, math.inf])
def test_a_hold_that_is_stale_or_from_another_clock_opens_nothing(sent: float) -> None:
    outcome = step(Bolt(), Hold(5.0, sent), NOW)

    assert not outcome.bolt.is_open
    assert outcome.remark is not None


def test_a_hold_that_was_over_before_it_was_read_opens_nothing() -> None:
    assert not step(Bolt(), Hold(0.2, NOW - 0.5), NOW).bolt.is_open


def test_an_end_is_remarked_on_only_where_it_closed_something() -> None:
    gone = Gone("the edge has gone")

    assert step(Bolt(), gone, NOW).remark is None
    assert "the edge has gone" in str(step(held(), gone, NOW).remark)


def test_nothing_opens_after_the_end() -> None:
    ended = step(held(), Gone("received SIGTERM"), NOW).bolt

    assert not step(ended, Hold(5.0, NOW), NOW).bolt.is_open


SECONDS = st.floats(min_value=-1, max_value=100) | st.sampled_from([math.nan, math.inf])
STORIES = st.lists(
    st.tuples(
        st.floats(min_value=0, max_value=2),
        st.one_of(
            st.tuples(st.just("hold"), SECONDS, st.floats(min_value=-0.5, max_value=2)),
            st.sampled_from([Close(), Beat(), Beat(), Tick(), Garbled("x"), Gone("y")]),
        ),
    ),
    max_size=40,
)


@given(STORIES)
def test_no_story_keeps_it_open_beyond_the_last_hold_or_the_heartbeat(
    story: list[tuple[float, Event | tuple[str, float, float]]],
) -> None:
    now, bolt, last_hold, last_heard = 0.0, Bolt(), -math.inf, -math.inf
    for wait, item in story:
        now += wait
        event = Hold(item[1], now - item[2]) if isinstance(item, tuple) else item
        was_open = bolt.is_open
        bolt = step(bolt, event, now).bolt
        if isinstance(event, Hold):
            last_hold = now
        if isinstance(event, Hold | Beat | Close):
            last_heard = now
        assert bolt.is_open <= (was_open or isinstance(event, Hold))
        if bolt.is_open:
            closes_at = bolt.closes_at
            assert closes_at is not None
            assert now < closes_at <= min(last_hold + bolt.longest, last_heard + PATIENCE)
            assert not step(bolt, Tick(), closes_at).bolt.is_open


@given(
    st.one_of(
        st.just(Beat()),
        st.just(Close()),
        st.builds(Hold, st.floats(allow_nan=False), st.floats(allow_nan=False)),
    )
)
def test_an_order_reads_as_it_was_written(event: Hold | Close | Beat) -> None:
    assert read_order(order(event).rstrip(b"\n")) == event


@pytest.mark.parametrize(
    "line",
    [b"", b"hold", b"hold 5", b"hold five 1.0", b"hold 5 1 2", b"HOLD 5.0 1.0", b"open", b"\xff"],
)
def test_an_unknown_line_is_garbled(line: bytes) -> None:
    assert isinstance(read_order(line), Garbled)


@given(st.binary(max_size=40))
def test_no_line_makes_the_reader_raise(line: bytes) -> None:
    assert isinstance(read_order(line), Event)


@given(
    st.lists(st.sampled_from([b"beat", b"close", b"hold 5.0 1.0", b""])),
    st.lists(st.integers(min_value=1, max_value=7), min_size=1),
)
def test_lines_survive_any_cutting(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    cutter, found, at, turn = Lines(), [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += cutter.feed(stream[at : at + size])
        at, turn = at + size, turn + 1

    assert found == lines


def test_noise_without_a_newline_is_one_garbled_line_whose_tail_is_no_order() -> None:
    cutter = Lines()

    first = cutter.feed(b"x" * (LONGEST_LINE + 1))
    tail = cutter.feed(b"hold 5.0 1.0\nbeat\n")

    assert [type(read_order(line)) for line in first] == [Garbled]
    assert tail == [b"beat"]


def test_an_answer_is_one_line_whatever_the_text() -> None:
    assert answer("error", "relay\nis\r\nstuck") == b"error relay is stuck\n"
    assert read_answer(b"error relay is stuck") == ("error", "relay is stuck")
    assert read_answer(b"LOCKED") == ("LOCKED", "")


def test_a_fail_safe_bolt_is_open_once_the_end_has_come_and_says_so() -> None:
    end = step(Bolt(rests_open=True), Gone("the edge has gone"), NOW)

    assert end.bolt.is_open
    assert end.remark is not None
    assert "fail-safe" in end.remark
    assert step(end.bolt, Close(), NOW + 1).bolt.is_open
    assert step(end.bolt, Tick(), NOW + 100).bolt.is_open


@given(
    st.lists(
        st.one_of(
            st.builds(Hold, st.floats(min_value=-1, max_value=40), st.just(NOW)),
            st.just(Close()),
            st.just(Beat()),
            st.builds(Garbled, st.just("?")),
            st.just(Tick()),
            st.just(Gone("end")),
        ),
        max_size=20,
    )
)
def test_a_fail_safe_bolt_does_as_any_other_until_the_end(events: list[Event]) -> None:
    safe, secure = Bolt(rests_open=True), Bolt()
    for event in events:
        safe, secure = step(safe, event, NOW).bolt, step(secure, event, NOW).bolt
        assert safe.over == secure.over
        assert safe.is_open == (secure.is_open or safe.over)
