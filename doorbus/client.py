"""How the Bus stands on paho-mqtt; no other module imports paho.

paho's own network thread dies of an exception and keeps queues that outlive a connection. So paho
is driven here through its interface for foreign event loops, with a new client for each connection,
on the lifeline's thread.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, cast

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from doorbus import tls
from doorbus.bus import MAX_PACKET, Sink, Subscription, Wire
from doorbus.connection import Connection, Role
from doorbus.lifeline import Bell, Lifeline
from doorbus.link import WINDOW, Answered, Arrived, Broken, Code, Granted, Heard, Welcome
from doorbus.outbox import Outbox
from doorbus.settings import BrokerSettings

__all__ = ["MqttBus", "Subscription"]

KEEPALIVE_S = 20
"""A dead broker is noticed within twice this, a dead client by the broker within 1.5 times this."""

LINK_TIMEOUT_MS = 10_000
"""A connection whose sent bytes stay unconfirmed for so long is given up (TCP_USER_TIMEOUT)."""

CONNECT_TIMEOUT_S = 5.0
_WAIT_S = 0.5
_READS = 32
_WITH_WILL = 0x04
_UNSPECIFIED = "Unspecified error"
_NO_WORD = "the other side hung up"


class MqttBus:
    """A `Bus` over MQTT 5 with TLS client certificates; see there for what it promises.

    It tries to connect every 1 to 5 s, says once why it cannot (and again when the reason changes),
    and holds at most `max_waiting` messages of together `max_waiting_bytes` bytes that the broker
    has not answered.
    """

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
        self._settings = settings
        self._client_id = client_id
        self._role = Role(settings.prefix, tuple(subscriptions), birth, will, receive_maximum)
        self._outbox = Outbox(max_waiting, max_waiting_bytes, settings.prefix)
        self._lifeline = Lifeline(
            client_id, lambda error: tls.why(error, settings), self._outbox.close
        )

    def start(self, sink: Sink) -> None:
        """Begin connecting; returns at once.

        Raises:
            KeyMaterialError: a certificate or key file is missing or unusable; names the file.
            BusError: it runs already.
        """
        context = tls.client_context(self._settings)
        client_id = tls.client_id(self._client_id, self._settings)

        def attempt(bell: Bell) -> Connection:
            link = _PahoLink(self._settings, client_id, self._role, context=context, bell=bell)
            return Connection(link, self._role, self._outbox, self._lifeline)

        self._lifeline.start(sink, attempt)

    def stop(self) -> None:
        """Publish the last will's message as farewell, disconnect, join. Twice is harmless."""
        self._lifeline.stop()

    def publish(self, wire: Wire) -> Future[None]:
        """Send; see `Bus.publish`."""
        future = self._outbox.put(wire)
        self._lifeline.ring()
        return future


