"""Where does an import stand?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from doorctl.importing import Known, Outcome, Result
from doorctl.people_file import Person


class Phase(StrEnum):
    """Where an import stands."""

    LOOKING = "looking"
    """Photos are made ready; nothing was sent."""
    READY = "ready"
    """Everything was looked at; somebody has to say whether it is to be sent."""
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Somebody ended it before the last row, or the console did."""


OVER = frozenset({Phase.DONE, Phase.STOPPED})


@dataclass(frozen=True, slots=True)
class Import:
    """An import.

    Attributes:
        id: by which pages name it.
        name: what the list was called.
        encoding: in which it was read.
        at: when it was sent, seconds since 1970.
        account: who sent it.
        people: the rows, with what is wrong with them.
        phase: see there.
        looked: rows whose photos were made ready.
        photos: whether there are any.
        nobodys: names of photos that no row asks for.
        left_out: files that are no photos.
        made: by photo, where it lies as it is sent.
        known: who was known when it was looked at.
        results: what became of rows, in their order.
        waiting: whether the line is broken, and it waits.
        problem: why it came to nothing.
    """

    id: str
    name: str
    encoding: str
    at: float
    account: str
    people: tuple[Person, ...]
    phase: Phase = Phase.LOOKING
    looked: int = 0
    photos: bool = False
    nobodys: tuple[str, ...] = ()
    left_out: int = 0
    made: Mapping[Path, Path] = field(default_factory=dict, repr=False)
    known: Known = field(default_factory=lambda: Known({}, frozenset()), repr=False)
    results: tuple[Result, ...] = ()
    waiting: bool = False
    problem: str = ""

    @property
    def good(self) -> tuple[Person, ...]:
        """Rows that can be sent."""
        return tuple(one for one in self.people if not one.wrong)

    @property
    def wrong(self) -> tuple[Person, ...]:
        """Rows that cannot."""
        return tuple(one for one in self.people if one.wrong)

    @property
    def there(self) -> int:
        """Good rows of people who are there already, with all that the row brings."""
        return sum(
            one.card in self.known.names and (not one.photos or one.card in self.known.enrolled)
            for one in self.good
        )

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many rows came to what."""
        return Counter(one.outcome for one in self.results)

    def report(self) -> list[Result]:
        """What became of every row, or what would."""
        told = {one.person.row: one for one in self.results}
        return [told.get(one.row) or _untold(one) for one in self.people]


def _untold(one: Person) -> Result:
    if one.wrong:
        return Result(one, Outcome.REFUSED, why="; ".join(one.wrong))
    return Result(one, Outcome.NOT_SENT)
