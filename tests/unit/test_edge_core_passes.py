"""When a pass opens: door, window, uses, revocation, and clocks that jump."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doorbus.messages import Pass, PassRefusal
from edge.core.passes import Book, Times, Use, refusal, revoked, tidied, used

ONE = Pass(id="p-5f1c0a9e7b3d2468", doors=("front",), valid_from=1_000, valid_until=2_000, uses=2)
EMPTY = Book()
GOOD = Times(1_500, 1_500)
MOMENTS = st.floats(0, 4_000, allow_nan=False)


def _why(
    one: Pass = ONE, door: str = "front", book: Book = EMPTY, times: Times | None = GOOD
) -> PassRefusal | None:
    return refusal(one, door, book, times)


def test_a_pass_opens_its_door_within_its_window() -> None:
    assert _why() is None
    assert _why(times=Times(1_000, 1_000)) is None
    assert _why(times=Times(1_999.9, 1_999.9)) is None


def test_each_refusal_has_its_own_reason() -> None:
    assert _why(door="back") is PassRefusal.OTHER_DOOR
    assert _why(times=Times(999.9, 999.9)) is PassRefusal.NOT_YET
    assert _why(times=Times(2_000, 2_000)) is PassRefusal.EXPIRED
    assert _why(book=Book({ONE.id: Use(2, 2_000)})) is PassRefusal.USED_UP
    assert _why(book=revoked(Book(), [ONE.id])) is PassRefusal.REVOKED
    assert _why(times=None) is PassRefusal.CLOCK_UNSURE


def test_a_pass_without_doors_opens_every_door() -> None:
    assert _why(ONE.model_copy(update={"doors": ()}), door="cellar") is None


@given(MOMENTS, MOMENTS)
def test_a_clock_that_is_set_back_makes_no_pass_young_again(now: float, latest: float) -> None:
    times = Times(now, max(now, latest))

    if _why(times=times) is None:
        assert times.now >= ONE.valid_from
        assert times.latest < ONE.valid_until


@given(st.integers(1, 20), st.integers(0, 30))
def test_a_pass_opens_as_often_as_it_says_and_no_more(uses: int, tries: int) -> None:
    one, book, opened = ONE.model_copy(update={"uses": uses}), Book(), 0

    for _ in range(tries):
        if _why(one, book=book) is None:
            book, opened = used(book, one), opened + 1

    assert opened == min(uses, tries)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3_000)), max_size=20), MOMENTS)
def test_tidying_never_lets_a_pass_open_that_was_refused_before(
    kept: list[tuple[str, int]], latest: float
) -> None:
    passes = {
        f"p-{name * 16}": ONE.model_copy(update={"id": f"p-{name * 16}", "valid_until": until})
        for name, until in kept
    }
    book = Book({one.id: Use(one.uses, one.valid_until) for one in passes.values()})
    times = Times(latest, latest)

    for one in passes.values():
        assert _why(one, book=tidied(book, latest), times=times) is not None


def test_what_was_revoked_before_is_replaced_by_the_newest_word() -> None:
    other = "p-" + "0" * 16

    assert revoked(revoked(Book(), [ONE.id]), [other]).revoked == {other}
