"""What reads passes from pictures: which it finds, and what it survives."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from structlog.testing import capture_logs

from doorbus import passes
from doorbus.messages import Pass
from doorctl.pass_picture import png_of
from edge.adapters import passes_camera
from edge.adapters.paper import paper
from edge.adapters.passes_camera import CameraPassReader
from edge.adapters.passes_none import NoPassReader
from edge.adapters.qr_cv2 import SIDE, Cv2PassFinder, prepared
from edge.adapters.room import Sensor, empty_room
from edge.adapters.scene_file import PaperScene
from edge.ports import Image

ONE = Pass(id="p-5f1c0a9e7b3d2468", doors=("front",), valid_from=1_000, valid_until=2_000, uses=1)
TEXT = passes.write(ONE, Ed25519PrivateKey.from_private_bytes(bytes(32)))
SIZE = (640, 480)
PATIENCE_S = 40.0


def _held_up(folder: Path, png: bytes, share: float = 0.6, angle: float = 10) -> Image:
    picture = folder / "pass.png"
    picture.write_bytes(png)
    scene = PaperScene(kind="paper", picture=picture, share=share, angle=angle)
    return Sensor(SIZE).exposed(paper(scene, SIZE)(empty_room(SIZE), 0.0))


def _qr(text: str) -> bytes:
    picture = np.array(list(segno.make_qr(text).matrix_iter(scale=8, border=4)), np.uint8)
    done, data = cv2.imencode(".png", np.where(picture, 0, 255).astype(np.uint8))
    assert done
    return data.tobytes()


def _read(reader: CameraPassReader, image: Image, patience_s: float = PATIENCE_S) -> str | None:
    """Show it once; what is read of it."""
    before = reader.looked_at
    reader.show(image)
    give_up_at = time.monotonic() + patience_s
    while reader.looked_at == before and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return reader.take()


@pytest.fixture
def reader() -> Iterator[CameraPassReader]:
    reader = CameraPassReader()
    reader.start()
    yield reader
    reader.stop()


def test_a_pass_before_the_camera_is_read_once(reader: CameraPassReader, tmp_path: Path) -> None:
    image = _held_up(tmp_path, png_of(TEXT))

    assert _read(reader, image) == TEXT
    assert reader.take() is None


def test_an_empty_room_and_other_codes_are_nothing(
    reader: CameraPassReader, tmp_path: Path
) -> None:
    poster = _held_up(tmp_path, _qr("https://example.org/menu"))
    long = _held_up(tmp_path, _qr("DW1:" + "A" * (passes.LONGEST + 1)), share=1.0, angle=0)

    assert _read(reader, empty_room(SIZE)) is None
    assert _read(reader, poster) is None
    assert _read(reader, long) is None


def test_a_pass_beside_another_code_is_found() -> None:
    ours = cv2.imdecode(np.frombuffer(png_of(TEXT), np.uint8), cv2.IMREAD_GRAYSCALE)
    other = cv2.imdecode(np.frombuffer(_qr("https://example.org"), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert ours is not None
    assert other is not None
    wide = np.full((400, 640), 200, np.uint8)
    wide[60:340, 20:300] = cv2.resize(other, (280, 280), interpolation=cv2.INTER_AREA)
    wide[60:340, 330:610] = cv2.resize(ours, (280, 280), interpolation=cv2.INTER_AREA)

    assert Cv2PassFinder().find(wide) == TEXT


def test_a_large_picture_is_made_smaller_before_it_is_looked_at() -> None:
    grey = prepared(np.zeros((2160, 3840, 3), np.uint8))

    assert grey.shape == (360, 640)
    assert max(grey.shape) <= SIDE


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_survived_without_a_restart(reader: CameraPassReader, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8)

    assert _read(reader, noise) is None
    assert reader.restarts == 0


def test_a_reader_that_hangs_is_killed_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes_camera, "PAUSES_S", (0.05,))
    hangs = tmp_path / "hangs.py"
    # Hangs at the first picture; the next process is a good one.
    hangs.write_text(
        "import os, sys, time, runpy\n"
        f"mark = {str(tmp_path / 'tried')!r}\n"
        "if not os.path.exists(mark):\n"
        "    open(mark, 'w').close()\n"
        "    time.sleep(600)\n"
        "runpy.run_module('edge.qr', run_name='__main__')\n"
    )
    reader = CameraPassReader((sys.executable, str(hangs)), start_s=3.0)
    reader.start()
    image = _held_up(tmp_path, png_of(TEXT))
    with capture_logs() as logs:
        reader.show(image)
        give_up_at = time.monotonic() + PATIENCE_S
        while not reader.restarts and time.monotonic() < give_up_at:
            time.sleep(0.05)
        monkeypatch.setattr(reader, "_start_s", 30.0)
        found = _read(reader, image)
    reader.stop()

    assert found == TEXT
    assert [line["why"] for line in logs] == ["a picture took too long"]


DIES = "import sys; sys.exit(3)"
NONSENSE = r"""
import subprocess
import sys
sys.stdout.buffer.write(b"\xff\xff")
sys.stdout.flush()
sys.stdin.buffer.read()
"""


@pytest.mark.parametrize(
    ("script", "why"), [(DIES, "it died"), (NONSENSE, "it said nonsense")], ids=["dies", "nonsense"]
)
def test_a_reader_that_breaks_is_replaced_and_the_door_goes_on(
    script: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes_camera, "PAUSES_S", (0.05,))
    reader = CameraPassReader((sys.executable, "-c", script), start_s=5.0)
    reader.start()
    with capture_logs() as logs:
        reader.show(empty_room(SIZE))
        give_up_at = time.monotonic() + PATIENCE_S
        while not reader.restarts and time.monotonic() < give_up_at:
            time.sleep(0.02)
    began = time.monotonic()
    reader.stop()
    reader.stop()

    assert time.monotonic() - began < 3.0
    assert reader.take() is None
    assert any(line.get("why") == why or "Broken pipe" in str(line.get("why")) for line in logs)


def test_showing_a_picture_never_waits(reader: CameraPassReader) -> None:
    picture = empty_room(SIZE)
    began = time.monotonic()

    for _ in range(1000):
        reader.show(picture)

    assert time.monotonic() - began < 0.5


def test_no_reader_reads_nothing() -> None:
    reader = NoPassReader()

    reader.start()
    reader.show(empty_room(SIZE))

    assert reader.take() is None
    reader.stop()


@pytest.mark.parametrize(
    "said", [b"\xff\xff\xff\xff", b"\x00\x00\x01\x00", b"\x01", b"\x01\x00\x01\x00cut"]
)
def test_the_process_takes_no_picture_that_is_too_large_or_cut_short(said: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge.qr"],
        input=said,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        cwd=Path(__file__).parents[2],
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
