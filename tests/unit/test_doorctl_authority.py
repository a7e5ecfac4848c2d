"""Certificates: who trusts them, what for, and for how long."""

from __future__ import annotations

import ipaddress
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from doorbus.errors import KeyMaterialError
from doorctl.authority import Authority, Issued
from doorctl.errors import SiteError

HOSTS = ("broker.example", "localhost", "127.0.0.1", "::1")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("doors")


def _certificate(issued: Issued) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued.certificate)


def _verify_server(
    authority: Authority, issued: Issued, subject: x509.verification.Subject
) -> None:
    policy = verification.PolicyBuilder().store(verification.Store([authority.certificate]))
    policy.build_server_verifier(subject).verify(_certificate(issued), [])


@pytest.mark.parametrize("host", HOSTS)
def test_a_server_certificate_is_good_for_each_of_its_hosts(
    authority: Authority, host: str
) -> None:
    issued = authority.issue_server("broker.doors", HOSTS)
    try:
        subject: x509.verification.Subject = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)

    _verify_server(authority, issued, subject)


def test_a_server_certificate_is_bad_for_other_hosts(authority: Authority) -> None:
    issued = authority.issue_server("broker.doors", HOSTS)

    with pytest.raises(verification.VerificationError):
        _verify_server(authority, issued, x509.DNSName("elsewhere.example"))


def test_a_door_cannot_pose_as_the_broker(authority: Authority) -> None:
    issued = authority.issue_client("localhost")

    with pytest.raises(verification.VerificationError):
        _verify_server(authority, issued, x509.DNSName("localhost"))
    usage = _certificate(issued).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_client_certificate_is_directly_issued_by_its_authority_alone(
    authority: Authority,
) -> None:
    certificate = _certificate(authority.issue_client("front"))

    certificate.verify_directly_issued_by(authority.certificate)
    with pytest.raises(ValueError, match="Issuer"):
        certificate.verify_directly_issued_by(Authority.create("doors").certificate)


def test_a_clients_common_name_is_the_name_it_was_issued_for(authority: Authority) -> None:
    subject = _certificate(authority.issue_client("admin.alice")).subject

    assert subject.rfc4514_string() == "CN=admin.alice"


def test_an_issued_certificate_cannot_issue_others(authority: Authority) -> None:
    for issued in (authority.issue_client("front"), authority.issue_server("broker.doors", HOSTS)):
        extensions = _certificate(issued).extensions
        assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_validity_starts_a_day_ago_for_boards_whose_clock_lags(authority: Authority) -> None:
    certificate = _certificate(authority.issue_client("front"))

    age = datetime.now(UTC) - certificate.not_valid_before_utc
    length = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert timedelta(days=1) <= age < timedelta(days=1, minutes=5)
    assert length == timedelta(days=5 * 365 + 1)


def test_no_certificate_outlives_its_authority() -> None:
    authority = Authority.create("doors", days=10)

    certificate = _certificate(authority.issue_client("front"))

    assert certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc


def test_an_authority_read_back_issues_certificates_that_the_first_vouches_for(
    authority: Authority, tmp_path: Path
) -> None:
    authority.write(tmp_path, "doors")

    certificate = _certificate(Authority.load(tmp_path, "doors").issue_client("front"))

    certificate.verify_directly_issued_by(authority.certificate)


def test_keys_are_written_for_their_owner_only(authority: Authority, tmp_path: Path) -> None:
    authority.issue_client("front").write(tmp_path, "client")

    key = tmp_path / "client.key"
    loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert isinstance(loaded.curve, ec.SECP256R1)


def test_a_key_is_never_overwritten(authority: Authority, tmp_path: Path) -> None:
    authority.issue_client("front").write(tmp_path, "client")
    before = (tmp_path / "client.key").read_bytes()

    with pytest.raises(SiteError, match=r"client\.key exists already"):
        authority.issue_client("front").write(tmp_path, "client")

    assert (tmp_path / "client.key").read_bytes() == before


def test_a_missing_authority_key_is_named(authority: Authority, tmp_path: Path) -> None:
    authority.write(tmp_path, "doors")
    (tmp_path / "doors.key").unlink()

    with pytest.raises(KeyMaterialError, match=r"doors\.key"):
        Authority.load(tmp_path, "doors")


def test_an_authority_with_another_ones_key_is_refused(
    authority: Authority, tmp_path: Path
) -> None:
    authority.write(tmp_path, "doors")
    Authority.create("staff").write(tmp_path, "staff")
    (tmp_path / "staff.key").replace(tmp_path / "doors.key")

    with pytest.raises(KeyMaterialError, match="do not belong together"):
        Authority.load(tmp_path, "doors")
