"""The story: people are enrolled, a resident is let in; a stranger, a photo, a forger are not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from demo import picture
from demo.forger import Forger
from demo.observer import Observer, Seen
from demo.report import Report, StoryBroken
from demo.stage import EMPTY, Stage
from demo.timeline import Timeline
from doorbus import messages as m
from doorbus import signing, topics
from doorbus.errors import DoorwardError, PublishRefused
from doorctl import broker
from doorctl.conversation import Conversation, new_transaction
from edge.ports import LockState
from faces.errors import FacesError

DOOR = "front"
CAMERA_DOOR = "camera"
FORGER = "monitor.lobby"
FRAMES = 200
ABSENCE_S = 2.0
"""Seconds with nobody there after which the demo's door sleeps."""

QUIET_S = 1.5
"""Seconds in which a lock that should not move gets the chance to."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a portrait to enrol with, and a photograph to come back as."""

    name: str
    card: str
    enrols_as: str
    visits_as: str


RESIDENT = Person("Barack Obama", "202600000001", "obama.jpg", "obama3.jpg")
NEIGHBOUR = Person("Eileen Collins", "202600000002", "astronaut.png", "astronaut.png")
STRANGER = "biden.jpg"
CAMERA_CARD = "202600000003"


class Story:
    """Plays on a stage that has been started, watched by its own observer."""

    def __init__(self, stage: Stage, console: Console, pictures: Path) -> None:
        self._stage = stage
        self._console = console
        self._timeline = Timeline(console)
        self._observer = Observer(self._timeline.show)
        self._pictures = pictures
        self.report = Report()

    def play(self, *, camera: bool) -> Report:
        """Play it all; a step that fails is reported, and the others are still tried."""
        try:
            self._watch()
            self._enrolment(RESIDENT)
            self._enrolment(NEIGHBOUR)
            self._resident()
            self._stranger()
            self._photo()
            self._forgery_at_the_broker()
            self._forgery_at_the_door()
            self._remote_unlock()
            if camera:
                self._real_camera()
        finally:
            self._observer.stop()
        return self.report

    # --- chapters --------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._timeline.chapter("Broker, brain and door are up; everybody speaks MQTT over TLS")
        self._observer.watch(
            self._stage.client("admin.alice").broker,
            "admin.alice/demo",
            "door/#",
            "verdict/#",
            "brain/event",
            "brain/availability",
        )
        # Bursts are for the brain's eyes alone, so watching them takes the brain's certificate.
        self._observer.watch(self._stage.brain_access(), "brain.main/demo", topics.RECOGNIZE.filter)

    def _enrolment(self, person: Person) -> None:
        with self._step(f"{person.name} is enrolled with {FRAMES} camera frames"):
            self._enrol(
                person.name,
                person.card,
                DOOR,
                lambda: self._stage.show({"kind": "animated", "portrait": person.enrols_as}, DOOR),
            )
            self._leave(DOOR)

    def _resident(self) -> None:
        with self._step(f"{RESIDENT.name} comes back (another photo), blinks, and is let in"):
            mark, came = self._comes({"kind": "animated", "portrait": RESIDENT.visits_as})
            self._let_in(DOOR, mark, came, f"{RESIDENT.name}, an animated portrait", "visit.png")
            self._leave(DOOR)

    def _stranger(self) -> None:
        with self._step("a stranger blinks too, and is refused"), self._lock_stays_shut():
            mark, _ = self._comes({"kind": "animated", "portrait": STRANGER})
            verdict = self._verdict(DOOR, mark).value
            self._expect(verdict.decision is m.Decision.DENY, "a stranger was let in")
            self._leave(DOOR)

    def _photo(self) -> None:
        title = "a still photo of the resident does not blink, and is refused"
        with self._step(title), self._lock_stays_shut():
            mark, _ = self._comes({"kind": "still", "portrait": RESIDENT.visits_as})
            self._wait(_event(m.EventKind.NO_BLINK), mark, 40, "the door misses a blink")
            sent = [seen for seen in self._observer.since(mark) if _burst(DOOR)(seen)]
            self._expect(not sent, "frames of a photo went to the brain")
            self._leave(DOOR)

    def _forgery_at_the_broker(self) -> None:
        title = "a verdict forged by another client is stopped by the broker's access list"
        with self._step(title), self._lock_stays_shut(), self._forger() as forger:
            mark, _ = self._comes({"kind": "animated", "portrait": STRANGER})
            refusal = self._forge(forger, mark)
            self._expect(refusal is not None, "the broker took a verdict from a monitor")
            self._timeline.tell(f"{FORGER} forges a grant: {refusal}")
            self._verdict(DOOR, mark)
            self._leave(DOOR)

    def _forgery_at_the_door(self) -> None:
        title = "with the access list opened for it, the forged verdict is stopped by its signature"
        with (
            self._step(title),
            self._lock_stays_shut(),
            self._opened_access_list(),
            self._forger() as forger,
        ):
            mark, _ = self._comes({"kind": "animated", "portrait": STRANGER})
            refusal = self._forge(forger, mark)
            self._expect(refusal is None, f"the broker still refused it: {refusal}")
            self._timeline.tell(f"{FORGER} forges a grant, and the broker delivers it")
            refused = _event(m.EventKind.REFUSED_MESSAGE)
            self._wait(refused, mark, 10, "the door refuses the forgery")
            self._verdict(DOOR, mark)
            self._leave(DOOR)

    def _remote_unlock(self) -> None:
        with self._step("an administrator opens the door from afar"):
            mark = self._observer.mark()
            asked = time.monotonic()
            with self._conversation() as alice:
                alice.ask(
                    m.Unlock(
                        op="unlock",
                        transaction=new_transaction(),
                        door=DOOR,
                        reason="demo",
                        hold_s=2,
                    )
                )
            opened = self._wait(_lock(DOOR, m.LockReport.UNLOCKED), mark, 5, "the lock opens")
            self._wait(_lock(DOOR, m.LockReport.LOCKED), mark, 10, "the lock closes again")
            self.report.measured("administrator's order to the lock open", opened.at - asked)

    def _real_camera(self) -> None:
        with self._step("you are enrolled at the real camera, blink, and are let in"):
            self._stage.start_door(CAMERA_DOOR)
            look = "look at the camera, turn your head a little"
            self._enrol("You", CAMERA_CARD, CAMERA_DOOR, lambda: self._timeline.tell(look))
            # Who was just enrolled and stays in view begins no visit; a door started anew knows
            # nobody in view.
            self._stage.edges[CAMERA_DOOR].stop()
            mark, came = self._observer.mark(), time.monotonic()
            self._stage.start_door(CAMERA_DOOR)
            self._timeline.tell("now blink")
            self._let_in(CAMERA_DOOR, mark, came, "you, at the real camera", "camera.png")

    # --- what chapters are made of ---------------------------------------------------------------

    def _enrol(self, name: str, card: str, door: str, begin: Callable[[], None]) -> None:
        """Open an enrolment, have the person step up, and follow it until it is trained."""
        request = m.Enroll(
            op="enroll",
            transaction=new_transaction(),
            card=card,
            door=door,
            name=name,
            count=FRAMES,
        )
        self._timeline.tell(f"alice publishes to admin/users/admin.alice: enroll {card} at {door}")
        with self._conversation() as alice, self._progress() as progress:
            opened = alice.ask(request)
            begin()
            bar = progress.add_task("frames stored", total=opened["count"])
            began = full = 0.0
            for event in alice.events(silence_s=60):
                if not isinstance(event, m.EnrolmentChanged):
                    continue
                progress.update(bar, completed=event.stored)
                began = began or time.monotonic()
                if event.state is m.EnrolmentState.TRAINING and not full:
                    full = time.monotonic()
                    self._stage.show(EMPTY, door)
                if event.state is m.EnrolmentState.TRAINED:
                    now = time.monotonic()
                    self.report.measured(f"enrolment of {name}: capture of {FRAMES}", full - began)
                    self.report.measured(f"enrolment of {name}: last frame to trained", now - full)
                    return
                self._expect(
                    event.state is not m.EnrolmentState.REFUSED,
                    f"the enrolment was refused: {event.reason}",
                )
        raise StoryBroken("the enrolment did not come to an end")

    def _comes(self, scene: Mapping[str, Any]) -> tuple[int, float]:
        """Somebody steps before the door; returns the mark and the time from which on to look."""
        self._timeline.tell(f"somebody walks up: {scene['kind']} portrait {scene['portrait']}")
        mark, came = self._observer.mark(), time.monotonic()
        self._stage.show(scene, DOOR)
        return mark, came

    def _leave(self, door: str) -> None:
        """Everybody goes; once the door has fallen asleep, the next to come begins anew."""
        self._stage.show(EMPTY, door)
        time.sleep(ABSENCE_S + 1)

    def _let_in(self, door: str, mark: int, came: float, who: str, name: str) -> None:
        """Follow a visit that must end with an open door, measure and picture it."""
        verdict = self._verdict(door, mark)
        self._expect(verdict.value.decision is m.Decision.GRANT, f"refused: {verdict.value.reason}")
        opened = self._wait(_lock(door, m.LockReport.UNLOCKED), mark, 5, "the lock opens")
        locked = _lock(door, m.LockReport.LOCKED)
        closed = self._wait(
            lambda seen: seen.at > opened.at and locked(seen), mark, 40, "the lock closes again"
        )
        burst = self._wait(_burst(door), mark, 1, "the burst")
        if door == DOOR:
            woke = self._wait(_event(m.EventKind.WOKE), mark, 1, "the door wakes")
            self.report.measured(f"door {door}: stepping up to awake", woke.at - came)
        for what, seconds in (
            ("stepping up to open (with walking up and a blink)", opened.at - came),
            ("burst to verdict", verdict.at - burst.at),
            ("verdict to the lock open", opened.at - verdict.at),
            ("the lock stays open for", closed.at - opened.at),
        ):
            self.report.measured(f"door {door}: {what}", seconds)
        looks = picture.read_looks(self._stage.trace(door), burst.value.visit)
        title = f"Door {door!r}: {who}"
        picture.draw(looks, burst.value, verdict.value, title, self._pictures / name)

    def _verdict(self, door: str, mark: int) -> Seen:
        """The brain's own answer to the burst of a visit; a forger's has another signature."""
        burst = self._wait(_burst(door), mark, 60, "a blink is seen and a burst sent")
        key = self._stage.brain_key()

        def answers(seen: Seen) -> bool:
            if not isinstance(seen.value, m.Verdict) or seen.value.nonce != burst.value.nonce:
                return False
            try:
                stamp = signing.verify(seen.wire, topics.VERDICT, lambda _: key)
            except DoorwardError:
                return False
            return stamp.door == door

        return self._wait(answers, mark, 10, "the brain answers")

    def _forge(self, forger: Forger, mark: int) -> PublishRefused | None:
        """Overhear a visit, grant it under another's name; None where the broker delivered it."""
        burst = self._wait(_burst(DOOR), mark, 40, "a burst to overhear")
        stamp = signing.Stamp(DOOR, int(burst.wire.properties["epoch"]))
        try:
            forger.grant(stamp, burst.value.visit, burst.value.nonce)
        except PublishRefused as refusal:
            return refusal
        return None

    def _forger(self) -> Forger:
        return Forger(self._stage.client(FORGER).broker, f"{FORGER}/forger")

    def _conversation(self) -> Conversation:
        return Conversation(self._stage.client("admin.alice"))

    def _progress(self) -> Progress:
        return Progress(
            TextColumn("          {task.description}"),
            BarColumn(40),
            MofNCompleteColumn(),
            console=self._console,
        )

    def _wait(self, wanted: Callable[[Seen], bool], mark: int, seconds: float, what: str) -> Seen:
        return self._observer.wait(wanted, mark, seconds, what)

    def _expect(self, right: bool, wrong: str) -> None:
        if not right:
            raise StoryBroken(wrong)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        """One step; whatever goes wrong in it is told, and the story goes on."""
        self._timeline.chapter(title)
        try:
            yield
        except (DoorwardError, FacesError) as error:
            self.report.failed(title, str(error))
            self._console.print(f"  WRONG: {error}", style="bold red", highlight=False)
            self._stage.show(EMPTY, DOOR)
        else:
            self.report.passed(title)

    @contextmanager
    def _lock_stays_shut(self) -> Iterator[None]:
        """The lock's own ledger must show no opening in this step."""
        before = len(self._stage.ledger(DOOR))
        yield
        time.sleep(QUIET_S)
        moved = [
            move
            for move in self._stage.ledger(DOOR)[before:]
            if move.state != LockState.LOCKED.value
        ]
        self._expect(not moved, "the lock was opened")

    @contextmanager
    def _opened_access_list(self) -> Iterator[None]:
        """Let the forger publish verdicts, as far as the broker is concerned."""
        acl = self._stage.site.broker / "acl"
        opened = f"\nuser {FORGER}\ntopic write verdict/#\n"
        acl.write_text(acl.read_text(encoding="utf-8") + opened, encoding="utf-8")
        self._stage.broker.reload()
        try:
            yield
        finally:
            broker.write_access_list(self._stage.site)
            self._stage.broker.reload()


def _burst(door: str) -> Callable[[Seen], bool]:
    topic = topics.RECOGNIZE.name(door)
    return lambda seen: seen.wire.topic == topic and isinstance(seen.value, m.Burst)


def _event(kind: m.EventKind) -> Callable[[Seen], bool]:
    return lambda seen: isinstance(seen.value, m.DoorEvent) and seen.value.kind is kind


def _lock(door: str, report: m.LockReport) -> Callable[[Seen], bool]:
    topic = topics.LOCK_STATE.name(door)
    return lambda seen: seen.wire.topic == topic and seen.value is report
