"""Keys and certificates that change: nobody is left out; what was interrupted can be repeated."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from brain.config import BrainSettings
from doorbus import signing
from doorbus.settings import load
from doorctl import (
    brain_rotation,
    broker,
    consoles,
    door_rotation,
    provisioning,
    renewal,
    revoking,
    safe_files,
)
from doorctl.__main__ import main
from doorctl.authority import Authority
from doorctl.errors import NameRefused, SiteError
from doorctl.keys import public_half
from doorctl.register import LIST_DAYS, Register
from doorctl.site import Site


class PowerCut(Exception):  # noqa: N818  # reads as what happened
    """Raised where a command is interrupted."""


def _certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "client.crt").read_bytes())


def _listed(site: Site, role: str = "doors") -> set[int]:
    crl = x509.load_pem_x509_crl((site.broker / f"{role}.crl").read_bytes())
    return {one.serial_number for one in crl}


def _key_fits(folder: Path) -> bool:
    key = serialization.load_pem_private_key((folder / "client.key").read_bytes(), None)
    return key.public_key() == _certificate(folder).public_key()


def _interrupt_each_write(monkeypatch: pytest.MonkeyPatch, command: Callable[[], object]) -> int:
    """Cut the power at each of the files that a command writes, and give the command again.

    Returns how many writes there were.
    """
    writes = 0
    while True:
        left = writes
        with monkeypatch.context() as patch:
            for name in ("replace", "create"):
                real = getattr(safe_files, name)

                def flaky(
                    *given: object, real: Callable[..., None] = real, **named: object
                ) -> None:
                    nonlocal left
                    if left == 0:
                        raise PowerCut
                    left -= 1
                    real(*given, **named)

                patch.setattr(safe_files, name, flaky)
            try:
                command()
            except PowerCut:
                writes += 1
            else:
                return writes


# --- revoking ------------------------------------------------------------------------------------


def test_a_revoked_door_is_on_the_list_out_of_the_brain_and_denied_everything(site: Site) -> None:
    serial = _certificate(site.door("front")).serial_number

    gone = revoking.revoke(site.root, "front")

    now = Site.load(site.root)
    assert gone.certificates == 1
    assert serial in _listed(site)
    assert not (site.brain / "doors" / "front.pub").exists()
    assert (now.description.doors, now.description.revoked) == (("back",), ("front",))
    assert "user front\ntopic deny #\n" in (site.broker / "acl").read_text()


def test_a_revoked_administrator_has_no_block_of_rights_but_a_denial(site: Site) -> None:
    revoking.revoke(site.root, "admin.alice")

    acl = (site.broker / "acl").read_text()
    assert acl.count("admin.alice") == 1
    assert "user admin.alice\ntopic deny #\n" in acl


def test_every_certificate_of_a_name_is_revoked_those_carried_away_too(
    site: Site, tmp_path: Path
) -> None:
    first = _certificate(site.door("front")).serial_number
    renewal.renew(site.root, ["front"])
    second = _certificate(site.door("front")).serial_number
    site.door("front").rename(tmp_path / "carried")

    gone = revoking.revoke(site.root, "front")

    assert gone.certificates == 2
    assert {first, second} <= _listed(site)


def test_revoking_twice_is_harmless_and_whoever_never_was_cannot_be_revoked(site: Site) -> None:
    revoking.revoke(site.root, "front")

    assert revoking.revoke(site.root, "front").certificates == 0
    with pytest.raises(SiteError, match="nobody named side"):
        revoking.revoke(site.root, "side")


def test_a_site_that_kept_no_books_revokes_the_certificate_in_the_folder(site: Site) -> None:
    for file in (site.authorities / "issued" / "doors").glob("*.crt"):
        file.unlink()
    serial = _certificate(site.door("front")).serial_number

    revoking.revoke(site.root, "front")

    assert serial in _listed(site)


def test_a_site_of_before_gets_its_lists_when_it_is_rendered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("doors", "staff"):
        (site.broker / f"{role}.crl").unlink()
        (site.authorities / f"{role}-canary.crt").unlink()
    site.trusted.unlink()
    monkeypatch.setattr(sys, "argv", ["doorctl", "broker", "render", str(site.root)])

    with pytest.raises(SystemExit):
        main()

    assert _listed(site)
    assert _listed(site, "staff")
    assert site.trusted.read_bytes() == (site.brain / "brain.pub").read_bytes()


def test_a_revoked_name_can_be_given_again_and_the_old_certificate_stays_revoked(
    site: Site,
) -> None:
    old = _certificate(site.door("front")).serial_number
    revoking.revoke(site.root, "front")

    provisioning.add_door(site.root, "front")

    now = Site.load(site.root)
    assert now.description.revoked == ()
    assert "user front\n" not in (site.broker / "acl").read_text()
    assert old in _listed(site)
    assert _certificate(site.door("front")).serial_number not in _listed(site)


def test_the_first_brain_cannot_be_revoked(site: Site) -> None:
    with pytest.raises(SiteError, match=r"renew .* brain\.main --new-key"):
        revoking.revoke(site.root, "brain.main")


def test_an_interrupted_revocation_is_finished_by_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial = _certificate(site.door("front")).serial_number

    # The last one of all runs to its end; each before is cut one file later.
    writes = _interrupt_each_write(monkeypatch, lambda: revoking.revoke(site.root, "front"))

    assert writes >= 5
    assert serial in _listed(site)
    assert Site.load(site.root).description.revoked == ("front",)


def test_a_later_list_is_dated_later_even_within_a_second(site: Site) -> None:
    def made() -> datetime:
        crl = x509.load_pem_x509_crl((site.broker / "doors.crl").read_bytes())
        return crl.last_update_utc

    first = made()
    Register(site.authorities).write_lists(site.broker)

    assert made() > first


def test_a_list_outlasts_the_certificates(site: Site) -> None:
    crl = x509.load_pem_x509_crl((site.broker / "doors.crl").read_bytes())

    assert crl.next_update_utc is not None
    left = crl.next_update_utc - datetime.now(UTC)
    assert left > timedelta(days=LIST_DAYS - 1)


# --- renewing ------------------------------------------------------------------------------------


def test_a_renewed_certificate_is_for_the_same_key_and_the_old_one_still_counts(
    site: Site,
) -> None:
    old, key = _certificate(site.door("front")), (site.door("front") / "client.key").read_bytes()

    (done,) = renewal.renew(site.root, ["front"])

    new = _certificate(site.door("front"))
    assert done.in_place
    assert new.serial_number != old.serial_number
    assert _key_fits(site.door("front"))
    assert (site.door("front") / "client.key").read_bytes() == key
    assert old.serial_number not in _listed(site)


def test_a_certificate_that_was_carried_away_is_renewed_without_its_key(
    site: Site, tmp_path: Path
) -> None:
    carried = site.door("front").rename(tmp_path / "carried")

    (done,) = renewal.renew(site.root, ["front"])

    assert not done.in_place
    assert [path.name for path in done.folder.iterdir()] == ["client.crt"]
    (carried / "client.crt").write_bytes((done.folder / "client.crt").read_bytes())
    assert _key_fits(carried)


def test_without_names_only_who_is_due_is_renewed(site: Site) -> None:
    authority = Authority.load(site.authorities, "staff")
    soon = authority.issue_client("monitor.lobby", days=renewal.DUE_DAYS - 1)
    soon.replace(site.staff("monitor.lobby"), "client")

    first = [one.name for one in renewal.renew(site.root)]
    second = renewal.renew(site.root)

    assert first == ["monitor.lobby"]
    assert second == []


def test_a_new_key_for_staff_revokes_the_old_certificate(site: Site) -> None:
    folder = site.staff("admin.alice")
    old, key = _certificate(folder), (folder / "client.key").read_bytes()

    renewal.renew(site.root, ["admin.alice"], new_key=True)

    assert old.serial_number in _listed(site, "staff")
    assert _certificate(folder).serial_number not in _listed(site, "staff")
    assert (folder / "client.key").read_bytes() != key
    assert _key_fits(folder)
    assert (folder / "client.key").stat().st_mode & 0o777 == 0o600


def test_the_brokers_own_certificates_are_renewed_by_name(site: Site) -> None:
    before = (site.broker / "doors-server.crt").read_bytes()

    renewal.renew(site.root, ["broker"])

    assert (site.broker / "doors-server.crt").read_bytes() != before


@pytest.mark.parametrize(
    ("names", "new_key", "told"),
    [
        (["side"], False, "nobody named side"),
        (["front"], True, "doorctl door rotate"),
        (["broker"], True, "doorctl broker renew"),
    ],
)
def test_a_renewal_that_cannot_be_says_what_can(
    site: Site, names: list[str], new_key: bool, told: str
) -> None:
    with pytest.raises(SiteError, match=told):
        renewal.renew(site.root, names, new_key=new_key)


# --- a door's keys -------------------------------------------------------------------------------


def _brain_knows(site: Site, suffix: str = "") -> bytes:
    return (site.brain / "doors" / f"front{suffix}.pub").read_bytes()


def test_a_rotation_gives_the_brain_both_keys_and_leaves_the_door_as_it_is(site: Site) -> None:
    bundle = site.door("front")
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}

    made = door_rotation.begin(site.root, "front")

    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before
    assert _brain_knows(site) == public_half(bundle / "door.key")
    assert _brain_knows(site, ".next") == public_half(made / "door.key")
    assert _key_fits(made)
    assert len(signing.load_key_ring(made / "brain.pub").keys) == 1
    assert {path.stat().st_mode & 0o777 for path in made.glob("*.key")} == {0o600}


def test_a_rotation_begun_twice_makes_no_third_key(site: Site) -> None:
    first = (door_rotation.begin(site.root, "front") / "door.key").read_bytes()

    second = (door_rotation.begin(site.root, "front") / "door.key").read_bytes()

    assert first == second


def test_a_finished_rotation_ends_the_old_key_and_certificate(site: Site) -> None:
    old = _certificate(site.door("front")).serial_number
    made = door_rotation.begin(site.root, "front")
    new, public = _certificate(made).serial_number, public_half(made / "door.key")

    assert door_rotation.finish(site.root, "front") == 1

    assert _brain_knows(site) == public
    assert not (site.brain / "doors" / "front.next.pub").exists()
    assert old in _listed(site)
    assert new not in _listed(site)
    assert not made.exists()
    assert _certificate(site.door("front")).serial_number == new
    assert public_half(site.door("front") / "door.key") == public


def test_an_interrupted_rotation_goes_on_where_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = _interrupt_each_write(monkeypatch, lambda: door_rotation.begin(site.root, "front"))
    public = public_half(site.rotation("front") / "door.key")
    ended = _interrupt_each_write(monkeypatch, lambda: door_rotation.finish(site.root, "front"))

    assert (begun >= 4, ended >= 6) == (True, True)
    assert _brain_knows(site) == public
    assert public_half(site.door("front") / "door.key") == public
    assert _key_fits(site.door("front"))


def test_a_rotation_that_nobody_began_cannot_be_finished(site: Site) -> None:
    with pytest.raises(SiteError, match="no rotation of front is under way"):
        door_rotation.finish(site.root, "front")


def test_an_old_key_is_not_ended_without_hearing_the_door(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    door_rotation.begin(site.root, "front")
    monkeypatch.delenv("DOORWARD_CLIENT", raising=False)
    monkeypatch.setattr(
        sys, "argv", ["doorctl", "door", "rotate", str(site.root), "front", "--finish"]
    )

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "client.yaml" in capsys.readouterr().err
    assert _brain_knows(site, ".next")


# --- another name --------------------------------------------------------------------------------


def test_a_renamed_door_keeps_its_settings_and_the_old_name_works_on(site: Site) -> None:
    edge = site.door("front") / "edge.yaml"
    edge.write_text(edge.read_text() + "spool: {max_events: 500}  # mine\n")

    bundle = provisioning.rename_door(site.root, "front", "main-entrance")

    now = yaml.safe_load((bundle / "edge.yaml").read_text())
    assert now["door"] == "main-entrance"
    assert now["spool"] == {"max_events": 500}
    assert _certificate(bundle).subject.rfc4514_string() == "CN=main-entrance"
    assert _brain_knows(site)
    assert (site.brain / "doors" / "main-entrance.pub").exists()
    assert Site.load(site.root).description.doors == ("front", "back", "main-entrance")


def test_a_door_that_was_carried_away_is_renamed_without_its_settings(
    site: Site, tmp_path: Path
) -> None:
    site.door("front").rename(tmp_path / "carried")

    bundle = provisioning.rename_door(site.root, "front", "side")

    assert not (bundle / "edge.yaml").exists()
    assert (bundle / "door.key").exists()


@pytest.mark.parametrize(("old", "new"), [("front", "back"), ("side", "other")])
def test_a_name_that_is_taken_or_unknown_is_refused(site: Site, old: str, new: str) -> None:
    with pytest.raises(SiteError):
        provisioning.rename_door(site.root, old, new)


# --- the brain's key, and more brains ------------------------------------------------------------


def test_in_every_step_the_doors_believe_the_brain(site: Site) -> None:
    def believed() -> bool:
        own = signing.load_private_key(site.brain / "brain.key").public_key()
        files = (*site.root.glob("doors/*/brain.pub"), site.trusted)
        return all(own in signing.load_key_ring(file).keys for file in files)

    old = public_half(site.brain / "brain.key")
    steps = [believed()]
    for step in (brain_rotation.begin, brain_rotation.switch, brain_rotation.finish):
        step(site.root)
        steps.append(believed())

    assert steps == [True] * 4
    assert public_half(site.brain / "brain.key") != old
    assert old not in site.trusted.read_bytes()
    assert not (site.brain / "brain.next.key").exists()


def test_the_brain_does_not_change_over_before_the_doors_were_taught(site: Site) -> None:
    with pytest.raises(SiteError, match="no new key waits"):
        brain_rotation.switch(site.root)
    with pytest.raises(SiteError, match="no old key to forget"):
        brain_rotation.finish(site.root)


def test_a_second_rotation_waits_for_the_end_of_the_first(site: Site) -> None:
    brain_rotation.begin(site.root)
    brain_rotation.switch(site.root)

    with pytest.raises(SiteError, match="--finish"):
        brain_rotation.begin(site.root)


def test_an_interrupted_change_of_the_brains_key_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    provisioning.add_brain(site.root, "annex")
    for step in (brain_rotation.begin, brain_rotation.switch, brain_rotation.finish):
        writes = _interrupt_each_write(monkeypatch, functools.partial(step, site.root))
        assert writes >= 2

    now = Site.load(site.root)
    keys = {public_half(folder / "brain.key") for folder in now.brain_folders}
    assert keys == {now.trusted.read_bytes()}
    assert len(now.brain_folders) == 2


def test_a_door_added_in_the_midst_of_a_rotation_believes_both_keys(site: Site) -> None:
    brain_rotation.begin(site.root)

    bundle = provisioning.add_door(site.root, "side")

    assert len(signing.load_key_ring(bundle / "brain.pub").keys) == 2


def test_another_brain_takes_doors_over_and_gives_them_back_when_it_is_revoked(
    site: Site,
) -> None:
    folder = provisioning.add_brain(site.root, "annex", doors=("back",))

    settings = load(folder / "brain.yaml", BrainSettings)
    assert (settings.name, settings.rank) == ("brain.annex", "deputy")
    served = sorted(path.name for path in folder.glob("doors/*"))
    left = sorted(path.name for path in site.brain.glob("doors/*"))
    revoking.revoke(site.root, "brain.annex")

    assert (served, left) == (["back.pub"], ["front.pub"])
    assert (site.brain / "doors" / "back.pub").exists()
    assert not list(site.root.glob("revoked/*/brain.key"))
    assert "user brain.annex\ntopic deny #" in (site.broker / "acl").read_text()


# --- interrupted beginnings, and names -----------------------------------------------------------


@pytest.mark.parametrize(
    "add",
    [
        lambda site: provisioning.add_door(site.root, "side"),
        lambda site: provisioning.add_admin(site.root, "bob"),
        lambda site: provisioning.add_monitor(site.root, "desk"),
        lambda site: consoles.add_console(site.root, "desk", hosts=("doors.example",)),
        lambda site: provisioning.add_brain(site.root, "annex"),
        lambda site: provisioning.rename_door(site.root, "front", "side"),
    ],
    ids=["door", "admin", "monitor", "console", "brain", "rename"],
)
def test_an_interrupted_add_is_finished_by_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch, add: Callable[[Site], Path]
) -> None:
    writes = _interrupt_each_write(monkeypatch, lambda: add(site))

    now = Site.load(site.root)
    assert writes >= 4
    assert (site.broker / "acl").read_text() == broker.render_access_list(now)
    assert not [path for path in site.root.rglob(".*") if path.is_dir()]
    with pytest.raises(SiteError, match="exists already"):
        add(site)


@pytest.mark.parametrize(
    "name", ["+", "#", "a/b", "$SYS", "front/lock", "Front", "", "boss.alice", "admin.", "a" * 33]
)
def test_an_authority_gives_no_certificate_to_a_name_that_topics_cannot_carry(
    site: Site, name: str
) -> None:
    authority = Authority.load(site.authorities, "doors")

    with pytest.raises(NameRefused, match="no certificate for"):
        authority.issue_client(name)


@pytest.mark.parametrize("name", ["brain", "admin", "console", "monitor", "broker", "brain.main"])
def test_a_door_cannot_be_named_like_a_role(site: Site, name: str) -> None:
    with pytest.raises(NameRefused):
        provisioning.add_door(site.root, name)
