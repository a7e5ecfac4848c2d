"""How does a door remember what it let a pass do, so that no kill and no power cut undoes it?"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from doorbus.messages import Instant, Pass, Payload
from doorbus.messages.passes import PassId
from edge import durable
from edge.core import passes
from edge.core.passes import Book, Use

_log = structlog.get_logger(__name__)


class _Kept(Payload):
    """The file: uses as count and end by the pass's id, and what is revoked."""

    uses: dict[PassId, tuple[int, Instant]]
    revoked: tuple[PassId, ...]


_FILE: TypeAdapter[_Kept] = TypeAdapter(_Kept)


class PassBook:
    """The `Book` on the disk; for one thread.

    Args of the constructor:
        path: the file.

    Attributes:
        book: what is in it; None where the file is damaged. Then no pass opens anything, for it
            may have been used up.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.book: Book | None = None

    def start(self) -> None:
        """Read it; a damaged file is logged, with what to do."""
        try:
            kept = _FILE.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            self.book = Book()
        except (OSError, ValidationError) as error:
            _log.error(
                "passes_unreadable",
                file=str(self._path),
                why=type(error).__name__,
                do="no pass opens this door; revoke the passes that are out, then remove the file",
            )
        else:
            uses = {one: Use(count, until) for one, (count, until) in kept.uses.items()}
            self.book = Book(uses, frozenset(kept.revoked))

    def use(self, one: Pass, latest: float) -> bool:
        """Write down that a pass opens once more; whether it is on the disk now.

        Args:
            one: the pass.
            latest: seconds since 1970; what ended before is forgotten.
        """
        if self.book is None:
            return False
        return self._keep(passes.used(passes.tidied(self.book, latest), one))

    def revoke(self, ids: Collection[str]) -> bool:
        """Take none of these any more; whether that outlives a restart.

        It holds at once in either case.
        """
        if self.book is None:
            return False
        after = passes.revoked(self.book, ids)
        if after == self.book:
            return True
        kept = self._keep(after)
        self.book = after
        return kept

    def _keep(self, after: Book) -> bool:
        content = {
            "uses": {one: [use.count, use.valid_until] for one, use in after.uses.items()},
            "revoked": sorted(after.revoked),
        }
        try:
            durable.write(self._path, json.dumps(content).encode())
        except OSError as error:
            _log.error("passes_not_kept", file=str(self._path), why=error.strerror)
            return False
        self.book = after
        return True
