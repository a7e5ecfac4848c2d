"""What is killed, and when? The moments of the story, and what must hold after each kill.

A moment is a phase of the story and a random delay within it. After the kill the same site goes on:
the lock must close, what ran must be finished, a resident must be let in and a stranger must not.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from living_site import ADMIN, DOOR, LivingSite, Opening, told, wait_until
from rich.table import Table

from demo.observer import NotSeen, Seen
from doorbus import messages as m
from doorbus.errors import DoorwardError
from doorctl.conversation import Conversation, new_transaction

HOLD_S: Final = 2.0
"""Seconds that a visit or an order holds the lock: longer than a dead edge may keep it open."""

EDGE_DEAD_S: Final = 1.5
"""Seconds after the edge's death by which its lock is closed."""

SLACK_S: Final = 0.5
"""Seconds that this machine's scheduler may add to a hold."""

FRAMES: Final = 40
"""Three seconds of somebody who moves: in one second they may stand as still as a picture."""
RESIDENT: Final = "000000000001"
ENROLS: Final = "obama.jpg"
VISITS: Final = "obama3.jpg"
NEWCOMER: Final = "astronaut.png"
STRANGER: Final = "biden.jpg"
VISIT_S: Final = 40.0


class Phase(StrEnum):
    """Where in the story."""

    CAPTURING = "enrolment running"
    TRAINING = "training"
    BEFORE_BLINK = "visit before the blink"
    BURST = "burst sent"
    OPEN = "lock open"
    ORDER = "order in flight"


LONGEST_DELAY_S: Final = {
    Phase.CAPTURING: 1.4,
    Phase.TRAINING: 0.3,
    Phase.BEFORE_BLINK: 0.8,
    Phase.BURST: 0.25,
    Phase.OPEN: 0.4,
    Phase.ORDER: 0.12,
}
"""Seconds from a phase's beginning within which the kill comes."""


class Victim(StrEnum):
    """Which process."""

    EDGE = "edge"
    BRAIN = "brain"
    BROKER = "broker"


@dataclass(frozen=True, slots=True)
class Moment:
    """When which process is killed; `delay` in seconds since the phase began."""

    number: int
    phase: Phase
    victim: Victim
    delay: float


@dataclass(slots=True)
class Outcome:
    """What came of a kill.

    Attributes:
        moment: what was done.
        killed_at: monotonic seconds.
        closed_s: seconds from the kill to the lock closed; None where it was closed.
        recovery_s: seconds from the kill until a resident was let in, walking up included; NaN
            where nobody was.
        tries: times that the resident had to blink for it.
        wrong: what did not hold.
    """

    moment: Moment
    killed_at: float = 0.0
    closed_s: float | None = None
    recovery_s: float = float("nan")
    tries: int = 0
    wrong: list[str] = field(default_factory=list)


def moments(count: int, seed: int) -> list[Moment]:
    """Random moments, spread evenly: each six hold every phase once and every victim twice."""
    chance = random.Random(seed)
    phases, victims = list(Phase), list(Victim)
    found: list[Moment] = []
    while len(found) < count:
        turn = len(found) // len(phases)
        pairs = [(phase, victims[(i + turn) % 3]) for i, phase in enumerate(phases)]
        chance.shuffle(pairs)
        for phase, victim in pairs:
            delay = chance.uniform(0, LONGEST_DELAY_S[phase])
            found.append(Moment(len(found) + 1, phase, victim, delay))
    return found[:count]


