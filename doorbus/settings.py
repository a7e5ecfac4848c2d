"""How a configuration file becomes a frozen model, with all its mistakes told at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from doorbus.errors import ConfigError

S = TypeVar("S", bound="Settings")


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Take a relative path as relative to the file it stands in."""
    folder = (info.context or {}).get("folder", Path())
    return Path(folder, path.expanduser())


FilePath = Annotated[Path, AfterValidator(_beside_the_file)]
"""A path; a relative one starts at the folder of the configuration file."""


class Settings(BaseModel):
    """Root of every part of a configuration: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class BrokerSettings(Settings):
    """Where the broker is and how it knows us.

    Attributes:
        host: name or address, as in the broker's certificate.
        port: its TLS port: the doors' listener for a door, the staff listener for everybody else.
        ca: certificate authority that signed the broker's certificate (PEM).
        cert: our certificate; its common name is our user name (PEM).
        key: its private key (PEM).
        prefix: put before every topic, such as `site/x/`; empty by default.
    """

    host: str
    port: int = Field(ge=1, le=65535)
    ca: FilePath
    cert: FilePath
    key: FilePath
    prefix: str = Field(default="", pattern=r"^([^+#\x00/]+/)*$")


def load(path: Path, model: type[S]) -> S:
    """Read a YAML file into `model`.

    Raises:
        ConfigError: the file is missing, not YAML, or wrong; lists every mistake, one a line, with
            file and key.
    """
    try:
        # S506: the loader is a safe one.
        content = yaml.load(path.read_text(encoding="utf-8"), _EachKeyOnce)  # noqa: S506
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); give the path of a configuration that "
            "`doorctl` wrote"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {_not_yaml(error)}") from None
    try:
        return model.model_validate(content or {}, context={"folder": path.resolve().parent})
    except ValidationError as error:
        raise ConfigError("\n".join(_mistakes(path, error, content))) from None


class _EachKeyOnce(yaml.SafeLoader):
    """YAML as data only, where a key that stands twice is a mistake, not a change of mind."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                mark = node.value[place][0].start_mark
                raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice", mark)
        return super().construct_mapping(node, deep)


def _not_yaml(error: Exception) -> str:
    """Say what is wrong and where, without the text around it: it may hold a password."""
    mark = getattr(error, "problem_mark", None)
    where = "" if mark is None else f"line {mark.line + 1}: "
    return f"{where}{getattr(error, 'problem', None) or 'not YAML in UTF-8'}; mend the file"


def _mistakes(path: Path, error: ValidationError, content: object) -> list[str]:
    lines = []
    problems = error.errors(include_url=False)
    # A list is too short because what stood in it was wrong: that only follows.
    above = {one["loc"][:depth] for one in problems for depth in range(len(one["loc"]))}
    for problem in problems:
        if problem["loc"] in above:
            continue
        key = ".".join(_keys(problem["loc"], content)) or "(file)"
        text = {
            "extra_forbidden": "unknown key; remove it or mend its spelling",
            "missing": "missing; it must be set",
        }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        lines.append(f"{path}: {key}: {text}")
    return lines


def _keys(steps: tuple[int | str, ...], content: object) -> Iterator[str]:
    """Where it stands in the file: pydantic's way there also has the `kind` of each part."""
    for step in steps:
        within = content if isinstance(content, dict) else {}
        if step not in within and within.get("kind") == step:
            continue
        yield str(step)
        if isinstance(content, list) and isinstance(step, int) and step < len(content):
            content = content[step]
        else:
            content = within.get(step)
