"""The command line as people meet it: exit codes, and messages without tracebacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from doorctl.__main__ import main
from doorctl.site import Site
from faces import models
from faces.manifest import Kind


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")


def _doorctl(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["doorctl", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_site_with_a_door_and_staff_takes_four_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site"

    codes = [
        _doorctl(monkeypatch, "init", folder, "--host", "broker.example", "--admin", "alice"),
        _doorctl(
            monkeypatch,
            *("door", "add", folder, "front", "--hold", "3"),
            *("--lock", "gpio", "--pin", "17", "--factory", "lgpio"),
        ),
        _doorctl(monkeypatch, "admin", "add", folder, "bob"),
        _doorctl(monkeypatch, "monitor", "add", folder, "lobby", "--frames"),
    ]

    assert codes == [0, 0, 0, 0]
    description = Site.load(folder).description
    assert description.broker.host == "broker.example"
    assert (description.admins, description.doors) == (("alice", "bob"), ("front",))
    assert description.monitors[0].frames


def test_a_new_member_of_staff_comes_with_the_word_to_reload(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _doorctl(monkeypatch, "admin", "add", site.root, "bob")

    assert "systemctl reload mosquitto" in capsys.readouterr().out


def test_a_refusal_is_one_message_on_stderr_and_exit_code_1(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = _doorctl(monkeypatch, "door", "add", site.root, "front")

    told = capsys.readouterr()
    assert code == 1
    assert told.out == ""
    assert told.err.startswith("doorctl: door front exists already")
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("door", "add"),
        ("init",),
        ("nonsense",),
        ("door", "add", "x", "y", "--lock", "magnet"),
        ("door", "add", "x", "y", "--lock", "gpio", "--liveness", "demo"),
        ("door", "add", "x", "y", "--lock", "gpio"),
        ("door", "add", "x", "y", "--pin", "17"),
    ],
)
def test_a_wrong_call_is_exit_code_2(
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _doorctl(monkeypatch, *arguments) == 2
    assert "Usage" in capsys.readouterr().err


def test_render_follows_the_description(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.changed(admins=("alice", "carol"), prefix="site/x/").save()

    code = _doorctl(monkeypatch, "broker", "render", site.root)

    assert code == 0
    assert "topic write site/x/admin/users/admin.carol" in (site.broker / "acl").read_text()


def test_the_brokers_certificates_are_renewed_on_demand(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (site.broker / "staff-server.crt").read_bytes()

    assert _doorctl(monkeypatch, "broker", "renew", site.root) == 0

    assert (site.broker / "staff-server.crt").read_bytes() != before
    assert "Restart the broker" in capsys.readouterr().out


def test_missing_models_are_listed_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path))

    code = _doorctl(monkeypatch, "models", "--list")

    lines = capsys.readouterr().out.splitlines()
    missing = [line.split()[0] for line in lines if line.endswith("missing or wrong")]
    optional = [line.split()[0] for line in lines if line.rstrip().endswith("not there")]
    assert code == 1
    assert missing == [
        name
        for name, asset in models.catalogue().items()
        if asset.kind is Kind.MODEL and asset.package
    ]
    assert optional == ["minifasnet_v2", "minifasnet_v1se"]


def test_an_unknown_group_of_models_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _doorctl(monkeypatch, "models", "--group", "cats") == 1
    assert "no model or group 'cats'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("origin", "told"), [(models.Origin.INDEX, True), (models.Origin.CACHE, False)]
)
def test_whoever_fetches_the_68_points_is_told_about_commerce(
    origin: models.Origin,
    told: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The fetch itself is 100 MB from elsewhere; faces.models has tests of its own for it.
    def fetch(
        names: list[str], source: str, on_progress: models.OnProgress
    ) -> list[models.Fetched]:
        on_progress(models.Progress("another fetch", models.Stage.WAITING))
        on_progress(models.Progress("a package", models.Stage.FETCHING, 10))
        on_progress(models.Progress("landmarks68", models.Stage.READY, 20, 20))
        assert source == "auto"
        return [models.Fetched(asset, Path(asset.file), origin) for asset in models.select(names)]

    monkeypatch.setattr(models, "fetch", fetch)

    code = _doorctl(monkeypatch, "models", "landmarks68")

    out = capsys.readouterr().out
    assert code == 0
    assert "Another process is fetching" in out
    assert "CC0-1.0 for the file" in out
    assert ("not for commercial use" in out) is told
