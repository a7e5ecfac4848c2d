"""`python -m demo --console`, whole: a page to sign in to, and nothing left after Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from left_running import MARK, running

from faces import models

NEEDED = ("yunet", "sface", "landmarks68", "obama.jpg", "obama2.jpg", "obama3.jpg", "astronaut.png")
MISSING = next((why for name in NEEDED if (why := models.problem(name))), None)
PROJECT = Path(__file__).resolve().parents[2]
START_S = 120


@pytest.mark.slow
@pytest.mark.timeout(START_S + 90)
@pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")
def test_the_demo_leaves_a_page_to_sign_in_to_and_nothing_after_ctrl_c(tmp_path: Path) -> None:
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    temporary, log = tmp_path / "tmp", tmp_path / "said"
    temporary.mkdir()
    surroundings = os.environ | {"PYTHONPATH": str(PROJECT), "TMPDIR": str(temporary), MARK: mark}
    with log.open("wb") as said:
        demo = subprocess.Popen(
            [sys.executable, "-m", "demo", "--console"],
            cwd=tmp_path,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        deadline = time.monotonic() + START_S
        while "at the door front" not in log.read_text():
            assert demo.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        (link,) = re.findall(r"http://\S+/welcome/\S+", log.read_text())

        with urllib.request.urlopen(link, timeout=10) as answer:  # noqa: S310  # our own page
            page = answer.read().decode()
        programs = running(mark)
    finally:
        demo.send_signal(signal.SIGINT)
        code = demo.wait(60)

    assert 'name="password"' in page
    for program in ("mosquitto", "-m brain", "-m edge", "-m console"):
        assert any(program in one for one in programs), programs
    assert code == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert running(mark) == []
    assert list(temporary.iterdir()) == []
