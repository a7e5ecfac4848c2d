"""What does a door keep of residents for the time when the brain is away?

One file, sealed under the door's key (`edge.sealing`), written whole or not at all, with the
brain's signature in it, which is checked again at every start. Beside it the highest version ever
taken, for each key of the brain: an older cache is refused, from the broker and from the disk.

Whoever can write to the disk can put back both files as they were. What bounds that is the time: a
cache ends some hours after the brain made it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from doorbus import cache_parcel
from doorbus.cache_parcel import Opened, Parcel
from doorbus.errors import MessageError, SignatureRefused
from doorbus.messages import CachedResident, CacheTerms
from doorbus.signing import Verifier
from edge import durable
from edge.core.away import Calendar, Validity
from edge.errors import SealError, StateError
from edge.sealing import PictureSeal
from matching.decision import MatchRule
from matching.gallery import Gallery
from matching.life import LifeRule

HOUR_S: Final = 3600.0
_ABOUT: Final = b"cache/1 "

_log = structlog.get_logger(__name__)


class CacheRefused(Exception):  # noqa: N818  # reads as what happened
    """A cache that is not taken; the text says why, and names nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class Cached:
    """A cache in memory.

    Attributes:
        parcel: as the brain signed it, without those who were erased since.
        residents: by opaque id.
        records: which record is whose.
        gallery: those with a template.
        rule: what is asked of a burst.
        life: what counts as evidence of life.
        second: what is asked for beside a face: none, card or pin.
        alone: whether a PIN opens without a face.
        hold_s: seconds to hold the lock.
        calendar: by what rules of access are read.
        validity: from when until when it counts.
        version: of the cache.
        faces: whether it is one of faces, not of codes alone.
    """

    parcel: Parcel
    residents: Mapping[str, CachedResident]
    records: Mapping[str, bytes]
    gallery: Gallery
    rule: MatchRule
    life: LifeRule
    second: str
    alone: bool
    hold_s: float
    calendar: Calendar
    validity: Validity
    version: int
    faces: bool = field(default=False)


