"""Photos of somebody: what became of each is told of that one, and only good ones are trained."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from console.core.photo_draft import Draft, Fate, Stage, fate_of
from doorbus import messages as m

EMPTY = Draft("e-1", "202600000017", "Ann", enrolment="e-1", token="0" * 32)


def ended(state: m.EnrolmentState) -> m.EnrolmentChanged:
    return m.EnrolmentChanged(enrolment="e-2", resident="r-1", state=state, stored=1, count=1)


def test_the_same_picture_twice_is_told_and_never_sent() -> None:
    draft = EMPTY.with_photo("one.jpg", b"a").with_photo("two.jpg", b"a")

    first, second = draft.photos

    assert (first.fate, second.fate) == (Fate.WAITS, Fate.UNREADABLE)
    assert second.why == "same as 1"
    assert second.jpeg == b""


def test_training_waits_until_every_photo_was_looked_at() -> None:
    draft = EMPTY.with_photo("one.jpg", b"a").with_photo("two.jpg", b"b").fated(1, Fate.GOOD)

    assert not draft.may_train
    assert draft.fated(2, Fate.USELESS, "too dark").may_train
    assert not draft.without(1).fated(2, Fate.USELESS, "too dark").may_train


def test_a_refused_try_keeps_the_photos_and_a_good_one_forgets_them() -> None:
    draft = EMPTY.with_photo("one.jpg", b"a").fated(1, Fate.GOOD).training()

    again = draft.ended(ended(m.EnrolmentState.REFUSED))
    done = draft.ended(ended(m.EnrolmentState.TRAINED))

    assert again.stage is Stage.GATHERING
    assert again.may_train
    assert done.stage is Stage.DONE
    assert all(one.jpeg == b"" for one in done.photos)


def test_a_photo_that_was_shown_when_the_enrolment_ended_is_shown_anew() -> None:
    draft = EMPTY.with_photo("one.jpg", b"a").fated(1, Fate.SHOWN)

    assert draft.closed().photos[0].fate is Fate.WAITS
    assert draft.stuck("away").photos[0].fate is Fate.WAITS


@given(st.booleans(), st.sampled_from([None, *m.PhotoRefusal]), st.text(max_size=20))
def test_a_void_token_says_nothing_of_the_photo(
    usable: bool, code: m.PhotoRefusal | None, reason: str
) -> None:
    look = m.PhotoLooked.model_construct(
        enrolment="e-1", index=0, usable=usable, code=code, reason=reason
    )

    fate = fate_of(look)

    assert (fate is None) == (not usable and code is m.PhotoRefusal.BAD_TOKEN)
    assert fate is None or (fate[0] is Fate.GOOD) == usable


class Putting(RuleBasedStateMachine):
    """Somebody adds and leaves out photos while the brain looks at them."""

    def __init__(self) -> None:
        super().__init__()
        self.draft = EMPTY

    @rule(content=st.binary(min_size=1, max_size=2))
    def add(self, content: bytes) -> None:
        self.draft = self.draft.with_photo("photo.jpg", content)

    @rule()
    def add_what_is_none(self) -> None:
        self.draft = self.draft.with_useless("notes.txt", "not a picture")

    @rule(number=st.integers(1, 8))
    def leave_out(self, number: int) -> None:
        self.draft = self.draft.without(number)

    @rule(number=st.integers(1, 8), fate=st.sampled_from([Fate.SHOWN, Fate.GOOD, Fate.USELESS]))
    def hear(self, number: int, fate: Fate) -> None:
        one = self.draft.photo(number)
        if one is None or one.jpeg:
            self.draft = self.draft.fated(number, fate)

    @rule()
    def lose_the_line(self) -> None:
        self.draft = self.draft.closed()

    @precondition(lambda self: self.draft.may_train)
    @rule(done=st.booleans())
    def train(self, done: bool) -> None:
        state = m.EnrolmentState.TRAINED if done else m.EnrolmentState.REFUSED
        tried = self.draft.training().ended(ended(state))
        assert tried.may_train is not done
        self.draft = replace(tried, stage=Stage.GATHERING) if not done else self.draft

    @invariant()
    def numbers_are_never_given_twice_and_pictures_differ(self) -> None:
        numbers = [one.number for one in self.draft.photos]
        pictures = [one.jpeg for one in self.draft.photos if one.jpeg]
        assert numbers == sorted(set(numbers))
        assert all(number <= self.draft.added for number in numbers)
        assert len(pictures) == len(set(pictures))
        assert all(one.jpeg for one in self.draft.good)


TestPutting = Putting.TestCase
