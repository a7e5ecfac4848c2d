"""What `brain.yaml` may say of time zone and access."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from brain.config import BrainSettings
from brain.core.access import Default
from doorbus.errors import ConfigError
from doorbus.settings import load

BASE = {
    "name": "brain.main",
    "broker": {"host": "h", "port": 8883, "ca": "ca.crt", "cert": "c.crt", "key": "c.key"},
    "keys": {"brain": "brain.key", "doors": "doors/"},
    "data_dir": "data",
}


def settings(folder: Path, **changes: object) -> BrainSettings:
    path = folder / "brain.yaml"
    path.write_text(yaml.safe_dump(BASE | changes))
    return load(path, BrainSettings)


def test_without_a_word_everybody_may_enter_and_times_are_universal(tmp_path: Path) -> None:
    usual = settings(tmp_path)

    assert usual.timezone == "UTC"
    assert (usual.access.everywhere, usual.access.at_doors) == (Default.EVERYBODY, {})


def test_single_doors_may_have_a_default_of_their_own(tmp_path: Path) -> None:
    own = settings(tmp_path, access={"default": "nobody", "doors": {"front": "everybody"}})

    assert own.access.everywhere is Default.NOBODY
    assert own.access.at_doors == {"front": Default.EVERYBODY}


@pytest.mark.parametrize("zone", ["Berlin", "Europe/Nowhere", "../etc/passwd", "/etc/passwd", ""])
def test_an_unknown_time_zone_is_told_with_file_and_key(tmp_path: Path, zone: str) -> None:
    with pytest.raises(ConfigError, match=r"brain\.yaml(.|\n)*timezone.*Europe/Berlin"):
        settings(tmp_path, timezone=zone)


@pytest.mark.parametrize(
    "access", [{"default": "some"}, {"doors": {"Front Door": "nobody"}}, {"doors": {"front": "me"}}]
)
def test_a_default_that_is_none_is_told_with_file_and_key(
    tmp_path: Path, access: dict[str, object]
) -> None:
    with pytest.raises(ConfigError, match=r"brain\.yaml(.|\n)*access"):
        settings(tmp_path, access=access)
