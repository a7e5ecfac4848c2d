"""How does an administrator ask the brain something and get the one answer to it?"""

from __future__ import annotations

import queue
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.codec import decode, encode
from doorbus.errors import BusError, DoorwardError, MessageError, NotConnectedError
from doorbus.messages import BrainEvent, ErrorResponse, Request, Response, UploadFrame
from doorbus.settings import BrokerSettings, Settings, load

CONNECT_S = 7.0
"""Seconds for the broker to let us in, and to take a request: long enough for a second attempt."""

ANSWER_S = 10.0
"""Seconds; an order to a door that does not answer is itself refused by the brain after 3."""


class ClientSettings(Settings):
    """What stands in a `client.yaml`: who we are, and where the broker is."""

    name: str
    broker: BrokerSettings


class RequestRefused(DoorwardError):  # noqa: N818  # reads as what happened
    """The brain answered with an error; the message is its own."""


def new_transaction() -> str:
    """A mark for one request; a repeat with the same mark does nothing twice."""
    return secrets.token_hex(8)


class Conversation:
    """One administrator's connection: requests out, responses and the brain's events in.

    For one thread. Raises NotConnectedError where the broker or the brain is not there.
    """

    def __init__(self, settings: ClientSettings, *, pictures_of: str | None = None) -> None:
        """Nothing is connected yet.

        Args:
            settings: of `client.yaml`.
            pictures_of: a door whose pictures on command are listened for.
        """
        self._settings = settings
        self._response = topics.RESPONSE.name(settings.name)
        self._bus = MqttBus(
            settings.broker,
            f"{settings.name}/doorctl-{secrets.token_hex(4)}",
            subscriptions=[
                Subscription(self._response),
                Subscription(topics.BRAIN_EVENT.template),
                *([Subscription(topics.SNAPSHOT.name(pictures_of))] if pictures_of else []),
            ],
        )
        self._pictures: dict[str, bytes] = {}
        self._heard: queue.SimpleQueue[BusEvent] = queue.SimpleQueue()
        self._events: list[BrainEvent] = []

    @classmethod
    def from_file(cls, path: Path, *, pictures_of: str | None = None) -> Self:
        """Read `client.yaml`. Raises ConfigError with every mistake in it."""
        return cls(load(path, ClientSettings), pictures_of=pictures_of)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Connect, and wait until the responses' subscription stands."""
        self._bus.start(self._heard.put)
        reason = "no answer"
        deadline = time.monotonic() + CONNECT_S
        while (event := self._next(deadline)) is not None:
            if isinstance(event, Connected):
                return
            if isinstance(event, Disconnected):
                reason = event.reason
        broker = self._settings.broker
        self.stop()
        raise NotConnectedError(
            f"the broker at {broker.host}:{broker.port} does not take the connection ({reason}); "
            "is it running, and is the address in client.yaml right?"
        )

    def stop(self) -> None:
        """Disconnect. Twice is harmless."""
        self._bus.stop()

    def ask(self, request: Request, patience_s: float = ANSWER_S) -> dict[str, Any]:
        """Send one request and return the data of its response.

        Raises:
            RequestRefused: the brain refused it; nothing was changed.
            PublishRefused: the broker does not let this certificate ask.
            NotConnectedError: no response within `patience_s` seconds. The request may have been
                carried out: the same request with the same transaction may safely be sent again.
        """
        if request.transaction is None:
            request = request.model_copy(update={"transaction": new_transaction()})
        self._publish(encode(topics.REQUEST, request, self._settings.name))
        deadline = time.monotonic() + patience_s
        while (event := self._next(deadline)) is not None:
            response = self._response_in(event)
            if response is None or response.transaction != request.transaction:
                continue  # to another client with this certificate, or to an earlier request
            if isinstance(response, ErrorResponse):
                raise RequestRefused(response.error)
            return response.data
        raise NotConnectedError(
            f"no answer from the brain within {patience_s:.0f} s (op {request.op}); is it running? "
            "Asking again is safe with the same transaction"
        )

    def upload(self, photo: UploadFrame) -> None:
        """Send one photo of an enrolment by upload; what became of it comes as an event.

        Raises:
            PublishRefused: the broker does not let this certificate send photos.
            NotConnectedError: the broker does not take it.
        """
        self._publish(encode(topics.UPLOAD, photo))

    def clear_retained(self) -> None:
        """Have the broker forget what this administrator retained by mistake: requests, photos."""
        for topic in (
            topics.REQUEST.name(self._settings.name),
            topics.REQUEST.name(),
            topics.UPLOAD.name(),
        ):
            self._publish(Wire(topic, b"", retain=True))

    def events(self, silence_s: float) -> Iterator[BrainEvent]:
        """The brain's events, from the first request on, until none comes for `silence_s`."""
        while True:
            while self._events:
                yield self._events.pop(0)
            event = self._next(time.monotonic() + silence_s)
            if event is None:
                return
            self._response_in(event)

    def picture(self, command: str, patience_s: float) -> bytes:
        """The picture that a command asked for, as JPEG.

        Raises:
            NotConnectedError: none came within `patience_s` seconds.
        """
        deadline = time.monotonic() + patience_s
        while command not in self._pictures:
            event = self._next(deadline)
            if event is None:
                raise NotConnectedError(
                    f"no picture came within {patience_s:.0f} s; is the door online, and does "
                    "its camera work? Look at its events"
                )
            self._response_in(event)
        return self._pictures.pop(command)

    def _publish(self, wire: Wire) -> None:
        try:
            self._bus.publish(wire).result(CONNECT_S)
        except TimeoutError:
            raise NotConnectedError(
                f"the broker did not take the request within {CONNECT_S:.0f} s; is it running well?"
            ) from None

    def _next(self, deadline: float) -> BusEvent | None:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        try:
            return self._heard.get(timeout=left)
        except queue.Empty:
            return None

    def _response_in(self, event: BusEvent) -> Response | None:
        """The response that `event` carries; an event of the brain is kept for `events`."""
        if not isinstance(event, Delivery):
            return None
        event.ack()
        try:
            if event.wire.topic == self._response:
                return decode(topics.RESPONSE, event.wire)
            if topics.SNAPSHOT.matches(event.wire.topic):
                shown = decode(topics.SNAPSHOT, event.wire)
                self._pictures[shown.command] = shown.jpeg
                return None
            self._events.append(decode(topics.BRAIN_EVENT, event.wire))
        except MessageError as error:
            raise BusError(
                f"{error}; brain and doorctl are of different versions: update the older one"
            ) from None
        return None
