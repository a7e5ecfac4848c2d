"""The brain is killed in the midst of enrolments: nobody is half enrolled, no frame is lost."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from brain_world import RED, Admin, Door, painted
from cases import case
from extent import many
from fault_table import Note
from fault_world import FaultWorld, wait_until
from painted_brain import BrainProcess

from doorbus import messages as m
from doorbus import topics
from doorbus.errors import BusError
from doorbus.messages import Decision, EnrolmentState, frame_item
from edge.sender import RESEND_AFTER_S

COUNT: Final = many(20, 200)
KILLS: Final = many(2, 50)
POINTS: Final = (COUNT // 2, None, 1, COUNT - 1, COUNT)
"""Frames stored when the brain dies; None: in the midst of training."""

SLOW_S: Final = 0.005
OVER: Final = {EnrolmentState.TRAINED.value, EnrolmentState.REFUSED.value}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultWorld]:
    with FaultWorld(tmp_path) as world:
        yield world


class Enrolling:
    """An enrolment by a door that keeps what is not acknowledged, and a brain that dies."""

    def __init__(self, world: FaultWorld, brain: BrainProcess, admin: Admin, door: Door) -> None:
        self._world = world
        self._brain = brain
        self._admin = admin
        self._door = door
        self._numbers = itertools.count(1)
        self.lost_acknowledged = 0
        self.half = 0
        self.recovery_s: list[float] = []

    def play(self, card: str, point: int | None) -> None:
        """Enrol somebody; the brain is killed when so many frames are stored."""
        door = self._door
        before = len(door.heard.of(m.StartEnrolment))
        opened = self._admin.ok("enroll", card=card, door="front", name="Somebody", count=COUNT)
        start = door.heard.wait(m.StartEnrolment, after=before)
        for index in start.missing[:point]:
            door.frame(start, index, painted(RED))
        if point is None:
            training = EnrolmentState.TRAINING
            self._admin.heard.wait(
                m.EnrolmentChanged,
                lambda told: (told.enrolment, told.state) == (opened["enrolment"], training),
            )
            time.sleep(random.Random(card).uniform(0, 2 * COUNT * SLOW_S))
        else:
            # The last of them may or may not be stored when the brain dies.
            for index in start.missing[: max(0, point - 1)]:
                door.ack_of(frame_item(start.enrolment, index))
        self._brain.kill()
        acknowledged = self._acknowledged(start.enrolment)
        state, templates, stored = self._kept(start.enrolment, opened["resident"])
        self.lost_acknowledged += len(acknowledged - stored)
        self.half += state != EnrolmentState.TRAINED.value and templates > 0
        self._go_on(card, start.enrolment)

    def _acknowledged(self, enrolment: str) -> set[int]:
        return {
            int(item.id.partition("/")[2])
            for ack in self._door.heard.of(m.Ack)
            for item in ack.items
            if item.id.startswith(enrolment) and item.outcome is m.Outcome.STORED
        }

    def _kept(self, enrolment: str, resident: str) -> tuple[str, int, set[int]]:
        """State, number of templates and stored frames, by the database of the dead brain."""
        rows = self._world.rows
        [(state,)] = rows("SELECT state FROM enrolment WHERE id = ?", enrolment)
        [(templates,)] = rows("SELECT count(*) FROM template WHERE resident = ?", resident)
        stored = rows(
            "SELECT number FROM frame WHERE enrolment = ? AND outcome = 'stored'", enrolment
        )
        return state, templates, {index for (index,) in stored}

    def _go_on(self, card: str, enrolment: str) -> None:
        door, begun = self._door, time.monotonic()
        before = len(door.heard.of(m.Availability))
        self._brain.start()
        door.heard.wait(m.Availability, lambda word: word is m.Availability.ONLINE, before)
        self.recovery_s.append(time.monotonic() - begun)
        asked = len(door.heard.of(m.StartEnrolment))
        wait_until(self._told, "the door tells the new brain that it is there", 15)
        deadline, again = time.monotonic() + 90, time.monotonic() + RESEND_AFTER_S
        while (state := self._state(card)) not in OVER:
            assert time.monotonic() < deadline, f"{state}: {self._brain.last_words()}"
            if time.monotonic() > again:
                # As a door's sender does, which this one has not.
                again = time.monotonic() + RESEND_AFTER_S
                self._told()
            for start in door.heard.of(m.StartEnrolment)[asked:]:
                asked += 1
                if start.enrolment == enrolment:
                    door.capture(start, lambda: painted(RED))
            time.sleep(0.1)
        assert state == EnrolmentState.TRAINED.value, self._brain.last_words()

    def _told(self) -> bool:
        try:
            self._door.tell(m.EventKind.STARTED)
            self._door.send(topics.DOOR_AVAILABILITY, m.Availability.ONLINE)
        except BusError:
            return False
        return True

    def _state(self, card: str) -> str:
        shown: str = self._admin.ok("show", card=card, transaction=f"s{next(self._numbers)}")[
            "enrolment"
        ]["state"]
        return shown


@case(
    30,
    "brain killed at enrolment frames 1, half, last but one, last, and in training",
    "0 half-enrolled, 0 acknowledged frames lost",
)
@pytest.mark.slow
@pytest.mark.timeout(60 + 40 * KILLS)
def test_nobody_is_half_enrolled_wherever_the_brain_dies(world: FaultWorld, note: Note) -> None:
    brain = world.brain_process(SLOW_S, enrolment={"count": COUNT, "templates": 5})
    admin = world.side.admin()
    door = world.side.door(started=False)
    door.heard.wait(m.Availability, lambda word: word is m.Availability.ONLINE)
    door.ack_of(door.tell(m.EventKind.STARTED).id)
    enrolling = Enrolling(world, brain, admin, door)
    for number, point in zip(range(KILLS), itertools.cycle(POINTS), strict=False):
        enrolling.play(f"{number + 1:012}", point)
        verdict = door.visit([painted(RED) for _ in range(20)], number + 1)
        if number == 0:
            assert verdict.decision is Decision.GRANT
        admin.ok("remove", card=f"{number + 1:012}")

    note(
        f"{KILLS} kills, {COUNT} frames each",
        half_enrolled=enrolling.half,
        acknowledged_lost=enrolling.lost_acknowledged,
        slowest_restart_s=f"{max(enrolling.recovery_s):.1f}",
    )
    assert (enrolling.half, enrolling.lost_acknowledged) == (0, 0)