class ResidentCache:
    """The cache of one door; for the main loop alone.

    Args of the constructor:
        folder: the door's state folder.
        door: its name.
        seal: keeps the file from whoever takes the disk.
        brain: the brain's public keys.
        encoder: what this door embeds faces with; None where it wants no templates.
        beat: called now and then while many residents are read.
    """

    def __init__(
        self,
        folder: Path,
        door: str,
        seal: PictureSeal,
        brain: Verifier,
        encoder: str | None,
        *,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._file = folder / "cache"
        self._versions_file = folder / "cache-versions"
        self._about = _ABOUT + door.encode()
        self._door = door
        self._seal = seal
        self._brain = brain
        self._encoder = encoder
        self._beat = beat
        self._versions: dict[str, int] = {}
        self.cached: Cached | None = None

    def start(self, now: float) -> None:
        """Read what was kept; what cannot be believed any more is erased.

        Args:
            now: monotonic seconds.

        Raises:
            StateError: the folder cannot be used.
        """
        self.cached = None
        try:
            self._versions = self._read_versions()
            sealed = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StateError(
                f"{self._file} cannot be read ({error.strerror}); the edge must be able to read "
                "and write its state_dir"
            ) from error
        try:
            self.cached = self._kept(sealed, now)
        except (SealError, MessageError, CacheRefused) as error:
            _log.warning("cache_erased", why=str(error), do="the door asks for another one")
            self.erase()

    @property
    def version(self) -> int:
        """Of the cache; 0 for none."""
        return 0 if self.cached is None else self.cached.version

    def take(self, parcel: Parcel, now: float) -> bool:
        """Take a cache that came, and keep it; False where it is the one that is here.

        Args:
            parcel: decrypted.
            now: monotonic seconds.

        Raises:
            CacheRefused: not signed by the brain for this door, of another encoder, older than
                one that was here, or the disk does not keep it. Everything is as it was.
        """
        try:
            opened = self._opened(parcel)
        except MessageError as error:
            raise CacheRefused(str(error)) from None
        highest = self._versions.get(opened.signer, 0)
        if self.cached is not None and opened.terms.version == self.cached.version:
            return False
        if opened.terms.version <= highest:
            raise CacheRefused("a cache older than what this door has had")
        fresh = _cached(parcel, opened, now)
        versions = {**self._versions, opened.signer: opened.terms.version}
        try:
            self._write(parcel)
            durable.write(self._versions_file, json.dumps(versions).encode())
        except OSError as error:
            raise CacheRefused(f"the disk does not keep a cache ({error.strerror})") from None
        self._versions, self.cached = versions, fresh
        _log.info("cache_taken", version=fresh.version, residents=len(fresh.residents))
        return True

    def forget(self, resident: str) -> bool:
        """Erase a resident who was removed, from memory and disk; whether they were here.

        Raises:
            OSError: the disk keeps what was there; memory does not.
        """
        cached = self.cached
        if cached is None or resident not in cached.records:
            return False
        parcel = cached.parcel.without(cached.records[resident])
        self.cached = Cached(
            parcel=parcel,
            residents={name: one for name, one in cached.residents.items() if name != resident},
            records={name: one for name, one in cached.records.items() if name != resident},
            # In rows of its own: the old ones would hold the template on.
            gallery=Gallery(
                cached.version,
                cached.gallery.without(cached.version, resident).index.compacted(),
            ),
            rule=cached.rule,
            life=cached.life,
            second=cached.second,
            alone=cached.alone,
            hold_s=cached.hold_s,
            calendar=cached.calendar,
            validity=cached.validity,
            version=cached.version,
            faces=cached.faces,
        )
        self._write(parcel)
        return True

    def erase(self) -> None:
        """Have no cache any more. A disk that refuses is logged."""
        self.cached = None
        try:
            self._file.unlink(missing_ok=True)
            durable.settle(self._file.parent)
        except OSError as error:
            _log.error("cache_stays", file=str(self._file), why=error.strerror)

    def _write(self, parcel: Parcel) -> None:
        durable.write(self._file, self._seal.seal(parcel.packed(), self._about))

    def _kept(self, sealed: bytes, now: float) -> Cached:
        """Raises `SealError`, `MessageError`, `CacheRefused`."""
        parcel = cache_parcel.unpacked(self._seal.open(sealed, self._about))
        opened = self._opened(parcel)
        if opened.terms.version < self._versions.get(opened.signer, 0):
            raise CacheRefused("older than what this door has had")
        return _cached(parcel, opened, now)

    def _opened(self, parcel: Parcel) -> Opened:
        """Raises `MessageError`, `CacheRefused`."""
        try:
            opened = cache_parcel.opened(parcel, self._door, self._brain, self._beat)
        except SignatureRefused as error:
            raise CacheRefused(str(error)) from None
        if opened.terms.encoder != self._encoder:
            theirs, ours = opened.terms.encoder, self._encoder
            raise CacheRefused(
                f"a cache of the encoder {theirs or 'none'}, and this door has {ours or 'none'}"
            )
        return opened

    def _read_versions(self) -> dict[str, int]:
        try:
            kept = json.loads(self._versions_file.read_text("ascii"))
            return {str(signer): int(version) for signer, version in kept.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError, TypeError):
            raise StateError(
                f"{self._versions_file} does not say which caches this door has had; remove it and "
                f"{self._file.name} beside it, and the door asks for a new cache"
            ) from None


def _cached(parcel: Parcel, opened: Opened, now: float) -> Cached:
    """Make a cache of what was signed. Raises `CacheRefused`."""
    terms = opened.terms
    try:
        made_at = datetime.fromtimestamp(terms.made_at, UTC)
        calendar = Calendar(
            ZoneInfo(terms.timezone),
            frozenset(date.fromisoformat(day) for day in terms.holidays),
            {schedule.name: schedule for schedule in terms.schedules},
        )
        gallery = _gallery(terms, opened)
    except (ValueError, OSError, OverflowError, KeyError) as error:
        raise CacheRefused(f"a cache that makes no sense here: {error}") from None
    asked = terms.matching
    return Cached(
        parcel=parcel,
        residents={one.id: one for one in opened.residents.values()},
        records={one.id: record for record, one in opened.residents.items()},
        gallery=gallery,
        rule=MatchRule(**asked.model_dump()),
        life=LifeRule(frozenset(terms.life.policies), frozenset(terms.life.required)),
        second=terms.second,
        alone=terms.alone,
        hold_s=terms.hold_s,
        calendar=calendar,
        validity=Validity(
            made_at, made_at + timedelta(hours=terms.hours), now + terms.hours * HOUR_S
        ),
        version=terms.version,
        faces=terms.encoder is not None,
    )


def _gallery(terms: CacheTerms, opened: Opened) -> Gallery:
    """Raises ValueError for templates of another length, or that are no unit vectors."""
    shown = [one for one in opened.residents.values() if one.template]
    if any(len(one.template) != 2 * terms.dimensions for one in shown):
        raise ValueError("a template of another length")
    rows = np.frombuffer(b"".join(one.template for one in shown), "<f2").astype(np.float64)
    rows = rows.reshape(len(shown), terms.dimensions)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.abs(lengths - 1) < 0.01).all():
        raise ValueError("a template that is no unit vector")
    units = np.asarray(rows / lengths, np.float32)
    vectors = {one.id: units[row : row + 1] for row, one in enumerate(shown)}
    return Gallery.build(terms.version, terms.dimensions, vectors)
