"""Is the audit whole? Each entry carries a code over itself, its number and the entry before.

The code of entry n is HMAC-SHA256 (RFC 2104) under the site's audit key over

    "doorward/audit/1" | code of entry n - 1 | n | at | actor | what | resident | door | reason

where the first entry follows 32 zero bytes, n is 8 bytes big-endian, `at` an IEEE 754 double
big-endian, and each text a byte 1, its length in 8 bytes big-endian and its UTF-8, or a byte 0 for
None. So no two entries have the same encoding, and an entry that is changed, left out, put in or
moved shows at its number. An end that was cut off shows against a head that was noted elsewhere;
whoever has the key can write another chain, which shows against such a head too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

CONTEXT = b"doorward/audit/1"
BEGINNING = bytes(32)
"""What the first entry follows."""

_HEAD = re.compile(r"(0|[1-9][0-9]{0,18}):([0-9a-f]{64})")


class Line(Protocol):
    """What an entry says."""

    @property
    def at(self) -> float:
        """Seconds since 1970."""
        ...

    @property
    def actor(self) -> str:
        """Who."""
        ...

    @property
    def what(self) -> str:
        """Did or decided what."""
        ...

    @property
    def resident(self) -> str | None:
        """For whom."""
        ...

    @property
    def door(self) -> str | None:
        """Where."""
        ...

    @property
    def reason(self) -> str:
        """Why."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many entries it has, and the code of the last.

    Attributes:
        entries: their number; entry n is the n-th, counted from 1.
        code: 32 bytes.
    """

    entries: int
    code: bytes

    def __str__(self) -> str:
        return f"{self.entries}:{self.code.hex()}"


EMPTY = Head(0, BEGINNING)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as it lies in the store."""

    number: int
    line: Line
    code: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a chain found.

    Attributes:
        head: the end of what is whole.
        broken: number of the first entry that is not; None where all are.
        why: in words for people; empty where all are whole.
    """

    head: Head
    broken: int | None = None
    why: str = ""


def read_head(text: str) -> Head:
    """Read `N:HEX`, as `str(head)` writes it. Raises ValueError."""
    found = _HEAD.fullmatch(text)
    if found is None:
        raise ValueError("not a head: it is a number, a colon and 64 hexadecimal digits")
    return Head(int(found[1]), bytes.fromhex(found[2]))


def code(key: bytes, before: bytes, number: int, line: Line) -> bytes:
    """The code of entry `number`.

    Args:
        key: the site's audit key.
        before: the code of the entry before; `BEGINNING` for the first.
        number: counted from 1.
        line: what the entry says.
    """
    parts = (
        CONTEXT,
        before,
        struct.pack(">Qd", number, line.at),
        *(_text(one) for one in (line.actor, line.what, line.resident, line.door, line.reason)),
    )
    return hmac.digest(key, b"".join(parts), hashlib.sha256)


def following(key: bytes, head: Head, line: Line) -> Head:
    """The head once `line` was added."""
    number = head.entries + 1
    return Head(number, code(key, head.code, number, line))


def check(key: bytes, links: Iterable[Link], noted: Head | None = None) -> Checked:
    """Go through a chain from its first entry, up to the first that is not as it was written.

    Args:
        key: the site's audit key.
        links: all entries, by number.
        noted: a head of this chain that was noted elsewhere, such as on `brain/health`.
    """
    head = EMPTY
    if noted is not None and noted.entries == 0:
        noted = None  # every chain began so
    for link in links:
        number = head.entries + 1
        if link.number != number:
            why = f"entry {number} is missing: entry {link.number} stands in its place"
            return Checked(head, number, why)
        after = following(key, head, link.line)
        if not hmac.compare_digest(after.code, link.code):
            why = f"entry {number} is not what was written there, or the key is another one"
            return Checked(head, number, why)
        if noted is not None and noted.entries == number and noted.code != after.code:
            why = f"entry {number} or one before was written anew: the noted head is another one"
            return Checked(head, number, why)
        head = after
    if noted is not None and noted.entries > head.entries:
        first = head.entries + 1
        why = f"the end is cut off: entry {first} is missing, and {noted.entries} were there"
        return Checked(head, first, why)
    return Checked(head)


def _text(text: str | None) -> bytes:
    if text is None:
        return b"\x00"
    data = text.encode("utf-8", "surrogatepass")
    return b"\x01" + struct.pack(">Q", len(data)) + data
