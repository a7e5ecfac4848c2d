"""How does one row of a list become a resident, though the line breaks in the middle?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from console.core.enrolments_heard import OPEN
from console.imports.talk import Interrupted, LineTalk, Refused
from console.words.marked import N_
from doorbus import messages as m
from doorctl.conversation import RequestRefused, new_transaction
from doorctl.importing import Known, Outcome, Result, carry_out
from doorctl.people_file import Person

TRIES: Final = 6
"""How often one row is begun anew because the line broke."""

GIVEN_UP: Final = N_("The line broke again and again; look whether this person is there.")


def settled(
    talk: LineTalk,
    one: Person,
    known: Known,
    made: Mapping[Path, Path],
    back: Callable[[], bool],
) -> Result:
    """Have one person added, enrolled and put into groups, whole or not at all.

    Args:
        talk: to the brain.
        one: the row.
        known: who was known before the import began.
        made: by file, where it lies as it is sent.
        back: waits until the line is there again; False where nobody waits any more.
    """

    def ready(photos: Sequence[Path]) -> list[tuple[Path, bytes]]:
        found: dict[bytes, tuple[Path, bytes]] = {}
        for photo in photos:
            content = made[photo].read_bytes()
            found.setdefault(hashlib.sha256(content).digest(), (photo, content))
        return list(found.values())

    broken = False
    for _ in range(TRIES):
        try:
            talk.begin()
            came = _how_far(talk, one) if broken else None
            if came is None:
                return carry_out(talk, one, known, ready)
            # It came as far as being enrolled; what is left are the groups.
            there = Known({**known.names, one.card: one.name}, known.enrolled | {one.card})
            result = carry_out(talk, one, there, ready)
            if result.outcome is not Outcome.UNCHANGED or one.card in known.enrolled:
                return result
            usable = min(came, len(one.photos))
            return replace(result, outcome=Outcome.IMPORTED, usable=usable, why="")
        except Interrupted:
            broken = True
            if not back():
                break
        except RequestRefused as error:
            return Result(one, Outcome.REFUSED, why=str(error))
    return Result(one, Outcome.REFUSED, why=GIVEN_UP)


def _how_far(talk: LineTalk, one: Person) -> int | None:
    """How many templates a row led to; None where it is not done, and what is half-done is ended.

    Raises:
        Interrupted: the line broke again.
    """
    try:
        shown = talk.ask(m.Show(op="show", card=one.card))
    except Refused as error:
        if error.code is m.ErrorCode.UNKNOWN_CARD:
            return None
        raise
    newest = shown.get("enrolment") or {}
    if newest.get("state") in OPEN:
        talk.ask(m.Cancel(op="cancel", card=one.card, transaction=new_transaction()))
    templates = int(shown["templates"])
    return templates if templates or not one.photos else None
