"""A real broker with a provisioned site: who may connect, say and hear what.

"Hears nothing" is shown without waiting for nothing: after the message in question, one is sent
that does arrive, and the broker keeps their order.
"""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mqtt_peer import Certificate, Peer, connack

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorbus.topics import Party, Topic
from doorctl import consoles, provisioning
from doorctl.authority import Authority
from doorctl.site import Site

PREFIX = "site/x/"
CONSOLES = {
    "console.main": m.Role.ADMINISTRATOR,
    "console.desk": m.Role.PORTER,
    "console.wall": m.Role.VIEWER,
}
STAFF = ("brain.main", "admin.alice", "admin.bob", "monitor.lobby", "monitor.viewer", *CONSOLES)
DOORS = ("front", "back")
PARTY = {
    "brain": Party.BRAIN,
    "admin": Party.ADMIN,
    "console": Party.ADMIN,
    "monitor": Party.MONITOR,
}
BEYOND: dict[m.Role, tuple[Topic[Any], ...]] = {
    m.Role.ADMINISTRATOR: (),
    m.Role.PORTER: (topics.UPLOAD, topics.ENROL_FRAME),
    m.Role.VIEWER: (topics.UPLOAD, topics.ENROL_FRAME, topics.ADMIN_EVENTS, topics.SNAPSHOT),
}
"""What a console neither says nor hears by its ceiling, though administrators do."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("acl") / "site"
    provisioning.create_site(root, hosts=("127.0.0.1",), admins=("alice", "bob"), prefix=PREFIX)
    provisioning.add_monitor(root, "lobby")
    provisioning.add_monitor(root, "viewer", frames=True)
    for name, most in CONSOLES.items():
        consoles.add_console(root, name.removeprefix("console."), most=most)
    for door in DOORS:
        provisioning.add_door(root, door)
    return Site.load(root)


@pytest.fixture(scope="module")
def running(place: Site) -> Iterator[PrivateBroker]:
    with PrivateBroker(place.root) as broker:
        yield broker


def _certificate(site: Site, name: str) -> Certificate:
    if name.startswith("brain."):
        return Certificate(site.brain)
    return Certificate(site.staff(name) if "." in name else site.door(name))


def _peer(site: Site, broker: PrivateBroker, name: str, client_id: str = "") -> Peer:
    port = broker.staff_port if "." in name else broker.doors_port
    return Peer(port, _certificate(site, name), client_id)


@pytest.fixture(scope="module")
def peers(place: Site, running: PrivateBroker) -> Iterator[dict[str, Peer]]:
    """One connected client of every name, each subscribed to everything."""
    with ExitStack() as stack:
        everybody = {
            name: stack.enter_context(_peer(place, running, name, client_id=name))
            for name in (*DOORS, *STAFF)
        }
        for peer in everybody.values():
            peer.subscribe("#")
        yield everybody


def _unique() -> bytes:
    return uuid.uuid4().bytes


def _party(name: str) -> Party:
    return PARTY[name.partition(".")[0]] if "." in name else Party.DOOR


def _hearers(peers: dict[str, Peer], payload: bytes) -> set[str]:
    """Who got `payload`, once everything that was sent before now has arrived."""
    after = _unique()
    # No one topic is for everybody: the brain hears doors, the others hear the brain.
    assert peers["brain.main"].may_publish(f"{PREFIX}brain/availability", after)
    assert peers["front"].may_publish(f"{PREFIX}door/front/event", after)
    for peer in peers.values():
        peer.wait_for(after)
    return {name for name, peer in peers.items() if peer.has(payload)}


def _cases() -> list[Any]:
    cases = []
    for topic in topics.ALL:
        level = {"{door}": "front", "{admin}": "admin.alice"}.get(
            next((part for part in topic.template.split("/") if part.startswith("{")), "")
        )
        cases.append(pytest.param(topic, level, id=topic.template))
        if level == "admin.alice":
            cases += [pytest.param(topic, one, id=topic.name(one)) for one in CONSOLES]
        if topic.bare:
            cases.append(pytest.param(topic, None, id=topic.bare))
    return cases


def _allowed(topic: Topic[object], level: str | None, names: set[str]) -> set[str]:
    """Of `names`, those that a topic's level leaves: the door or administrator it names."""
    names -= {name for name, most in CONSOLES.items() if topic in BEYOND[most]}
    if level is None and _level_party(topic) is Party.ADMIN:
        names -= CONSOLES.keys()  # there nobody would know for which account they ask
    own = {name for name in names if _party(name) is _level_party(topic)}
    return names - own | {name for name in own if level in {None, name}}


