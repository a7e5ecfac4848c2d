"""Each daily task of README.md is one command that doorctl takes just as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from documents import sections
from typer.testing import CliRunner

from doorctl.__main__ import app

README = Path(__file__).parents[2] / "README.md"


def commands() -> list[str]:
    """The commands of the section, in its order."""
    (tasks,) = (part for part in sections(README) if part.title == "Daily tasks")
    return [line for row in tasks.table for line in re.findall(r"`doorctl ([^`]+)`", row[1])]


def test_every_task_has_its_command() -> None:
    (tasks,) = (part for part in sections(README) if part.title == "Daily tasks")

    assert len(tasks.table) >= 20
    assert all("`doorctl " in row[1] for row in tasks.table)


@pytest.mark.parametrize("line", commands())
def test_doorctl_takes_the_command_as_it_stands_there(
    line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("people.csv", "one.jpg", "two.jpg"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "photos").mkdir()
    monkeypatch.setenv("DOORWARD_CLIENT", "client.yaml")
    arguments = shlex.split(line)
    command, name = typer.main.get_command(app), "doorctl"

    # As the command line is read, and no further: nothing is asked of anybody.
    while (inner := getattr(command, "commands", None)) is not None:
        name = arguments.pop(0)
        assert name in inner, line
        command = inner[name]
    with command.make_context(name, arguments) as context:
        assert context.params


@pytest.mark.parametrize("line", commands())
def test_each_of_them_explains_itself(line: str) -> None:
    words = [word for word in shlex.split(line) if re.fullmatch("[a-z-]+", word)]
    command, path = typer.main.get_command(app), []
    while (inner := getattr(command, "commands", None)) is not None:
        path.append(words.pop(0))
        command = inner[path[-1]]

    told = CliRunner().invoke(app, [*path, "--help"])

    assert told.exit_code == 0
    assert "Usage" in told.output
