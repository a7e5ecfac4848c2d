"""Which doors does the list show, in which order, and how do they stand as a whole?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from console.core.door_card import DoorCard
from console.core.worries import Weight, rank


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see.

    Attributes:
        text: part of a door's name; empty for any. Several words: any of them.
        group: a group of doors; empty for any.
        noteworthy: only doors that somebody should look at.
    """

    text: str = ""
    group: str = ""
    noteworthy: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How the doors stand as a whole.

    Attributes:
        doors: how many there are.
        by_weight: how many of each weight.
        urgent: those for which somebody is needed, worst first.
    """

    doors: int
    by_weight: tuple[tuple[Weight, int], ...]
    urgent: tuple[DoorCard, ...]


def shown(cards: Iterable[DoorCard], wanted: Wanted, members: Collection[str]) -> list[DoorCard]:
    """The doors that somebody wants to see, worst first, then by name.

    Args:
        cards: of all doors.
        wanted: which.
        members: the doors of the group that is wanted.
    """
    parts = wanted.text.casefold().split()
    found = [
        one
        for one in cards
        if (not parts or any(part in one.name for part in parts))
        and (not wanted.group or one.name in members)
        and (not wanted.noteworthy or one.weight >= Weight.WARNING)
    ]
    return sorted(found, key=place)


def place(card: DoorCard) -> tuple[int, tuple[int, ...], str]:
    """By what a door's place in the list is found."""
    return (-card.weight, rank(card.worries), card.name)


def sorted_as(card: DoorCard) -> str:
    """A door's place in the list as a text that sorts so."""
    weight, ranks, name = place(card)
    return ".".join([str(9 + weight), *(f"{one:02}" for one in ranks), name])


def standing(cards: Iterable[DoorCard]) -> Standing:
    """How these doors stand as a whole."""
    cards = sorted(cards, key=place)
    counted = Counter(one.weight for one in cards)
    return Standing(
        len(cards),
        tuple((weight, counted[weight]) for weight in sorted(Weight, reverse=True)),
        tuple(one for one in cards if one.weight is Weight.URGENT),
    )


def named(groups: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Every door that a group has."""
    return frozenset(door for doors in groups.values() for door in doors)