def _level_party(topic: Topic[object]) -> Party | None:
    if "{door}" in topic.template:
        return Party.DOOR
    return Party.ADMIN if "{admin}" in topic.template else None


@pytest.mark.parametrize(("topic", "level"), _cases())
def test_the_broker_allows_what_the_contract_says_and_nothing_else(
    topic: Topic[object], level: str | None, peers: dict[str, Peer]
) -> None:
    name = PREFIX + topic.name(level)
    writers = _allowed(topic, level, {who for who in peers if _party(who) is topic.writer})
    readers = _allowed(topic, level, {who for who in peers if _party(who) in topic.readers})
    if topic is topics.ENROL_FRAME:
        # Beyond the contract's table: a monitor may be given frames. Nobody watches the bare topic.
        readers = {"brain.main"} if level is None else readers | {"monitor.viewer"}
    payloads = {who: _unique() for who in peers}

    taken = {who for who, peer in peers.items() if peer.may_publish(name, payloads[who])}

    # The brain shares the doors' pattern for the bare topics; it has nobody to deceive but itself.
    if level is None and topic.writer is Party.DOOR:
        taken.discard("brain.main")
    assert taken == writers
    for who in writers:
        # A brain may read what brains say; nobody else hears themselves.
        echo = {who} & {"brain.main"}
        assert _hearers(peers, payloads[who]) - echo == readers - echo
    for who in peers.keys() - writers - {"brain.main"}:
        assert not any(peer.has(payloads[who]) for peer in peers.values())


def test_a_door_speaks_for_itself_only(peers: dict[str, Peer]) -> None:
    front = peers["front"]

    for topic in ("frames/enroll", "frames/recognize", "door"):
        own, foreign = f"{PREFIX}{topic}/front", f"{PREFIX}{topic}/back"
        rest = "/lock/state" if topic == "door" else ""
        assert front.may_publish(own + rest)
        assert not front.may_publish(foreign + rest)


def test_a_door_that_subscribes_to_everything_gets_only_its_own(peers: dict[str, Peer]) -> None:
    secret = _unique()
    for topic in ("verdict/back", "command/back", "ack/back", "brain/event"):
        assert peers["brain.main"].may_publish(PREFIX + topic, secret)
    assert peers["back"].may_publish(f"{PREFIX}door/back/event", secret)
    assert peers["back"].may_publish(f"{PREFIX}frames/enroll/back", secret)
    assert peers["admin.alice"].may_publish(f"{PREFIX}admin/users", secret)

    hearers = _hearers(peers, secret)

    assert "front" not in hearers
    assert {"back", "brain.main"} <= hearers


def test_a_monitor_may_say_nothing_at_all(peers: dict[str, Peer]) -> None:
    for monitor in ("monitor.lobby", "monitor.viewer"):
        for topic in (
            "verdict/front",
            "command/front",
            "ack/front",
            "door/front/lock/state",
            f"door/{monitor}/event",
            f"frames/enroll/{monitor}",
            f"frames/recognize/{monitor}",
            "frames/enroll",
            "frames/recognize",
            "admin/users",
            f"admin/users/{monitor}",
            "admin/frames",
            "brain/event",
            "anything/else",
        ):
            assert not peers[monitor].may_publish(PREFIX + topic), topic


