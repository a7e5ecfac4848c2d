"""A configuration file is right, or all its mistakes are told at once with file and key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from doorbus.errors import ConfigError
from doorbus.settings import BrokerSettings, FilePath, Settings, load


class _Part(Settings):
    level: int = 3
    file: FilePath = Path("data")


class _Whole(Settings):
    broker: BrokerSettings
    part: _Part = _Part()


GOOD = "broker: {host: broker.example, port: 8883, ca: ca.crt, cert: c.crt, key: /etc/c.key}\n"


def _file(folder: Path, text: str | bytes) -> Path:
    path = folder / "edge.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _mistakes(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(_file(folder, text), _Whole)
    return str(caught.value).splitlines()


def test_a_file_becomes_settings_with_paths_beside_it(tmp_path: Path) -> None:
    whole = load(_file(tmp_path, GOOD + "part: {level: 5, file: ~/x}\n"), _Whole)

    assert whole.broker.ca == tmp_path / "ca.crt"
    assert whole.broker.key == Path("/etc/c.key")
    assert whole.part == _Part(level=5, file=Path("~/x").expanduser())
    assert whole.broker.prefix == ""


def test_a_default_path_is_beside_the_file_too(tmp_path: Path) -> None:
    assert load(_file(tmp_path, GOOD + "part: {}\n"), _Whole).part.file == tmp_path / "data"


def test_every_mistake_is_told_at_once_with_file_and_key(tmp_path: Path) -> None:
    lines = _mistakes(
        tmp_path,
        "broker: {host: x, port: 0, ca: a, cert: b, prefix: site, prot: 1}\n"
        "part: {level: high}\n"
        "parts: 1\n",
    )

    assert all(line.startswith(f"{tmp_path / 'edge.yaml'}: ") for line in lines)
    assert [line.split(": ")[1] for line in lines] == [
        "broker.port",
        "broker.key",
        "broker.prefix",
        "broker.prot",
        "part.level",
        "parts",
    ]
    assert "missing" in lines[1]
    assert "unknown key" in lines[3]


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n"])
def test_an_empty_file_lacks_what_must_be_set(tmp_path: Path, text: str) -> None:
    (line,) = _mistakes(tmp_path, text)

    assert "broker: missing" in line


def test_a_key_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    (line,) = _mistakes(tmp_path, GOOD + "part: {level: 1, level: 2}\n")

    assert "line 2: level stands twice" in line


@pytest.mark.parametrize(
    "text",
    [
        "broker: [\n",
        "broker: {host: password-1234\n",
        "\tbroker: 1\n",
        b"\xff\xfe",
        "x: !!python/object/apply:os.system [ls]\n",
        "- a\n- b\n",
        "plain text\n",
    ],
)
def test_what_is_no_configuration_is_told_with_its_file_and_without_its_text(
    tmp_path: Path, text: str | bytes
) -> None:
    lines = _mistakes(tmp_path, text)

    assert lines[0].startswith(str(tmp_path / "edge.yaml"))
    assert not any("password-1234" in line for line in lines)


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_told_with_what_to_do(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "none.yaml"

    with pytest.raises(ConfigError, match="doorctl") as caught:
        load(path, _Whole)

    assert str(path) in str(caught.value)


class _Dog(Settings):
    kind: Literal["dog"]
    legs: int


class _Bird(Settings):
    kind: Literal["bird"]
    wings: int


class _Farm(Settings):
    first: Annotated[_Dog | _Bird, Field(discriminator="kind")]
    animals: tuple[Annotated[_Dog | _Bird, Field(discriminator="kind")], ...] = Field(min_length=1)


def test_a_mistake_is_told_by_the_keys_of_the_file_and_without_what_only_follows(
    tmp_path: Path,
) -> None:
    path = tmp_path / "farm.yaml"
    path.write_text("{first: {kind: dog}, animals: [{kind: bird, wings: two}]}")

    with pytest.raises(ConfigError) as caught:
        load(path, _Farm)

    keys = [line.removeprefix(f"{path}: ").split(":")[0] for line in str(caught.value).splitlines()]
    assert keys == ["first.legs", "animals.0.wings"]


@pytest.mark.parametrize("prefix", ["", "site/", "site/x/", "a b/"])
def test_a_prefix_ends_with_a_slash(prefix: str) -> None:
    assert _broker(prefix).prefix == prefix


@pytest.mark.parametrize("prefix", ["site", "/", "//", "a//", "+/", "#/", "a/b", "a\0/"])
def test_a_prefix_that_would_widen_or_shift_topics_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError):
        _broker(prefix)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        setattr(_broker(""), "port", 1)  # noqa: B010  # mypy would see the plain form


def _broker(prefix: str) -> BrokerSettings:
    return BrokerSettings(
        host="x", port=1, ca=Path("a"), cert=Path("b"), key=Path("c"), prefix=prefix
    )
