"""`python -m demo`, whole: does the story come out right, and is everything gone afterwards?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
from left_running import MARK, running

from faces import models

NEEDED = ("yunet", "sface", "landmarks68", "obama.jpg", "obama3.jpg", "biden.jpg", "astronaut.png")
MISSING = next((why for name in NEEDED if (why := models.problem(name))), None)
PROJECT = Path(__file__).resolve().parents[2]
MOST_S = 300


@pytest.mark.slow
@pytest.mark.timeout(MOST_S + 60)
@pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")
def test_the_demo_comes_out_right_and_leaves_a_picture_and_nothing_running(tmp_path: Path) -> None:
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    surroundings = os.environ | {"PYTHONPATH": str(PROJECT), "TMPDIR": str(temporary), MARK: mark}
    site = tmp_path / "cwd"
    site.mkdir()

    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=site,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=MOST_S,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "WRONG" not in done.stdout
    assert done.stderr == ""
    drawn = cv2.imread(str(site / "demo-out" / "visit.png"))
    assert drawn is not None
    assert drawn.shape[1] >= 800
    assert running(mark) == []
    assert list(temporary.iterdir()) == []
