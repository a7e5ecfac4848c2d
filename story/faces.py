"""The second, short run: the demo's people, with real faces, networks and processes.

One door and a brain as processes of their own, animated portraits before the door's camera, dlib's
tracker and SFace: two people are enrolled, one comes back on another photo, and a stranger comes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console

from brain.__main__ import site_keys
from brain.adapters.store_sql import SqlStore
from brain.config import BrainSettings
from demo.observer import Observer, Seen
from demo.report import StoryBroken
from demo.stage import EMPTY, Stage
from demo.story import ABSENCE_S, DOOR, NEIGHBOUR, RESIDENT, STRANGER, Person
from doorbus import messages as m
from doorbus import topics
from doorbus.settings import load
from doorctl.conversation import Conversation, new_transaction
from story.audit import Chapter, Line, differences, life_line
from story.building import ADMIN

FRAMES: Final = 40
TRAIN_S: Final = 90.0
VISIT_S: Final = 60.0


def real_faces(console: Console) -> bool:
    """Play it; whether the audit equals the story.

    Raises:
        StoryBroken: something happened otherwise than the story says.
    """
    with tempfile.TemporaryDirectory(prefix="doorward-faces-") as name:
        folder = Path(name)
        observer = Observer()
        stage = Stage(folder, {DOOR: {"visit": {"absence_s": ABSENCE_S}}})
        try:
            with stage:
                run = _Run(stage, observer, console)
                run.play()
        finally:
            observer.stop()
        # The processes have ended; what they wrote is on the disk.
        chosen = load(folder / "site" / "brain" / "brain.yaml", BrainSettings)
        store = SqlStore(chosen.database_url, site_keys(chosen))
        store.start(upgrade=False)
        with store.work() as work:
            found = work.audit.latest(1000)[::-1]
        store.stop()
    wrong = differences(run.chapters, found, run.names)
    for line in wrong:
        console.print(f"  {line}", style="bold red", highlight=False, soft_wrap=True)
    verdict = "equals the story exactly" if not wrong else f"differs in {len(wrong)} lines"
    console.print(
        f"Real faces: 2 residents, 1 stranger, the audit's {len(found)} lines: {verdict}.",
        style="bold red" if wrong else "bold green",
        highlight=False,
    )
    return not wrong


class _Run:
    def __init__(self, stage: Stage, observer: Observer, console: Console) -> None:
        self.chapters: list[Chapter] = []
        self.names: dict[str, str] = {}
        self._stage = stage
        self._observer = observer
        self._console = console

    def play(self) -> None:
        client = self._stage.client(ADMIN)
        self._observer.watch(client.broker, f"{ADMIN}/faces", "door/#", topics.BRAIN_EVENT.filter)
        self._observer.watch(
            self._stage.brain_access(), "brain.main/faces", topics.RECOGNIZE.filter
        )
        for person in (RESIDENT, NEIGHBOUR):
            self._chapter(f"{person.name} is enrolled with {FRAMES} frames")
            self._enrols(person)
        self._chapter(f"{RESIDENT.name} comes back on another photo, and is let in")
        self._visit(RESIDENT.visits_as, m.Decision.GRANT, m.Reason.MATCH, RESIDENT.name)
        self._chapter("a stranger comes, and is not")
        self._visit(STRANGER, m.Decision.DENY, m.Reason.UNKNOWN, None)

    def _chapter(self, title: str) -> None:
        self._console.print(f"[bold]real faces[/]  {title}", highlight=False)
        self.chapters.append(Chapter(title, time.time()))

    def _enrols(self, person: Person) -> None:
        mark = self._observer.mark()
        with Conversation(self._stage.client(ADMIN)) as alice:
            opened = alice.ask(
                m.Enroll(
                    op="enroll",
                    transaction=new_transaction(),
                    card=person.card,
                    door=DOOR,
                    name=person.name,
                    count=FRAMES,
                )
            )
        self.names[opened["resident"]] = person.name
        self._stage.show({"kind": "animated", "portrait": person.enrols_as}, DOOR)
        self._wait(
            lambda seen: (
                isinstance(seen.value, m.EnrolmentChanged)
                and seen.value.state is m.EnrolmentState.TRAINED
            ),
            mark,
            TRAIN_S,
            f"{person.name} is trained",
        )
        self._write(ADMIN, "enroll", person.name)
        self._write("brain", "trained", person.name)
        self._goes()

    def _visit(
        self, portrait: str, decision: m.Decision, reason: m.Reason, who: str | None
    ) -> None:
        mark = self._observer.mark()
        self._stage.show({"kind": "animated", "portrait": portrait}, DOOR)
        decided = self._wait(
            lambda seen: isinstance(seen.value, m.VisitDecided), mark, VISIT_S, "a verdict"
        ).value
        self._stage.show(EMPTY, DOOR)
        burst = self._wait(
            lambda seen: isinstance(seen.value, m.Burst) and seen.value.visit == decided.visit,
            mark,
            5,
            "its burst",
        ).value
        if (decided.decision, decided.reason) != (decision, reason):
            raise StoryBroken(f"{portrait}: {decided.reason}, not {reason}")
        self._write(f"door:{DOOR}", decision.value, who, reason.value)
        self._write(f"door:{DOOR}", "life", None, life_line(burst))
        self._goes()

    def _goes(self) -> None:
        """Nobody is there, long enough for the door to fall asleep."""
        self._stage.show(EMPTY, DOOR)
        time.sleep(ABSENCE_S + 1)

    def _write(self, actor: str, what: str, resident: str | None, reason: str = "") -> None:
        self.chapters[-1].lines.append(Line(actor, what, resident, DOOR, reason))

    def _wait(self, wanted: Callable[[Seen], object], mark: int, seconds: float, what: str) -> Seen:
        return self._observer.wait(wanted, mark, seconds, what)
