"""`doorctl doctor` at a real broker: all is well, or each planted weakness is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from mosquitto_world import MosquittoWorld
from mqtt_peer import Certificate, Peer

from demo import private_broker
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorctl import broker as rendering
from doorctl import consoles, provisioning, revoking, safe_files
from doorctl.authority import Authority
from doorctl.doctor import listeners
from doorctl.doctor.examination import examine
from doorctl.doctor.finding import Finding
from doorctl.site import Site


@contextmanager
def _running(site: Site, edit: Callable[[str], str] = str) -> Iterator[PrivateBroker]:
    """A broker, and the site's own files written for its ports."""
    with PrivateBroker(site.root, edit=edit) as running:
        placed = Site.load(site.root)
        acl = (site.broker / "acl").read_bytes()
        rendering.write(placed, rendering.placement(placed))
        safe_files.replace(site.broker / "acl", acl, mode=0o600)
        yield running


def _examine(site: Site) -> list[Finding]:
    return list(examine(site.root, follows=lambda: True))


def _problems(site: Site) -> list[Finding]:
    return [one for one in _examine(site) if one.problem]


def test_nothing_is_wrong_with_a_new_site_and_its_broker(site: Site) -> None:
    with _running(site):
        findings = _examine(site)

    assert [one for one in findings if one.problem] == []
    subjects = {one.subject for one in findings}
    assert {"rights of a door", "rights of admin.alice", "rights of monitor.lobby"} <= subjects
    assert "client ids" in subjects


def test_nothing_is_wrong_with_a_site_with_a_prefix_a_frames_monitor_and_revocations(
    tmp_path: Path,
) -> None:
    root = tmp_path / "site"
    provisioning.create_site(root, hosts=("127.0.0.1",), admins=("alice",), prefix="site/x")
    provisioning.add_monitor(root, "viewer", frames=True)
    consoles.add_console(root, "wall", most=m.Role.VIEWER)
    for door in ("front", "back"):
        provisioning.add_door(root, door)
    revoking.revoke(root, "back")
    site = Site.load(root)

    with _running(site):
        assert _problems(site) == []


def test_the_doctor_disturbs_no_door_and_changes_nothing(site: Site) -> None:
    with (
        _running(site) as running,
        Peer(running.doors_port, Certificate(site.door("front")), "front") as door,
    ):
        before = _contents(site.root)
        _examine(site)

        assert door.disconnects == 0
        assert _contents(site.root) == before


