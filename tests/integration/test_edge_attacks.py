"""`python -m edge attacks`, as an operator runs it: files in, tables and an exit code out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attack_clips import FPS, MISSING, animated, write

from edge.__main__ import main
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.attacks.source import taken
from edge.attacks.species import SPECIES
from faces import models

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}"),
]

DATA = os.environ.get("DOORWARD_DATA")
WITHOUT = "without texture"

Rows = Sequence[Mapping[str, Any]]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person who blinks, labelled, and a replay of them on a phone."""
    folder = tmp_path_factory.mktemp("clips")
    write(folder / "live" / "obama.mp4", animated("obama.jpg", 5.0))
    (folder / "blink_labels.csv").write_text("clip,kind,frames\nlive/obama.mp4,blink,30 80\n")
    tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    tracker.start()
    source = taken("obama", FPS, animated("obama.jpg", 5.0), tracker)
    replay = SPECIES["screen-replay"](source, np.random.default_rng(7), 4.0)
    write(folder / "replay" / "phone.mp4", replay)
    return folder


def attack(out: Path, *arguments: object) -> tuple[int, Rows]:
    code = main(["attacks", *(str(one) for one in arguments), "--out", str(out)])
    lines = (out / "presentations.jsonl").read_text(encoding="utf-8").splitlines()
    return code, [json.loads(line) for line in lines]


def of(rows: Rows, species: str, configuration: str = WITHOUT) -> Rows:
    return [
        row for row in rows if row["species"] == species and row["configuration"] == configuration
    ]


def test_every_species_is_made_played_and_told(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under the policy `demo`, which asks for one blink and heeds nothing against it."""
    code, rows = attack(
        tmp_path, "--clips", clips, "--policy", "demo", "--most", len(SPECIES), "--seconds", 4
    )

    for species in ("live", "replay", *SPECIES):
        assert len(of(rows, species)) == 1, species
    assert of(rows, "live")[0]["outcome"] == "accepted"
    assert of(rows, "replay")[0]["outcome"] == "accepted"
    (still,) = of(rows, "held-still")
    assert (still["outcome"], still["why"]) == ("ended", "no_blink")
    told = capsys.readouterr().out
    assert code == 1
    assert re.search(rf"^short {WITHOUT} +recorded replays accepted +1 of 1", told, re.MULTILINE)
    assert re.search(r"^  held-still +1 +0 .*APCER 0 % .*rule of three", told, re.MULTILINE)


def test_what_never_blinks_is_refused_and_the_living_one_is_not(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--species", "live", "held-still", "--most", 4, "--seconds", 3)

    code, rows = attack(tmp_path, "--clips", clips, "--policy", "demo", *arguments)

    made = [row for row in rows if row["made"]]
    assert {row["outcome"] for row in made} == {"ended"}
    (living,) = of(rows, "live")
    assert living["outcome"] == "accepted"
    assert 0 <= living["at"] - living["reopened"] < 0.5
    assert code == 0
    assert "short" not in capsys.readouterr().out


def test_the_usual_policy_sees_through_a_replay_that_blinks(clips: Path, tmp_path: Path) -> None:
    _, rows = attack(tmp_path, "--clips", clips, "--species", "replay")

    outcomes = {row["outcome"] for row in rows if row["species"] == "replay"}

    assert outcomes == {"refused"}


def test_a_seed_makes_the_same_run_again(clips: Path, tmp_path: Path) -> None:
    def run(name: str, seed: int) -> Rows:
        _, rows = attack(
            tmp_path / name,
            *("--clips", clips, "--policy", "demo", "--species", "cut-out-eyes"),
            *("--most", 2, "--seconds", 3, "--seed", seed),
        )
        return rows

    once, again, other = run("once", 1), run("again", 1), run("other", 2)

    assert once == again
    assert len(once) == len(other)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--species", "hologram"), "no species hologram"),
        (("--policy", "none-such"), "not a liveness policy"),
    ],
)
def test_what_is_nowhere_is_told_with_what_there_is(
    clips: Path, arguments: tuple[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["attacks", "--clips", str(clips), *arguments])

    assert code == 1
    assert told in capsys.readouterr().err


def test_an_empty_folder_is_told_what_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["attacks", "--clips", str(tmp_path)])

    assert code == 1
    assert "live/" in capsys.readouterr().err


def test_a_file_that_is_no_video_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "notes.mp4").write_text("no video")

    code = main(["attacks", "--clips", str(tmp_path)])

    assert code == 1
    assert "notes.mp4" in capsys.readouterr().err


@pytest.mark.data
@pytest.mark.timeout(400)
@pytest.mark.skipif(DATA is None, reason="DOORWARD_DATA is not set: no real clips here")
def test_real_people_pass_and_real_replays_do_not(tmp_path: Path) -> None:
    """Two who blink, both replays, and one attack of each kind that has no blink or shows a screen.

    What else is made from them passes at times; the full run says how often.
    """
    video = Path(str(DATA)).resolve() / "video"
    for name in ("live/office.mp4", "live/d18.mp4", *_names(video, "replay")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(video / name)
    (tmp_path / "blink_labels.csv").symlink_to(video / "blink_labels.csv")

    _, rows = attack(
        tmp_path / "out",
        *("--clips", tmp_path, "--most", 3, "--seconds", 3),
        *("--species", "live", "replay", "held-still", "screen-replay", "slide-show"),
    )

    assert {row["outcome"] for row in rows if row["species"] == "live"} == {"accepted"}
    assert "accepted" not in {row["outcome"] for row in rows if row["species"] != "live"}
    assert len({row["clip"] for row in of(rows, "replay")}) == 2
    assert all(row["at"] - row["reopened"] < 0.5 for row in of(rows, "live"))


def _names(video: Path, species: str) -> list[str]:
    return [f"{species}/{path.name}" for path in sorted((video / species).glob("*.mp4"))]
