"""Does the console know the site's zone also while the brain is away?"""

from __future__ import annotations

from pathlib import Path

from console.zone import SiteZone


def test_nothing_is_known_before_the_brain_told_it(tmp_path: Path) -> None:
    """Times are UTC then, and say so."""
    assert SiteZone(tmp_path / "timezone").name == ""


def test_what_the_brain_told_is_known_after_a_restart(tmp_path: Path) -> None:
    """Broker and brain may be away when the console starts."""
    SiteZone(tmp_path / "timezone").learn({"timezone": "Europe/Berlin", "groups": {}})

    assert SiteZone(tmp_path / "timezone").name == "Europe/Berlin"


def test_answers_about_something_else_change_nothing(tmp_path: Path) -> None:
    """Most answers tell no zone."""
    zone = SiteZone(tmp_path / "timezone")
    zone.learn({"timezone": "Asia/Shanghai"})
    zone.learn({"entries": []})
    zone.learn({"timezone": 8})

    assert zone.name == "Asia/Shanghai"


def test_a_disk_that_takes_nothing_keeps_nobody_from_knowing(tmp_path: Path) -> None:
    """It is asked for again after the next start."""
    zone = SiteZone(tmp_path / "no such folder" / "timezone")
    zone.learn({"timezone": "Asia/Shanghai"})

    assert zone.name == "Asia/Shanghai"
