"""`doorctl doctor` without the broker: a sound site, and one weakness at a time planted in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from doorctl import authority as authorities
from doorctl import door_rotation, provisioning, revoking, safe_files
from doorctl.__main__ import main
from doorctl.authority import Authority, Issued
from doorctl.doctor import clock
from doorctl.doctor.examination import examine
from doorctl.doctor.finding import Finding
from doorctl.register import Register
from doorctl.site import Site


def _examine(site: Site) -> list[Finding]:
    return list(examine(site.root, offline=True, follows=lambda: True))


def _problems(site: Site) -> list[Finding]:
    return [one for one in _examine(site) if one.problem]


def test_a_new_site_is_sound(site: Site) -> None:
    findings = _examine(site)

    assert [one for one in findings if one.problem] == []
    assert len(findings) > 15


def test_a_site_stays_sound_whatever_doorctl_did_to_it(site: Site) -> None:
    provisioning.add_brain(site.root, "annex", doors=("back",))
    door_rotation.begin(site.root, "front")
    door_rotation.finish(site.root, "front")
    provisioning.rename_door(site.root, "front", "main-entrance")
    revoking.revoke(site.root, "front")
    revoking.revoke(site.root, "monitor.lobby")
    revoking.revoke(site.root, "brain.annex")

    assert _problems(Site.load(site.root)) == []


def test_a_folder_that_was_carried_away_is_no_problem(site: Site, tmp_path: Path) -> None:
    site.door("front").rename(tmp_path / "carried")
    site.staff("admin.alice").rename(tmp_path / "handed over")

    says = {one.subject: one.says for one in _examine(site)}

    assert _problems(site) == []
    assert says["certificate of front"].startswith("is elsewhere; good until")
    assert says["certificate of admin.alice"].startswith("is elsewhere; good until")


def _put(folder: Path, issued: Issued) -> None:
    safe_files.replace(folder / "client.key", issued.key, mode=0o600)
    safe_files.replace(folder / "client.crt", issued.certificate)


def _doors(site: Site) -> Authority:
    return Authority.load(site.authorities, "doors")


def _by_hand(
    site: Site, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, **also: object
) -> None:
    """A certificate of the doors' authority for `front` that `doorctl` would not issue."""
    now, issuer = datetime.now(UTC), _doors(site)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "front")]))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=800))
        .add_extension(
            x509.BasicConstraints(ca=bool(also.get("ca")), path_length=None), critical=True
        )
    )
    if "usages" not in also:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
    certificate = builder.sign(issuer.key, hashes.SHA256())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _put(site.door("front"), Issued(certificate.public_bytes(serialization.Encoding.PEM), pem))


def _server(site: Site, hosts: tuple[str, ...], days: int = 800) -> None:
    issued = _doors(site).issue_server("broker.doors", hosts, days=days)
    issued.replace(site.broker, "doors-server")


def _from_tomorrow(site: Site) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authorities, "_BACKDATED", timedelta(days=-2))
        _put(site.door("front"), _doors(site).issue_client("front"))


def _with_the_doors_revoked_by_hand(site: Site) -> None:
    register = Register(site.authorities)
    register.revoke("doors", register.issued("doors", "front"))
    register.write_lists(site.broker)


def _revoked_beside_the_list(site: Site) -> None:
    before = (site.broker / "doors.crl").read_bytes()
    revoking.revoke(site.root, "back")
    safe_files.replace(site.broker / "doors.crl", before)


def _list(site: Site, authority: Authority, days: float) -> None:
    safe_files.replace(site.broker / "doors.crl", authority.revocation_list([], days=days))


def _same_key(site: Site) -> None:
    private = (site.door("front") / "door.key").read_bytes()
    public = (site.brain / "doors" / "front.pub").read_bytes()
    safe_files.replace(site.door("back") / "door.key", private, mode=0o600)
    safe_files.replace(site.brain / "doors" / "back.pub", public)


def _description(site: Site, **changes: object) -> None:
    file = site.root / "site.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | changes))


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


