"""`python -m brain stats` as an operator types it, beside what a brain has kept."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
import yaml
from vault_keys import KEYS

from brain import __main__ as program
from brain import statistics
from brain.adapters import statistics_pictures, vault_files
from brain.adapters.store_sql import SqlStore
from brain.config import BrainSettings
from brain.core.scores import ScoreKind, place
from brain.errors import BrainError
from brain.statistics_ports import ScoreCount
from brain.store_ports import AuditEntry

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 29, 10, 30, tzinfo=UTC)
"""Half past twelve in Berlin, on the day when its clocks went forward."""

ENCODER = "sface-2021dec-mirror-unbiased+a1b2c3d4e5f6"


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    """Four weeks of a made-up site: 20 visits a day, one in ten refused."""
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    draw = random.Random(7)
    for day in range(28):
        with store.work() as work:
            for visit in range(20):
                at = NOON.timestamp() - day * 86_400 + (draw.gauss(0, 2.5)) * 3600
                reason = draw.choice(("unknown", "unknown", "no_life", "out_of_hours"))
                refused = visit % 10 == 0
                work.audit.append(
                    AuditEntry(
                        at,
                        "door:front",
                        "deny" if refused else "grant",
                        None,
                        "front",
                        reason if refused else "match",
                    )
                )
                work.audit.append(AuditEntry(at, "door:front", "life", None, "front", "a blink"))
            date = (NOON - timedelta(day)).date()
            work.scores.add(
                ScoreCount(date, ENCODER, kind, place(draw.gauss(middle, 0.07)), 1)
                for kind, middle, count in (
                    (ScoreKind.RESIDENT, 0.72, 18),
                    (ScoreKind.OTHER, 0.18, 18),
                    (ScoreKind.UNKNOWN, 0.22, 1),
                    (ScoreKind.THRESHOLD, 0.46, 19),
                )
                for _ in range(count)
            )
    return store


def test_visits_are_counted_by_the_sites_own_hour_and_by_reason(store: SqlStore) -> None:
    found = statistics.gather(store, NOON.timestamp(), 28, BERLIN)

    visits = found.visits
    assert (visits.visits, visits.granted.total(), visits.refused.total()) == (560, 504, 56)
    assert visits.reasons.total() == 56
    assert set(visits.reasons) == {"unknown", "no_life", "out_of_hours"}
    assert max(visits.granted, key=lambda hour: visits.granted[hour]) in range(10, 15)


def test_a_pass_counts_when_it_is_shown_and_not_when_it_is_issued(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'passes.sqlite'}", KEYS)
    store.start()
    at, number = NOON.timestamp(), "p-5f1c0a9e7b3d2468"
    with store.work() as work:
        work.audit.append(AuditEntry(at, "admin.alice", "pass", None, None, number))
        work.audit.append(AuditEntry(at, "admin.alice", "pass", None, "front", number))
        work.audit.append(AuditEntry(at, "door:front", "pass_used", None, "front", number))
        for told in (f"expired {number}", "expired p-0000000000000001"):
            work.audit.append(AuditEntry(at, "door:front", "pass_refused", None, "front", told))

    visits = statistics.gather(store, at, 1, BERLIN).visits

    assert (visits.granted.total(), dict(visits.reasons)) == (1, {"expired": 2})
    assert dict(visits.doors) == {"front": 3}


def test_a_day_of_23_hours_begins_at_its_own_midnight(store: SqlStore) -> None:
    today = statistics.gather(store, NOON.timestamp(), 1, BERLIN)

    assert today.since == datetime(2026, 3, 29, tzinfo=BERLIN)
    assert today.visits.days == 1
    assert 15 <= today.visits.visits <= 21


def test_what_is_counted_stretch_by_stretch_is_all_counted_once(store: SqlStore) -> None:
    found = statistics.gather(store, NOON.timestamp(), 28, BERLIN)

    assert found.visits.visits == 560


def test_the_text_says_how_far_residents_and_others_are_apart(store: SqlStore) -> None:
    lines = list(statistics.page(statistics.gather(store, NOON.timestamp(), 28, BERLIN)))

    (residents,) = [line for line in lines if "to themselves" in line]
    (others,) = [line for line in lines if "to nearest other" in line]
    assert residents.split()[-1] == "100.0%"
    assert others.split()[-1] == "0.0%"
    assert any("threshold 0.4" in line for line in lines)


def test_pictures_are_drawn_for_their_owner_alone_and_show_something(
    store: SqlStore, tmp_path: Path
) -> None:
    found = statistics.gather(store, NOON.timestamp(), 28, BERLIN)

    files = statistics_pictures.draw(found, tmp_path / "out")

    assert [file.name for file in files] == [
        "visits-by-hour.png",
        "refusals-by-reason.png",
        "scores-sface-2021dec-mirror-unbiased-a1b2c3d4e5f6.png",
    ]
    for file in files:
        picture = cv2.imread(str(file))
        assert picture is not None
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
        assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_written_is_named(store: SqlStore, tmp_path: Path) -> None:
    found = statistics.gather(store, NOON.timestamp(), 28, BERLIN)
    (tmp_path / "file").write_text("")

    with pytest.raises(BrainError, match="--out"):
        statistics_pictures.draw(found, tmp_path / "file")


def test_nobody_came_is_a_page_too(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'empty.sqlite'}", KEYS)
    store.start()
    found = statistics.gather(store, NOON.timestamp(), 30, BERLIN)

    lines = list(statistics.page(found))
    files = statistics_pictures.draw(found, tmp_path / "out")

    assert lines[0].endswith("visits 0, let in 0, days with visits 0")
    assert files == []


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A brain's configuration beside a database of its own keys, with one visit."""
    fields = {
        "name": "brain.main",
        "broker": {"host": "h", "port": 1, "ca": "ca", "cert": "c", "key": "k"},
        "keys": {"brain": "brain.key", "doors": "doors"},
        "data_dir": "data",
    }
    file = tmp_path / "brain.yaml"
    file.write_text(yaml.safe_dump(fields))
    settings = BrainSettings.model_validate(fields, context={"folder": tmp_path})
    keys = vault_files.open_site(settings.site_key, settings.audit_key, lambda _: "", new=True)
    store = SqlStore(settings.database_url, keys)
    store.start()
    with store.work() as work:
        now = datetime.now(UTC).timestamp()
        work.audit.append(AuditEntry(now, "door:front", "deny", None, "front", "unknown"))
    store.stop()
    return file


def test_the_command_prints_a_table_and_writes_pictures(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pictures"

    code = program.main(["stats", "--config", str(config), "--out", str(out), "--days", "2"])

    told = capsys.readouterr().out
    assert code == 0
    assert "visits 1, let in 0" in told
    assert f"written: {out / 'visits-by-hour.png'}" in told


@pytest.mark.parametrize("days", ["0", "401", "many"])
def test_days_that_cannot_be_are_refused(
    config: Path, days: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["stats", "--config", str(config), "--days", days])

    assert ended.value.code == 2
    assert "from 1 to 400" in capsys.readouterr().err


def test_without_matplotlib_it_says_what_to_install_and_the_text_is_there(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    run: Callable[..., int] = program.main

    pictures = run(["stats", "--config", str(config)])
    told = capsys.readouterr()
    text = run(["stats", "--config", str(config), "--text"])

    assert (pictures, text) == (2, 0)
    assert "pip install '.[stats]'" in told.err
    assert "refused as" in told.out
