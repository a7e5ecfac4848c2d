"""How a Bus stands on paho-mqtt: one thread that connects, serves, and connects again.

Only this module imports paho. paho's own network thread dies of an exception and keeps queues that
outlive a connection; so paho is driven here through its interface for foreign event loops, with a
new client for each connection, on a thread of ours that survives whatever happens on it.
"""

from __future__ import annotations

import contextlib
import logging
import random
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from enum import Enum, auto
from typing import Any, cast

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from doorbus import tls
from doorbus.bus import (
    MAX_PACKET,
    Connected,
    Delivery,
    Disconnected,
    Sink,
    Subscription,
    Wire,
)
from doorbus.errors import BusError, PublishRefused
from doorbus.outbox import Outbox, Sending
from doorbus.settings import BrokerSettings

__all__ = ["MqttBus", "Subscription"]

KEEPALIVE_S = 20
"""A dead broker is noticed within twice this, a dead client by the broker within 1.5 times this."""

LINK_TIMEOUT_MS = 10_000
"""A connection whose sent bytes stay unconfirmed for so long is given up (TCP_USER_TIMEOUT)."""

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 10.0
"""Longest wait for each answer of the broker while a connection is being made."""

FAREWELL_TIMEOUT_S = 2.0
FIRST_DELAY_S = 1.0
MOST_DELAY_S = 5.0
WINDOW = 20
"""Most messages sent and not yet answered; the rest waits here, in order."""

_NO_SUBSCRIBERS = 0x10
_FAILURE = 0x80
_NOT_AUTHORISED = 0x87
_WITH_WILL = 0x04

_log = structlog.get_logger()