Plant = Callable[[Site], object]
DOOR = "doors/front/client.crt"
PLANTED: dict[str, tuple[Plant, str, str]] = {
    # name: what is planted, about what, and what the doctor says
    "a key that others may read": (
        lambda s: (s.door("front") / "client.key").chmod(0o644),
        "doors/front/client.key",
        "mode 0644",
    ),
    "a group that may read a signing key": (
        lambda s: (s.brain / "brain.key").chmod(0o640),
        "brain/brain.key",
        "mode 0640",
    ),
    "an access list that others may read": (
        lambda s: (s.broker / "acl").chmod(0o644),
        "broker/acl",
        "mode 0644",
    ),
    "a folder that others may enter": (lambda s: s.brain.chmod(0o755), "brain", "mode 0755"),
    "a certificate that others may change": (
        lambda s: (s.broker / "doors-ca.crt").chmod(0o666),
        "broker/doors-ca.crt",
        "may be changed",
    ),
    "keys left by an interrupted command": (
        lambda s: (s.root / "doors" / ".side.abc12_9z").mkdir(mode=0o700),
        "doors/.side.abc12_9z",
        "interrupted",
    ),
    "an expired certificate": (
        lambda s: _put(s.door("front"), _doors(s).issue_client("front", days=-0.5)),
        DOOR,
        "expired on",
    ),
    "a certificate that ends soon": (
        lambda s: _put(s.door("front"), _doors(s).issue_client("front", days=30)),
        DOOR,
        "expires on",
    ),
    "a certificate of the future": (_from_tomorrow, DOOR, "counts only from"),
    "a certificate for another name": (
        lambda s: _put(s.door("front"), _doors(s).issue_client("back")),
        DOOR,
        "names back",
    ),
    "a certificate of the wrong authority": (
        lambda s: _put(
            s.door("front"), Authority.load(s.authorities, "staff").issue_client("front")
        ),
        DOOR,
        "another authority",
    ),
    "a key that does not fit": (
        lambda s: safe_files.replace(
            s.door("front") / "client.key", (s.door("back") / "client.key").read_bytes(), mode=0o600
        ),
        DOOR,
        "does not belong to client.key",
    ),
    "a key file with rubbish": (
        lambda s: safe_files.replace(s.door("front") / "client.key", "rubbish", mode=0o600),
        DOOR,
        "cannot be used",
    ),
    "no certificate": (lambda s: (s.door("front") / "client.crt").unlink(), DOOR, "not a readable"),
    "a short key": (
        lambda s: _by_hand(s, rsa.generate_private_key(65537, 2048)),
        DOOR,
        "weak key",
    ),
    "a small curve": (
        lambda s: _by_hand(s, ec.generate_private_key(ec.SECP192R1())),
        DOOR,
        "weak key",
    ),
    "a door that is an authority": (
        lambda s: _by_hand(s, ec.generate_private_key(ec.SECP256R1()), ca=True),
        DOOR,
        "may issue",
    ),
    "a certificate for every use": (
        lambda s: _by_hand(s, ec.generate_private_key(ec.SECP256R1()), usages=None),
        DOOR,
        "other uses",
    ),
    "a revoked certificate in use": (_with_the_doors_revoked_by_hand, DOOR, "revoked"),
    "a broker's certificate that ends soon": (
        lambda s: _server(s, s.description.broker.names, days=20),
        "broker/doors-server.crt",
        "expires on",
    ),
    "a broker's certificate for other names": (
        lambda s: _server(s, ("elsewhere.example",)),
        "broker/doors-server.crt",
        "does not carry 127.0.0.1, ::1, localhost",
    ),
    "another authority at the broker": (
        lambda s: safe_files.replace(s.broker / "doors-ca.crt", Authority.create("doors").pem),
        "broker/doors-ca.crt",
        "is not the doors authority",
    ),
    "no authority": (
        lambda s: (s.authorities / "doors.key").unlink(),
        "ca/doors.crt",
        "cannot read",
    ),
    "no revocation list": (
        lambda s: (s.broker / "doors.crl").unlink(),
        "broker/doors.crl",
        "no readable",
    ),
    "an expired revocation list": (
        lambda s: _list(s, _doors(s), -0.5),
        "broker/doors.crl",
        "expired",
    ),
    "a revocation list that ends soon": (
        lambda s: _list(s, _doors(s), 30),
        "broker/doors.crl",
        "ends soon",
    ),
    "a revocation list of somebody else": (
        lambda s: _list(s, Authority.create("doors"), 300),
        "broker/doors.crl",
        "not signed by",
    ),
    "an old revocation list": (
        _revoked_beside_the_list,
        "broker/doors.crl",
        "leaves out 1 revoked",
    ),
    "a list without its proof": (lambda s: _list(s, _doors(s), 900), "broker/doors.crl", "older"),
    "a brain that knows another key": (
        lambda s: safe_files.replace(
            s.brain / "doors/front.pub", (s.brain / "doors/back.pub").read_bytes()
        ),
        "doors/front/door.key",
        "the brain knows another key",
    ),
    "two doors with one key": (_same_key, "signing keys", "back, front have one key"),
    "a door that believes another brain": (
        lambda s: safe_files.replace(
            s.door("front") / "brain.pub", (s.brain / "doors/back.pub").read_bytes()
        ),
        "doors/front/brain.pub",
        "does not hold the key",
    ),
    "a brain's public key of another": (
        lambda s: safe_files.replace(
            s.brain / "brain.pub", (s.brain / "doors/back.pub").read_bytes()
        ),
        "brain/brain.key",
        "of another key",
    ),
    "an unknown door": (
        lambda s: (s.brain / "doors/front.pub").rename(s.brain / "doors/side.pub"),
        "brain/doors/side.pub",
        "does not know",
    ),
    "a door that no brain knows": (
        lambda s: (s.brain / "doors/front.pub").unlink(),
        "door front",
        "no brain's folder",
    ),
    "an opened access list": (
        lambda s: _append(s.broker / "acl", "pattern read #\n"),
        "broker/acl",
        "differs",
    ),
    "an opened configuration": (
        lambda s: _append(s.broker / "mosquitto.conf", "allow_anonymous true\n"),
        "broker/mosquitto.conf",
        "differs",
    ),
    "a description that nobody rendered": (
        lambda s: _description(s, admins=["alice", "bob"]),
        "broker/acl",
        "differs",
    ),
    "keys that wait": (
        lambda s: door_rotation.begin(s.root, "front"),
        "rotations/front",
        "wait for the door",
    ),
}


