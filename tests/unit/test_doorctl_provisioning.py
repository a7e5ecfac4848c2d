"""Sites, doors and staff: complete, private, and never overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import yaml
from cryptography import x509

from doorbus import signing
from doorbus.errors import ConfigError
from doorctl import provisioning
from doorctl.authority import Authority
from doorctl.edge_config import DoorChoices
from doorctl.errors import NameRefused, SiteError
from doorctl.site import Site


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _belong_together(private: Path, public: Path) -> bool:
    # Read with what the daemons read them with.
    return signing.load_private_key(private).public_key() == signing.load_public_key(public)


def test_private_things_are_private(site: Site) -> None:
    keys = [*site.root.rglob("*.key")]

    # Two each: authorities, revoked canaries, listeners, brain, staff; two for each of two doors.
    assert len(keys) == 14
    assert {_mode(key) for key in keys} == {0o600}
    assert {_mode(path) for path in site.root.rglob("*") if path.is_dir()} == {0o700}
    assert _mode(site.root) == 0o700
    assert _mode(site.broker / "acl") == 0o600


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        site = provisioning.create_site(tmp_path / "site")
    finally:
        os.umask(before)

    assert {_mode(key) for key in site.root.rglob("*.key")} == {0o600}
    assert {_mode(path) for path in site.root.rglob("*") if path.is_dir()} == {0o700}


def test_doors_and_staff_have_different_authorities(site: Site) -> None:
    def issuer(file: Path) -> x509.Name:
        return x509.load_pem_x509_certificate(file.read_bytes()).issuer

    doors = Authority.load(site.authorities, "doors").certificate.subject
    staff = Authority.load(site.authorities, "staff").certificate.subject
    assert doors != staff
    assert issuer(site.door("front") / "client.crt") == doors
    assert issuer(site.broker / "doors-server.crt") == doors
    assert issuer(site.brain / "client.crt") == staff
    assert issuer(site.staff("admin.alice") / "client.crt") == staff
    assert issuer(site.broker / "staff-server.crt") == staff


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("doors/front", "front"),
        ("brain", "brain.main"),
        ("staff/admin.alice", "admin.alice"),
        ("staff/monitor.lobby", "monitor.lobby"),
    ],
)
def test_a_certificate_is_named_as_its_holder(site: Site, folder: str, name: str) -> None:
    pem = (site.root / folder / "client.crt").read_bytes()

    assert x509.load_pem_x509_certificate(pem).subject.rfc4514_string() == f"CN={name}"


def test_a_doors_bundle_holds_every_file_that_its_configuration_names(site: Site) -> None:
    bundle = site.door("front")

    edge = yaml.safe_load((bundle / "edge.yaml").read_text())

    assert edge["door"] == "front"
    assert edge["broker"]["host"] == "127.0.0.1"
    assert edge["broker"]["port"] == site.description.broker.doors_port
    named = [edge["broker"][key] for key in ("ca", "cert", "key")] + list(edge["keys"].values())
    assert all((bundle / name).is_file() for name in named)


def test_the_brain_knows_the_door_and_the_door_the_brain(site: Site) -> None:
    bundle = site.door("front")

    assert _belong_together(bundle / "door.key", site.brain / "doors" / "front.pub")
    assert _belong_together(site.brain / "brain.key", bundle / "brain.pub")
    assert not _belong_together(bundle / "door.key", site.brain / "doors" / "back.pub")


def test_the_brains_configuration_names_files_that_are_there(site: Site) -> None:
    brain = yaml.safe_load((site.brain / "brain.yaml").read_text())

    assert brain["name"] == "brain.main"
    assert brain["broker"]["port"] == site.description.broker.staff_port
    assert all((site.brain / brain["broker"][key]).is_file() for key in ("ca", "cert", "key"))
    assert (site.brain / brain["keys"]["brain"]).is_file()
    assert (site.brain / brain["keys"]["doors"] / "front.pub").is_file()


@pytest.mark.parametrize("name", ["007", "no", "1e3", "null", "-"])
def test_a_door_name_that_yaml_would_misread_stays_a_name(site: Site, name: str) -> None:
    bundle = provisioning.add_door(site.root, name)

    assert yaml.safe_load((bundle / "edge.yaml").read_text())["door"] == name
    assert Site.load(site.root).description.doors == ("front", "back", name)


def test_choices_stand_in_the_doors_configuration(site: Site) -> None:
    choices = DoorChoices(
        camera_kind="rtsp",
        camera_source="rtsp://cam: #1/",
        lock_kind="gpio",
        lock_pin=17,
        lock_factory="lgpio",
        hold_s=2.5,
    )

    edge = yaml.safe_load(
        (provisioning.add_door(site.root, "side", choices) / "edge.yaml").read_text()
    )

    assert edge["camera"] == {"kind": "rtsp", "source": "rtsp://cam: #1/"}
    assert edge["lock"] == {"kind": "gpio", "pin": 17, "factory": "lgpio", "hold_s": 2.5}


def test_a_prefix_reaches_every_configuration(tmp_path: Path) -> None:
    site = provisioning.create_site(tmp_path / "site", prefix="site/x", admins=("alice",))
    bundle = provisioning.add_door(site.root, "front")

    files = (
        bundle / "edge.yaml",
        site.brain / "brain.yaml",
        site.staff("admin.alice") / "client.yaml",
    )
    assert {yaml.safe_load(f.read_text())["broker"]["prefix"] for f in files} == {"site/x/"}


def test_a_second_site_in_the_same_folder_is_refused_and_changes_nothing(site: Site) -> None:
    before = _contents(site.root)

    with pytest.raises(SiteError, match="never overwritten"):
        provisioning.create_site(site.root)

    assert _contents(site.root) == before


def test_a_second_door_of_the_same_name_is_refused_and_changes_nothing(site: Site) -> None:
    before = _contents(site.root)

    with pytest.raises(SiteError, match="door front exists already"):
        provisioning.add_door(site.root, "front")

    assert _contents(site.root) == before


def test_a_door_stays_taken_after_its_bundle_was_carried_away(site: Site, tmp_path: Path) -> None:
    site.door("front").rename(tmp_path / "carried")

    with pytest.raises(SiteError, match="door front exists already"):
        provisioning.add_door(site.root, "front")


def test_a_second_member_of_staff_of_the_same_name_is_refused(site: Site) -> None:
    before = _contents(site.root)

    with pytest.raises(SiteError, match=r"admin\.alice exists already"):
        provisioning.add_admin(site.root, "alice")
    with pytest.raises(SiteError, match=r"monitor\.lobby exists already"):
        provisioning.add_monitor(site.root, "lobby", frames=True)

    assert _contents(site.root) == before


def test_new_staff_stand_in_the_access_list(site: Site) -> None:
    provisioning.add_admin(site.root, "bob")
    provisioning.add_monitor(site.root, "desk", frames=True)

    users = [
        line for line in (site.broker / "acl").read_text().splitlines() if line.startswith("user ")
    ]
    assert users == [
        "user brain.main",
        "user admin.alice",
        "user admin.bob",
        "user monitor.lobby",
        "user monitor.desk",
    ]


def test_renewed_broker_certificates_carry_the_names_of_now_and_keep_their_authority(
    site: Site,
) -> None:
    place = site.description.broker.model_dump() | {"names": ("new.example",)}
    site.changed(broker=place).save()
    old_key = (site.broker / "doors-server.key").read_bytes()

    provisioning.renew_broker(site.root)

    for role in ("doors", "staff"):
        pem = (site.broker / f"{role}-server.crt").read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["new.example"]
        certificate.verify_directly_issued_by(Authority.load(site.authorities, role).certificate)
        assert _mode(site.broker / f"{role}-server.key") == 0o600
    assert (site.broker / "doors-server.key").read_bytes() != old_key


@pytest.mark.parametrize("name", ["+", "a/b", "../up", "admin.alice"])
def test_a_name_that_topics_cannot_carry_creates_nothing(site: Site, name: str) -> None:
    before = _contents(site.root)

    for add in (provisioning.add_door, provisioning.add_admin, provisioning.add_monitor):
        with pytest.raises(NameRefused):
            add(site.root, name)

    assert _contents(site.root) == before


@pytest.mark.parametrize(
    "wrong", [{"hosts": ("a b",)}, {"prefix": "+"}, {"doors_port": 70000}, {"doors_port": 8883}]
)
def test_a_site_that_cannot_work_leaves_nothing_behind(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    with pytest.raises((ConfigError, SiteError)):
        provisioning.create_site(tmp_path / "site", **wrong)  # type: ignore[arg-type]  # any field

    assert list(tmp_path.iterdir()) == []


def test_a_site_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="absolute path"):
        provisioning.create_site(tmp_path / "site", broker_folder="not/absolute")

    assert list(tmp_path.iterdir()) == []


def test_the_same_administrator_named_twice_is_one(tmp_path: Path) -> None:
    site = provisioning.create_site(tmp_path / "site", admins=("alice", "alice"))

    assert site.description.admins == ("alice",)
