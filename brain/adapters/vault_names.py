"""In which order do residents stand whose names lie sealed?

Only whoever opens all names can put them in order, which takes a second for 50,000 of them. So each
name is opened once, and kept in memory until what it was sealed as changes.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from brain.adapters import sql_tables as t
from brain.adapters.vault_rows import Seals

MARK = 13
"""Bytes at the beginning of what is sealed that tell it from anything else sealed."""

AT_ONCE = 500


class NameOrder:
    """Everybody's name and card in memory; for one thread."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, str, str]] = {}

    def ids(self, do: Connection, seals: Seals, name: str = "", card: str = "") -> list[str]:
        """The ids of residents by name.

        Args:
            do: within a transaction.
            seals: open names.
            name: a part of the name; capital or small does not matter.
            card: digits that stand in the card, in a row.

        Raises `VaultError`.
        """
        found = do.execute(select(t.resident.c.id, func.substr(t.resident.c.identity, 1, MARK)))
        # Straight from the driver: making a row object of each would take most of the time.
        marks = {resident: bytes(mark) for resident, mark in found.cursor.fetchall()}
        found.close()
        if marks != {resident: known[0] for resident, known in self._known.items()}:
            self._follow(seals, marks)
        part = name.casefold()
        found_ids = [
            resident
            for resident, (_, known_name, known_card) in self._known.items()
            if part in known_name.casefold() and card in known_card
        ]
        return sorted(found_ids, key=lambda resident: (self._known[resident][1], resident))

    def _follow(self, seals: Seals, marks: dict[str, bytes]) -> None:
        kept = {one: known for one, known in self._known.items() if marks.get(one) == known[0]}
        new = [resident for resident in marks if resident not in kept]
        for first in range(0, len(new), AT_ONCE):
            for resident in seals.residents(new[first : first + AT_ONCE]):
                kept[resident.id] = (marks[resident.id], resident.name, resident.card)
        self._known = kept
