"""What may a door know of residents, for the time when the brain is away?

The door asks (`CacheAsked`), the brain answers in parts (`CachePart`), which together are a parcel
(`doorbus.cache_parcel`): terms, signed by the brain, and one record for each resident. `CacheNews`
tells a door that its cache is out of date.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from doorbus.messages.burst import LifeSign
from doorbus.messages.fields import Counter, DoorName, Id, Payload
from doorbus.messages.schedules import Schedule, ScheduleName

MOST_PARTS = 32
"""Parts of one cache."""

PART_BYTES = 900_000
"""Bytes of a part's content; the broker takes a little over a million with its head."""

LONGEST_CACHE_H = 168
"""Hours that a cache may be good for."""

MOST_CACHED = 50_000
"""Residents of one cache."""

ExchangeKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""An X25519 public key in hexadecimal."""

EncoderIdentity = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+_-]{1,120}$")]
"""Whose vectors: name and content of a network; those of two identities are never compared."""

Moment = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
"""Seconds since 1970."""

Cosine = Annotated[float, Field(ge=-1, allow_inf_nan=False)]


class CacheAsked(Payload):
    """A door asks for its cache.

    Attributes:
        have: version of the one it has; 0 for none. The answer is newer.
        faces: whether it wants templates, or codes alone.
        encoder: what it embeds faces with; left out where it wants no templates.
        key: its half of what the answer is encrypted under, made for this boot.
    """

    have: Counter
    faces: bool
    encoder: EncoderIdentity | None = None
    key: ExchangeKey


class CachePart(Payload):
    """A part of a cache that the door asked for.

    Attributes:
        version: of the cache; newer than what the door has.
        part: which, from 0.
        parts: how many there are.
        content: the bytes; all of them in order are a sealed parcel.
    """

    version: Counter
    part: int = Field(ge=0, lt=MOST_PARTS)
    parts: int = Field(ge=1, le=MOST_PARTS)
    content: bytes = Field(repr=False, min_length=1, max_length=PART_BYTES)


class CacheNews(Payload):
    """A command: there is another cache for this door, which should ask for it."""

    kind: Literal["cache"] = "cache"
    number: Counter


class CachedMatching(Payload):
    """What is asked of a burst; see `matching.decision.MatchRule`. Above 1 nobody is let in."""

    threshold: Cosine
    margin: float = Field(ge=0, allow_inf_nan=False)
    floor: Cosine
    agreement: float = Field(gt=0, le=1)
    least_crops: int = Field(ge=1, le=40)
    coherence: Cosine
    stray: float = Field(ge=0, allow_inf_nan=False)
    rival: float = Field(ge=0, allow_inf_nan=False)
    movement: float = Field(ge=0, allow_inf_nan=False)


class CachedLife(Payload):
    """What counts as evidence of life; see `matching.life.LifeRule`."""

    policies: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")], ...] = Field(
        max_length=16
    )
    # Not strict: CBOR has texts only.
    required: tuple[Annotated[LifeSign, Field(strict=False)], ...] = Field(max_length=16)


class CachedRule(Payload):
    """One rule of access for one resident at this door.

    Attributes:
        permits: otherwise it forbids, and wins.
        schedule: when, by name; None for at any time.
        since: from when on; None for always.
        until: up to when, exclusive; None for ever.
    """

    permits: bool
    schedule: ScheduleName | None = None
    since: Moment | None = None
    until: Moment | None = None


class CachedResident(Payload):
    """One resident of a door.

    Attributes:
        salt: random, so that a record's hash, which stays when it is erased, tells nothing.
        id: opaque.
        template: float16, least significant byte first, of unit length before rounding; empty for
            somebody without one, or where the door asked for codes alone.
        rules: who has none is let in at any time.
        pin: salt and scrypt hash of the PIN (`doorbus.pins`); empty for none.
        duress: the same of the PIN that calls for help.
    """

    salt: bytes = Field(repr=False, min_length=16, max_length=16)
    id: Id
    template: bytes = Field(repr=False, max_length=8192)
    rules: tuple[CachedRule, ...] = Field(default=(), max_length=100)
    pin: bytes = Field(default=b"", repr=False, max_length=64)
    duress: bytes = Field(default=b"", repr=False, max_length=64)


class CacheTerms(Payload):
    """What holds for a cache; the brain's signature is over these.

    Attributes:
        door: whose it is.
        version: rises strictly.
        made_at: when, on the brain's wall clock.
        hours: how long it is good for since then.
        encoder: whose vectors; None for a cache of codes alone.
        dimensions: length of a vector.
        matching: what is asked of a burst.
        life: what counts as evidence of life.
        second: what this door asks for beside a face.
        alone: whether a PIN opens it without one.
        hold_s: seconds to hold the lock.
        timezone: in which schedules are read.
        holidays: days, `YYYY-MM-DD`.
        schedules: those that rules name.
        residents: SHA-256 of each resident's record.
    """

    door: DoorName
    version: Counter
    made_at: Moment
    hours: float = Field(gt=0, le=LONGEST_CACHE_H)
    encoder: EncoderIdentity | None = None
    dimensions: int = Field(ge=0, le=4096)
    matching: CachedMatching
    life: CachedLife
    second: Literal["none", "card", "pin"] = "none"
    alone: bool = False
    hold_s: float = Field(ge=0, le=60, allow_inf_nan=False)
    timezone: str = Field(default="UTC", max_length=64)
    holidays: tuple[Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")], ...] = Field(
        default=(), max_length=1000
    )
    schedules: tuple[Schedule, ...] = Field(default=(), max_length=200)
    residents: tuple[bytes, ...] = Field(repr=False, max_length=MOST_CACHED)