@pytest.mark.parametrize(("plant", "subject", "says"), PLANTED.values(), ids=list(PLANTED))
def test_a_planted_weakness_is_found(site: Site, plant: Plant, subject: str, says: str) -> None:
    plant(site)

    problems = _problems(site)

    assert any(one.subject == subject and says in one.says for one in problems), problems
    assert all(one.remedy for one in problems)


def test_no_key_is_ever_printed(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a key that does not fit", "two doors with one key", "an expired certificate"):
        PLANTED[name][0](site)
    (site.brain / "brain.pub").write_bytes((site.brain / "brain.key").read_bytes())
    secrets = [
        line
        for key in site.root.rglob("*.key")
        for line in key.read_text().splitlines()
        if line and not line.startswith("-----")
    ]
    monkeypatch.setattr(sys, "argv", ["doorctl", "doctor", str(site.root), "--offline"])

    with pytest.raises(SystemExit):
        main()

    told = capsys.readouterr()
    assert len(secrets) > 10
    assert not [one for one in secrets if one[:40] in told.out + told.err]


def test_a_problem_is_exit_code_1_and_stands_in_the_table_with_its_remedy(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.brain / "brain.key").chmod(0o644)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "argv", ["doorctl", "doctor", str(site.root), "--offline", "--brief"])

    with pytest.raises(SystemExit) as ended:
        main()

    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if "brain/brain.key" in line and "mode" in line]
    assert ended.value.code == 1
    assert line.split()[0] == "problem"
    assert "chmod 600" in line
    assert not any(line.startswith("ok") for line in lines)


def test_a_sound_site_is_exit_code_0(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "synchronised", lambda: True)
    monkeypatch.setattr(sys, "argv", ["doorctl", "doctor", str(site.root), "--offline"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert not ended.value.code


@pytest.mark.parametrize(("follows", "wrong"), [(True, False), (False, True), (None, False)])
def test_a_clock_that_follows_no_time_server_is_a_problem(
    site: Site, follows: bool | None, wrong: bool
) -> None:
    findings = list(clock.look(site, lambda: follows))

    assert [one.problem for one in findings] == [wrong]


def test_a_clock_that_went_back_is_a_problem(site: Site) -> None:
    then = datetime.now(UTC) - timedelta(hours=3)

    findings = list(clock.look(site, lambda: True, then))

    assert "a certificate was made at" in findings[-1].says
    assert findings[-1].problem


def test_the_kernel_says_whether_its_clock_is_set() -> None:
    assert clock.synchronised() in {True, False, None}
