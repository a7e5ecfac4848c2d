"""How do many people become residents at once, each whole or told of?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from doorbus import messages as m
from doorctl.conversation import RequestRefused, new_transaction
from doorctl.enrolling import distinct, send_photos
from doorctl.errors import PhotoRefused
from doorctl.people_file import Person
from doorctl.talking import Talks

PAGE = 500
"""Residents asked for at once."""

Ready = Callable[[Sequence[Path]], list[tuple[Path, bytes]]]
"""Makes files ready to be sent, each picture once. Raises `PhotoRefused`."""


class Outcome(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    UNCHANGED = "there already"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    """Good, but another row was refused, or nothing was to be sent."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row, and why.

    Attributes:
        person: the row.
        outcome: see there.
        usable: photos that became part of the enrolment.
        why: for people; empty where all is well.
    """

    person: Person
    outcome: Outcome
    usable: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Who is known to the brain, by card: name, and whether there are templates."""

    names: Mapping[str, str]
    enrolled: frozenset[str]


def known_people(conversation: Talks) -> Known:
    """Everybody whom the brain knows."""
    names = {one["card"]: one["name"] for one in _all(conversation)}
    enrolled = frozenset(one["card"] for one in _all(conversation, enrolled=True))
    return Known(names, enrolled)


def _all(conversation: Talks, **which: Any) -> Iterable[Mapping[str, Any]]:
    offset = 0
    while True:
        asked = m.ListResidents(op="list", offset=offset, limit=PAGE, **which)
        data = conversation.ask(asked)
        yield from data["residents"]
        offset += len(data["residents"])
        if not data["residents"] or offset >= data["total"]:
            return


def looked_at(people: Sequence[Person], seen: Callable[[], object]) -> list[Person]:
    """Everybody, with what is wrong with their photos; every photo is opened.

    Args:
        people: with photos.
        seen: hears of each that was looked at.
    """
    checked = []
    for one in people:
        wrong = []
        for photo in one.photos:
            try:
                distinct([photo])
            except PhotoRefused as error:
                wrong.append(f"photo: {error}")
        checked.append(replace(one, wrong=(*one.wrong, *wrong)))
        seen()
    return checked


def against(people: Sequence[Person], known: Known) -> list[Person]:
    """Everybody, with what speaks against them at this site."""
    return [
        replace(one, wrong=(*one.wrong, "card: belongs to a resident of another name"))
        if known.names.get(one.card, one.name) != one.name
        else one
        for one in people
    ]


def carry_out(conversation: Talks, one: Person, known: Known, ready: Ready = distinct) -> Result:
    """Have one person added, enrolled and put into groups.

    What fails is undone as far as it was this row's: somebody who could not be enrolled is not left
    behind as a new resident.
    """
    new = one.card not in known.names
    try:
        result = _enrolled(conversation, one, ready, new=new, enrolled=one.card in known.enrolled)
    except (RequestRefused, PhotoRefused) as error:
        return Result(one, Outcome.REFUSED, why=str(error))
    if result.outcome is Outcome.REFUSED:
        if new:
            conversation.ask(m.Remove(op="remove", transaction=new_transaction(), card=one.card))
        return result
    for group in one.groups:
        asked = m.ChangeGroup(
            op="group", transaction=new_transaction(), group=group, add=(one.card,)
        )
        try:
            conversation.ask(asked)
        except RequestRefused as error:
            why = f"is a resident now, but not in the group {group}: {error}"
            return replace(result, outcome=Outcome.REFUSED, why=why)
    return result


def _enrolled(
    conversation: Talks, one: Person, ready: Ready, *, new: bool, enrolled: bool
) -> Result:
    if not one.photos or enrolled:
        if not new:
            return Result(one, Outcome.UNCHANGED, why="enrolled before" if enrolled else "")
        conversation.ask(
            m.Add(
                op="add",
                transaction=new_transaction(),
                name=one.name,
                card=one.card,
                consent=one.consent,
            )
        )
        return Result(one, Outcome.IMPORTED)
    photos = ready(one.photos)
    opened = conversation.ask(
        m.Enroll(
            op="enroll",
            transaction=new_transaction(),
            name=one.name,
            card=one.card,
            source="upload",
            count=len(photos),
            consent=one.consent,
        )
    )
    done = send_photos(conversation, one.card, opened, photos)
    unusable = "; ".join(f"{_short(file)}: {why}" for file, why in done.unusable.items())
    if done.ended.state is not m.EnrolmentState.TRAINED:
        return Result(
            one, Outcome.REFUSED, 0, "; ".join(filter(None, (done.ended.reason, unusable)))
        )
    notes = "; ".join(filter(None, (done.ended.reason, unusable)))
    return Result(one, Outcome.IMPORTED, done.sent - len(done.unusable), notes)


def _short(file: Path) -> str:
    return file.name
