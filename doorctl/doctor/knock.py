"""Does a listener take a connection? One try, by hand, so that every kind of refusal shows."""

from __future__ import annotations

import socket
import ssl
import struct
from dataclasses import dataclass
from enum import Enum, auto

PATIENCE_S = 5.0
_CONNACK = 0x20
_ASSIGNED_ID = 0x12


class Welcome(Enum):
    """How a listener answers."""

    TAKEN = auto()
    REFUSED = auto()
    """By TLS or by MQTT, or the connection was closed without a word."""
    ABSENT = auto()
    """Nobody listens there, or nothing came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        welcome: in short.
        why: in the words of TLS, the socket or MQTT.
        assigned: the client id that the broker gave; empty where it left us ours.
    """

    welcome: Welcome
    why: str = ""
    assigned: str = ""


def knock(host: str, port: int, tls: ssl.SSLContext | None, client_id: str = "") -> Answer:
    """Try to connect with MQTT 5, and hang up.

    Args:
        host: name or address, as the broker's certificate has it.
        port: a listener's.
        tls: what to shake hands with; None for no TLS at all.
        client_id: the id to ask for; empty to be given one.
    """
    try:
        plain = socket.create_connection((host, port), timeout=PATIENCE_S)
    except OSError as error:
        return Answer(Welcome.ABSENT, _text(error))
    with plain:
        try:
            link = plain if tls is None else tls.wrap_socket(plain, server_hostname=host)
            with link:
                link.sendall(_connect(client_id))
                return _read(link.recv(512))
        except TimeoutError:
            return Answer(Welcome.ABSENT, f"no answer within {PATIENCE_S:.0f} s")
        except OSError as error:
            return Answer(Welcome.REFUSED, _text(error))


def _connect(client_id: str) -> bytes:
    """MQTT 5.0, section 3.1: protocol, version, clean start, 60 s, no properties, client id."""
    name = client_id.encode()
    body = b"\x00\x04MQTT\x05\x02\x00\x3c\x00" + struct.pack("!H", len(name)) + name
    return bytes((0x10, len(body))) + body


def _read(packet: bytes) -> Answer:
    """MQTT 5.0, section 3.2: type, length, flags, reason, properties (all of them shorter here)."""
    if len(packet) < 5 or packet[0] != _CONNACK:
        return Answer(Welcome.REFUSED, "the broker hung up")
    if packet[3]:
        return Answer(Welcome.REFUSED, f"reason code {packet[3]:#x}")
    rest = packet[5:]
    while rest:
        kind, rest = rest[0], rest[1:]
        if kind == _ASSIGNED_ID:
            (length,) = struct.unpack("!H", rest[:2])
            return Answer(Welcome.TAKEN, assigned=rest[2 : 2 + length].decode(errors="replace"))
        rest = rest[_SIZES.get(kind, len(rest)) :]
    return Answer(Welcome.TAKEN)


_SIZES = {
    **dict.fromkeys((0x24, 0x25, 0x28, 0x29, 0x2A), 1),
    **dict.fromkeys((0x13, 0x21, 0x22), 2),
    **dict.fromkeys((0x11, 0x27), 4),
}
"""Bytes of the properties of CONNACK that come with a fixed size (MQTT 5.0, section 2.2.2.2)."""


def _text(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error.strerror or type(error).__name__)
