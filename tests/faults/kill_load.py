"""What goes on at a site while its processes are killed, and what is true of it afterwards?

Two doors with people coming and going, an administrator who adds residents and opens doors, all at
once; and a supervision that starts whoever died a second later, as systemd does.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from kill_story import ENROLS, FRAMES, STRANGER, VISITS, Victim
from ledger import audited_openings, held_too_long, unexplained
from living_site import ADMIN, LivingSite, told

from demo.observer import NotSeen
from demo.stage import EMPTY
from doorbus import messages as m
from doorbus.errors import DoorwardError, NotConnectedError
from doorctl.conversation import Conversation, new_transaction

DOORS: Final = ("front", "back")
RESIDENT: Final = "000000000001"
HOLD_S: Final = 1.0
RESTART_S: Final = 1.0
"""After so long a supervision starts what died; `RestartSec` of the units in docs/."""

HEALED_S: Final = 10.0
STAYS_S: Final = 8.0
AWAY_S: Final = 1.2


class Load:
    """Visits, additions and orders, each in a thread of its own until `stop`."""

    def __init__(self, site: LivingSite, seed: int) -> None:
        self._site = site
        self._seed = seed
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.visits = 0
        self.added: list[str] = []
        self.orders = 0

    def start(self) -> None:
        """Begin."""
        self._threads = [
            threading.Thread(target=self._administer, daemon=True),
            *(threading.Thread(target=self._walk, args=(door,), daemon=True) for door in DOORS),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nobody comes any more."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _walk(self, door: str) -> None:
        """Residents, and now and then a stranger."""
        stage, chance = self._site.stage, random.Random(f"{self._seed}{door}")
        for number in itertools.count(1):
            who = STRANGER if number % 4 == 0 else VISITS
            before = len(stage.ledger(door))
            stage.show(walks_up(who, chance.randrange(10_000)), door)
            self.visits += 1
            until = time.monotonic() + STAYS_S
            while time.monotonic() < until and len(stage.ledger(door)) == before:
                if self._stopping.wait(0.2):
                    break
            stage.show(EMPTY, door)
            if self._stopping.wait(AWAY_S):
                return

    def _administer(self) -> None:
        number = 0
        while not self._stopping.is_set():
            with suppress(DoorwardError, TimeoutError), self._conversation() as alice:
                while not self._stopping.wait(0.4):
                    number += 1
                    card = f"2{number:011}"
                    added = m.Add(op="add", transaction=f"add-{number}", card=card, name="Somebody")
                    alice.ask(added, patience_s=3)
                    self.added.append(card)
                    if number % 8 == 0:
                        self.orders += 1
                        unlock = m.Unlock(
                            op="unlock", transaction=f"o-{number}", door="front", hold_s=HOLD_S
                        )
                        with suppress(DoorwardError):
                            alice.ask(unlock, patience_s=3)
            self._stopping.wait(0.2)

    @contextmanager
    def _conversation(self) -> Iterator[Conversation]:
        with Conversation(self._site.stage.client(ADMIN)) as alice:
            yield alice


class Killer:
    """Kills, starts again a second later, and waits until all answer."""

    def __init__(self, site: LivingSite) -> None:
        self._site = site
        self.kills: dict[Victim, int] = dict.fromkeys(Victim, 0)
        self.healed_s: list[float] = []
        self.unhealed: list[str] = []

    def kill(self, *victims: Victim) -> None:
        """SIGKILL some of broker, brain and the edge of `front`, and heal them."""
        stage, observer = self._site.stage, self._site.observer
        mark = observer.mark()
        at = time.monotonic()
        for victim in victims:
            self.kills[victim] += 1
            if victim is Victim.EDGE:
                stage.edges["front"].kill()
            elif victim is Victim.BRAIN:
                stage.brain.kill()
            else:
                stage.broker.kill()
        time.sleep(RESTART_S)
        if Victim.BROKER in victims:
            stage.broker.restart()
        if Victim.BRAIN in victims:
            stage.brain.start()
        if Victim.EDGE in victims:
            stage.edges["front"].start()
        try:
            self._answered()
            if Victim.EDGE in victims:
                left = 3 * HEALED_S + at - time.monotonic()
                observer.wait(told(m.EventKind.STARTED), mark, max(0.1, left), "the door is back")
        except (DoorwardError, NotSeen) as error:
            self.unhealed.append(f"{'+'.join(victims)}: {error}")
            return
        took = time.monotonic() - at
        self.healed_s.append(took)
        if took > HEALED_S:
            self.unhealed.append(f"{'+'.join(victims)}: {took:.1f} s")

    def _answered(self) -> None:
        """Whoever asks is answered: by way of the broker, by the brain."""
        deadline = time.monotonic() + 3 * HEALED_S
        asks = m.ListResidents(op="list", transaction=new_transaction(), limit=1)
        while True:
            with suppress(DoorwardError), Conversation(self._site.stage.client(ADMIN)) as alice:
                while time.monotonic() < deadline:
                    with suppress(NotConnectedError):
                        alice.ask(asks, patience_s=0.5)
                        return
            if time.monotonic() > deadline:
                raise NotSeen(f"nobody answers within {3 * HEALED_S:.0f} s")


class Books:
    """What must be true once it is quiet again."""

    def __init__(self, site: LivingSite, folder: Path) -> None:
        self._site = site
        self._database = folder / "site" / "brain" / "data" / "doorward.sqlite"

    def unexplained(self) -> list[Any]:
        """Openings without a cause in the audit, at any door."""
        return [
            move
            for door in DOORS
            for move in unexplained(
                self._site.stage.ledger(door), audited_openings(self._database, door)
            )
        ]

    def held_too_long(self) -> list[Any]:
        """Openings that outlasted their hold."""
        return [
            move
            for door in DOORS
            for move in held_too_long(
                self._site.stage.ledger(door), HOLD_S, audited_openings(self._database, door)
            )
        ]

    def openings(self) -> int:
        """How often a lock opened."""
        return sum(move.state == "UNLOCKED" for d in DOORS for move in self._site.stage.ledger(d))

    def missing_residents(self, added: list[str]) -> list[str]:
        """Cards whose addition was acknowledged, and that are not there."""
        lost = []
        with Conversation(self._site.stage.client(ADMIN)) as alice:
            for card in added:
                try:
                    alice.ask(m.Show(op="show", card=card))
                except DoorwardError as error:
                    lost.append(f"{card}: {error}")
        return lost

    def missing_events(self, within_s: float) -> list[str]:
        """Events of a door that are not there though later ones of the same boot are.

        Ids count up in each boot, and an event is sent only once the spool has it: a gap is a loss.
        """
        deadline = time.monotonic() + within_s
        while (gaps := self._gaps()) and time.monotonic() < deadline:
            time.sleep(1)
        return gaps

    def events(self) -> int:
        """How many the brain has."""
        return int(self._rows("SELECT count(*) FROM event")[0][0])

    def _gaps(self) -> list[str]:
        boots: dict[tuple[str, str], set[int]] = {}
        for door, name in self._rows("SELECT door, id FROM event"):
            epoch, _, number = name.partition("-")
            boots.setdefault((door, epoch), set()).add(int(number))
        return [
            f"{door} {epoch}-{number}"
            for (door, epoch), there in boots.items()
            for number in range(1, max(there) + 1)
            if number not in there
        ]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()


def enrol_resident(site: LivingSite) -> None:
    """Before anything is killed."""
    site.enroll("Resident", RESIDENT, FRAMES)
    site.comes(walks_up(ENROLS, 1))
    stands = site.wait_enrolled(RESIDENT, 60)
    assert stands["state"] == "trained", stands
    site.goes()


def walks_up(portrait: str, seed: int) -> dict[str, Any]:
    """Somebody who blinks, and never moves the same way twice."""
    return {"kind": "animated", "portrait": portrait, "blink_every_s": 1.0, "seed": seed}
