"""How does the console ask the brain, and hear of the site?"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from console.errors import BrainAway, NotDone
from console.ports import Clock
from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.codec import decode, encode
from doorbus.errors import BusError, MessageError, PublishRefused, TooLargeError
from doorbus.messages import Availability, ErrorCode, ErrorResponse, Request, Response, UploadFrame
from doorbus.messages.console import Note, Role
from doorbus.settings import BrokerSettings
from doorbus.speaking import for_account

ANSWER_S: Final = 10.0
"""Seconds; an order to a door that does not answer is itself refused by the brain after 3."""

SETTLE_S: Final = 2.0
"""Seconds after a connection in which the broker has told all that it keeps."""

MOST_WAITING: Final = 200
"""Questions under way at once; a site has a few people at a few pages."""

UNACKED: Final = 100
"""Messages that the broker sends ahead of what was taken in: 50 doors at 5 a second, for 0.4 s."""

HEARD: Final = (
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


class Listener(Protocol):
    """Who hears what comes over the line; on the event loop, and quick."""

    def heard(self, wire: Wire) -> None:
        """A message of the topics in `HEARD`."""
        ...

    def connected(self) -> None:
        """The broker is there."""
        ...

    def lost(self) -> None:
        """It is not; the line goes on trying."""
        ...


@dataclass(slots=True)
class _Asked:
    """A question under way."""

    answer: asyncio.Future[dict[str, Any]]
    waiting: int = field(default=0)


class Line:
    """The console's one connection to the broker; all of it on the event loop's thread.

    Args:
        name: who the console is, such as `console.main`.
        broker: where the broker is.
        listener: hears what comes.
        clock: the console's.
        holds: whether an account still has a role. What goes on without its page, an import such as
            of thousands, ends with it.
    """

    def __init__(
        self,
        name: str,
        broker: BrokerSettings,
        listener: Listener,
        clock: Clock,
        holds: Callable[[str, Role], bool] = lambda _account, _role: True,
    ) -> None:
        self._name = name
        self._holds = holds
        self._listener = listener
        self._clock = clock
        self._response = topics.RESPONSE.name(name)
        self._bus = MqttBus(
            broker,
            f"{name}/{secrets.token_hex(4)}",
            subscriptions=[
                Subscription(self._response),
                *(Subscription(topic.filter) for topic in HEARD),
            ],
            receive_maximum=UNACKED,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: dict[str, _Asked] = {}
        self._connected_at: float | None = None
        self._brain: Availability | None = None
        self._brain_known = asyncio.Event()
        self._stopped = False

    @property
    def away(self) -> str:
        """Who is not there: `broker`, `brain`, or nobody (empty)."""
        if self._connected_at is None:
            return "broker"
        if self._brain is None:
            settling = self._clock.monotonic() - self._connected_at < SETTLE_S
            return "" if settling else "brain"
        return "" if self._brain is Availability.ONLINE else "brain"

    async def start(self) -> None:
        """Begin connecting; goes on trying until `stop`.

        Raises:
            KeyMaterialError: a certificate or key file is missing or unusable; names the file.
        """
        loop = self._loop = asyncio.get_running_loop()

        def hear(event: BusEvent) -> None:
            # Its loop may be closed while the bus still parts from the broker.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._take, event)

        self._bus.start(hear)

    async def stop(self) -> None:
        """Disconnect; whoever waits for an answer is told. Twice is harmless."""
        self._stopped = True
        self._give_up("the console stops")
        await asyncio.to_thread(self._bus.stop)

    async def ask(
        self, request: Request, account: str, role: Role, patience_s: float = ANSWER_S
    ) -> dict[str, Any]:
        """Send one request in an account's name, and wait for its one response.

        What is known to the brain as the transaction is made of the request's own, the account and
        what is asked. So a form that is sent twice is carried out once, and one that was mended
        after nobody answered is another request, under the same hidden transaction of its page.

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
        await self._settle(patience_s)
        # A note tells what was, in the name of whoever it was.
        if not isinstance(request, Note) and not self._holds(account, role):
            raise NotDone(
                f"{account} is no {role.value} of this console any more",
                code=ErrorCode.NOT_ALLOWED,
                status=403,
            )
        transaction = _transaction(request, account)
        asked = self._asked.get(transaction)
        first = asked is None
        if asked is None:
            if len(self._asked) >= MOST_WAITING:
                raise BrainAway("too many questions wait for the brain; try again", sent=False)
            asked = self._asked[transaction] = _Asked(asyncio.get_running_loop().create_future())
        asked.waiting += 1
        try:
            if first:
                request = request.model_copy(update={"transaction": transaction})
                wire = encode(topics.REQUEST, request, self._name)
                await self._send(for_account(wire, account, role), asked.answer)
            async with asyncio.timeout(patience_s):
                return await asyncio.shield(asked.answer)
        except TimeoutError:
            raise BrainAway(f"no answer from the brain within {patience_s:.0f} s") from None
        finally:
            asked.waiting -= 1
            if not asked.waiting:
                del self._asked[transaction]
                if asked.answer.done():
                    asked.answer.exception()  # seen, so that nobody is warned of it

    async def upload(self, photo: UploadFrame) -> None:
        """Send one photo of an enrolment by upload; what became of it comes as an event.

        Raises:
            NotDone: it is larger than the broker takes.
            BrainAway: it did not go out.
        """
        await self._settle(ANSWER_S)
        await self._publish(encode(topics.UPLOAD, photo))

    async def _settle(self, patience_s: float) -> None:
        """Wait until the broker has said whether the brain is there; raise where it is not."""
        if self._connected_at is not None and self._brain is None:
            left = SETTLE_S - (self._clock.monotonic() - self._connected_at)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(left, patience_s))):
                    await self._brain_known.wait()
        if self.away or self._stopped:
            raise BrainAway(f"the {self.away or 'console'} is away; nothing was sent", sent=False)

    async def _publish(self, wire: Wire) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                await asyncio.wrap_future(self._bus.publish(wire))
        except TooLargeError as error:
            raise NotDone(str(error)) from None
        except PublishRefused as error:
            # Nobody at a page can mend that.
            _log.error("the broker does not let the console speak", why=str(error))
            raise NotDone(str(error), code=ErrorCode.NOT_ALLOWED, status=503) from None
        except (BusError, TimeoutError) as error:
            raise BrainAway(f"the broker did not take it ({error})") from None

    async def _send(self, wire: Wire, answer: asyncio.Future[dict[str, Any]]) -> None:
        """Publish a question; whoever waits for its answer hears where that fails."""
        try:
            await self._publish(wire)
        except NotDone as error:
            if not answer.done():
                answer.set_exception(error)

    def _take(self, event: BusEvent) -> None:
        match event:
            case Connected():
                self._connected_at = self._clock.monotonic()
                self._listener.connected()
            case Disconnected():
                self._connected_at = None
                self._brain = None
                self._brain_known.clear()
                self._give_up("the connection to the broker broke")
                self._listener.lost()
            case Delivery(wire=wire):
                # Only what was taken in is acked, so that the broker waits and not our memory.
                try:
                    self._deliver(wire)
                finally:
                    event.ack()

    def _deliver(self, wire: Wire) -> None:
        if wire.topic == self._response:
            self._answer(wire)
            return
        if topics.BRAIN_AVAILABILITY.matches(wire.topic):
            self._note_brain(wire)
        self._listener.heard(wire)

    def _note_brain(self, wire: Wire) -> None:
        try:
            self._brain = decode(topics.BRAIN_AVAILABILITY, wire) if wire.payload else None
        except MessageError as error:
            _log.warning("a message of the brain is not understood", why=str(error))
            return
        self._brain_known.set()
        if self._brain is not Availability.ONLINE:
            self._give_up("the brain went away")

    def _answer(self, wire: Wire) -> None:
        try:
            response: Response = decode(topics.RESPONSE, wire)
        except MessageError as error:
            _log.warning(
                "an answer of the brain is not understood; are both of one version?", why=str(error)
            )
            return
        asked = self._asked.get(response.transaction or "")
        if asked is None or asked.answer.done():
            return  # to a question that was given up, or asked by another run of this console
        if isinstance(response, ErrorResponse):
            asked.answer.set_exception(NotDone(response.error, code=response.code))
        else:
            asked.answer.set_result(response.data)

    def _give_up(self, why: str) -> None:
        """Tell everybody who waits that no answer will come."""
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(BrainAway(f"{why}; nobody knows whether it was done"))


def _transaction(request: Request, account: str) -> str:
    """What the brain knows a request by: 32 hexadecimal digits."""
    own = request.transaction or secrets.token_hex(16)
    plain = request.model_copy(update={"transaction": own}).model_dump_json()
    return hashlib.sha256(f"{account}\n{plain}".encode()).hexdigest()[:32]