class MqttBus:
    """A `Bus` over MQTT 5 with TLS client certificates; see there for what it promises."""

    def __init__(
        self,
        settings: BrokerSettings,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription] = (),
        birth: Wire | None = None,
        will: Wire | None = None,
        receive_maximum: int = 20,
        max_waiting: int = 1000,
        max_waiting_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self.settings = settings
        self.client_id = client_id
        self.subscriptions = tuple(subscriptions)
        self.birth = birth
        self.will = will
        self.receive_maximum = receive_maximum
        self.outbox = Outbox(max_waiting, max_waiting_bytes, settings.prefix)
        self.stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._bell: socket.socket | None = None
        self._context: ssl.SSLContext | None = None
        self._sink: Sink | None = None
        self._told = False
        self._reasons: set[str] = set()

    def start(self, sink: Sink) -> None:
        """Begin connecting; returns at once.

        Raises:
            KeyMaterialError: a certificate or key file is missing or unusable; names the file.
            BusError: it runs already.
        """
        if self._thread is not None:
            raise BusError(f"{self.client_id}: the bus runs already; stop it first")
        self._context = tls.client_context(self.settings)
        self._sink = sink
        self._told = False
        self._reasons.clear()
        self.stopping.clear()
        ear, self._bell = socket.socketpair()
        ear.setblocking(False)
        self._bell.setblocking(False)
        self._thread = threading.Thread(
            target=self._run, args=(ear,), name=f"bus-{self.client_id}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Publish the last will's message as farewell, disconnect, join. Twice is harmless."""
        thread = self._thread
        if thread is None:
            return
        self.stopping.set()
        self.ring()
        if thread is threading.current_thread():
            return
        thread.join(2 * CONNECT_TIMEOUT_S + FAREWELL_TIMEOUT_S + 1)
        if thread.is_alive():
            _log.error("the bus's thread is stuck", client=self.client_id)
        self._thread = None

    def publish(self, wire: Wire) -> Future[None]:
        """Send; see `Bus.publish`."""
        future = self.outbox.put(wire)
        self.ring()
        return future

    def ring(self) -> None:
        """Wake the network thread; from any thread."""
        if self._bell is not None:
            # Full: it is awake anyway. Closed: nobody is there to be woken.
            with contextlib.suppress(OSError):
                self._bell.send(b"\0")

    def tell(self, event: Connected | Disconnected | Delivery) -> None:
        """Hand an event to the sink, whatever the sink does with it."""
        sink = self._sink
        if sink is None:
            return
        try:
            sink(event)
        except BaseException:  # noqa: BLE001  # a sink's mistake must not cost the connection
            _log.exception("the bus's sink failed", client=self.client_id)
            if isinstance(event, Delivery):
                # Nobody will ack it; unacked it would narrow the window for good.
                event.ack()

    def connected(self) -> None:
        """Note that the broker is there, and tell the sink."""
        _log.info("connected to the broker", client=self.client_id)
        self._told = False
        self._reasons.clear()
        self.tell(Connected())

    def _run(self, ear: socket.socket) -> None:
        delay = FIRST_DELAY_S
        while not self.stopping.is_set():
            connection: _Connection | None = None
            try:
                connection = _Connection(self, cast(ssl.SSLContext, self._context), ear)
                reason = connection.serve()
            except OSError as error:
                reason = tls.why(error, self.settings)
            except BaseException as error:  # noqa: BLE001  # a dead thread tells nobody
                _log.exception("the bus's thread stumbled", client=self.client_id)
                reason = f"an error of our own ({type(error).__name__})"
            finally:
                if connection is not None:
                    connection.close()
            self._lost(reason)
            if connection is not None and connection.was_online:
                delay = FIRST_DELAY_S
            # Spread, so that not all doors of a site come back in the same instant.
            self.stopping.wait(random.uniform(FIRST_DELAY_S, delay))  # noqa: S311  # no secret
            delay = min(2 * delay, MOST_DELAY_S)
        ear.close()
        if self._bell is not None:
            self._bell.close()

    def _lost(self, reason: str) -> None:
        self.outbox.close(reason)
        if self.stopping.is_set():
            return
        if reason not in self._reasons:
            self._reasons.add(reason)
            _log.warning("no broker; trying again", client=self.client_id, reason=reason)
        if not self._told:
            self._told = True
            self.tell(Disconnected(reason))


class _Stage(Enum):
    CONNECTING = auto()
    SUBSCRIBING = auto()
    BIRTH = auto()
    ONLINE = auto()
    LEAVING = auto()
    OVER = auto()


class _Connection:
    """One connection, from CONNECT to its end; on the network thread only, apart from `ack`."""

    def __init__(self, bus: MqttBus, context: ssl.SSLContext, ear: socket.socket) -> None:
        self._bus = bus
        self._context = context
        self._ear = ear
        self._prefix = bus.settings.prefix
        self._selector = selectors.DefaultSelector()
        self._stage = _Stage.CONNECTING
        self._deadline = 0.0
        self._reason = ""
        self._inbox: deque[Callable[[], None]] = deque()
        self._held: list[Delivery] = []
        self._acks: deque[int] = deque()
        self._sent: dict[int, Sending] = {}
        self._window = WINDOW
        self._limit = MAX_PACKET
        self._complaint = _LastComplaint()
        self._client = self._new_client()
        self.was_online = False

    def serve(self) -> str:
        """Connect and carry messages until it is over; return why it is.

        Raises:
            OSError: the connection could not be made.
        """
        settings = self._bus.settings
        properties: Any = _new_properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 0
        properties.ReceiveMaximum = self._bus.receive_maximum
        properties.MaximumPacketSize = MAX_PACKET
        self._enter(_Stage.CONNECTING, ANSWER_TIMEOUT_S)
        self._client.connect(
            settings.host,
            settings.port,
            KEEPALIVE_S,
            clean_start=True,
            properties=properties,
        )
        link = self._link()
        if link is not None:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LINK_TIMEOUT_MS)
            self._selector.register(link, selectors.EVENT_READ)
            self._selector.register(self._ear, selectors.EVENT_READ)
        while self._stage is not _Stage.OVER:
            self._turn()
        return self._reason

    def close(self) -> None:
        """Drop the connection, however it stands."""
        self._stage = _Stage.OVER
        self._selector.close()
        link = self._link()
        if link is not None:
            with contextlib.suppress(OSError):
                link.close()

    def ack(self, mid: int) -> None:
        """Tell the broker that a message arrived; from any thread, nothing once it is over."""
        if self._stage is not _Stage.OVER:
            self._acks.append(mid)
            self._bus.ring()

    # --- one turn of the loop --------------------------------------------------------------------

    def _turn(self) -> None:
        link = self._link()
        if link is None:
            self._over(self._complaint.text or "the connection broke")
            return
        self._wait(link)
        for _ in range(32):
            self._client.loop_read()
            link = self._link()
            if link is None or not link.pending():
                break
        self._client.loop_misc()
        while self._inbox:
            self._inbox.popleft()()
        while self._acks:
            self._client.ack(self._acks.popleft(), 1)
        self._keep_time()
        self._send()
        if self._client.want_write():
            self._client.loop_write()

    def _wait(self, link: ssl.SSLSocket) -> None:
        """Sleep until there is something to read or write, the bell rings, or half a second."""
        write = selectors.EVENT_WRITE if self._client.want_write() else 0
        self._selector.modify(link, selectors.EVENT_READ | write)
        self._selector.select(0 if self._inbox or link.pending() else 0.5)
        with contextlib.suppress(BlockingIOError):
            self._ear.recv(4096)

    def _keep_time(self) -> None:
        if self._bus.stopping.is_set() and self._stage not in {_Stage.LEAVING, _Stage.OVER}:
            if self._stage is _Stage.ONLINE:
                self._bus.outbox.seal(self._bus.will)
                self._enter(_Stage.LEAVING, FAREWELL_TIMEOUT_S)
            else:
                self._over("stopped")
        if self._stage is _Stage.LEAVING:
            if self._bus.outbox.empty:
                self._leave()
            elif time.monotonic() > self._deadline:
                # Could not say it ourselves: have the broker publish the will.
                self._leave(ReasonCode(PacketTypes.DISCONNECT, identifier=_WITH_WILL))
        elif self._stage not in {_Stage.ONLINE, _Stage.OVER} and time.monotonic() > self._deadline:
            self._over("the broker does not answer")

    def _send(self) -> None:
        """Hand to paho what may go out; it never holds more than the window."""
        if self._stage not in {_Stage.ONLINE, _Stage.LEAVING}:
            return
        while len(self._sent) < self._window:
            sending = self._bus.outbox.take()
            if sending is None:
                return
            self._publish(sending)

    def _publish(self, sending: Sending) -> None:
        wire = sending.wire
        info = self._client.publish(
            self._prefix + wire.topic,
            wire.payload,
            wire.qos,
            wire.retain,
            _properties(PacketTypes.PUBLISH, wire),
        )
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            return  # the connection is breaking; its end settles what is open
        if wire.qos:
            self._sent[info.mid] = sending
        else:
            self._bus.outbox.settle(sending)

    def _leave(self, reason: ReasonCode | None = None) -> None:
        self._client.disconnect(reason)
        until = time.monotonic() + FAREWELL_TIMEOUT_S
        while self._client.want_write() and self._link() and time.monotonic() < until:
            self._client.loop_write()
            time.sleep(0.005)
        self._over("stopped")

    # --- what the broker answered, in its order -------------------------------------------------

    def _on_connack(self, code: ReasonCode, properties: Properties) -> None:
        if code.is_failure:
            self._over(
                f"the broker refused us ({code.getName()}); check that its access list and "
                "certificates know our name"
            )
            return
        self._limit = min(MAX_PACKET, getattr(properties, "MaximumPacketSize", MAX_PACKET))
        self._window = min(WINDOW, getattr(properties, "ReceiveMaximum", WINDOW))
        if not self._bus.subscriptions:
            self._give_birth()
            return
        self._enter(_Stage.SUBSCRIBING, ANSWER_TIMEOUT_S)
        self._client.subscribe([(self._prefix + s.filter, s.qos) for s in self._bus.subscriptions])

    def _on_suback(self, codes: Sequence[ReasonCode]) -> None:
        for subscription, code in zip(self._bus.subscriptions, codes, strict=True):
            if code.value >= _FAILURE:
                self._over(
                    f"the broker refused the subscription to {subscription.filter} "
                    f"({code.getName()}); check its access list"
                )
                return
            if code.value < subscription.qos:
                self._over(
                    f"the broker gives {subscription.filter} with quality {code.value} only; "
                    "check its setting max_qos"
                )
                return
        self._give_birth()

    def _give_birth(self) -> None:
        if self._bus.birth is None:
            self._go_online()
            return
        self._enter(_Stage.BIRTH, ANSWER_TIMEOUT_S)
        self._publish(Sending(self._bus.birth, 0))
        if not self._bus.birth.qos:
            self._go_online()

    def _on_puback(self, mid: int, code: ReasonCode) -> None:
        sending = self._sent.pop(mid, None)
        if sending is None:
            return
        error = _refusal(sending.wire, code)
        self._bus.outbox.settle(sending, error)
        if self._stage is _Stage.BIRTH:
            if error is None:
                self._go_online()
            else:
                self._over(f"the birth message was refused: {error}")

    def _go_online(self) -> None:
        self._stage = _Stage.ONLINE
        self.was_online = True
        self._bus.outbox.open(self._limit)
        self._bus.connected()
        held, self._held = self._held, []
        for delivery in held:
            self._bus.tell(delivery)

    def _on_message(self, message: MQTTMessage) -> None:
        ack = self._ack_once(message)
        try:
            wire = self._wire(message)
        except ValueError as error:  # UnicodeDecodeError is one
            _log.warning("message dropped", client=self._bus.client_id, reason=str(error))
            ack()
            return
        delivery = Delivery(wire, ack, message.dup)
        if self._stage in {_Stage.SUBSCRIBING, _Stage.BIRTH}:
            self._held.append(delivery)
        else:
            self._bus.tell(delivery)

    def _wire(self, message: MQTTMessage) -> Wire:
        topic = message.topic
        if not topic.startswith(self._prefix):
            raise ValueError(f"{topic}: not below our prefix {self._prefix}")
        pairs = getattr(message.properties, "UserProperty", [])
        properties = dict(pairs)
        if len(properties) != len(pairs):
            raise ValueError(f"{topic}: a user property stands twice")
        return Wire(
            topic[len(self._prefix) :],
            bytes(message.payload),
            properties,
            message.qos,
            message.retain,
        )

    def _ack_once(self, message: MQTTMessage) -> Callable[[], None]:
        if not message.qos:
            return lambda: None
        mid = message.mid
        # The broker may give the same number to a later message: never ack it twice.
        first = threading.Lock()

        def ack() -> None:
            if first.acquire(blocking=False):
                self.ack(mid)

        return ack

    # --- stages and paho -------------------------------------------------------------------------

    def _enter(self, stage: _Stage, seconds: float) -> None:
        self._stage = stage
        self._deadline = time.monotonic() + seconds

    def _over(self, reason: str) -> None:
        if self._stage is not _Stage.OVER:
            self._stage = _Stage.OVER
            self._reason = reason

    def _on_disconnect(self, by_broker: bool, code: ReasonCode) -> None:
        text = code.getName() if by_broker else self._complaint.text or code.getName()
        self._over(f"the connection broke ({text})")

    def _link(self) -> ssl.SSLSocket | None:
        return cast("ssl.SSLSocket | None", self._client.socket())

    def _new_client(self) -> Client:
        """Make a paho client whose callbacks do no more than put what came into the inbox."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._bus.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        put = self._inbox.append
        client.on_connect = lambda _c, _u, _f, code, properties: put(
            lambda: self._on_connack(code, cast(Properties, properties))
        )
        client.on_subscribe = lambda _c, _u, _mid, codes, _p: put(lambda: self._on_suback(codes))
        client.on_publish = lambda _c, _u, mid, code, _p: put(lambda: self._on_puback(mid, code))
        client.on_message = lambda _c, _u, message: put(lambda: self._on_message(message))
        client.on_disconnect = lambda _c, _u, flags, code, _p: put(
            lambda: self._on_disconnect(flags.is_disconnect_packet_from_server, code)
        )
        client.enable_logger(self._complaint.logger)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(WINDOW)
        client.tls_set_context(self._context)
        will = self._bus.will
        if will is not None:
            client.will_set(
                self._prefix + will.topic,
                will.payload,
                will.qos,
                will.retain,
                _properties(PacketTypes.WILLMESSAGE, will),
            )
        return client


class _LastComplaint(logging.Handler):
    """Keeps the last error that paho logs, the only place where it says why a connection broke."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""
        # One for each connection, outside the tree of loggers.
        self.logger = logging.Logger("paho", logging.ERROR)  # noqa: LOG001
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


def _properties(packet: int, wire: Wire) -> Properties | None:
    if not wire.properties:
        return None
    properties: Any = _new_properties(packet)
    properties.UserProperty = list(wire.properties.items())
    return cast(Properties, properties)


def _new_properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho leaves it untyped


def _refusal(wire: Wire, code: ReasonCode) -> PublishRefused | None:
    if code.value < _FAILURE:
        # Also _NO_SUBSCRIBERS: the broker has it, and nobody listens.
        return None
    if code.value == _NOT_AUTHORISED:
        return PublishRefused(
            f"{wire.topic}: the broker's access list forbids us to publish here; check the name in "
            "our certificate and the access list"
        )
    return PublishRefused(f"{wire.topic}: the broker refused the message ({code.getName()})")
