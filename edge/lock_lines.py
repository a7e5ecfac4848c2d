"""How do edge and lock process spell what they tell each other? One line of ASCII a message.

Edge to lock: `hold <seconds> <sent>`, `close`, `beat`.
Lock to edge: `LOCKED` or `UNLOCKED` at every transition of the actuator (the first line is the
`LOCKED` of the start), `beat` for each beat, `error <text>` when the actuator misbehaves, and
`failed <text>` when it could not even be claimed.
"""

from __future__ import annotations

from typing import Final

from edge.core.bolt import Beat, Close, Event, Garbled, Hold

LONGEST_LINE: Final = 256
"""Bytes; a longer line is no order, and is not waited for."""

LOCKED: Final = "LOCKED"
UNLOCKED: Final = "UNLOCKED"
BEAT: Final = "beat"
ERROR: Final = "error"
FAILED: Final = "failed"


def order(event: Hold | Close | Beat) -> bytes:
    """An order as the lock process reads it."""
    match event:
        case Hold(seconds, sent):
            return f"hold {seconds!r} {sent!r}\n".encode("ascii")
        case Close():
            return b"close\n"
        case Beat():
            return b"beat\n"


def read_order(line: bytes) -> Event:
    """The event a line (without its newline) stands for; `Garbled` for anything unknown.

    A number that is no sensible hold is left to `edge.core.bolt` to refuse.
    """
    match line.split(b" "):
        case [b"beat"]:
            return Beat()
        case [b"close"]:
            return Close()
        case [b"hold", seconds, sent]:
            try:
                return Hold(float(seconds), float(sent))
            except ValueError:
                pass
    return Garbled(line[:80].decode("ascii", "backslashreplace"))


class Lines:
    """Cuts a byte stream into lines."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines completed by `data`, without their newlines.

        An unfinished line longer than `LONGEST_LINE` is handed out as it stands, once, so that
        noise without a newline is noticed rather than stored; the rest of that line is dropped,
        for its end might look like an order.
        """
        *whole, rest = (self._rest + data).split(b"\n")
        if self._skipping:
            if not whole:
                return []
            del whole[0]
            self._skipping = False
        if len(rest) > LONGEST_LINE:
            whole.append(rest)
            rest = b""
            self._skipping = True
        self._rest = rest
        return whole


def answer(word: str, text: str = "") -> bytes:
    """A line from lock to edge; line breaks in `text` become blanks."""
    return (" ".join([word, *text.split()])).encode("utf-8", "replace") + b"\n"


def read_answer(line: bytes) -> tuple[str, str]:
    """Word and text of a line from the lock."""
    word, _, text = line.decode("utf-8", "replace").partition(" ")
    return word, text
