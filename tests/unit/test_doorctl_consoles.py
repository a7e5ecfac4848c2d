"""What a site gives a console: certificates, and rights up to a role."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from brain.asking import Consoles
from console.config import ConsoleSettings
from doorbus.bus import Wire
from doorbus.errors import ConfigError
from doorbus.messages import Role
from doorbus.settings import load
from doorbus.speaking import for_account
from doorctl import consoles, provisioning, renewal, revoking
from doorctl.authority import Authority
from doorctl.console_config import render_console_config
from doorctl.doctor.examination import examine
from doorctl.doctor.finding import Finding
from doorctl.errors import NameRefused, SiteError
from doorctl.site import Description, Site


def role_at(brain: Path, name: str) -> Role | None:
    """What the brain with this folder lets an administrator of a console do."""
    wire = for_account(Wire(f"admin/users/console.{name}", b""), "alice", Role.ADMINISTRATOR)
    return Consoles(brain / "consoles").asker(wire).role


def acl(site: Site) -> str:
    return (site.broker / "acl").read_text()


def rights(site: Site, name: str) -> str:
    """What the access list says of one user."""
    return acl(site).split(f"user {name}\n")[1].split("user ")[0]


def problems(site: Site) -> list[Finding]:
    found = examine(site.root, offline=True, follows=lambda: True)
    return [one for one in found if one.problem]


def test_a_consoles_bundle_starts_a_console_and_its_key_is_private(site: Site) -> None:
    bundle = consoles.add_console(site.root, "main")

    settings = load(bundle / "console.yaml", ConsoleSettings)
    name = x509.load_pem_x509_certificate((bundle / "client.crt").read_bytes()).subject
    assert settings.name == "console.main"
    assert settings.broker.cert == bundle / "client.crt"
    assert settings.listen.host == "127.0.0.1"
    assert settings.listen.certificate is None
    assert name.rfc4514_string() == "CN=console.main"
    assert stat.S_IMODE((bundle / "client.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o700


@pytest.mark.parametrize("most", Role)
def test_each_brain_learns_what_a_console_may_at_most(site: Site, most: Role) -> None:
    before = role_at(site.brain, "desk")

    consoles.add_console(site.root, "desk", most=most)
    provisioning.add_brain(site.root, "annex")

    assert before is None
    assert role_at(site.brain, "desk") is most
    assert role_at(site.brain_folder("annex"), "desk") is most
    assert problems(Site.load(site.root)) == []


def test_a_console_may_be_given_more_and_less(site: Site) -> None:
    consoles.add_console(site.root, "desk", most=Role.PORTER)
    before = rights(site, "console.desk")

    consoles.limit_console(site.root, "desk", Role.ADMINISTRATOR)

    assert role_at(site.brain, "desk") is Role.ADMINISTRATOR
    assert Site.load(site.root).description.consoles[0].most == "administrator"
    assert "topic write admin/frames" not in before
    assert "topic write admin/frames" in rights(site, "console.desk")
    assert problems(Site.load(site.root)) == []


def test_a_revoked_console_may_nothing_at_brain_and_broker(site: Site) -> None:
    consoles.add_console(site.root, "desk")

    gone = revoking.revoke(site.root, "console.desk")

    assert gone.certificates == 1
    assert role_at(site.brain, "desk") is None
    assert "user console.desk\ntopic deny #" in acl(site)
    assert "topic write admin/users/console.desk" not in acl(site)
    assert problems(Site.load(site.root)) == []


def test_a_revoked_console_added_anew_has_other_keys(site: Site) -> None:
    first = (consoles.add_console(site.root, "desk") / "client.key").read_bytes()
    revoking.revoke(site.root, "console.desk")

    again = consoles.add_console(site.root, "desk", most=Role.VIEWER)

    assert (again / "client.key").read_bytes() != first
    assert role_at(site.brain, "desk") is Role.VIEWER
    assert "topic deny #" not in acl(site)


def test_a_consoles_certificate_is_renewed_like_any_other(site: Site) -> None:
    bundle = consoles.add_console(site.root, "desk")
    before = (bundle / "client.crt").read_bytes()

    (done,) = renewal.renew(site.root, ["console.desk"], new_key=True)

    assert done.folder == bundle
    assert (bundle / "client.crt").read_bytes() != before


def test_a_console_that_exists_or_cannot_be_named_so_is_refused(site: Site) -> None:
    consoles.add_console(site.root, "desk")

    with pytest.raises(SiteError, match=r"console\.desk exists already"):
        consoles.add_console(site.root, "desk")
    with pytest.raises(NameRefused):
        consoles.add_console(site.root, "Desk")
    with pytest.raises(SiteError, match="no console lobby"):
        consoles.limit_console(site.root, "lobby", Role.VIEWER)
    with pytest.raises(SiteError, match="no console lobby"):
        consoles.certify_console(site.root, "lobby", ["doors.example"])
    with pytest.raises(ConfigError):
        consoles.add_console(site.root, "page", hosts=["doors.example/page"])
    assert not site.staff("console.page").exists()


def test_the_brokers_port_is_moved_in_a_consoles_file_and_its_own_is_not(site: Site) -> None:
    bundle = consoles.add_console(site.root, "desk")

    Site.load(site.root).with_ports(18884, 18883)

    settings = load(bundle / "console.yaml", ConsoleSettings)
    assert (settings.broker.port, settings.listen.port) == (18883, 8443)


# --- the page's own certificate ------------------------------------------------------------------


def test_a_page_with_names_has_a_certificate_that_a_phone_can_be_told_to_trust(site: Site) -> None:
    bundle = consoles.add_console(site.root, "main", hosts=["doors.example", "192.0.2.7"])

    settings = load(bundle / "console.yaml", ConsoleSettings)
    server = x509.load_pem_x509_certificate((bundle / "web.crt").read_bytes())
    authority = x509.load_pem_x509_certificate((bundle / "web-ca.crt").read_bytes())
    alternatives = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usage = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert settings.listen.address == "https://doors.example:8443"
    assert settings.listen.certificate == bundle / "web.crt"
    assert alternatives.get_values_for_type(x509.DNSName) == ["doors.example"]
    assert [str(one) for one in alternatives.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    server.verify_directly_issued_by(authority)
    assert (server.not_valid_after_utc - server.not_valid_before_utc).days <= 825
    assert stat.S_IMODE((bundle / "web.key").stat().st_mode) == 0o600
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
        bundle / "web.crt", bundle / "web.key"
    )
    assert problems(Site.load(site.root)) == []


def test_who_trusts_the_page_trusts_no_broker_and_no_door(site: Site) -> None:
    bundle = consoles.add_console(site.root, "main", hosts=["doors.example"])

    authority = x509.load_pem_x509_certificate((bundle / "web-ca.crt").read_bytes())

    for role in ("doors", "staff"):
        other = x509.load_pem_x509_certificate((site.authorities / f"{role}.crt").read_bytes())
        assert other.public_key() != authority.public_key()


def test_a_page_gets_a_new_certificate_by_the_same_authority(site: Site) -> None:
    bundle = consoles.add_console(site.root, "main", hosts=["doors.example"])
    trusted, before = (bundle / "web-ca.crt").read_bytes(), (bundle / "web.crt").read_bytes()

    consoles.certify_console(site.root, "main", ["other.example"])

    assert (bundle / "web-ca.crt").read_bytes() == trusted
    assert (bundle / "web.crt").read_bytes() != before


# --- what the doctor says ------------------------------------------------------------------------


def test_the_doctor_finds_a_ceiling_that_is_missing_wrong_or_of_nobody(site: Site) -> None:
    consoles.add_console(site.root, "desk", most=Role.PORTER)
    consoles.add_console(site.root, "lobby")
    folder = site.brain / "consoles"
    (folder / "lobby.yaml").unlink()
    (folder / "desk.yaml").write_text("most: administrator\n")
    (folder / "stray.yaml").write_text("most: administrator\n")

    found = {one.subject: one.says for one in problems(Site.load(site.root))}

    assert "differs" in found["brain/consoles/desk.yaml"]
    assert "may nothing" in found["brain/consoles/lobby.yaml"]
    assert "does not know" in found["brain/consoles/stray.yaml"]


def test_the_doctor_finds_a_page_whose_certificate_ends_soon(site: Site) -> None:
    bundle = consoles.add_console(site.root, "main", hosts=["doors.example"])
    authority = Authority.load(site.authorities, "web")
    authority.issue_server("console.main", ["doors.example"], days=30).replace(bundle, "web")

    (found,) = problems(Site.load(site.root))

    assert found.subject == "staff/console.main/web.crt"
    assert "expires" in found.says
    assert "console certificate" in found.remedy


# --- console.yaml --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["address", "proxies", "sessions", "language"])
def test_each_suggestion_to_a_console_can_be_taken_up(tmp_path: Path, key: str) -> None:
    lines = render_console_config("console.main", Description()).splitlines()
    (place,) = [n for n, line in enumerate(lines) if line.lstrip("# ").startswith(f"{key}: ")]
    lines[place] = lines[place].removeprefix("# ")
    file = tmp_path / "console.yaml"
    file.write_text("\n".join(lines))

    load(file, ConsoleSettings)

    said = yaml.safe_load(file.read_text())
    assert key in said or key in said["listen"]
