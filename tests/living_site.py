"""What do the tests of the whole system do at a site that runs? Enrol, walk up, and look closely.

Every process is real (`demo.stage`). Nothing here knows what must come out: it waits for what was
asked for and gives up after a while, so that a test says what is right.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.observer import NotSeen, Observer, Seen
from demo.stage import EMPTY, Stage
from doorbus import messages as m
from doorbus import topics
from doorbus.errors import BusError
from doorctl.conversation import Conversation, new_transaction
from edge.ports import LockState

DOOR = "front"
ADMIN = "admin.alice"
POLL_S = 0.02

GONE_S = 0.6
"""Seconds of an empty place after which the next face is a new track."""

ASLEEP_S = 0.4
"""Seconds without a look after which a door counts as asleep."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One time that the lock was open, by its own ledger; both on this machine's clocks.

    Attributes:
        at: when it opened, monotonic seconds.
        wall: the same, seconds since 1970.
        closed: when it closed, monotonic seconds; None while it is open.
        pid: the lock process.
    """

    at: float
    wall: float
    closed: float | None
    pid: int

    @property
    def lasted(self) -> float:
        """Seconds open; endless while it is."""
        return float("inf") if self.closed is None else self.closed - self.at


class LivingSite:
    """A stage that runs, an administrator, and somebody who watches all topics.

    Args:
        stage: started.
        observer: watches nothing yet; whoever made it stops it.
    """

    def __init__(self, stage: Stage, observer: Observer) -> None:
        self.stage = stage
        self.observer = observer
        self._looks_read = 0

    def watch(self) -> None:
        """Begin to watch: bursts with the brain's certificate, the only one that may see them."""
        self.observer.watch(
            self.stage.client(ADMIN).broker,
            f"{ADMIN}/watch",
            "door/#",
            "verdict/#",
            topics.BRAIN_EVENT.filter,
            topics.BRAIN_AVAILABILITY.filter,
        )
        self.observer.watch(self.stage.brain_access(), "brain.main/watch", topics.RECOGNIZE.filter)

    # --- administration --------------------------------------------------------------------------

    def ask(self, request: m.Request, patience_s: float = 40) -> dict[str, Any]:
        """Ask the brain, again with the same transaction while broker or brain are away."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                with Conversation(self.stage.client(ADMIN)) as alice:
                    return alice.ask(request, patience_s=4)
            except BusError:
                if time.monotonic() > deadline:
                    raise

    def enroll(self, name: str, card: str, count: int) -> str:
        """Open an enrolment; returns its id once the door looks out for its frames."""
        mark = self.observer.mark()
        opened = self.ask(
            m.Enroll(
                op="enroll",
                transaction=new_transaction(),
                card=card,
                door=DOOR,
                name=name,
                count=count,
            )
        )
        self.observer.wait(told(m.EventKind.ENROLLING), mark, 20, "the door begins to enrol")
        enrolment: str = opened["enrolment"]
        return enrolment

    def enrolment(self, card: str) -> Mapping[str, Any]:
        """How a card's enrolment stands: state, frames stored, reason."""
        shown = self.ask(m.Show(op="show", card=card))
        enrolment: Mapping[str, Any] = shown["enrolment"]
        return enrolment

    def wait_enrolled(self, card: str, seconds: float) -> Mapping[str, Any]:
        """Wait until an enrolment has come to its end, whichever; how it then stands."""
        deadline = time.monotonic() + seconds
        over = {state.value for state in m.EnrolmentState} - {"capturing", "training"}
        while (stands := self.enrolment(card))["state"] not in over:
            if time.monotonic() > deadline:
                raise NotSeen(f"the enrolment has no end after {seconds:.0f} s: {stands}")
            time.sleep(0.5)
        return stands

    # --- before the door -------------------------------------------------------------------------

    def comes(self, scene: Mapping[str, Any]) -> int:
        """Somebody stands before the door from now on; returns the mark."""
        mark = self.observer.mark()
        self.stage.show(scene, DOOR)
        return mark

    def goes(self) -> None:
        """Nobody is there any more; whoever comes next is somebody new to the door."""
        self.stage.show(EMPTY, DOOR)
        time.sleep(GONE_S)

    def looks(self) -> Iterator[Mapping[str, Any]]:
        """What the running edge wrote down of its sightings since the last call."""
        lines = self.stage.trace(DOOR).read_text(encoding="utf-8").splitlines()
        # An edge that starts writes its trace anew.
        read = self._looks_read if self._looks_read <= len(lines) else 0
        news, self._looks_read = lines[read:], len(lines)
        for line in news:
            entry: Mapping[str, Any] = json.loads(line)
            if entry["what"] == "look":
                yield entry

    def wait_asleep(self, seconds: float) -> None:
        """Wait until the door looks at nobody any more; it wakes for whoever comes next."""
        deadline = time.monotonic() + seconds
        while any(self.looks()):
            if time.monotonic() > deadline:
                raise NotSeen(f"the door sleeps: not within {seconds:.0f} s")
            time.sleep(ASLEEP_S)

    # --- the lock --------------------------------------------------------------------------------

    def openings(self) -> list[Opening]:
        """Every time the lock was open, by its own ledger."""
        found: list[Opening] = []
        opened: tuple[float, float, int] | None = None
        for move in self.stage.ledger(DOOR):
            if move.state == LockState.LOCKED.value:
                if opened is not None:
                    found.append(Opening(opened[0], opened[1], move.monotonic, opened[2]))
                opened = None
            elif opened is None:
                wall = datetime.fromisoformat(move.wall).timestamp()
                opened = (move.monotonic, wall, move.pid)
        if opened is not None:
            found.append(Opening(opened[0], opened[1], None, opened[2]))
        return found

    def locked(self) -> bool:
        """Whether the ledger's last word is that the lock is closed."""
        ledger = self.stage.ledger(DOOR)
        return bool(ledger) and ledger[-1].state == LockState.LOCKED.value

    def wait_opened(self, since: int, seconds: float, what: str) -> Opening:
        """Wait for the next opening after the first `since` of them."""
        wait_until(lambda: len(self.openings()) > since, seconds, what)
        return self.openings()[since]

    def wait_locked(self, seconds: float) -> float:
        """Wait until the ledger's last word is closed; when it was written, monotonic seconds."""
        wait_until(self.locked, seconds, "the lock closes")
        return self.stage.ledger(DOOR)[-1].monotonic


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something that no message tells. Raises `NotSeen`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotSeen(f"{what}: not within {seconds:.1f} s")
        time.sleep(POLL_S)


def told(kind: m.EventKind) -> Callable[[Seen], bool]:
    """Whether a message is a door's event of this kind."""
    return lambda seen: isinstance(seen.value, m.DoorEvent) and seen.value.kind is kind


def verdict(decision: m.Decision) -> Callable[[Seen], bool]:
    """Whether a message is a verdict of this kind."""
    return lambda seen: isinstance(seen.value, m.Verdict) and seen.value.decision is decision


def scene_camera(folder: Path, pace: str) -> dict[str, Any]:
    """The stage's own scene camera, at another pace."""
    return {"kind": "scene", "source": str(folder / f"scene-{DOOR}.json"), "pace": pace}
