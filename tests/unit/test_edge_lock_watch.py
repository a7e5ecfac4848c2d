"""When a lock that does not do what it was told is a fault."""

from __future__ import annotations

from edge.core.lock_watch import PATIENCE_S, LockWatch, ordered, overdue, reported


def test_a_lock_that_reports_in_time_is_no_fault() -> None:
    watch = reported(ordered(LockWatch(locked=True), locked=False, now=0.0), locked=False)

    assert overdue(watch, 100.0) == (watch, None)


def test_a_lock_that_stays_silent_is_a_fault_told_once() -> None:
    watch = ordered(LockWatch(locked=True), locked=False, now=0.0)

    watch, early = overdue(watch, PATIENCE_S - 0.1)
    watch, late = overdue(watch, PATIENCE_S)
    watch, again = overdue(watch, PATIENCE_S + 9)

    assert (early, again) == (None, None)
    assert late == "the lock was told to open and did not report it"


def test_a_lock_that_does_not_close_is_a_fault() -> None:
    watch = ordered(LockWatch(locked=False), locked=True, now=0.0)

    _, fault = overdue(watch, PATIENCE_S)

    assert fault == "the lock was told to close and did not report it"


def test_an_order_for_what_is_already_so_awaits_no_report() -> None:
    watch = ordered(LockWatch(locked=True), locked=True, now=0.0)

    assert overdue(watch, 100.0)[1] is None


def test_a_report_of_something_else_does_not_end_the_wait() -> None:
    watch = reported(ordered(LockWatch(locked=None), locked=False, now=0.0), locked=True)

    assert overdue(watch, PATIENCE_S)[1] is not None
