"""How do PINs and passes lie in the database, so that whoever reads it knows neither?

A PIN lies as scrypt hashes, sealed under its resident's key. One that opens alone is looked up by a
code of it under the site's key, as cards are: so that it is nobody else's can be checked without
opening anything. A visitor's name lies sealed under a key of the pass, which goes with the pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from brain.adapters import sql_tables as t
from brain.adapters.vault_aesgcm import Place
from brain.adapters.vault_rows import Seals
from brain.adapters.vault_site import SiteKeys
from brain.code_ports import PinHashes, PinOwner, PinTaken, VisitorPass
from doorbus.messages import LEAST_ALONE, Pass
from doorbus.pins import HASHED_BYTES, hashed, matches


class SqlPins:
    """The `Pins` port within one database transaction."""

    def __init__(self, connection: Connection, seals: Seals, keys: SiteKeys) -> None:
        self._do = connection
        self._seals = seals
        self._keys = keys

    def keep(self, resident: str, pin: str, duress: str | None, at: float) -> None:
        """See `Pins.keep`."""
        both = [pin] if duress is None else [pin, duress]
        codes = [self._keys.pin_code(one) for one in both if len(one) >= LEAST_ALONE]
        taken = select(t.pin_code.c.code).where(
            t.pin_code.c.code.in_(codes), t.pin_code.c.resident != resident
        )
        if self._do.execute(taken).first() is not None:
            raise PinTaken
        self.drop(resident)
        sealed = self._seals.seal(b"".join(hashed(one) for one in both), _hashes(resident))
        self._do.execute(insert(t.pin).values(resident=resident, hashes=sealed, at=at))
        for code in codes:
            self._do.execute(insert(t.pin_code).values(code=code, resident=resident))

    def drop(self, resident: str) -> bool:
        """See `Pins.drop`."""
        self._do.execute(delete(t.pin_code).where(t.pin_code.c.resident == resident))
        return bool(self._do.execute(delete(t.pin).where(t.pin.c.resident == resident)).rowcount)

    def has(self, resident: str) -> bool:
        """Whether one has a PIN."""
        found = self._do.execute(select(t.pin.c.resident).where(t.pin.c.resident == resident))
        return found.first() is not None

    def owner(self, pin: str) -> PinOwner | None:
        """See `Pins.owner`."""
        code = self._keys.pin_code(pin)
        resident = self._do.execute(
            select(t.pin_code.c.resident).where(t.pin_code.c.code == code)
        ).scalar()
        return None if resident is None else self.check(resident, pin)

    def check(self, resident: str, pin: str) -> PinOwner | None:
        """See `Pins.check`."""
        sealed = self._do.execute(
            select(t.pin.c.hashes).where(t.pin.c.resident == resident)
        ).scalar()
        if sealed is None:
            return None
        kept = self._opened(resident, sealed)
        # Both are tried either way, so that the time tells nothing of which one it was.
        plain = matches(pin, kept.pin)
        duress = bool(kept.duress) and matches(pin, kept.duress)
        return PinOwner(resident, duress) if plain or duress else None

    def hashes(self) -> Iterator[tuple[str, PinHashes]]:
        """See `Pins.hashes`."""
        for row in self._do.execute(select(t.pin.c.resident, t.pin.c.hashes)).all():
            yield row.resident, self._opened(row.resident, row.hashes)

    def _opened(self, resident: str, sealed: bytes) -> PinHashes:
        content = self._seals.open(sealed, _hashes(resident))
        return PinHashes(content[:HASHED_BYTES], content[HASHED_BYTES:])


class SqlPasses:
    """The `Passes` port within one database transaction."""

    def __init__(self, connection: Connection, keys: SiteKeys) -> None:
        self._do = connection
        self._keys = keys

    def add(self, new: VisitorPass) -> None:
        """See `Passes.add`."""
        content = new.content
        key, wrapped = self._keys.new_key(content.id)
        self._do.execute(
            insert(t.visitor_pass).values(
                id=content.id,
                key=wrapped,
                name=key.seal(new.name.encode(), _name(content.id)),
                doors=json.dumps(content.doors),
                valid_from=content.valid_from,
                valid_until=content.valid_until,
                uses=content.uses,
                used=new.used,
                revoked=new.revoked,
                issued=new.issued,
            )
        )

    def by_id(self, pass_id: str) -> VisitorPass | None:
        """See `Passes.by_id`."""
        row = self._do.execute(select(t.visitor_pass).where(t.visitor_pass.c.id == pass_id)).first()
        return None if row is None else self._pass(row)

    def page(self, offset: int, limit: int, *, now: float) -> list[VisitorPass]:
        """See `Passes.page`."""
        rows = self._do.execute(
            select(t.visitor_pass)
            .where(t.visitor_pass.c.valid_until > now)
            .order_by(t.visitor_pass.c.issued.desc(), t.visitor_pass.c.id)
            .offset(offset)
            .limit(limit)
        )
        return [self._pass(row) for row in rows.all()]

    def count(self, *, now: float) -> int:
        """See `Passes.count`."""
        return self._do.execute(
            select(func.count())
            .select_from(t.visitor_pass)
            .where(t.visitor_pass.c.valid_until > now)
        ).scalar_one()

    def revoked(self, *, now: float) -> list[Pass]:
        """See `Passes.revoked`."""
        rows = self._do.execute(
            select(t.visitor_pass)
            .where(t.visitor_pass.c.revoked, t.visitor_pass.c.valid_until > now)
            .order_by(t.visitor_pass.c.id)
        )
        return [_content(row) for row in rows.all()]

    def revoke(self, pass_id: str) -> None:
        """See `Passes.revoke`."""
        self._do.execute(
            update(t.visitor_pass).where(t.visitor_pass.c.id == pass_id).values(revoked=True)
        )

    def use(self, pass_id: str) -> int:
        """See `Passes.use`."""
        self._do.execute(
            update(t.visitor_pass)
            .where(t.visitor_pass.c.id == pass_id)
            .values(used=t.visitor_pass.c.used + 1)
        )
        used = select(t.visitor_pass.c.used).where(t.visitor_pass.c.id == pass_id)
        return int(self._do.execute(used).scalar_one())

    def forget(self, *, ended_before: float) -> int:
        """See `Passes.forget`."""
        gone = delete(t.visitor_pass).where(t.visitor_pass.c.valid_until < ended_before)
        return int(self._do.execute(gone).rowcount)

    def _pass(self, row: Row[Any]) -> VisitorPass:
        name = self._keys.key(row.id, row.key).open(row.name, _name(row.id)).decode()
        return VisitorPass(_content(row), name, row.used, row.revoked, row.issued)


def _content(row: Row[Any]) -> Pass:
    return Pass(
        id=row.id,
        doors=tuple(json.loads(row.doors)),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        uses=row.uses,
    )


def _hashes(resident: str) -> Place:
    return Place(resident, "pin hashes", "")


def _name(pass_id: str) -> Place:
    return Place(pass_id, "visitor", "")