class _PahoLink:
    """One paho client for one connection."""

    def __init__(
        self,
        settings: BrokerSettings,
        client_id: str,
        role: Role,
        *,
        context: ssl.SSLContext,
        bell: Bell,
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._context = context
        self._bell = bell
        self._role = role
        self._heard: deque[Heard] = deque()
        self._welcomed = False
        self._complaint = _LastComplaint()
        self._selector = selectors.DefaultSelector()
        self._waits_for = 0
        self._client = self._new_client()

    def open(self) -> None:
        """Connect and send CONNECT. Raises OSError."""
        properties = _new_properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 0
        properties.ReceiveMaximum = self._role.receive_maximum
        properties.MaximumPacketSize = MAX_PACKET
        self._client.connect(
            self._settings.host,
            self._settings.port,
            KEEPALIVE_S,
            clean_start=True,
            properties=properties,
        )
        link = self._socket()
        if link is None:
            return  # broke at once; `hear` tells
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LINK_TIMEOUT_MS)
        self._selector.register(link, selectors.EVENT_READ)
        self._waits_for = selectors.EVENT_READ
        self._selector.register(self._bell.ear, selectors.EVENT_READ)

    def hear(self, *, reading: bool = True) -> Sequence[Heard]:
        """Wait for something to do, at most half a second; return what came, in its order."""
        link = self._socket()
        if link is None:
            self._heard.append(Broken(self._why(_NO_WORD)))
        else:
            self._wait(link, reading=reading)
            for _ in range(_READS if reading else 0):
                self._client.loop_read()
                link = self._socket()
                if link is None or not link.pending():
                    break
            self._client.loop_misc()
        heard = tuple(self._heard)
        self._heard.clear()
        return heard

    def flush(self) -> bool:
        """Write what can be written now; return whether something is left."""
        if self._client.want_write():
            self._client.loop_write()
        return self._socket() is not None and self._client.want_write()

    def subscribe(self, filters: Sequence[Subscription]) -> None:
        """Send SUBSCRIBE."""
        self._client.subscribe([(self._role.prefix + s.filter, s.qos) for s in filters])

    def publish(self, wire: Wire) -> int | None:
        """Send PUBLISH; return its number, None where the connection is breaking."""
        info = self._client.publish(
            self._role.prefix + wire.topic,
            wire.payload,
            wire.qos,
            wire.retain,
            _properties(PacketTypes.PUBLISH, wire),
        )
        return info.mid if info.rc is MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def ack(self, mid: int) -> None:
        """Send PUBACK."""
        self._client.ack(mid, 1)

    def leave(self, *, with_will: bool) -> None:
        """Send DISCONNECT; with `with_will` the broker publishes the last will."""
        self._client.disconnect(
            ReasonCode(PacketTypes.DISCONNECT, identifier=_WITH_WILL) if with_will else None
        )

    def close(self) -> None:
        """Drop the connection without a word."""
        self._selector.close()
        link = self._socket()
        if link is not None:
            with contextlib.suppress(OSError):
                link.close()

    def _socket(self) -> ssl.SSLSocket | None:
        return cast("ssl.SSLSocket | None", self._client.socket())

    def _wait(self, link: ssl.SSLSocket, *, reading: bool) -> None:
        write = selectors.EVENT_WRITE if self._client.want_write() else 0
        read = selectors.EVENT_READ if reading else 0
        if read | write != self._waits_for:
            if self._waits_for:
                self._selector.unregister(link)
            if read | write:
                self._selector.register(link, read | write)
            self._waits_for = read | write
        self._selector.select(0 if self._heard or (reading and link.pending()) else _WAIT_S)
        self._bell.silence()

    def _new_client(self) -> Client:
        """Make a paho client whose callbacks do no more than note what came."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        note = self._heard.append
        client.on_connect = lambda _c, _u, _f, code, limits: self._on_connack(code, limits)
        client.on_subscribe = lambda _c, _u, _mid, codes, _p: note(
            Granted(tuple(_code(code) for code in codes))
        )
        client.on_publish = lambda _c, _u, mid, code, _p: note(Answered(mid, _code(code)))
        client.on_message = lambda _c, _u, message: note(_arrived(message))
        client.on_disconnect = lambda _c, _u, flags, code, _p: note(
            Broken(
                f"the broker closed the connection ({code.getName()})"
                if flags.is_disconnect_packet_from_server
                else self._why(code.getName())
            )
        )
        client.enable_logger(self._complaint.logger)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(WINDOW)
        client.tls_set_context(self._context)
        will = self._role.will
        if will is not None:
            client.will_set(
                self._role.prefix + will.topic,
                will.payload,
                will.qos,
                will.retain,
                _properties(PacketTypes.WILLMESSAGE, will),
            )
        return client

    def _on_connack(self, code: ReasonCode, limits: Properties | None) -> None:
        self._welcomed = True
        self._heard.append(
            Welcome(
                _code(code),
                getattr(limits, "MaximumPacketSize", MAX_PACKET),
                getattr(limits, "ReceiveMaximum", WINDOW),
            )
        )

    def _why(self, otherwise: str) -> str:
        text = self._complaint.text or (otherwise if otherwise != _UNSPECIFIED else _NO_WORD)
        if self._welcomed:
            return f"the connection broke ({text})"
        # With TLS 1.3 a broker refuses a certificate only after our side of the handshake.
        return (
            f"the broker at {self._settings.host}:{self._settings.port} hung up on us ({text}); "
            "does this port take our certificate (`port`, `cert`)?"
        )


class _LastComplaint(logging.Handler):
    """Keeps the last error that paho logs, the only place where it says why a connection broke."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""
        # One for each connection, outside the tree of loggers.
        self.logger = logging.Logger("paho", logging.ERROR)  # noqa: LOG001
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage().removeprefix("failed to receive on socket: ")


def _arrived(message: MQTTMessage) -> Arrived:
    try:
        topic = message.topic
    except UnicodeDecodeError:
        topic = None
    return Arrived(
        message.mid,
        topic,
        bytes(message.payload),
        getattr(message.properties, "UserProperty", ()),
        message.qos,
        message.retain,
        message.dup,
    )


def _code(code: ReasonCode) -> Code:
    return Code(code.value, code.getName())


def _properties(packet: int, wire: Wire) -> Properties | None:
    if not wire.properties and wire.expiry_s is None:
        return None
    properties = _new_properties(packet)
    if wire.properties:
        properties.UserProperty = list(wire.properties.items())
    if wire.expiry_s is not None:
        properties.MessageExpiryInterval = wire.expiry_s
    return cast(Properties, properties)


def _new_properties(packet: int) -> Any:
    """Properties of a packet; paho leaves them untyped and sets them by name."""
    return Properties(packet)  # type: ignore[no-untyped-call]
