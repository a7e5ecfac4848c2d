"""A door matches beside its loop, one visit at a time, and outlives what it is given."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from doorbus import pins
from doorbus.messages import (
    Burst,
    CachedResident,
    CodeKind,
    Crop,
    Liveness,
    Reason,
    SecondFactor,
)
from edge.local_matching import CodeJob, FoundHere, HereJob, LocalMatching, beside, owner
from matching.decision import Match, MatchRule
from matching.gallery import Gallery
from matching.life import LifeRule

NONCE = "a" * 32
PATIENCE_S = 10.0


def resident(number: int, pin: str, duress: str = "") -> CachedResident:
    return CachedResident(
        salt=bytes(16),
        id=f"r-{number}",
        template=b"",
        pin=pins.hashed(pin),
        duress=pins.hashed(duress) if duress else b"",
    )


def typed(value: str) -> SecondFactor:
    return SecondFactor(kind=CodeKind.PIN, value=value)


RESIDENTS = (resident(1, "271828", "281828"), resident(2, "314159"), resident(3, "161803"))


@pytest.mark.parametrize(
    ("pin", "who", "duress"),
    [("271828", "r-1", False), ("161803", "r-3", False), ("281828", "r-1", True)],
)
def test_a_pin_is_found_among_all_of_them(pin: str, who: str, *, duress: bool) -> None:
    found = owner(CodeJob(1, NONCE, typed(pin), RESIDENTS))

    assert (found.found.reason, found.found.resident) == (Reason.MATCH, who)
    assert found.duress is duress


@pytest.mark.parametrize("residents", [RESIDENTS, ()])
def test_nobodys_pin_is_wrong(residents: tuple[CachedResident, ...]) -> None:
    found = owner(CodeJob(1, NONCE, typed("999999"), residents))

    assert (found.found.reason, found.found.resident) == (Reason.WRONG_SECOND_FACTOR, None)


class Results:
    """What the matching thread said."""

    def __init__(self) -> None:
        self.found: list[FoundHere] = []
        self._told = threading.Event()

    def __call__(self, found: FoundHere) -> None:
        self.found.append(found)
        self._told.set()

    def wait(self) -> FoundHere:
        assert self._told.wait(PATIENCE_S)
        return self.found[-1]


def face(visit: int) -> HereJob:
    burst = Burst(
        visit=visit,
        nonce=NONCE,
        liveness=Liveness(policy="standard", blinks=(), fps=30.0),
        crops=(Crop(jpeg=b"", at_ms=0),),
    )
    rule = MatchRule(threshold=0.5, margin=0.05, floor=0.2)
    return HereJob(burst, Gallery.build(1, 8, {}), rule, LifeRule())


CARD = SecondFactor(kind=CodeKind.CARD, value="000000000017")
WRONG, MISSING = Reason.WRONG_SECOND_FACTOR, Reason.SECOND_FACTOR


@pytest.mark.parametrize(
    ("asked", "shown", "who", "against"),
    [
        ("none", None, "r-1", None),
        ("pin", None, "r-1", MISSING),
        ("pin", typed("271828"), "r-1", None),
        ("pin", typed("314159"), "r-1", WRONG),
        ("pin", typed("271828"), "r-4", WRONG),
        ("pin", CARD, "r-1", MISSING),
        ("card", CARD, "r-1", MISSING),
        # The door's own settings ask for more than the brain's.
        ("none", typed("271828"), "r-1", None),
        ("none", typed("314159"), "r-1", WRONG),
        ("none", typed("271828"), "r-4", MISSING),
        ("none", CARD, "r-1", MISSING),
    ],
)
def test_what_is_shown_beside_a_face_must_be_right_whoever_asked_for_it(
    asked: str, shown: SecondFactor | None, who: str, against: Reason | None
) -> None:
    job = face(1)
    burst = job.burst.model_copy(update={"second": shown})
    nobodys = CachedResident(salt=bytes(16), id="r-4", template=b"")
    residents = {one.id: one for one in (*RESIDENTS, nobodys)}

    found = beside(
        Match(Reason.MATCH, who), replace(job, burst=burst, second=asked, residents=residents)
    )

    assert found.objects is against
    assert found.found.resident == who


def test_whoever_submits_does_not_wait() -> None:
    results = Results()
    matching = LocalMatching(None, results)
    matching.start()
    try:
        begun = time.monotonic()
        matching.submit(CodeJob(7, NONCE, typed("999999"), RESIDENTS * 5))
        submitted = time.monotonic() - begun

        assert results.wait().visit == 7
        assert submitted < 0.02 < time.monotonic() - begun
    finally:
        matching.stop()


def test_what_breaks_is_refused_and_the_next_visit_is_matched() -> None:
    results = Results()
    matching = LocalMatching(None, results)  # nothing to see a face with
    matching.start()
    try:
        matching.submit(face(1))
        broken = results.wait()
        results._told.clear()
        matching.submit(CodeJob(2, NONCE, typed("314159"), RESIDENTS))
        after = results.wait()
    finally:
        matching.stop()

    assert (broken.visit, broken.found.reason) == (1, Reason.BRAIN_ERROR)
    assert (after.visit, after.found.resident) == (2, "r-2")


def test_stopping_twice_is_harmless() -> None:
    matching = LocalMatching(None, Results())
    matching.start()

    matching.stop()
    matching.stop()
