"""What is heard of enrolments is kept as the newest of each kind, and no longer than it counts."""

from __future__ import annotations

from console.core.enrolment_shown import as_told, is_news
from console.core.enrolments_heard import MOST_KEPT, EnrolmentsHeard
from doorbus import messages as m
from doorbus.messages import DoorPrompt, EnrolmentState, EventKind

ONE = "e-0000000000000001"


def changed(stored: int, state: EnrolmentState = EnrolmentState.CAPTURING) -> m.EnrolmentChanged:
    return m.EnrolmentChanged(
        enrolment=ONE, resident="r-1", door="front", state=state, stored=stored, count=200
    )


def frame(index: int = 0) -> m.EnrolFrame:
    return m.EnrolFrame(jpeg=bytes([index]), enrolment=ONE, index=index, count=200)


def waits(prompt: DoorPrompt = DoorPrompt.COME_CLOSER) -> m.DoorEvent:
    return m.DoorEvent(id="7-1", kind=EventKind.ENROLLING_WAITS, at=1.0, detail=ONE, prompt=prompt)


def test_what_the_door_waits_for_is_over_with_the_next_frame() -> None:
    heard = EnrolmentsHeard()
    heard.changed(changed(10))
    heard.door_told("front", waits())
    assert heard.of(ONE).waits is not None
    assert heard.of(ONE).waits.prompt is DoorPrompt.COME_CLOSER  # type: ignore[union-attr]

    heard.frame("front", frame())

    assert heard.of(ONE).waits is None


def test_progress_ends_it_too_and_the_same_told_again_does_not() -> None:
    heard = EnrolmentsHeard()
    heard.changed(changed(10))
    heard.door_told("front", waits())

    heard.changed(changed(10))
    assert heard.of(ONE).waits is not None

    heard.changed(changed(20))
    assert heard.of(ONE).waits is None


def test_no_picture_is_kept_of_an_enrolment_that_is_over() -> None:
    heard = EnrolmentsHeard()
    heard.changed(changed(199))
    heard.frame("front", frame(7))
    assert heard.of(ONE).picture == b"\x07"

    heard.changed(changed(200, EnrolmentState.TRAINED))
    heard.frame("front", frame(8))

    assert heard.of(ONE).picture is None
    assert not heard.of(ONE).open


def test_another_door_says_nothing_of_it() -> None:
    heard = EnrolmentsHeard()
    heard.changed(changed(10))

    heard.door_told("back", waits())

    assert heard.of(ONE).waits is None
    assert heard.at("back") is None
    assert heard.at("front") == heard.of(ONE)


def test_a_capture_that_ended_too_early_says_why_until_it_goes_on() -> None:
    heard = EnrolmentsHeard()
    heard.changed(changed(10))
    detail = f"{ONE} no face for too long"
    failed = m.DoorEvent(id="7-2", kind=EventKind.ENROLMENT_FAILED, at=1.0, detail=detail)

    heard.door_told("front", failed)
    assert heard.of(ONE).failed == "no face for too long"

    heard.changed(changed(20))
    assert not heard.of(ONE).failed


def test_whatever_comes_memory_is_bounded_and_versions_rise() -> None:
    heard = EnrolmentsHeard()
    versions = []
    for number in range(3 * MOST_KEPT):
        told = changed(1).model_copy(update={"enrolment": f"e-{number:016}"})
        heard.changed(told)
        versions.append(heard.of(told.enrolment).version)

    assert versions == sorted(set(versions))
    assert heard.of("e-0000000000000000").changed is None
    assert heard.of(told.enrolment).changed == told


def test_what_was_looked_up_never_takes_back_what_was_told_meanwhile() -> None:
    over = changed(200, EnrolmentState.TRAINED)

    assert is_news(changed(10), None)
    assert is_news(changed(20), changed(10))
    assert not is_news(changed(10), changed(20))
    assert is_news(changed(200, EnrolmentState.TRAINING), changed(200))
    assert not is_news(changed(150), over)
    assert not is_news(over, over)
    assert is_news(changed(200, EnrolmentState.REPLACED), over)


def test_a_resident_whose_newest_enrolment_is_trained_is_told_so() -> None:
    enrolment = {
        "enrolment": ONE,
        "door": None,
        "source": "upload",
        "state": "trained",
        "stored": 3,
        "count": 3,
        "reason": "",
        "created": 1.0,
    }
    shown = {"resident": "r-1", "templates": 3, "lookalikes": ["r-2"], "enrolment": enrolment}

    told = as_told(shown)

    assert told is not None
    assert (told.door, told.templates, told.lookalikes) == (None, 3, ("r-2",))
    assert as_told({"resident": "r-1", "enrolment": None}) is None


def test_a_door_shows_no_pictures_in_an_enrolment_at_another_or_by_photos() -> None:
    heard = EnrolmentsHeard()
    heard.changed(changed(10))
    heard.frame("front", frame(1))
    by_photos = "e-0000000000000002"
    heard.changed(changed(0).model_copy(update={"enrolment": by_photos, "door": None}))

    heard.frame("back", frame(2))
    heard.frame("back", frame(2).model_copy(update={"enrolment": by_photos}))
    heard.door_told("back", waits().model_copy(update={"detail": by_photos}))

    assert heard.of(ONE).picture == b"\x01"
    assert heard.of(by_photos).picture is None
    assert heard.of(by_photos).waits is None


def test_a_door_that_makes_up_enrolments_drives_out_none_that_the_brain_told_of() -> None:
    heard = EnrolmentsHeard()
    heard.changed(changed(10))

    for number in range(3 * MOST_KEPT):
        heard.frame("back", frame().model_copy(update={"enrolment": f"e-{number:016x}"}))

    assert heard.of(ONE).stored == 10
