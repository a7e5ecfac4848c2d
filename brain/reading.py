"""Which messages of doors count? Fresh from the broker, signed by the door, of the contract."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import structlog

from brain.doors import KnownDoors
from brain.store_ports import PeopleStore
from doorbus import codec
from doorbus.bus import Wire
from doorbus.errors import MessageError, SignatureRefused
from doorbus.signing import Stamp, verify
from doorbus.topics import Topic

T = TypeVar("T")
_log = structlog.get_logger()


class UnreadableLetter(MessageError):  # noqa: N818  # reads as what it is
    """Signed by a door, and not of the contract: the door is broken, of another release, or stolen.

    Attributes:
        door: whose.
    """

    def __init__(self, text: str, door: str) -> None:
        super().__init__(text)
        self.door = door


class Letter(Generic[T]):
    """A message whose writer is certain; the content is read when asked for.

    Attributes:
        door: who wrote it.
        epoch: in which of its boots.
    """

    def __init__(self, topic: Topic[T], wire: Wire, stamp: Stamp) -> None:
        self._topic = topic
        self._wire = wire
        self.door = stamp.door
        self.epoch = stamp.epoch

    def content(self) -> T:
        """Read what it says. Raises `UnreadableLetter`."""
        try:
            return codec.decode(self._topic, self._wire)
        except MessageError as error:
            raise UnreadableLetter(str(error), self.door) from error


class Reading:
    """Checks who wrote a door's message, and remembers each door's newest boot."""

    def __init__(self, doors: KnownDoors, store: PeopleStore) -> None:
        self._doors = doors
        self._store = store
        self._epochs: dict[str, int] = {}

    def open(self, topic: Topic[T], wire: Wire) -> Letter[T]:
        """Check a message of a door.

        Raises:
            MessageError: retained, unsigned, of a negative epoch, or not by the door it names.
        """
        if wire.retain:
            raise MessageError(f"{wire.topic}: retained; publish without the retain flag")
        stamp = self._writer(topic, wire)
        if not 0 <= stamp.epoch <= 2**53:
            raise MessageError(f"{wire.topic}: an epoch out of range")
        self._note(stamp)
        return Letter(topic, wire, stamp)

    def epoch(self, door: str) -> int | None:
        """The newest boot of a door that was heard of."""
        return self._epochs.get(door)

    def refresh(self) -> None:
        """Take the doors' newest boots from the store, once keys or doors have changed."""
        with self._store.work() as work:
            for door in self._doors.names:
                coming = self._doors.next_fingerprint(door)
                if coming is not None and work.doors.key(door) == coming:
                    self._doors.take_over(door)
                work.doors.use_key(door, self._doors.fingerprint(door))
            records = {door: work.doors.get(door) for door in self._doors.names}
        self._epochs = {
            door: record.epoch for door, record in records.items() if record.epoch is not None
        }

    def _writer(self, topic: Topic[Any], wire: Wire) -> Stamp:
        """Who signed a message; a door's new key ends its old one by its first use."""
        try:
            return verify(wire, topic, self._doors.key)
        except SignatureRefused as refusal:
            try:
                stamp = verify(wire, topic, self._doors.next_key)
            except SignatureRefused:
                raise refusal from None
        door = stamp.door
        self._doors.take_over(door)
        with self._store.work() as work:
            work.doors.use_key(door, self._doors.fingerprint(door))
        self._epochs.pop(door, None)
        _log.info("a door uses its new key; the old one counts no more", door=door)
        return stamp

    def _note(self, stamp: Stamp) -> None:
        if stamp.epoch > self._epochs.get(stamp.door, -1):
            with self._store.work() as work:
                work.doors.heard(stamp.door, stamp.epoch)
            self._epochs[stamp.door] = stamp.epoch
