"""A real broker, and certificates that must not count: expired, revoked, ill-named."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt_peer import Certificate, Peer, connack

from demo.private_broker import HOST, PrivateBroker
from doorbus import tls
from doorbus.settings import BrokerSettings
from doorctl import door_rotation, provisioning, renewal, revoking
from doorctl.authority import CERTIFICATE_DAYS, Authority, Issued
from doorctl.doctor.knock import Welcome, knock
from doorctl.site import Site

TAKEN = 0x20


def _folder(site: Site, folder: Path, issued: Issued, role: str = "doors") -> Certificate:
    folder.mkdir()
    issued.write(folder, "client")
    (folder / "ca.crt").write_bytes((site.broker / f"{role}-ca.crt").read_bytes())
    return Certificate(folder)


def _refused(port: int, certificate: Certificate) -> bool:
    """Whether the broker, which listens, turns a certificate away."""
    return knock(HOST, port, certificate.context()).welcome is Welcome.REFUSED


def _ill_named(site: Site, folder: Path, name: str) -> Certificate:
    """A certificate that `doorctl` would not issue: past the check of names."""
    authority = Authority.load(site.authorities, "doors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Authority, "_check", lambda *_: None)
        return _folder(site, folder, authority.issue_client(name, days=CERTIFICATE_DAYS))


def test_an_expired_certificate_is_refused(
    site: Site, broker: PrivateBroker, tmp_path: Path
) -> None:
    authority = Authority.load(site.authorities, "doors")
    expired = _folder(site, tmp_path / "old", authority.issue_client("front", days=-0.5))

    assert _refused(broker.doors_port, expired)
    assert not _refused(broker.doors_port, Certificate(site.door("front")))


@pytest.mark.parametrize(
    ("name", "folder"), [("front", "doors/front"), ("admin.alice", "staff/admin.alice")]
)
def test_a_revoked_certificate_opens_no_connection_once_the_broker_has_read_the_list(
    site: Site, broker: PrivateBroker, tmp_path: Path, name: str, folder: str
) -> None:
    port = broker.staff_port if "." in name else broker.doors_port
    stolen = Certificate((site.root / folder).rename(tmp_path / "stolen"))
    before = _refused(port, stolen)

    revoking.revoke(site.root, name)
    unread = _refused(port, stolen)
    broker.reload()

    assert (before, unread) == (False, False)
    assert _refused(port, stolen)
    assert not _refused(broker.doors_port, Certificate(site.door("back")))


def test_a_live_connection_of_a_revoked_door_has_no_rights_after_a_reload_and_ends_with_a_restart(
    site: Site, broker: PrivateBroker
) -> None:
    with (
        Peer(broker.doors_port, Certificate(site.door("front")), "front") as front,
        Peer(broker.staff_port, Certificate(site.brain), "brain") as brain,
    ):
        front.subscribe("#")
        assert front.may_publish("door/front/event")

        revoking.revoke(site.root, "front")
        broker.reload()

        said = [
            front.may_publish(topic)
            for topic in ("door/front/event", "frames/recognize/front", "frames/enroll")
        ]
        heard = b"for a revoked door"
        assert brain.may_publish("verdict/front", heard)
        assert brain.may_publish("command/front", heard)
        # Whatever was on its way to it has arrived when this has gone there and back.
        assert not front.may_publish("door/front/event")
        assert said == [False] * 3
        assert not front.has(heard)
        assert front.disconnects == 0
        broker.restart()
        front.wait(lambda: front.disconnects > 0, "the connection outlived the broker")


def test_a_live_connection_of_a_revoked_administrator_has_no_rights_after_a_reload(
    site: Site, broker: PrivateBroker
) -> None:
    with Peer(broker.staff_port, Certificate(site.staff("admin.alice")), "alice") as alice:
        assert alice.may_publish("admin/users/admin.alice")
        revoking.revoke(site.root, "admin.alice")
        broker.reload()

        for topic in ("admin/users/admin.alice", "admin/users", "frames/enroll", "admin/frames"):
            assert not alice.may_publish(topic), topic


def test_a_ticket_of_an_earlier_connection_does_not_get_a_revoked_door_in(
    site: Site, broker: PrivateBroker
) -> None:
    context = Certificate(site.door("front")).context()
    session = _ticket(broker.doors_port, context)
    assert session is not None
    assert _resumes(broker.doors_port, context, session)
    revoking.revoke(site.root, "front")
    broker.reload()

    try:
        taken = _resumes(broker.doors_port, context, session)
    except OSError:
        taken = False
    assert not taken


def _ticket(port: int, context: ssl.SSLContext) -> ssl.SSLSession | None:
    with _asked(port, context, None) as link:
        assert link.recv(1) == bytes((TAKEN,))
        return link.session


def _resumes(port: int, context: ssl.SSLContext, session: ssl.SSLSession) -> bool:
    with _asked(port, context, session) as link:
        return link.recv(1) == bytes((TAKEN,)) and bool(link.session_reused)


@contextlib.contextmanager
def _asked(
    port: int, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> Iterator[ssl.SSLSocket]:
    body = b"\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00"
    with (
        socket.create_connection((HOST, port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=HOST, session=session) as link,
    ):
        link.sendall(bytes((0x10, len(body))) + body)
        yield link


def test_a_rotated_doors_old_certificate_is_refused_and_its_new_one_taken(
    site: Site, broker: PrivateBroker, tmp_path: Path
) -> None:
    made = door_rotation.begin(site.root, "front")
    both = [
        not _refused(broker.doors_port, one)
        for one in (Certificate(site.door("front")), Certificate(made))
    ]
    old = Certificate(site.door("front").rename(tmp_path / "old board"))
    new = made.rename(tmp_path / "new keys")
    (site.root / "rotations").mkdir(exist_ok=True)
    new.rename(made)

    door_rotation.finish(site.root, "front")
    broker.reload()

    assert both == [True, True]
    assert _refused(broker.doors_port, old)


def test_a_renewed_certificate_and_the_one_before_are_both_taken(
    site: Site, broker: PrivateBroker, tmp_path: Path
) -> None:
    carried = Certificate(site.door("front").rename(tmp_path / "board"))
    (done,) = renewal.renew(site.root, ["front"])
    broker.reload()
    before = connack(broker.doors_port, carried.context())
    (carried.folder / "client.crt").write_bytes((done.folder / "client.crt").read_bytes())

    assert (before, connack(broker.doors_port, carried.context())) == (TAKEN, TAKEN)


@pytest.mark.parametrize("name", ["+", "#", "$SYS"])
def test_a_certificate_named_like_a_wildcard_may_do_nothing_of_others(
    site: Site, broker: PrivateBroker, tmp_path: Path, name: str
) -> None:
    with Peer(broker.doors_port, _ill_named(site, tmp_path / "ill", name), "x") as ill:
        for topic in ("door/front/event", "frames/recognize/front", "verdict/front"):
            assert not ill.may_publish(topic), topic
        with Peer(broker.staff_port, Certificate(site.brain), "brain") as brain:
            ill.subscribe("#")
            assert brain.may_publish("verdict/front", b"secret")
            assert brain.may_publish("command/front", b"secret")
            ill.may_publish("door/front/event")
        assert not ill.has(b"secret")


def test_a_certificate_with_a_slash_would_write_below_another_door_so_none_is_issued(
    site: Site, broker: PrivateBroker, tmp_path: Path
) -> None:
    """Why names are checked where certificates are made: Mosquitto does not."""
    with Peer(broker.doors_port, _ill_named(site, tmp_path / "ill", "front/lock"), "x") as ill:
        assert ill.may_publish("door/front/lock/state")
    with pytest.raises(Exception, match="1 to 32 small letters"):
        provisioning.add_door(site.root, "front/lock")


def test_a_shared_subscription_and_a_wildcard_bring_a_door_nothing_of_others(
    site: Site, broker: PrivateBroker
) -> None:
    with (
        Peer(broker.doors_port, Certificate(site.door("front")), "front") as front,
        Peer(broker.doors_port, Certificate(site.door("back")), "back") as back,
        Peer(broker.staff_port, Certificate(site.brain), "brain") as brain,
    ):
        for topic_filter in ("$share/any/#", "$share/any/frames/recognize/+", "#", "frames/#"):
            front.subscribe(topic_filter)
        assert back.may_publish("frames/recognize/back", b"a face")
        assert back.may_publish("frames/recognize", b"a face")
        assert brain.may_publish("verdict/back", b"a verdict")
        assert brain.may_publish("verdict/front", b"the end")
        front.wait_for(b"the end")

        assert not front.has(b"a face")
        assert not front.has(b"a verdict")


# --- client ids ----------------------------------------------------------------------------------


def _settings(folder: Path) -> BrokerSettings:
    return BrokerSettings(
        host=HOST,
        port=1,
        ca=folder / "ca.crt",
        cert=folder / "client.crt",
        key=folder / "client.key",
    )


def test_staff_cannot_claim_the_id_of_a_door(site: Site, broker: PrivateBroker) -> None:
    alice = Certificate(site.staff("admin.alice"))
    with Peer(broker.doors_port, Certificate(site.door("front")), "front") as front:
        answer = knock(HOST, broker.staff_port, alice.context(), "front")

        assert answer.welcome is Welcome.REFUSED
        assert front.may_publish("door/front/event")
        assert front.disconnects == 0


def test_a_door_has_its_name_for_an_id_whatever_it_asks_for(
    site: Site, broker: PrivateBroker
) -> None:
    front = Certificate(site.door("front")).context()

    assert knock(HOST, broker.doors_port, front).assigned == "front"


def test_the_brains_id_cannot_be_guessed_and_stays_the_same(site: Site) -> None:
    own = tls.client_id("brain.main/front", _settings(site.brain))
    again = tls.client_id("brain.main/front", _settings(site.brain))
    guessed = tls.client_id("brain.main/front", _settings(site.staff("admin.alice")))
    other = tls.client_id("brain.main/back", _settings(site.brain))

    assert own == again
    assert own.startswith("doorward/brain.main/front/")
    assert len({own, guessed, other}) == 3


def test_an_administrator_who_claims_the_brains_name_throws_it_not_out(
    site: Site, broker: PrivateBroker
) -> None:
    brain = tls.client_id("brain.main/front", _settings(site.brain))
    with (
        Peer(broker.staff_port, Certificate(site.brain), brain.removeprefix("doorward/")) as main,
        Peer(
            broker.staff_port, Certificate(site.staff("admin.alice")), "brain.main/front"
        ) as alice,
    ):
        assert alice.may_publish("admin/users/admin.alice")
        assert main.may_publish("verdict/front")
        assert main.disconnects == 0
