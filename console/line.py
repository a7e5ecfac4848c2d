"""How does the console ask the brain, and hear of the site?"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import structlog

from console.errors import BrainAway, NotDone
from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.codec import decode, encode
from doorbus.errors import BusError, MessageError, NotConnectedError
from doorbus.messages import Availability, ErrorResponse, Request, UploadFrame
from doorbus.messages.console import Role
from doorbus.settings import BrokerSettings
from doorbus.speaking import for_account

ANSWER_S = 10.0
"""Seconds; an order to a door that does not answer is itself refused by the brain after 3."""

HEARD = (
    topics.DOOR_AVAILABILITY,
    topics.LOCK_STATE,
    topics.CONTACT,
    topics.DOOR_HEALTH,
    topics.DOOR_EVENT,
    topics.SNAPSHOT,
    topics.ENROL_FRAME,
    topics.BRAIN_AVAILABILITY,
    topics.BRAIN_HEALTH,
    topics.BRAIN_EVENT,
    topics.ADMIN_EVENTS,
)
"""What the console listens to, beside the answers to its own questions."""

_log = structlog.get_logger()


class Line:
    """The console's one connection to the broker; all of it on the event loop's thread.

    Args:
        name: who the console is, such as `console.main`.
        broker: where the broker is.
        hear: takes every message of the topics in `HEARD`, on the event loop.
    """

    def __init__(self, name: str, broker: BrokerSettings, hear: Callable[[Wire], None]) -> None:
        self._name = name
        self._hear = hear
        self._response = topics.RESPONSE.name(name)
        self._bus = MqttBus(
            broker,
            f"{name}/{secrets.token_hex(4)}",
            subscriptions=[
                Subscription(self._response),
                *(Subscription(topic.filter) for topic in HEARD),
            ],
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._connected = False
        self._brain = Availability.OFFLINE

    @property
    def away(self) -> str:
        """Who is not there: `broker`, `brain`, or nobody (empty)."""
        if not self._connected:
            return "broker"
        return "" if self._brain is Availability.ONLINE else "brain"

    async def start(self) -> None:
        """Begin connecting; goes on trying until `stop`.

        Raises:
            KeyMaterialError: a certificate or key file is missing or unusable; names the file.
        """
        loop = self._loop = asyncio.get_running_loop()

        def hear(event: BusEvent) -> None:
            loop.call_soon_threadsafe(self._take, event)

        self._bus.start(hear)

    async def stop(self) -> None:
        """Disconnect. Twice is harmless."""
        await asyncio.to_thread(self._bus.stop)

    async def ask(
        self, request: Request, account: str, role: Role, patience_s: float = ANSWER_S
    ) -> dict[str, Any]:
        """Send one request in an account's name, and wait for its one response.

        Args:
            request: one of the contract's; given a transaction where it has none.
            account: in whose name.
            role: of the account.
            patience_s: seconds to wait.

        Raises:
            NotDone: the brain refused it; nothing was changed.
            BrainAway: broker or brain are not there, or no response came. It may have been carried
                out: the same request with the same transaction may safely be sent again.
        """
        transaction = request.transaction or secrets.token_hex(16)
        if request.transaction is None:
            request = request.model_copy(update={"transaction": transaction})
        if self.away:
            raise BrainAway(f"the {self.away} is away; nothing was sent")
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = answer
        try:
            await self._publish(
                for_account(encode(topics.REQUEST, request, self._name), account, role)
            )
            return await asyncio.wait_for(answer, patience_s)
        except TimeoutError:
            raise BrainAway(f"no answer from the brain within {patience_s:.0f} s") from None
        finally:
            del self._waiting[transaction]

    async def upload(self, photo: UploadFrame) -> None:
        """Send one photo of an enrolment by upload; what became of it comes as an event.

        Raises:
            BrainAway: it did not go out.
        """
        await self._publish(encode(topics.UPLOAD, photo))

    async def _publish(self, wire: Wire) -> None:
        try:
            await asyncio.wait_for(asyncio.wrap_future(self._bus.publish(wire)), ANSWER_S)
        except (BusError, NotConnectedError, TimeoutError) as error:
            raise BrainAway(f"the broker did not take it ({error})") from None

    def _take(self, event: BusEvent) -> None:
        match event:
            case Connected():
                self._connected = True
            case Disconnected():
                self._connected = False
                self._brain = Availability.OFFLINE
            case Delivery(wire=wire):
                event.ack()
                self._deliver(wire)

    def _deliver(self, wire: Wire) -> None:
        try:
            if wire.topic == self._response:
                self._answer(wire)
                return
            if topics.BRAIN_AVAILABILITY.matches(wire.topic):
                self._brain = decode(topics.BRAIN_AVAILABILITY, wire)
        except MessageError as error:
            _log.warning("a message of the brain is not understood", why=str(error))
            return
        self._hear(wire)

    def _answer(self, wire: Wire) -> None:
        response = decode(topics.RESPONSE, wire)
        waiting = self._waiting.get(response.transaction or "")
        if waiting is None or waiting.done():
            return  # to a question that was given up, or asked by another run of this console
        if isinstance(response, ErrorResponse):
            waiting.set_exception(NotDone(response.error, code=response.code))
        else:
            waiting.set_result(response.data)