def test_an_administrator_asks_only_under_their_own_name(peers: dict[str, Peer]) -> None:
    alice = peers["admin.alice"]

    assert alice.may_publish(f"{PREFIX}admin/users/admin.alice")
    assert not alice.may_publish(f"{PREFIX}admin/users/admin.bob")
    assert not alice.may_publish(f"{PREFIX}admin/users/admin.bob/response")
    assert not alice.may_publish(f"{PREFIX}admin/users/admin.alice/response")


def test_an_administrator_may_choose_a_response_topic_below_their_own(
    peers: dict[str, Peer],
) -> None:
    answer = _unique()

    assert peers["brain.main"].may_publish(
        f"{PREFIX}admin/users/admin.alice/response/phone", answer
    )

    assert _hearers(peers, answer) == {"admin.alice", "brain.main"}


@pytest.mark.parametrize("console", CONSOLES)
def test_a_console_asks_only_under_its_own_name(console: str, peers: dict[str, Peer]) -> None:
    peer = peers[console]

    assert peer.may_publish(f"{PREFIX}admin/users/{console}")
    for topic in (
        "admin/users",
        "admin/users/admin.alice",
        f"admin/users/{console}/alice",
        f"admin/users/{console}/response",
        "admin/users/response",
        "admin/events",
        "verdict/front",
        "command/front",
        "ack/front",
        "cache/front",
        "door/front/lock/state",
        f"door/{console}/event",
        "frames/enroll",
        "frames/recognize",
        "frames/code/front",
        f"frames/enroll/{console}",
        f"frames/recognize/{console}",
        f"frames/code/{console}",
        "brain/event",
        "brain/availability",
    ):
        assert not peer.may_publish(PREFIX + topic), topic
    assert not peer.may_publish("homeassistant/status")
    others = CONSOLES.keys() - {console}
    assert not any(peer.may_publish(f"{PREFIX}admin/users/{other}") for other in others)


def test_what_doors_and_brain_say_in_confidence_reaches_no_console(peers: dict[str, Peer]) -> None:
    secret = _unique()
    front, brain = peers["front"], peers["brain.main"]
    for topic in ("frames/recognize/front", "frames/code/front", "door/front/challenge"):
        assert front.may_publish(PREFIX + topic, secret)
    for topic in ("command/front", "ack/front", "cache/front", "admin/users/admin.alice/response"):
        assert brain.may_publish(PREFIX + topic, secret)
    assert peers["admin.alice"].may_publish(f"{PREFIX}admin/users/admin.alice", secret)
    assert peers["admin.alice"].may_publish(f"{PREFIX}admin/users", secret)
    assert brain.may_publish("homeassistant/device/doorward_x_front/config", secret)

    assert _hearers(peers, secret).isdisjoint(CONSOLES)


def test_who_came_by_name_is_for_administrators_alone(peers: dict[str, Peer]) -> None:
    named = _unique()

    assert peers["brain.main"].may_publish(f"{PREFIX}admin/events", named)

    # The brain hears what is said below `admin`, and there itself.
    named_to = {"admin.alice", "admin.bob", "console.main", "console.desk", "brain.main"}
    assert _hearers(peers, named) == named_to


def test_home_assistants_topics_have_no_prefix_and_only_brains_describe_doors_there(
    peers: dict[str, Peer],
) -> None:
    described, born = _unique(), _unique()
    config = "homeassistant/device/doorward_x_front/config"

    assert {who for who, peer in peers.items() if peer.may_publish(config)} == {"brain.main"}
    assert peers["brain.main"].may_publish(config, described)
    assert peers["admin.alice"].may_publish("homeassistant/status", born)
    assert not any(
        peers[who].may_publish("homeassistant/status")
        for who in (*DOORS, "monitor.lobby", "brain.main")
    )

    staff = {who for who in peers if "." in who} - CONSOLES.keys()
    assert _hearers(peers, described) == staff
    assert _hearers(peers, born) == staff


