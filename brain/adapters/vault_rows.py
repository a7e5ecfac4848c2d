"""How are the columns that name or show somebody sealed in their rows?

Who a resident is (name and card) lies in one sealed column, each set of templates in one of its
own. A card is looked up by a code of it (`SiteKeys.card_code`).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select

from brain.adapters import sql_tables as t
from brain.adapters.vault_aesgcm import Key, Place
from brain.adapters.vault_site import SiteKeys
from brain.core.access import Resident
from brain.errors import StoreError, VaultError

DAMAGED = "(damaged row)"
"""The name of somebody whose row does not open: changed on the disk, or from another site."""


class Seals:
    """The keys of residents, within one database transaction.

    Args of the constructor:
        connection: of the transaction.
        keys: of the site.
    """

    def __init__(self, connection: Connection, keys: SiteKeys) -> None:
        self._do = connection
        self._keys = keys
        self._known: dict[str, Key] = {}

    def card_code(self, card: str) -> str:
        """By what a card is looked up."""
        return self._keys.card_code(card)

    def begin(self, resident: Resident) -> dict[str, Any]:
        """A new resident's columns, with a key of their own."""
        key, wrapped = self._keys.new_key(resident.id)
        self._known[resident.id] = key
        return {"key": wrapped, **self.identity(resident.id, resident.name, resident.card)}

    def identity(self, resident: str, name: str, card: str) -> dict[str, Any]:
        """The columns that say who a resident is. Raises `StoreError` for nobody, `VaultError`."""
        who = json.dumps({"name": name, "card": card}).encode()
        return {
            "card_code": self._keys.card_code(card),
            "identity": self.seal(who, _identity(resident)),
        }

    def resident(self, row: Row[Any]) -> Resident:
        """Who stands in a row of the table `resident`. Raises `VaultError`."""
        key = self.unwrapped(row.id, row.key)
        who = json.loads(key.open(row.identity, _identity(row.id)))
        return Resident(row.id, who["name"], who["card"], row.enabled)

    def residents(self, ids: Collection[str]) -> list[Resident]:
        """Those of these ids who are there, in no order; one that does not open as `DAMAGED`."""
        rows = self._do.execute(select(t.resident).where(t.resident.c.id.in_(ids)))
        return [self.resident_or_damaged(row, "") for row in rows]

    def resident_or_damaged(self, row: Row[Any], card: str) -> Resident:
        """Who stands in a row, for administrators, who must see and can remove what is damaged."""
        try:
            return self.resident(row)
        except VaultError:
            return Resident(row.id, DAMAGED, card, row.enabled)

    def key(self, resident: str) -> Key:
        """A resident's key. Raises `StoreError` for nobody, `VaultError`."""
        known = self._known.get(resident)
        if known is None:
            wrapped = self._do.execute(
                select(t.resident.c.key).where(t.resident.c.id == resident)
            ).scalar()
            if wrapped is None:
                raise StoreError(f"there is no resident {resident}; look at `list`")
            known = self._known[resident] = self._keys.key(resident, wrapped)
        return known

    def unwrapped(self, resident: str, wrapped: bytes) -> Key:
        """A resident's key that was read along with something else. Raises `VaultError`."""
        return self._keys.key(resident, wrapped)

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Seal something of a resident. Raises `StoreError` for nobody, `VaultError`."""
        return self.key(place.owner).seal(plain, place)

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Open something of a resident. Raises `StoreError` for nobody, `VaultError`."""
        return self.key(place.owner).open(sealed, place)


def templates(resident: str, encoder: str) -> Place:
    """Where a resident's templates of an encoder belong."""
    return Place(resident, "templates", encoder)


def former(resident: str, encoder: str) -> Place:
    """Where the set before the last re-enrolment belongs."""
    return Place(resident, "former templates", encoder)


def renewal(resident: str, encoder: str, door: str, visit: int) -> Place:
    """Where the template of a confirmed visit belongs."""
    return Place(resident, "renewal", f"{encoder} {door} {visit}")


def _identity(resident: str) -> Place:
    return Place(resident, "identity")
