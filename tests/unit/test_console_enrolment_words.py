"""Why something was refused is understood from the brain's own sentences, and said with advice."""

from __future__ import annotations

import numpy as np
import pytest

from brain.core.training import Sample, TrainingRefused, TrainingRule, train
from console.core.door_view import DoorView
from console.core.enrolment_ending import Ending, Flaw, flaw, refused
from console.core.enrolment_places import Hindrance, Place, places
from console.core.photo_draft import Fate, Photo
from console.words.enrolment import ENDINGS, FLAWS, HINTS, PROMPTS, doing, of_photo, why_refused
from console.words.imports import of_list, problem, why
from doorbus import messages as m
from doorctl.errors import PeopleFileRefused
from doorctl.people_file import read_people
from matching.decision import Fault

RULE = TrainingRule()


def sample(index: int, *, brightness: float = 120, vector: int = 0) -> Sample:
    embedding = np.zeros(8, np.float32)
    embedding[vector] = 1
    return Sample(index, embedding, 120, 100, brightness, bytes([index]))


def reason(samples: list[Sample], faults: list[Fault]) -> str:
    result = train(samples, faults, RULE)
    assert isinstance(result, TrainingRefused)
    return result.reason


def test_what_the_brain_says_of_too_few_frames_is_taken_apart() -> None:
    text = reason([sample(0), sample(1, brightness=3)], [Fault.NO_FACE, Fault.SEVERAL_FACES])

    found = refused(text)

    assert (found.ending, found.usable, found.frames) == (Ending.FEW_USABLE, 1, 4)
    assert {what for what, _ in found.flaws} == {Flaw.TOO_DARK, Flaw.NO_FACE, Flaw.SEVERAL_FACES}
    assert why_refused(found, text)[1].startswith("1 of 4 could be used. (")


def test_what_the_brain_says_of_two_people_and_of_a_frozen_camera_is_known() -> None:
    people = [sample(index, vector=index % 2) for index in range(10)]
    frozen = [sample(0)] * 10

    assert refused(reason(people, [])).ending is Ending.SEVERAL_PEOPLE
    assert refused(reason(frozen, [])).ending is Ending.FROZEN


def test_a_sentence_that_is_not_known_is_shown_as_it_stands() -> None:
    happened, more, to_do = why_refused(refused("the moon is wrong"), "the moon is wrong")

    assert more == "the moon is wrong"
    assert happened
    assert to_do


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_of_a_photo_has_words(fault: Fault) -> None:
    from brain.core.training import flaw as said  # noqa: PLC0415  # the brain's own name for it

    text = said(fault, RULE)
    assert text is not None
    assert flaw(text) is not None


def test_everything_that_can_be_told_has_words() -> None:
    assert set(HINTS) == set(m.EnrolmentHint)
    assert set(ENDINGS) == set(Ending)
    assert set(FLAWS) == set(Flaw)
    assert (
        doing(m.EnrolmentHint.TOO_DARK, m.DoorPrompt.COME_CLOSER)
        == PROMPTS[m.DoorPrompt.COME_CLOSER]
    )
    assert doing(m.EnrolmentHint.TOO_DARK, None) == HINTS[m.EnrolmentHint.TOO_DARK]
    assert not doing(None, None)


@pytest.mark.parametrize("fate", list(Fate))
def test_every_fate_of_a_photo_has_words(fate: Fate) -> None:
    assert of_photo(Photo(1, "a.jpg", b"", fate, "same as 3"))


def test_rows_say_what_is_wrong_without_the_words_of_a_command_line() -> None:
    (row,) = read_people("name,card,groups\n,12,BIG!\n")

    told = [problem(text) for text in row.wrong]

    assert told == [
        "Name: 1 to 100 characters.",
        "Card: exactly 12 digits.",
        "Groups: only a to z, 0 to 9 and - in names.",
    ]


def test_what_became_of_photos_is_said_beside_their_names() -> None:
    told = why("only 0 of 2 frames are usable: 2 without a face; a.jpg: without a face; b.jpg: x")

    assert told == "a.jpg: There is nobody on it. b.jpg: x"


def test_doors_that_are_free_come_first_and_others_say_why_not() -> None:
    good = m.DoorHealth(
        version="1",
        uptime_s=1,
        epoch=1,
        mode=m.DoorMode.NORMAL,
        camera=m.CameraHealth.GOOD,
        fps=8,
        events=0,
        frames=0,
        certificate_days=9,
    )
    online = m.Availability.ONLINE
    shut = good.model_copy(update={"mode": m.DoorMode.LOCKDOWN})
    blind = good.model_copy(update={"camera": m.CameraHealth.LOST})
    doors = {
        "blind": DoorView("blind", online=online, health=blind),
        "busy": DoorView("busy", online=online),
        "front": DoorView("front", online=online, health=good),
        "gone": DoorView("gone", online=m.Availability.OFFLINE),
        "new": DoorView("new", online=online),
        "shut": DoorView("shut", online=online, health=shut),
    }

    found = places(doors, lambda door: door == "busy")

    assert found == [
        Place("front"),
        Place("new"),
        Place("blind", Hindrance.NO_CAMERA),
        Place("busy", Hindrance.BUSY),
        Place("gone", Hindrance.OFFLINE),
        Place("shut", Hindrance.SHUT),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is nothing in this list."),
        ("Ann,205000000009\n", "Not known: ann, 205000000009"),
        ("card\n205000000009\n", "The first line must name the columns"),
        ("name,card,card\nA,1,2\n", "The first line must name the columns"),
        ('name,card\n"Ann\x00', "This is no list."),
    ],
)
def test_what_is_wrong_with_a_list_as_a_whole_is_said_in_words(text: str, said: str) -> None:
    with pytest.raises(PeopleFileRefused) as why_not:
        read_people(text)

    assert said in of_list(str(why_not.value))