def test_a_running_brain_and_door_go_on_while_the_doctor_looks(site: Site) -> None:
    with _running(site) as running:
        world = MosquittoWorld(site, running)
        try:
            world.start()
            world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)

            problems = _problems(site)

            world.door.ack_of(world.door.tell(m.EventKind.WOKE).id)
            assert world.admin.ok("list")["total"] == 0
        finally:
            world.close()
    assert problems == []


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _swapped(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def _access(site: Site, change: Callable[[str], str]) -> None:
    file = site.broker / "acl"
    safe_files.replace(file, change(file.read_text()), mode=0o600)


@dataclass(frozen=True)
class Weak:
    """A weakness: what is planted, and what the doctor must say about what."""

    subject: str
    says: str
    access: Callable[[str], str] = str
    configuration: Callable[[str], str] = str


def _doors_part(change: Callable[[str], str]) -> Callable[[str], str]:
    """Change what stands between the doors' listener and the staff's."""

    def edit(text: str) -> str:
        head, doors, staff = re.split(r"(?=^listener )", text, flags=re.MULTILINE)
        changed = change(doors)
        assert changed != doors
        return head + changed + staff

    return edit


ALICE, BRAIN = "user admin.alice\n", "user brain.main\n"
LOBBY = "user monitor.lobby\n"
WEAK = {
    "doors may do everything": Weak(
        "rights of a door", "may publish", access=lambda t: "pattern readwrite #\n" + t
    ),
    "doors may hear everything": Weak(
        "rights of a door", "may read", access=lambda t: "pattern read #\n" + t
    ),
    "doors may hear each other's frames": Weak(
        "rights of a door",
        "may read frames/recognize/",
        access=lambda t: "pattern read frames/recognize/+\n" + t,
    ),
    "doors may answer each other": Weak(
        "rights of a door",
        "verdict/<another>",
        access=lambda t: "pattern write verdict/+\n" + t,
    ),
    "doors may answer themselves": Weak(
        "rights of a door",
        "verdict/<its own>",
        access=lambda t: "pattern write verdict/%u\n" + t,
    ),
    "doors may ask as administrators": Weak(
        "rights of a door", "admin/users", access=lambda t: "pattern write admin/users\n" + t
    ),
    "doors may read the broker's own topics": Weak(
        "rights of a door", "$SYS/#", access=lambda t: "pattern read $SYS/#\n" + t
    ),
    "a door does not hear its verdicts": Weak(
        "rights of a door",
        "does not hear verdict/<its own>",
        access=lambda t: _swapped(t, "pattern read verdict/%u\n", ""),
    ),
    "a door may not send bursts": Weak(
        "rights of a door",
        "may not publish its own frames/recognize/<its own>",
        access=lambda t: _swapped(t, "pattern write frames/recognize/%u\n", ""),
    ),
    "a monitor may speak as a door": Weak(
        "rights of monitor.lobby",
        "frames/enroll",
        access=lambda t: t.replace("topic deny frames/enroll\n", ""),
    ),
    "a monitor may read who came by name": Weak(
        "rights of monitor.lobby",
        "may read admin/events",
        access=lambda t: _swapped(t, LOBBY, LOBBY + "topic read admin/events\n"),
    ),
    "an administrator does not hear who came": Weak(
        "rights of admin.alice",
        "does not hear admin/events",
        access=lambda t: t.replace("topic read admin/events\n", ""),
    ),
    "an administrator may forge verdicts": Weak(
        "rights of admin.alice",
        "verdict/",
        access=lambda t: _swapped(t, ALICE, ALICE + "topic write verdict/#\n"),
    ),
    "the brain may forge bursts": Weak(
        "rights of brain.main",
        "frames/recognize/",
        access=lambda t: _swapped(t, BRAIN, BRAIN + "topic write frames/#\n"),
    ),
    "TLS 1.2": Weak(
        "doors listener",
        "lets in TLS 1.2",
        configuration=_doors_part(lambda t: t.replace("tlsv1.3", "tlsv1.2")),
    ),
    "no certificate asked for": Weak(
        "doors listener",
        "lets in a client without a certificate",
        configuration=_doors_part(
            lambda t: (
                t.replace("require_certificate true", "require_certificate false")
                .replace("use_identity_as_username true", "")
                .replace("use_username_as_clientid true", "")
                .replace("protocol mqtt", "protocol mqtt\nallow_anonymous true")
            )
        ),
    ),
    "no revocation list": Weak(
        "doors listener",
        "lets in a revoked certificate",
        configuration=_doors_part(lambda t: re.sub(r"crlfile .*\n", "", t)),
    ),
    "one authority for both listeners": Weak(
        "doors listener",
        "lets in a certificate of the other listener's authority",
        configuration=_doors_part(
            lambda t: re.sub(r"cafile (.*)/doors-ca.crt\ncrlfile .*\n", r"cafile \1/both.crt\n", t)
        ),
    ),
    "client ids of doors are open to staff": Weak(
        "staff listener",
        "lets staff claim a door's client id",
        configuration=lambda t: re.sub(r"(clientid_prefixes|auto_id_prefix) .*\n", "", t),
    ),
    "doors choose their client ids": Weak(
        "doors listener",
        "lets doors choose their client ids",
        configuration=_doors_part(lambda t: t.replace("use_username_as_clientid true", "")),
    ),
}


@pytest.mark.parametrize("weak", WEAK.values(), ids=list(WEAK))
def test_a_weakness_of_the_broker_is_found(site: Site, weak: Weak) -> None:
    both = [(site.broker / f"{role}-ca.crt").read_bytes() for role in ("doors", "staff")]
    (site.broker / "both.crt").write_bytes(b"".join(both))
    _access(site, weak.access)

    with _running(site, weak.configuration):
        problems = _problems(site)

    found = [one for one in problems if one.subject.startswith(weak.subject)]
    assert any(weak.says in one.says for one in found), problems
    assert all(one.remedy for one in found)


def test_a_revocation_that_the_broker_has_not_read_is_found_until_it_has(site: Site) -> None:
    with _running(site) as running:
        revoking.revoke(site.root, "back")
        before = _problems(site)
        running.reload()
        after = _problems(site)

    assert {one.says for one in before} == {"lets in a revoked certificate"}
    assert len(before) == 2
    assert after == []


def test_a_broker_that_is_not_there_is_told(site: Site) -> None:
    with _running(site):
        pass

    problems = _problems(Site.load(site.root))

    assert len(problems) == 2
    assert all("does not answer" in one.says for one in problems)


def test_a_broker_whose_revocation_list_has_expired_takes_nobody(site: Site) -> None:
    authority = Authority.load(site.authorities, "doors")
    (site.broker / "doors.crl").write_bytes(authority.revocation_list([], days=-0.5))

    with _running(site):
        says = [one.says for one in _problems(site)]

    assert any("expired: the broker lets nobody in" in one for one in says)
    assert any(one.startswith("takes nobody (") for one in says)


def test_a_broker_without_tls_and_certificates_beside_is_found(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, _ = private_broker.free_ports()
    monkeypatch.setattr(listeners, "_PLAIN_PORT", plain)

    def edit(text: str) -> str:
        return text.replace("allow_anonymous false", "allow_anonymous true") + (
            f"\nlistener {plain} 127.0.0.1\n"
        )

    with _running(site, edit):
        problems = _problems(site)

    assert f"port {plain} of 127.0.0.1" in {one.subject for one in problems}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("topic write admin/users", "may publish admin/users"),
        ("topic write admin/users/+", "may publish admin/users/admin.alice"),
        ("topic write admin/frames", "may publish admin/frames"),
        ("topic write verdict/#", "may publish verdict/"),
        ("topic read admin/users/+/response", "may read admin/users/admin.alice/response"),
        ("topic read frames/recognize/+", "may read frames/recognize/"),
        ("topic read frames/code/+", "may read frames/code/"),
        ("topic read frames/enroll/+", "may read frames/enroll/"),
        ("topic read command/#", "may read command/"),
    ],
)
def test_a_console_that_may_more_than_its_role_is_found(site: Site, rule: str, says: str) -> None:
    consoles.add_console(site.root, "desk", most=m.Role.PORTER)
    desk = "user console.desk\n"
    _access(site, lambda text: _swapped(text, desk, f"{desk}{rule}\n"))

    with _running(Site.load(site.root)):
        problems = _problems(Site.load(site.root))

    told = [one.says for one in problems if one.subject == "rights of console.desk"]
    assert any(says in one for one in told), problems
