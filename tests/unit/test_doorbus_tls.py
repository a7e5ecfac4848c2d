"""Certificates are checked at the start, and a failed connection is told in words that help."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from doorbus import tls
from doorbus.errors import KeyMaterialError
from doorbus.settings import BrokerSettings
from doorctl.site import Site


def _settings(folder: Path, **files: Path) -> BrokerSettings:
    names = {"ca": folder / "ca.crt", "cert": folder / "client.crt", "key": folder / "client.key"}
    return BrokerSettings(host="broker.example", port=8883, **(names | files))


def test_a_door_s_files_make_a_context_that_takes_tls_1_3_only(site: Site) -> None:
    context = tls.client_context(_settings(site.door("front")))

    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_key_of_another_certificate_is_refused_with_both_files(site: Site) -> None:
    other = site.door("back") / "client.key"

    with pytest.raises(KeyMaterialError) as caught:
        tls.client_context(_settings(site.door("front"), key=other))

    assert str(other) in str(caught.value)
    assert str(site.door("front") / "client.crt") in str(caught.value)


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_a_password(
    site: Site, tmp_path: Path
) -> None:
    plain = (site.door("front") / "client.key").read_bytes()
    encrypted = tmp_path / "encrypted.key"
    encrypted.write_bytes(
        serialization.load_pem_private_key(plain, None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )

    with pytest.raises(KeyMaterialError, match=str(encrypted)):
        tls.client_context(_settings(site.door("front"), key=encrypted))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ConnectionRefusedError(111, "Connection refused"),
            "nobody listens at broker.example:8883",
        ),
        (TimeoutError(), "no answer from broker.example:8883"),
        (socket.gaierror(-2, "Name or service not known"), "broker.example cannot be resolved"),
        (ssl.SSLError(1, "wrong version number"), "no TLS 1.3 with broker.example:8883"),
        (OSError(101, "Network is unreachable"), "(Network is unreachable)"),
        (OSError("strange"), "(strange)"),
        (OSError(), "(OSError)"),
    ],
)
def test_each_failure_is_told_in_its_own_words(error: OSError, words: str, tmp_path: Path) -> None:
    assert words in tls.why(error, _settings(tmp_path))