class KillStory:
    """Plays moments at one site, one after the other.

    Args of the constructor:
        site: started and watched.
        folder: of its stage.
    """

    def __init__(self, site: LivingSite, folder: Path) -> None:
        self._site = site
        self._database = folder / "site" / "brain" / "data" / "doorward.sqlite"
        self._newcomers = 0
        self.outcomes: list[Outcome] = []

    def enrol_resident(self) -> None:
        """Before anything is killed: somebody who must be let in ever after."""
        self._site.enroll("Resident", RESIDENT, FRAMES)
        self._site.comes(_walks_up(ENROLS, 1))
        stands = self._site.wait_enrolled(RESIDENT, VISIT_S)
        if stands["state"] != "trained":
            raise NotSeen(f"the resident could not be enrolled: {stands}")
        self._site.goes()

    def play(self, moment: Moment) -> Outcome:
        """One moment, and what must hold afterwards; what does not is told in the outcome."""
        outcome = Outcome(moment)
        self.outcomes.append(outcome)
        try:
            self._play(moment, outcome)
        except DoorwardError as error:
            outcome.wrong.append(str(error))
            self._clear_up()
        return outcome

    # --- a moment --------------------------------------------------------------------------------

    def _play(self, moment: Moment, outcome: Outcome) -> None:
        site = self._site
        enrols = moment.phase in {Phase.CAPTURING, Phase.TRAINING}
        order = _Order(site) if moment.phase is Phase.ORDER else None
        if enrols:
            self._newcomers += 1
        card = f"1{self._newcomers:011}"
        self._reach(moment, card, order)
        time.sleep(moment.delay)
        self._kill(moment.victim, outcome)
        if not enrols:
            site.goes()
        self._restart(moment.victim)
        if enrols:
            self._finish(card, outcome)
            site.goes()
        if order is not None:
            order.join()
        site.wait_locked(HOLD_S + SLACK_S)
        self._resident_is_let_in(_walks_up(NEWCOMER if enrols else VISITS, moment.number), outcome)
        self._stranger_is_not(moment.number, outcome)
        if enrols:
            site.ask(m.Remove(op="remove", transaction=new_transaction(), card=card))

    def _reach(self, moment: Moment, card: str, order: _Order | None) -> None:
        """Play until the phase begins."""
        site, scene = self._site, _walks_up(VISITS, moment.number)
        match moment.phase:
            case Phase.CAPTURING:
                site.enroll("Newcomer", card, FRAMES)
                site.comes(_walks_up(NEWCOMER, moment.number))
            case Phase.TRAINING:
                enrolment = site.enroll("Newcomer", card, FRAMES)
                mark = site.comes(_walks_up(NEWCOMER, moment.number))
                site.observer.wait(_trains(enrolment), mark, VISIT_S, "all frames are stored")
            case Phase.BEFORE_BLINK:
                list(site.looks())
                site.comes(scene)
                wait_until(lambda: any(map(_watches, site.looks())), 10, "the door sees a face")
            case Phase.BURST:
                mark = site.comes(scene)
                site.observer.wait(_is_burst, mark, VISIT_S, "a burst is sent")
            case Phase.OPEN:
                before = len(site.openings())
                site.comes(scene)
                site.wait_opened(before, VISIT_S, "a resident is let in before the kill")
            case Phase.ORDER:
                assert order is not None
                order.send()

    def _kill(self, victim: Victim, outcome: Outcome) -> None:
        stage = self._site.stage
        outcome.killed_at = time.monotonic()
        match victim:
            case Victim.EDGE:
                stage.edges[DOOR].kill()
                # Before the next edge closes it anyway.
                left = outcome.killed_at + EDGE_DEAD_S - time.monotonic()
                with suppress(NotSeen):
                    self._site.wait_locked(max(0.0, left))
                if not self._site.locked():
                    outcome.wrong.append(f"the lock is open {EDGE_DEAD_S} s after the edge died")
            case Victim.BRAIN:
                stage.brain.kill()
            case Victim.BROKER:
                stage.broker.kill()

    def _restart(self, victim: Victim) -> None:
        stage = self._site.stage
        match victim:
            case Victim.EDGE:
                stage.edges[DOOR].start()
            case Victim.BRAIN:
                stage.brain.start()
            case Victim.BROKER:
                stage.broker.restart()

    def _finish(self, card: str, outcome: Outcome) -> None:
        """The person stays until the enrolment that ran is complete."""
        stands = self._site.wait_enrolled(card, 60)
        if (stands["state"], stands["stored"]) != ("trained", FRAMES):
            outcome.wrong.append(f"the enrolment ended as {dict(stands)}")

    def _resident_is_let_in(self, scene: dict[str, Any], outcome: Outcome) -> None:
        site = self._site
        before, since = len(site.openings()), time.time()
        mark = site.comes(scene)
        opening = site.wait_opened(before, VISIT_S, "a resident is let in after the kill")
        outcome.recovery_s = opening.at - outcome.killed_at
        granted = _event_since(m.EventKind.GRANTED, since)
        site.observer.wait(granted, mark, 15, "the door tells of the visit")
        refused = (m.EventKind.DENIED, m.EventKind.NO_ANSWER)
        outcome.tries = 1 + sum(
            any(_event_since(kind, since)(seen) for kind in refused)
            for seen in site.observer.since(mark)
        )
        site.goes()

    def _stranger_is_not(self, number: int, outcome: Outcome) -> None:
        """They follow on the resident's heels, while the lock may still be open."""
        site = self._site
        before, since = len(site.openings()), time.time()
        mark = site.comes(_walks_up(STRANGER, number))
        denied = _event_since(m.EventKind.DENIED, since)
        site.observer.wait(denied, mark, VISIT_S, "a stranger is refused after the kill")
        site.goes()
        site.wait_locked(SLACK_S)
        if len(site.openings()) != before:
            outcome.wrong.append("the lock opened before a stranger")

    def _clear_up(self) -> None:
        """So that the next moment begins like any other."""
        site = self._site
        site.goes()
        for victim in Victim:
            with suppress(DoorwardError):
                self._restart_dead(victim)
        with suppress(DoorwardError):
            card = f"1{self._newcomers:011}"
            site.ask(m.Remove(op="remove", transaction=new_transaction(), card=card))
        with suppress(NotSeen):
            site.wait_locked(HOLD_S + SLACK_S)

    def _restart_dead(self, victim: Victim) -> None:
        if victim is Victim.BROKER and self._site.stage.broker.running:
            return
        self._restart(victim)

    # --- afterwards ------------------------------------------------------------------------------

    def judge_ledger(self) -> list[str]:
        """What is wrong with the lock's own record of the whole time."""
        openings = self._site.openings()
        wrong = [
            f"open for {one.lasted:.2f} s, a hold is {HOLD_S} s"
            for one in openings
            if one.lasted > HOLD_S + SLACK_S
        ]
        wrong += self._judge_kills(openings)
        return wrong + self._judge_reasons(openings)

    def _judge_kills(self, openings: Sequence[Opening]) -> list[str]:
        wrong = []
        for outcome in self.outcomes:
            at = outcome.killed_at
            for one in openings:
                closed = one.at + one.lasted
                if one.at <= at < closed:
                    outcome.closed_s = closed - at
                begins_dead = one.at < at + EDGE_DEAD_S and closed > at
                if not begins_dead or outcome.moment.victim is not Victim.EDGE:
                    continue
                if closed - at > EDGE_DEAD_S:
                    text = f"kill {outcome.moment.number}: closed {closed - at:.2f} s after it"
                    wrong.append(text)
        return wrong

    def _judge_reasons(self, openings: Sequence[Opening]) -> list[str]:
        """Each opening has an audited cause of its own, and one that was seen on the topics."""
        seen = [one.at for one in self._site.observer.since(0) if _opens(one)]
        audited = self._audited()
        wrong = []
        for one in openings:
            if not _use(audited, one.wall - 5, one.wall + 0.05):
                wrong.append(f"the lock opened at {one.at:.2f} for no cause in the audit")
            if _use(seen, one.at - 5, one.at + 2):
                continue
            # The broker may have died between the door's copy of a verdict and ours.
            if not any(
                outcome.moment.victim is Victim.BROKER and abs(outcome.killed_at - one.at) < 1
                for outcome in self.outcomes
            ):
                wrong.append(f"the lock opened at {one.at:.2f}, and no verdict or order was seen")
        return wrong

    def _audited(self) -> list[float]:
        """When the brain wrote down that it would let somebody in, seconds since 1970."""
        address = f"file:{self._database}?mode=ro"
        query = "SELECT at FROM audit WHERE what IN ('grant', 'unlock') ORDER BY at"
        with closing(sqlite3.connect(address, uri=True)) as database:
            return [float(at) for (at,) in database.execute(query)]

    def table(self) -> Table:
        """One line a kill."""
        table = Table(title="SIGKILL at random moments", title_justify="left")
        for heading in ("", "phase", "after s", "victim", "lock closed s", "let in s", "tries", ""):
            table.add_column(heading)
        for one in self.outcomes:
            moment, closed = one.moment, one.closed_s
            table.add_row(
                str(moment.number),
                moment.phase.value,
                f"{moment.delay:.2f}",
                moment.victim.value,
                "was closed" if closed is None else f"{closed:.2f}",
                f"{one.recovery_s:.1f}",
                str(one.tries),
                "; ".join(one.wrong) or "right",
            )
        return table