def test_nothing_outside_the_sites_prefix_is_taken(peers: dict[str, Peer]) -> None:
    assert not peers["front"].may_publish("frames/recognize/front")
    assert not peers["brain.main"].may_publish("verdict/front")
    assert not peers["admin.alice"].may_publish("admin/users/admin.alice")


def test_a_door_that_claims_anothers_client_id_throws_nobody_out(
    place: Site, running: PrivateBroker, peers: dict[str, Peer]
) -> None:
    provisioning.add_door(place.root, "side")

    with _peer(place, running, "side", client_id="front"):
        assert peers["front"].may_publish(f"{PREFIX}door/front/event")

    assert peers["front"].disconnects == 0


def test_a_door_added_later_works_without_a_reload(place: Site, running: PrivateBroker) -> None:
    provisioning.add_door(place.root, "late")

    with _peer(place, running, "late") as late:
        assert late.may_publish(f"{PREFIX}frames/recognize/late")


def test_staff_added_later_have_their_rights_after_a_reload(
    place: Site, running: PrivateBroker
) -> None:
    provisioning.add_admin(place.root, "carol")

    with _peer(place, running, "admin.carol") as carol:
        before = carol.may_publish(f"{PREFIX}admin/users/admin.carol")
        running.reload()
        after = carol.may_publish(f"{PREFIX}admin/users/admin.carol")

    assert (before, after) == (False, True)


def _trusting(authority: Path, certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


def _refuses(broker: PrivateBroker, port: int, context: ssl.SSLContext, reason: str) -> bool:
    """Whether a try to connect fails, and the broker's log then gives this reason.

    The log may also still be telling of connections that ended before.
    """
    seen = len(broker.log_path.read_text())
    try:
        connack(port, context)
    except ConnectionRefusedError:
        raise
    except OSError:
        pass
    else:
        return False
    end = time.monotonic() + 5
    while reason not in broker.log_path.read_text()[seen:]:
        assert time.monotonic() < end, broker.log_path.read_text()[seen:]
        time.sleep(0.02)
    return True


def test_each_listener_takes_its_own_kind_of_certificate_only(
    place: Site, running: PrivateBroker
) -> None:
    door, admin = place.door("front") / "client.crt", place.staff("admin.bob") / "client.crt"
    doors_ca, staff_ca = place.broker / "doors-ca.crt", place.broker / "staff-ca.crt"

    assert connack(running.doors_port, _trusting(doors_ca, door)) == 0x20
    assert connack(running.staff_port, _trusting(staff_ca, admin)) == 0x20
    for port, authority, certificate in (
        (running.staff_port, staff_ca, door),
        (running.doors_port, doors_ca, admin),
    ):
        context = _trusting(authority, certificate)
        assert _refuses(running, port, context, "certificate verify failed")


def test_a_certificate_of_an_unknown_authority_is_refused(
    place: Site, running: PrivateBroker, tmp_path: Path
) -> None:
    Authority.create("doors").issue_client("front").write(tmp_path, "forged")
    context = _trusting(place.broker / "doors-ca.crt", tmp_path / "forged.crt")

    assert _refuses(running, running.doors_port, context, "certificate verify failed")


def test_a_servers_certificate_is_no_clients(place: Site, running: PrivateBroker) -> None:
    context = _trusting(place.broker / "doors-ca.crt", place.broker / "doors-server.crt")

    assert _refuses(running, running.doors_port, context, "certificate verify failed")


def test_a_client_without_a_certificate_is_refused(place: Site, running: PrivateBroker) -> None:
    for port, name in ((running.doors_port, "doors"), (running.staff_port, "staff")):
        context = ssl.create_default_context(cafile=place.broker / f"{name}-ca.crt")

        assert _refuses(running, port, context, "peer did not return a certificate")


def test_a_client_that_cannot_speak_tls_1_3_is_refused(place: Site, running: PrivateBroker) -> None:
    context = _certificate(place, "front").context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    assert _refuses(running, running.doors_port, context, "unsupported protocol")
