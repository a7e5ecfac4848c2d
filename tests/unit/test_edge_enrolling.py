"""Which frame becomes which index of an enrolment."""

from __future__ import annotations

import pytest
from edge_sightings import face, sighting

from doorbus.messages import StartEnrolment
from edge.core.enrolling import Capture, EnrolmentRule, begin, objection, taken
from edge.core.prompts import Prompt
from edge.core.sighting import Face

RULE = EnrolmentRule()


def command(*missing: int, enrolment: str = "e-1", count: int = 5) -> StartEnrolment:
    return StartEnrolment(number=1, enrolment=enrolment, count=count, missing=missing)


def test_indexes_are_taken_in_order_without_what_waits_in_the_spool() -> None:
    capture = begin(command(4, 0, 2, 3), spooled={2}, before=None)

    assert capture.missing == (0, 3, 4)


def test_indexes_that_cannot_be_or_stand_twice_are_left_out() -> None:
    capture = begin(command(0, 0, 5, -1, 4), spooled=(), before=None)

    assert capture.missing == (0, 4)


def test_a_frame_uses_up_the_next_index() -> None:
    capture = begin(command(1, 3), spooled=(), before=None)

    capture = taken(capture, sighting(0))
    assert capture.missing == (3,)
    capture = taken(capture, sighting(9))

    assert capture.complete


def test_a_resumed_enrolment_keeps_its_pace_and_a_new_one_does_not() -> None:
    running = taken(begin(command(0, 1), spooled=(), before=None), sighting(30))

    resumed = begin(command(1), spooled=(), before=running)
    other = begin(command(1, enrolment="e-2"), spooled=(), before=running)

    assert resumed.last_at == 1.0
    assert other == Capture("e-2", 5, (1,))


def test_a_good_frame_is_taken() -> None:
    assert objection(begin(command(0), (), None), sighting(0), RULE) is None


@pytest.mark.parametrize(
    ("shown", "prompt"),
    [
        (face(brightness=10.0), Prompt.TOO_DARK),
        (face(brightness=250.0), Prompt.TOO_BRIGHT),
        (face(width=40.0), Prompt.COME_CLOSER),
    ],
)
def test_a_frame_that_shows_too_little_is_not_taken(shown: Face, prompt: Prompt) -> None:
    assert objection(begin(command(0), (), None), sighting(0, seen=shown), RULE) is prompt


def test_frames_without_a_face_or_with_several_are_not_taken() -> None:
    capture = begin(command(0), (), None)

    assert objection(capture, sighting(0, track=None), RULE) is Prompt.LOOK_HERE
    assert objection(capture, sighting(0, faces=2), RULE) is Prompt.ONE_AT_A_TIME


def test_frames_come_no_faster_than_the_interval() -> None:
    capture = taken(begin(command(0, 1), (), None), sighting(0, at=10.0))

    assert objection(capture, sighting(1, at=10.03), RULE) is Prompt.HOLD_STILL
    assert objection(capture, sighting(2, at=10.04), RULE) is None


def test_a_frozen_picture_is_taken_once() -> None:
    still = face()
    capture = taken(begin(command(0, 1), (), None), sighting(0, at=0.0, seen=still))

    assert objection(capture, sighting(30, at=1.0, seen=still), RULE) is Prompt.HOLD_STILL


def test_a_complete_enrolment_takes_no_more() -> None:
    assert objection(begin(command(), (), None), sighting(0), RULE) is Prompt.HOLD_STILL