class _Order:
    """An administrator's unlock, under way while something is killed; its answer may get lost."""

    def __init__(self, site: LivingSite) -> None:
        self._alice = Conversation(site.stage.client(ADMIN))
        self._sending = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="order", daemon=True)

    def send(self) -> None:
        """Returns as the request goes out."""
        self._alice.start()
        self._thread.start()
        self._sending.wait(5)

    def join(self) -> None:
        """Wait for the end of the conversation."""
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _ask(self) -> None:
        request = m.Unlock(op="unlock", transaction=new_transaction(), door=DOOR, hold_s=HOLD_S)
        self._sending.set()
        try:
            with suppress(DoorwardError, TimeoutError):
                self._alice.ask(request, patience_s=4)
        finally:
            self._alice.stop()


def _walks_up(portrait: str, seed: int) -> dict[str, Any]:
    # Another seed each time: the same person never moves the same way twice.
    return {"kind": "animated", "portrait": portrait, "blink_every_s": 1.0, "seed": seed}


def _watches(look: Mapping[str, Any]) -> bool:
    return (look["phase"], look["faces"]) == ("watching", 1)


def _is_burst(seen: Seen) -> bool:
    return isinstance(seen.value, m.Burst)


def _trains(enrolment: str) -> Callable[[Seen], bool]:
    def wanted(seen: Seen) -> bool:
        change = seen.value
        return (
            isinstance(change, m.EnrolmentChanged)
            and change.enrolment == enrolment
            and change.state is not m.EnrolmentState.CAPTURING
        )

    return wanted


def _event_since(kind: m.EventKind, wall: float) -> Callable[[Seen], bool]:
    """Events are sent again after a kill, so the old ones must be told from the new."""
    return lambda seen: told(kind)(seen) and seen.value.at >= wall


def _opens(seen: Seen) -> bool:
    value = seen.value
    if isinstance(value, m.Order):
        return value.action is m.OrderAction.UNLOCK
    return isinstance(value, m.Verdict) and value.decision is m.Decision.GRANT


def _use(times: list[float], first: float, last: float) -> bool:
    """Take the first between the two out of the list; whether there was one."""
    found = next((at for at in times if first <= at <= last), None)
    if found is not None:
        times.remove(found)
    return found is not None
