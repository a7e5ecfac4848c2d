"""A plain MQTT 5 client with one certificate: what it may do, and what reaches it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from doorbus.tls import CLIENT_ID_PREFIX

NOT_AUTHORISED = 0x87
TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Certificate:
    """A folder with `ca.crt`, `client.crt` and `client.key`."""

    folder: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        context.load_cert_chain(self.folder / "client.crt", self.folder / "client.key")
        return context


class Peer:
    """Connects, remembers every message and every disconnect; every wait ends after 5 s."""

    def __init__(self, port: int, certificate: Certificate, client_id: str = "") -> None:
        self.received: list[tuple[str, bytes]] = []
        self.disconnects = 0
        self._acknowledged: dict[int, int] = {}
        self._changed = threading.Condition()
        self._connected = False
        self._subscribed = False
        self._port = port
        client = mqtt.Client(CallbackAPIVersion.VERSION2, _id(client_id), protocol=mqtt.MQTTv5)
        client.tls_set_context(certificate.context())
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        self._client = client

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        self.wait(lambda: self._connected, "no connection")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, topic_filter: str) -> None:
        """Subscribe at QoS 1 and wait for the answer, whatever it is."""
        self._subscribed = False
        self._client.subscribe(topic_filter, qos=1)
        self.wait(lambda: self._subscribed, f"no answer to subscribing {topic_filter}")

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> int:
        """Publish at QoS 1; returns the broker's reason code, 0 and 0x10 being good."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        self.wait(lambda: sent.mid in self._acknowledged, f"no answer to publishing {topic}")
        return self._acknowledged.pop(sent.mid)

    def may_publish(self, topic: str, payload: bytes = b"x") -> bool:
        """Whether the broker takes it; anything but yes or "not authorised" is an error."""
        code = self.publish(topic, payload)
        assert code in {0, 0x10, NOT_AUTHORISED}, f"reason code {code:#x}"
        return code != NOT_AUTHORISED

    def has(self, payload: bytes) -> bool:
        """Whether a message with this payload came."""
        return any(each == payload for _, each in self.received)

    def wait_for(self, payload: bytes) -> None:
        """Wait until a message with this payload came."""
        self.wait(lambda: self.has(payload), f"{payload!r} did not come")

    def wait(self, condition: Callable[[], bool], complaint: str) -> None:
        end = time.monotonic() + TIMEOUT_S
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                assert left > 0, complaint
                self._changed.wait(left)

    def _on_connect(self, *arguments: Any) -> None:
        with self._changed:
            self._connected = not arguments[3].is_failure
            self._changed.notify_all()

    def _on_subscribe(self, *_: object) -> None:
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.received.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()

    def _on_publish(
        self, _client: object, _data: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        with self._changed:
            self._acknowledged[mid] = reason.value
            self._changed.notify_all()

    def _on_disconnect(self, *_: object) -> None:
        with self._changed:
            self.disconnects += 1
            self._changed.notify_all()


def _id(name: str) -> str:
    """The broker takes no id that begins otherwise; an empty one it chooses itself."""
    return f"{CLIENT_ID_PREFIX}{name}" if name else ""


def connack(port: int, context: ssl.SSLContext) -> int:
    """Shake hands and ask to connect, by hand, so that TLS's own refusals show.

    Returns:
        The first byte of the answer: 0x20 where the broker took the connection.

    Raises:
        OSError: TLS or the broker refused (ssl.SSLError is one).
    """
    # MQTT 5.0, section 3.1: protocol, version, clean start, 60 s, no properties, no client id.
    body = b"\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00"
    with (
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        secured.sendall(bytes((0x10, len(body))) + body)
        answer = secured.recv(1)
        if not answer:
            raise ConnectionResetError("the broker hung up")
        return answer[0]
