"""What the files that `doorctl` writes suggest counts once its `# ` is taken away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from brain.config import BrainSettings
from doorbus.settings import Settings, load
from doorctl.brain_config import render_brain_config
from doorctl.edge_config import STANDARD_CHOICES, render_edge_config
from doorctl.site import Description
from edge.config import EdgeSettings

SUGGESTION = re.compile(r"# (?P<line> *(?P<key>[a-z_]+): .+)")
EDGE = render_edge_config("front", Description(), STANDARD_CHOICES)
BRAIN = render_brain_config("brain.main", Description())


def suggested(text: str) -> dict[str, int]:
    """The number of each line that suggests something, by its key."""
    found = [(number, SUGGESTION.fullmatch(line)) for number, line in enumerate(text.splitlines())]
    return {match["key"]: number for number, match in found if match is not None}


def taken_up(text: str, *keys: str) -> str:
    """The file in which the `# ` was taken away from these suggestions."""
    lines, where = text.splitlines(), suggested(text)
    for key in keys:
        lines[where[key]] = lines[where[key]].removeprefix("# ")
    return "\n".join(lines) + "\n"


def said(text: str, keys: tuple[str, ...], model: type[Settings], folder: Path) -> set[str]:
    """Which keys the file says anything of, as a door or a brain reads it."""
    path = folder / "it.yaml"
    path.write_text(taken_up(text, *keys))
    load(path, model)
    content = yaml.safe_load(path.read_text())
    parts = [part for part in content.values() if isinstance(part, dict)]
    return set().union(content, *parts)


@pytest.mark.parametrize("key", sorted(suggested(EDGE)))
def test_each_suggestion_to_a_door_can_be_taken_up(tmp_path: Path, key: str) -> None:
    # Both need something to type at.
    keys = ("reader", key) if key in {"second", "codes"} else (key,)

    assert key in said(EDGE, keys, EdgeSettings, tmp_path)


@pytest.mark.parametrize("key", sorted(suggested(BRAIN)))
def test_each_suggestion_to_a_brain_can_be_taken_up(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert key in said(BRAIN, (key,), BrainSettings, tmp_path)


@pytest.mark.parametrize("deputy", [False, True])
def test_all_suggestions_to_a_brain_go_together_and_change_no_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, deputy: bool
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    text = render_brain_config("brain.main", Description(), deputy=deputy)
    plain, full = tmp_path / "plain.yaml", tmp_path / "full.yaml"
    plain.write_text(text)
    others = {"keys", "rank", "workers", "metrics", "homeassistant", "site", "audit", "limits"}
    full.write_text(taken_up(text, *(suggested(text).keys() - {"rank"})))

    before, after = load(plain, BrainSettings), load(full, BrainSettings)

    assert after.model_dump(exclude=others) == before.model_dump(exclude=others)
    assert after.limits.unlock == before.limits.unlock


@pytest.mark.parametrize(
    ("text", "model", "keys"),
    [
        (EDGE, EdgeSettings, {"passes", "reader", "second", "codes", "clock", "away", "shadow"}),
        (BRAIN, BrainSettings, {"encoder", "away", "access", "doors", "retention", "metrics"}),
    ],
    ids=["edge", "brain"],
)
def test_what_people_look_for_is_suggested_and_nothing_that_is_unknown(
    text: str, model: type[Settings], keys: set[str]
) -> None:
    found = suggested(text)
    top = {key for key, number in found.items() if text.splitlines()[number][2] != " "}

    assert keys <= top
    assert top <= model.model_fields.keys()
