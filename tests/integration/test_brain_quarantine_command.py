"""`python -m brain quarantine` shows what broke something, and takes it out for whoever looks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from vault_keys import AUDIT_KEY, KEYS, SITE_KEY

from brain.adapters.quarantine_disk import SealedSamples
from doorctl.site import Site

KIND = ("frames/recognize/{door}", "front", "died")
MESSAGE = b"\xff\xd8 what broke it"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def samples(site: Site) -> SealedSamples:
    keys = site.brain / "data" / "keys"
    keys.mkdir(parents=True)
    for name, key in (("site.key", SITE_KEY), ("audit.key", AUDIT_KEY)):
        (keys / name).write_text(f"doorward key 1\n{key.hex()}\n")
        (keys / name).chmod(0o600)
    return SealedSamples(site.brain / "data" / "quarantine", KEYS.samples)


def quarantine(site: Site, *arguments: str | Path, code: int = 0) -> str:
    """What the command says, with the exit code that it must have."""
    config = site.brain / "brain.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "brain", "quarantine", *arguments, "--config", config],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_samples_are_listed_and_one_is_taken_out(
    site: Site, samples: SealedSamples, tmp_path: Path
) -> None:
    assert quarantine(site) == ""
    samples.keep(KIND, MESSAGE)
    (name,) = samples.names()

    listed = quarantine(site)
    said = quarantine(site, "--take", name, tmp_path / "out")

    (line,) = listed.splitlines()
    assert line.startswith(name)
    for part in ("frames/recognize/{door}", "door front", "died", f"{len(MESSAGE)} bytes", "UTC"):
        assert part in line
    assert (tmp_path / "out").read_bytes() == MESSAGE
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    assert "may show a face" in said


def test_no_file_is_overwritten_and_a_wrong_name_is_told(
    site: Site, samples: SealedSamples, tmp_path: Path
) -> None:
    samples.keep(KIND, MESSAGE)
    (tmp_path / "mine").write_bytes(b"mine")

    taken = quarantine(site, "--take", samples.names()[0], tmp_path / "mine", code=2)
    unknown = quarantine(site, "--take", "0-none", tmp_path / "out", code=2)

    assert "mine: cannot be written" in taken
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert "quarantine" in unknown
    assert not (tmp_path / "out").exists()


def test_a_sample_of_another_site_says_so(site: Site, samples: SealedSamples) -> None:
    samples.keep(KIND, MESSAGE)
    key = site.brain / "data" / "keys" / "site.key"
    key.write_text(f"doorward key 1\n{bytes(32).hex()}\n")

    assert "delete it" in quarantine(site, code=2)
