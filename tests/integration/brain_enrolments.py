"""Enrolments as a test sees them: opened, heard of, and their pictures on disk."""

from __future__ import annotations

from brain_world import Admin, Door, World

from doorbus import messages as m
from doorbus.messages import EnrolmentState

CARD, OTHER = "000000000001", "000000000002"


def opened(admin: Admin, door: Door, card: str = CARD, **more: object) -> m.StartEnrolment:
    """Open an enrolment, and wait for the command to the door."""
    data = admin.ok("enroll", card=card, door=door.name, name="Somebody", **more)
    return door.heard.wait(m.StartEnrolment, lambda start: start.enrolment == data["enrolment"])


def changed(admin: Admin, start: m.StartEnrolment, state: EnrolmentState) -> m.EnrolmentChanged:
    return admin.heard.wait(
        m.EnrolmentChanged,
        lambda change: (change.enrolment, change.state) == (start.enrolment, state),
    )


def pictures_on_disk(world: World) -> int:
    return sum(1 for _ in (world.folder / "data" / "frames").rglob("*.sealed"))
