"""What becomes of what a door tells: its events, and whether it is there?"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.store_ports import PeopleStore, Work
from doorbus import codec
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import Availability, DoorEvent, EventKind, Id, Reason
from doorbus.topics import DOOR_AVAILABILITY, DOOR_EVENT

_ID: TypeAdapter[str] = TypeAdapter(Id)


class Present(Protocol):
    """Hears whether a door is connected."""

    def __call__(self, door: str, *, online: bool) -> None:
        """A door came to the broker, or went."""
        ...


class DoorTelling:
    """Keeps doors' events and acknowledges them; on one thread.

    Args:
        there: hears which door has started or come online.
        forgotten: hears a door and the event by which it says that it forgot somebody.
        ordered: hears a door and the event by which it says that it carried out an order.
        refused: hears of each attempt that the door itself refused as a spoof.
        told: hears of each event once.
        noted: keeps more of it, within the transaction that keeps the event.
        present: hears which door is connected, or is not any more.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        outgoing: Outgoing,
        clock: Clock,
        there: Callable[[str], None],
        ordered: Callable[[str, DoorEvent], None],
        forgotten: Callable[[str, DoorEvent], None],
        refused: Callable[[str, Reason], None],
        told: Callable[[str, DoorEvent], None],
        noted: Callable[[Work, str, DoorEvent], None],
        present: Present,
    ) -> None:
        self._reading = reading
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._there = there
        self._ordered = ordered
        self._forgotten = forgotten
        self._refused = refused
        self._told = told
        self._noted = noted
        self._present = present

    def take_event(self, wire: Wire) -> None:
        """A message on `door/<door>/event`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(DOOR_EVENT, wire)
        try:
            event = letter.content()
        except MessageError:
            # Name it in an ack all the same, if it can be: it must not block its sender.
            if (item := _id_of(wire.payload)) is not None:
                self._outgoing.ack(letter.door, letter.epoch, item, "unreadable event")
            raise
        with self._store.work() as work:
            fresh = work.events.store(letter.door, event, self._clock.wall())
            if fresh:
                self._noted(work, letter.door, event)
        self._outgoing.ack(letter.door, letter.epoch, event.id)
        if fresh:
            self._told(letter.door, event)
        if fresh and event.kind is EventKind.STARTED:
            self._there(letter.door)
        elif fresh and event.kind is EventKind.ORDER:
            self._ordered(letter.door, event)
        elif event.kind is EventKind.FORGOTTEN:
            self._forgotten(letter.door, event)
        elif fresh and event.kind is EventKind.SPOOF:
            self._refused(letter.door, Reason.SPOOF)

    def take_availability(self, wire: Wire) -> None:
        """A message on `door/<door>/availability`: unsigned, so it only makes the brain ask.

        Raises:
            MessageError: neither of the two words.
        """
        door = DOOR_AVAILABILITY.level(wire.topic)
        online = codec.decode(DOOR_AVAILABILITY, wire) is Availability.ONLINE
        if door is None:
            return
        self._present(door, online=online)
        if online:
            self._there(door)


def _id_of(payload: bytes) -> str | None:
    try:
        return _ID.validate_python(json.loads(payload)["id"])
    except (ValueError, ValidationError, KeyError, TypeError, RecursionError):
        return None
