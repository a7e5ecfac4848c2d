"""A site's description: what it may say, and what happens to its files when ports move."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from doorbus.errors import ConfigError
from doorctl.errors import NameRefused, SiteError
from doorctl.site import Description, Site, checked_name


@pytest.mark.parametrize("name", ["front", "front-door", "0", "a" * 32])
def test_letters_digits_and_hyphens_make_a_name(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "+", "#", "a/b", "a.b", "Front", "front ", "front\n", "tür", "a" * 33, "..", "$x"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(NameRefused, match="1 to 32 small letters"):
        checked_name(name)


@pytest.mark.parametrize("prefix", ["site", "/", "a//", "+/", "#/", "a b/", "$SYS/", "a/%u/"])
def test_prefixes_that_topics_or_the_access_list_cannot_carry_are_refused(prefix: str) -> None:
    with pytest.raises(ConfigError, match="prefix"):
        Description.checked(prefix=prefix)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        Description.checked(prefix="+", broker={"host": "a b", "doors_port": 0}, doors=("UP",))

    for key in ("prefix", "broker.host", "broker.doors_port", "doors.0"):
        assert key in str(told.value)


def test_a_site_reads_back_what_it_saved(site: Site) -> None:
    changed = site.changed(prefix="site/x/")

    changed.save()

    assert Site.load(site.root) == changed


def test_a_folder_without_a_site_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="doorctl init"):
        Site.load(tmp_path)


def test_an_unknown_key_in_the_description_is_named(site: Site) -> None:
    file = site.root / "site.yaml"
    file.write_text(file.read_text() + "colour: red\n")

    with pytest.raises(ConfigError, match=r"site\.yaml: colour: unknown key"):
        Site.load(site.root)


def test_moving_ports_reaches_every_configuration_and_keeps_what_people_wrote(site: Site) -> None:
    edge = site.door("front") / "edge.yaml"
    edge.write_text(edge.read_text() + "extra: {port: 1}  # mine\n")

    site.with_ports(4001, 4002)

    def port(file: Path) -> object:
        return yaml.safe_load(file.read_text())["broker"]["port"]

    assert port(edge) == port(site.door("back") / "edge.yaml") == 4001
    assert port(site.brain / "brain.yaml") == 4002
    assert port(site.staff("admin.alice") / "client.yaml") == 4002
    assert edge.read_text().endswith("extra: {port: 1}  # mine\n")
    assert Site.load(site.root).description.broker.doors_port == 4001
