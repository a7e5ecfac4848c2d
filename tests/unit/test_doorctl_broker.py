"""The broker's configuration and access list as rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorbus.tls import CLIENT_ID_PREFIX
from doorctl.broker import Placement, placement, render_access_list, render_configuration
from doorctl.errors import NameRefused, SiteError
from doorctl.site import BrokerPlace, Description, Monitor, Site, checked_name


def _site(**fields: object) -> Site:
    return Site(Path("/srv/site"), Description.checked(**fields))


def _rules(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _block(text: str, user: str) -> list[str]:
    rules = _rules(text)
    block = rules[rules.index(f"user {user}") + 1 :]
    end = next((i for i, rule in enumerate(block) if rule.startswith("user ")), len(block))
    return block[:end]


def test_both_listeners_ask_for_certificates_over_tls_1_3() -> None:
    lines = _rules(render_configuration(placement(_site())))

    for rule in ("tls_version tlsv1.3", "require_certificate true"):
        assert lines.count(rule) == 2
    assert lines.count("use_identity_as_username true") == 2
    assert lines.count("use_username_as_clientid true") == 1
    assert "allow_anonymous false" in lines
    assert not any(line.startswith("per_listener_settings") for line in lines)


def test_each_listener_trusts_its_own_authority() -> None:
    text = render_configuration(placement(_site()))

    doors, staff = text.split("listener ")[1:]
    assert doors.startswith("8884\n")
    assert "cafile /srv/site/broker/doors-ca.crt" in doors
    assert staff.startswith("8883\n")
    assert "cafile /srv/site/broker/staff-ca.crt" in staff
    assert "crlfile /srv/site/broker/doors.crl\n" in doors
    assert "crlfile /srv/site/broker/staff.crl\n" in staff


def test_client_ids_begin_as_the_clients_of_this_project_begin_theirs_and_no_door_can() -> None:
    lines = _rules(render_configuration(placement(_site())))

    assert f"clientid_prefixes {CLIENT_ID_PREFIX}" in lines
    assert f"auto_id_prefix {CLIENT_ID_PREFIX}" in lines
    with pytest.raises(NameRefused):
        checked_name(CLIENT_ID_PREFIX)


def test_whoever_was_revoked_is_denied_everything_below_the_prefix() -> None:
    text = render_access_list(_site(prefix="site/x/", revoked=("front", "admin.bob")))

    assert _block(text, "front") == ["topic deny site/x/#"]
    assert _block(text, "admin.bob") == ["topic deny site/x/#"]


def test_limits_are_those_that_lose_nothing_in_silence() -> None:
    lines = _rules(render_configuration(placement(_site())))

    assert {
        "max_inflight_messages 100",
        "max_queued_messages 100000",
        "max_queued_bytes 83886080",
        "max_packet_size 1048576",
        "max_keepalive 120",
        "persistence true",
        "autosave_interval 5",
        "persistent_client_expiration 14d",
    } <= set(lines)
    assert not any(line.startswith(("message_size_limit", "memory_limit")) for line in lines)


def test_a_broker_elsewhere_is_told_its_own_folders() -> None:
    place = BrokerPlace(folder="/etc/mosquitto/doorward", state="/var/lib/mosquitto")

    text = render_configuration(placement(_site(broker=place)))

    assert "/srv/site" not in text
    assert "acl_file /etc/mosquitto/doorward/acl" in text
    assert "persistence_location /var/lib/mosquitto/\n" in text


@pytest.mark.parametrize("folder", ["relative", "/a\nallow_anonymous true", "/ends in blank "])
def test_paths_that_the_configuration_cannot_carry_are_refused(folder: str) -> None:
    where = Placement(Path(folder), Path("/state"), 1, 2)

    with pytest.raises(SiteError, match="absolute path"):
        render_configuration(where)


def test_every_rule_but_home_assistants_carries_the_prefix() -> None:
    text = render_access_list(
        _site(prefix="site/x/", brains=("main",), admins=("alice",), monitors=(Monitor(name="m"),))
    )

    rules = [rule for rule in _rules(text) if not rule.startswith("user ")]
    named = [rule.split()[2] for rule in rules]
    assert len(rules) > 30
    assert all(topic.startswith(("site/x/", "homeassistant/")) for topic in named)
    assert sum(topic.startswith("homeassistant/") for topic in named) == 6


def test_nothing_of_the_template_language_is_left() -> None:
    text = render_access_list(_site(brains=("main",), monitors=(Monitor(name="m", frames=True),)))

    assert "$" not in text
    assert "#[" not in text


def test_each_name_gets_a_block_and_roles_do_not_mix() -> None:
    text = render_access_list(_site(admins=("alice", "bob"), monitors=(Monitor(name="alice"),)))

    assert "topic write admin/users/admin.alice" in _block(text, "admin.alice")
    assert "topic write admin/users/admin.bob" in _block(text, "admin.bob")
    assert not any(" write " in rule for rule in _block(text, "monitor.alice"))


def test_only_a_monitor_with_frames_reads_frames() -> None:
    text = render_access_list(
        _site(monitors=(Monitor(name="plain"), Monitor(name="viewer", frames=True)))
    )

    assert "topic read frames/enroll/+" in _block(text, "monitor.viewer")
    assert "topic read frames/enroll/+" not in _block(text, "monitor.plain")
