"""How we and the broker know each other: TLS 1.3 with certificates on both sides."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doorbus.errors import KeyMaterialError
from doorbus.settings import BrokerSettings

CLIENT_ID_PREFIX = "doorward/"
"""The broker takes only client ids that begin so. No door's name does, and on the doors' listener
the name becomes the id: nobody on the staff listener can claim a door's id and throw it out."""


def client_context(settings: BrokerSettings) -> ssl.SSLContext:
    """Make the TLS context for a connection to the broker.

    The broker's certificate must be signed by `ca` and name `host`; ours is `cert` with `key`.

    Raises:
        KeyMaterialError: names the file that is missing, unreadable or of the wrong kind.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _TidySocket
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    for path, what in (
        (settings.ca, "certificate of the broker's authority (`ca`)"),
        (settings.cert, "certificate (`cert`)"),
        (settings.key, "private key (`key`)"),
    ):
        _readable(path, what)
    try:
        context.load_verify_locations(cafile=settings.ca)
    except (OSError, ValueError) as error:
        raise KeyMaterialError(
            _problem(settings.ca, f"not a certificate of the broker's authority ({_text(error)})")
        ) from None
    try:
        # An encrypted key would make OpenSSL ask at the terminal; an empty password makes it fail.
        context.load_cert_chain(settings.cert, settings.key, password="")
    except (OSError, ValueError) as error:
        raise KeyMaterialError(
            _problem(settings.cert, f"does not fit with the key {settings.key} ({_text(error)})")
        ) from None
    return context


def client_id(name: str, settings: BrokerSettings) -> str:
    """The id to connect with: `name`, and a mark that follows from our private key.

    Whoever connects with another's id throws that client out, so nobody else may know ours; and it
    stays the same, so that after a power cut we take over from the connection that we left behind.

    Raises:
        KeyMaterialError: the key file cannot be read; names it.
    """
    try:
        key = settings.key.read_bytes()
    except OSError as error:
        raise KeyMaterialError(
            _problem(settings.key, f"private key (`key`) cannot be read ({error.strerror})")
        ) from None
    # RFC 5869; the key has all the randomness, so no salt. One way: the id stands in broker logs.
    mark = HKDF(hashes.SHA256(), 16, salt=None, info=f"doorward client id {name}".encode())
    return f"{CLIENT_ID_PREFIX}{name}/{mark.derive(key).hex()}"


def why(error: BaseException, settings: BrokerSettings) -> str:
    """Say for people why a connection to the broker could not be made."""
    place = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of the broker at {place} is not to be trusted "
            f"({error.verify_message}); check `ca` and `host`"
        )
    if isinstance(error, ssl.SSLError):
        return f"no TLS 1.3 with {place} ({_text(error)}); check `port`, `cert` and `key`"
    if isinstance(error, ConnectionRefusedError):
        return f"nobody listens at {place}; is the broker running?"
    if isinstance(error, socket.gaierror):
        return f"the name {settings.host} cannot be resolved ({error.strerror}); check `host`"
    if isinstance(error, TimeoutError):
        return f"no answer from {place}; is the broker's machine reachable?"
    return f"no connection to {place} ({_text(error)})"


class _TidySocket(ssl.SSLSocket):
    """Closes itself where the handshake fails; paho leaves such a socket open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _readable(path: Path, what: str) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise KeyMaterialError(
            _problem(path, f"{what} cannot be read ({error.strerror})")
        ) from None


def _problem(path: Path, what: str) -> str:
    return f"{path}: {what}; copy it again from the site folder that `doorctl` wrote"


def _text(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return str(reason or str(error) or type(error).__name__)
