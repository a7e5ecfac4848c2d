"""What `brain.yaml` may say, and how the brain says no."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import yaml

from brain import __main__ as program
from brain.config import BrainSettings
from brain.encoder_settings import DEFAULTS
from doorbus.errors import ConfigError
from doorbus.settings import load
from doorctl import brain_config
from doorctl.keys import create_signing_pair
from doorctl.site import Description

BASE = {
    "name": "brain.main",
    "broker": {"host": "h", "port": 8883, "ca": "ca.crt", "cert": "c.crt", "key": "c.key"},
    "keys": {"brain": "brain.key", "doors": "doors/"},
    "data_dir": "data",
}


@pytest.fixture
def logging() -> Iterator[None]:
    """`main` has the process log to what is standard error right now: take that back."""
    yield
    structlog.reset_defaults()


def written(folder: Path, **changes: object) -> Path:
    path = folder / "brain.yaml"
    path.write_text(yaml.safe_dump(BASE | changes))
    return path


def test_what_doorctl_writes_is_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "brain.yaml"
    path.write_text(brain_config.render_brain_config("brain.main", Description()))

    settings = load(path, BrainSettings)

    assert settings.database_url == f"sqlite:///{tmp_path}/data/doorward.sqlite"
    assert settings.keys.doors == tmp_path / "doors"


def test_defaults_are_those_of_the_design(tmp_path: Path) -> None:
    settings = load(written(tmp_path), BrainSettings)

    assert (settings.encoder, settings.hold_s, settings.health_s) == ("sface", 5, 30)
    assert (settings.enrolment.count, settings.enrolment.templates) == (200, 10)
    assert settings.life_rules.at("front").policies == {"standard"}
    assert settings.worker_count >= 1
    assert settings.match_rule.threshold == DEFAULTS["sface"].threshold


@pytest.mark.parametrize(
    "liveness",
    [
        {},
        {"policies": ["standard"]},
        {"policies": ["standard", "demo"]},
        {"policies": ["demo"], "doors": {"front": {"policies": ["standard"]}}},
    ],
)
def test_the_painted_encoder_is_refused_where_a_door_may_be_real(
    tmp_path: Path, liveness: dict[str, object]
) -> None:
    with pytest.raises(ConfigError, match="simulated doors alone"):
        load(written(tmp_path, encoder="painted", liveness=liveness), BrainSettings)


def test_the_painted_encoder_goes_with_doors_that_only_play(tmp_path: Path) -> None:
    settings = load(
        written(tmp_path, encoder="painted", liveness={"policies": ["demo"]}), BrainSettings
    )

    assert settings.match_rule.threshold == DEFAULTS["painted"].threshold


@pytest.mark.parametrize("encoder", sorted(DEFAULTS.keys() - {"onnx", "painted"}))
def test_each_encoder_has_its_own_limits_and_they_can_be_set(tmp_path: Path, encoder: str) -> None:
    matching = {"threshold": 0.7, "margin": 0.2, "floor": 0.3}
    settings = load(
        written(tmp_path, encoder=encoder, matching=matching, enrolment={"templates": 3}),
        BrainSettings,
    )

    rule = settings.match_rule
    own = DEFAULTS[settings.encoder]
    assert (rule.threshold, rule.margin, rule.floor, rule.agreement) == (0.7, 0.2, 0.3, 0.75)
    assert (rule.coherence, rule.stray, rule.rival) == (own.coherence, own.stray, own.rival)
    assert settings.training_rule.templates == 3


def test_how_single_crops_are_held_to_be_one_face_can_be_set(tmp_path: Path) -> None:
    matching = {"coherence": 0.5, "stray": 0.4, "rival": 0.2}
    settings = load(written(tmp_path, matching=matching), BrainSettings)

    rule = settings.match_rule
    assert (rule.coherence, rule.stray, rule.rival) == (0.5, 0.4, 0.2)
    own, other = DEFAULTS["dlib"], settings.with_encoder("dlib", None).match_rule
    assert (other.coherence, other.stray, other.rival) == (own.coherence, own.stray, own.rival)


def test_all_mistakes_are_told_at_once_with_file_and_key(tmp_path: Path) -> None:
    path = written(tmp_path, surprise=1, encoder="guess", liveness={"policies": []}, workers=0)

    with pytest.raises(ConfigError) as caught:
        load(path, BrainSettings)

    lines = str(caught.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "encoder",
        "liveness.policies",
        "workers",
        "surprise",
    ]
    assert all(line.startswith(str(path)) for line in lines)


@pytest.mark.usefixtures("logging")
def test_the_program_ends_with_two_and_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = program.main(["--config", str(tmp_path / "none.yaml")])

    captured = capsys.readouterr()
    assert code == 2
    assert "none.yaml: cannot be read" in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.usefixtures("logging")
def test_a_missing_model_ends_the_program_with_file_and_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path / "empty"))
    create_signing_pair(tmp_path / "brain.key")

    code = program.main(["--config", str(written(tmp_path))])

    captured = capsys.readouterr()
    assert code == 2
    assert "face_detection_yunet" in captured.err
    assert "doorctl models" in captured.err


def test_keys_lie_in_the_data_folder_unless_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/doorward-brain.service")
    keys = {"brain": "brain.key", "doors": "doors/"}

    default = load(written(tmp_path), BrainSettings)
    chosen = {"site": "$CREDENTIALS_DIRECTORY/site.key", "audit": "own.key"}
    named = load(written(tmp_path, keys=keys | chosen), BrainSettings)

    assert default.site_key == tmp_path / "data" / "keys" / "site.key"
    assert default.audit_key == tmp_path / "data" / "keys" / "audit.key"
    assert named.site_key == Path("/run/credentials/doorward-brain.service/site.key")
    assert named.audit_key == tmp_path / "own.key"
