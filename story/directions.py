"""How is each thing that happens in the story done, waited for, and written down?

What must stand in the audit is written here by what the story says, before the audit is read: who
is let in and why not, who asked for what. Only this is taken from elsewhere: residents'
opaque ids and a pass's number, from the brain's answers; and the words about life, which a door
said, from its own burst as it went over the broker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from rich.console import Console

from demo.observer import NotSeen, Seen
from demo.report import StoryBroken
from doorbus import messages as m
from doorbus import topics
from doorctl.conversation import RequestRefused
from doorctl.pass_picture import png_of
from faces import jpeg
from story.audit import Chapter, Line, life_line
from story.building import ADMIN, Building, StoryDoor
from story.people import Person

STRANGER = 999
"""A plate that nobody enrolled."""

GAP_S = 5.0
"""Seconds of the story between two chapters, so that none runs into the next."""

LONG_S = 40.0

BLACK = 48
"""Grey level between what is masked and what is not."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody steps up to a door.

    Attributes:
        door: which.
        who: whose plate.
        reason: what the brain must say.
        second: what is shown beside the face, if anything.
    """

    door: str
    who: int
    reason: m.Reason
    second: str | None = None

    @property
    def granted(self) -> bool:
        """Whether they must be let in."""
        return self.reason is m.Reason.MATCH


class Directions:
    """Does what the story says, and writes it down."""

    def __init__(self, building: Building, console: Console) -> None:
        self.building = building
        self.chapters: list[Chapter] = []
        self.names: dict[str, str] = {}
        self.visits = 0
        self._console = console

    @contextmanager
    def chapter(
        self,
        title: str,
        at: tuple[int, int] | None = None,
        *,
        together: bool = False,
        days: int = 0,
    ) -> Iterator[None]:
        """One part of the day; leaps to its time where one is given."""
        clock = self.building.clock
        clock.leap(GAP_S)
        if at is not None:
            clock.leap_to(*at, days=days)
        self.chapters.append(Chapter(title, clock.wall(), together))
        self._console.print(f"[bold]{clock}[/]  {title}", highlight=False)
        try:
            yield
        except (NotSeen, RequestRefused, AssertionError) as error:
            raise StoryBroken(f"{clock} {title}: {error}") from error
        self._everything_shut()

    def say(self, text: str) -> None:
        """Tell whoever reads."""
        self._console.print(f"           {text}", style="dim", highlight=False)

    def write(
        self,
        actor: str,
        what: str,
        resident: int | None = None,
        door: str | None = None,
        reason: str = "",
    ) -> None:
        """Write down a line that must stand in the audit."""
        name = None if resident is None else Person(resident).name
        self.chapters[-1].lines.append(Line(actor, what, name, door, reason))

    # --- administration --------------------------------------------------------------------------

    def asks(self, op: str, *, resident: int | None = None, **fields: Any) -> dict[str, Any]:
        """The administrator asks about somebody, or nobody."""
        data = self.building.ask(op, **fields)
        self.write(ADMIN, op, resident)
        return data

    def refused(self, op: str, code: m.ErrorCode, **fields: Any) -> None:
        """The administrator asks what is refused, and kept as that."""
        try:
            self.building.ask(op, **fields)
        except RequestRefused:
            self.write(ADMIN, op, reason=f"refused: {code.value}")
        else:
            raise StoryBroken(f"{op} was carried out, and must be refused as {code}")

    def orders(self, op: str, door: str, reason: str) -> None:
        """An order for one door."""
        self.building.ask(op, door=door, reason=reason)
        self.write(ADMIN, f"{op}_asked", None, door, reason)
        self.write(ADMIN, op, None, door, reason)

    def orders_all(
        self, op: str, doors: str, names: Sequence[str], reason: str, away: Sequence[str] = ()
    ) -> None:
        """An order for several doors; those that are away wait for it."""
        data = self.building.ask(op, doors=doors, reason=reason)
        results = {door: one["result"] for door, one in data["doors"].items()}
        wanted = {door: "waiting" if door in away else "done" for door in names}
        if results != wanted:
            raise StoryBroken(f"{op}: {results} instead of {wanted}")
        self.write(ADMIN, f"{op}_asked", reason=f"{doors}: {reason}")
        for door in names:
            if door not in away:
                self.write(ADMIN, op, None, door, reason)

    def limited(self, op: str, **fields: Any) -> None:
        """The administrator asks once too often; that is told in the audit, the request is not."""
        try:
            self.building.ask(op, **fields)
        except RequestRefused as why:
            if "try again in" not in str(why):
                raise
            self.write(ADMIN, "limited", reason=f"{op}: {m.ErrorCode.RATE_LIMITED.value}")
        else:
            raise StoryBroken(f"{op} was carried out once too often")

    def takes_picture(self, door: str) -> None:
        """The administrator sees the door's picture, and not what is masked in it."""
        mark = self.building.observer.mark()
        self.building.ask("snapshot", door=door)
        self.write(ADMIN, "snapshot", None, door)
        topic = topics.SNAPSHOT.name(door)
        seen = self.building.wait(lambda one: one.wire.topic == topic, mark, "a picture")
        picture = jpeg.decode(seen.value.jpeg)
        quarter = picture.shape[1] // 4
        if picture[:, : quarter - 8].max() > BLACK or picture[:, quarter + 8 :].min() < BLACK:
            raise StoryBroken("the picture shows what is masked, or hides what is not")

    def locked_out(self, door: str, who: int) -> None:
        """Somebody whom the brain knows stands before a door that is locked down."""
        building = self.building
        mark, before = building.observer.mark(), building.doors[door].openings
        building.doors[door].scene.stands(who)
        decided = building.wait(_decided(door), mark, f"a verdict at {door}").value
        building.told(mark, door, m.EventKind.DENIED)
        self.write(f"door:{door}", "grant", who, door, m.Reason.MATCH.value)
        burst = building.wait(_burst(door, decided.visit), mark, "its burst").value
        self.write(f"door:{door}", "life", None, door, life_line(burst))
        self._leaves(building.doors[door], before)

    def stands_open(self, door: str) -> None:
        """A door must be open by now."""
        self.building.until(lambda: not self.building.doors[door].locked, f"{door} opens")

    def stands_shut(self, door: str) -> None:
        """A door must be shut by now."""
        self.building.until(lambda: self.building.doors[door].locked, f"{door} shuts")

    def enrols(self, where: Mapping[str, int]) -> None:
        """People are enrolled, each at a door of their own, at the same time."""
        building = self.building
        mark = building.observer.mark()
        opened = {}
        for door, number in where.items():
            person = Person(number)
            data = self._enroll(door, person)
            self.names[data["resident"]] = person.name
            opened[data["enrolment"]] = (door, number)
            building.doors[door].scene.stands(number)
        self._leave_once_captured(set(where), mark)
        for enrolment, (door, number) in opened.items():
            building.wait(_trained(enrolment), mark, f"{Person(number).name} is trained", LONG_S)
            self.write("brain", "trained", number, door)

    def _leave_once_captured(self, doors: set[str], mark: int) -> None:
        """Whoever was captured goes at once: who stays may be let in, once they are trained."""
        by_topic = {topics.DOOR_EVENT.name(door): door for door in doors}

        def gone() -> bool:
            for seen in self.building.observer.since(mark):
                door = by_topic.get(seen.wire.topic)
                sent = isinstance(seen.value, m.DoorEvent) and (
                    seen.value.kind is m.EventKind.ENROLMENT_SENT
                )
                if door in doors and sent:
                    doors.discard(door)
                    self.building.doors[door].scene.leaves()
            return not doors

        self.building.until(gone, "everybody is captured", LONG_S)

    def _enroll(self, door: str, person: Person) -> dict[str, Any]:
        data = self.building.ask("enroll", card=person.card, name=person.name, door=door)
        self.write(ADMIN, "enroll", person.number, door)
        return data

    # --- before doors ----------------------------------------------------------------------------

    def visit(
        self, door: str, who: int, reason: m.Reason = m.Reason.MATCH, second: str | None = None
    ) -> None:
        """One visit; it must end as the story says."""
        self.at_once(Visit(door, who, reason, second))

    def at_once(self, *visits: Visit) -> None:
        """Visits at several doors at the same time."""
        building = self.building
        mark = building.observer.mark()
        before = {one.door: building.doors[one.door].openings for one in visits}
        for one in visits:
            building.doors[one.door].scene.stands(one.who)
            if one.second is not None:
                building.doors[one.door].types(one.second)
        for one in visits:
            self._ends(one, mark, before[one.door])

    def _ends(self, one: Visit, mark: int, openings: int) -> None:
        building, door = self.building, self.building.doors[one.door]
        decided = building.wait(_decided(one.door), mark, f"a verdict at {one.door}").value
        said = (decided.decision is m.Decision.GRANT, decided.reason)
        if said != (one.granted, one.reason):
            raise StoryBroken(f"door {one.door}, plate {one.who}: {said[1]}, not {one.reason}")
        kind = m.EventKind.GRANTED if one.granted else m.EventKind.DENIED
        building.told(mark, one.door, kind)
        known = one.reason is m.Reason.MATCH or one.reason in _BY_RULE
        decision = m.Decision.GRANT if one.granted else m.Decision.DENY
        actor = f"door:{one.door}"
        self.write(actor, decision.value, one.who if known else None, one.door, one.reason.value)
        burst = building.wait(_burst(one.door, decided.visit), mark, "its burst").value
        self.write(actor, "life", None, one.door, life_line(burst))
        self.visits += 1
        self._leaves(door, openings + int(one.granted))

    def nobody_let_in(self, door: str, who: int, kind: m.EventKind) -> None:
        """Somebody steps up whom the door itself does not believe; the brain hears nothing."""
        building = self.building
        mark, before = building.observer.mark(), building.doors[door].openings
        building.doors[door].scene.stands(who, blinks=kind is not m.EventKind.NO_BLINK)
        building.told(mark, door, kind)
        self._leaves(building.doors[door], before)

    def shows_pass(self, door: str, code: str, kind: m.EventKind, detail: str) -> None:
        """Somebody holds a pass before the camera, and the door says of it what the story says."""
        building = self.building
        mark, before = building.observer.mark(), building.doors[door].openings
        picture = cv2.imdecode(np.frombuffer(png_of(code), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None  # noqa: S101  # it was made just now
        side = min(352, picture.shape[0])
        paper = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
        building.doors[door].scene.holds_up(np.asarray(paper, np.uint8))
        building.told(mark, door, kind)
        what = "pass_used" if kind is m.EventKind.PASS else kind.value
        self.write(f"door:{door}", what, None, door, detail)
        self._leaves(building.doors[door], before + int(kind is m.EventKind.PASS))

    def types(self, door: str, digits: str, owner: int | None, reason: m.Reason) -> None:
        """Somebody types a code alone."""
        building = self.building
        mark, before = building.observer.mark(), building.doors[door].openings
        building.doors[door].types(digits)
        decided = building.wait(_decided(door), mark, f"a verdict at {door}").value
        if decided.reason is not reason:
            raise StoryBroken(f"door {door}: {decided.reason}, not {reason}")
        granted = reason is m.Reason.MATCH
        self.write(
            f"door:{door}", "grant" if granted else "deny", owner, door, f"{reason.value} code"
        )
        building.told(mark, door, m.EventKind.GRANTED if granted else m.EventKind.DENIED)
        self._leaves(building.doors[door], before + int(granted))

    def feels(self, door: str, kind: m.EventKind, **wires: bool) -> None:
        """A wire of a door moves, and the door must tell of it."""
        mark = self.building.observer.mark()
        self.building.doors[door].feels(**wires)
        self.building.told(mark, door, kind)

    def opens(self, door: str, **wires: bool) -> None:
        """Somebody opens a door's leaf; its contact must say so."""
        mark = self.building.observer.mark()
        self.building.doors[door].feels(contact=True, **wires)
        topic = topics.CONTACT.name(door)
        self.building.wait(
            lambda seen: seen.wire.topic == topic and seen.value is m.ContactReport.ON,
            mark,
            f"the contact of {door}",
        )

    def forgotten(self, who: int) -> None:
        """Every door must confirm that it has forgotten somebody."""
        building = self.building
        building.until(
            lambda: not building.ask("erasures")["erasures"], "every door has confirmed", LONG_S
        )
        for door in building.doors:
            self.write(f"door:{door}", "forgotten", who, door)

    def tells(self, door: str, kind: m.EventKind) -> None:
        """A door must tell this now, for time has passed."""
        self.building.told(self.building.observer.mark(), door, kind)

    def _leaves(self, door: StoryDoor, openings: int) -> None:
        """Whoever stood there goes; by then the lock must have opened so often, and be shut."""
        door.scene.leaves()
        self.building.until(lambda: door.openings >= openings, f"door {door.name} opens")
        self.building.until(lambda: door.locked, f"door {door.name} shuts")
        if door.openings != openings:
            raise StoryBroken(f"door {door.name} opened {door.openings - openings} times too often")

    def _everything_shut(self) -> None:
        for door in self.building.doors.values():
            door.scene.leaves()


_BY_RULE = frozenset(
    {
        m.Reason.DISABLED,
        m.Reason.NOT_PERMITTED,
        m.Reason.FORBIDDEN,
        m.Reason.OUT_OF_HOURS,
        m.Reason.NOT_VALID_YET,
        m.Reason.NO_LONGER_VALID,
        m.Reason.NOBODY_IN_YET,
        m.Reason.PASSBACK,
        m.Reason.SECOND_FACTOR,
        m.Reason.WRONG_SECOND_FACTOR,
    }
)
"""Refusals of somebody who was recognised."""


def _trained(enrolment: str) -> Callable[[Seen], bool]:
    return lambda seen: (
        isinstance(seen.value, m.EnrolmentChanged)
        and seen.value.enrolment == enrolment
        and seen.value.state is m.EnrolmentState.TRAINED
    )


def _decided(door: str) -> Callable[[Seen], bool]:
    return lambda seen: isinstance(seen.value, m.VisitDecided) and seen.value.door == door


def _burst(door: str, visit: int) -> Callable[[Seen], bool]:
    topic = topics.RECOGNIZE.name(door)
    return lambda seen: (
        seen.wire.topic == topic and isinstance(seen.value, m.Burst) and seen.value.visit == visit
    )
