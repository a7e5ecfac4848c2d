"""Pictures are looked at in processes that may die, hang and run out of memory: real ones here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import hostile_eyes
import numpy as np
import psutil
import pytest
from brain_world import POINTS, RED, painted

from brain import remote_eyes
from brain.adapters import eyes_made
from brain.core.training import Sample
from brain.looker import HEADROOM
from brain.losses import LookingError, Loss
from brain.nursery import Nursery
from brain.remote_eyes import RemoteEyes
from doorbus.messages import Crop
from faces import jpeg
from faces.errors import ModelError
from matching.decision import Fault

POINTS_OF_CROP = tuple((float(x), float(y)) for x, y in POINTS)
SFACE = json.dumps({"encoder": "sface", "network": None})


def crops(ending: bytes = b"", count: int = 6) -> list[Crop]:
    pictures = [painted(RED) for _ in range(count)]
    pictures[-1] += ending
    return [
        Crop(jpeg=picture, points=POINTS_OF_CROP, at_ms=40 * place)  # type: ignore[arg-type]
        for place, picture in enumerate(pictures)
    ]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One for all tests, since loading takes seconds."""
    made = Nursery("hostile_eyes:painted_eyes", "")
    made.attach()
    yield made
    made.detach()


@pytest.fixture
def eyes(nursery: Nursery) -> Iterator[RemoteEyes]:
    made = RemoteEyes(nursery)
    made.start()
    yield made
    made.stop()


def lost_by(eyes: RemoteEyes, ending: bytes) -> Loss:
    with pytest.raises(LookingError) as caught:
        eyes.burst(crops(ending))
    return caught.value.loss


def gone(pid: int, within_s: float = 5.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_a_process_sees_what_eyes_beside_it_see(eyes: RemoteEyes) -> None:
    burst = [*crops(), Crop(jpeg=b"not a picture", at_ms=999)]
    here = hostile_eyes.painted_eyes("")

    there, beside = eyes.burst(burst), here.burst(burst)

    assert np.array_equal(there.probes, beside.probes)
    assert np.array_equal(there.weights, beside.weights)
    assert there.faults == beside.faults == (Fault.BAD_PICTURE,)


def test_a_frame_of_an_enrolment_is_seen_as_beside(eyes: RemoteEyes) -> None:
    picture, here = painted(RED), hostile_eyes.painted_eyes("")

    there, beside = eyes.frame(3, picture), here.frame(3, picture)

    assert isinstance(there, Sample)
    assert isinstance(beside, Sample)
    assert np.array_equal(there.embedding, beside.embedding)
    assert (there.index, there.digest, there.size_px) == (3, beside.digest, beside.size_px)
    assert eyes.frame(4, b"no picture") is Fault.BAD_PICTURE


@pytest.mark.parametrize(
    ("ending", "loss"),
    [
        (hostile_eyes.DIE, Loss.DIED),
        (hostile_eyes.CRASH, Loss.DIED),
        (hostile_eyes.STUMBLE, Loss.FAILED),
        (hostile_eyes.MEMORY, Loss.MEMORY),
        (hostile_eyes.NATIVE_MEMORY, Loss.MEMORY),
        (hostile_eyes.LIE, Loss.FAILED),
    ],
)
def test_a_burst_that_breaks_its_process_fails_and_the_next_is_seen(
    nursery: Nursery, eyes: RemoteEyes, ending: bytes, loss: Loss
) -> None:
    eyes.burst(crops())
    first, before = eyes.pid, nursery.losses()

    assert lost_by(eyes, ending) is loss

    assert len(eyes.burst(crops()).probes) == 6
    assert eyes.pid != first
    assert nursery.losses() - before == {loss: 1}
    assert nursery.running == 1


def test_a_process_that_hangs_is_ended_in_time(
    eyes: RemoteEyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_eyes, "BURST_S", 0.5)
    eyes.burst(crops())
    hanging, began = eyes.pid, time.monotonic()
    assert hanging is not None

    assert lost_by(eyes, hostile_eyes.HANG) is Loss.HUNG

    assert time.monotonic() - began < 3
    assert gone(hanging)
    assert len(eyes.burst(crops()).probes) == 6


def test_a_process_killed_in_the_middle_of_a_burst_fails_that_burst_only(eyes: RemoteEyes) -> None:
    eyes.burst(crops())
    assert eyes.pid is not None
    threading.Timer(0.3, os.kill, (eyes.pid, signal.SIGKILL)).start()

    assert lost_by(eyes, hostile_eyes.HANG) is Loss.DIED

    assert len(eyes.burst(crops()).probes) == 6


def test_a_process_killed_while_idle_costs_no_burst(eyes: RemoteEyes) -> None:
    for _ in range(5):
        eyes.burst(crops())
        assert eyes.pid is not None
        os.kill(eyes.pid, signal.SIGKILL)
        assert gone(eyes.pid)

    assert len(eyes.burst(crops()).probes) == 6


def test_a_nursery_that_dies_is_replaced(nursery: Nursery, eyes: RemoteEyes) -> None:
    eyes.burst(crops())
    assert eyes.pid is not None
    parent = psutil.Process(eyes.pid).ppid()
    os.kill(parent, signal.SIGKILL)
    assert gone(eyes.pid)  # it dies with its nursery

    assert len(eyes.burst(crops()).probes) == 6
    assert psutil.Process(eyes.pid).ppid() != parent
    assert nursery.losses()[Loss.ABSENT] == 0


def test_memory_is_bounded_to_what_the_networks_take_and_some(eyes: RemoteEyes) -> None:
    eyes.burst(crops())
    assert eyes.pid is not None
    process = psutil.Process(eyes.pid)

    most, _ = process.rlimit(psutil.RLIMIT_AS)

    assert process.memory_info().vms <= most <= process.memory_info().vms + HEADROOM


def test_a_process_has_no_secret_no_file_and_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOORWARD_SECRET", "a key")
    eyes = RemoteEyes(Nursery("hostile_eyes:painted_eyes", ""))
    eyes.start()
    try:
        with pytest.raises(LookingError, match=r"reached \[\]"):
            eyes.burst(crops(hostile_eyes.REACH))
        eyes.burst(crops())
        opened = [link.readlink().name for link in Path(f"/proc/{eyes.pid}/fd").iterdir()]
        secrets = Path(f"/proc/{eyes.pid}/environ").read_bytes()
    finally:
        eyes.stop()

    assert sum("socket" in name for name in opened) == 1
    assert set(opened) - {"null"} == {name for name in opened if "socket" in name}
    assert b"a key" not in secrets


def test_what_dies_at_every_start_is_tried_ever_more_seldom(tmp_path: Path) -> None:
    born = tmp_path / "born"
    nursery = Nursery("hostile_eyes:stillborn", str(born))
    eyes = RemoteEyes(nursery)
    eyes.start()
    began, refusals = time.monotonic(), 0

    while time.monotonic() - began < 3:
        assert lost_by(eyes, b"") is Loss.ABSENT
        refusals += 1
        time.sleep(0.01)
    eyes.stop()

    births = len(born.read_text().splitlines())
    assert 2 <= births <= 4
    assert nursery.losses()[Loss.ABSENT] == refusals > 2 * births
    assert nursery.running == 0


def test_a_missing_model_is_told_in_its_own_words() -> None:
    eyes = RemoteEyes(Nursery("hostile_eyes:without_model", ""))

    with pytest.raises(ModelError, match="the model is gone; fetch it"):
        eyes.start()

    eyes.stop()


def test_a_nursery_that_cannot_even_start_is_a_missing_model() -> None:
    eyes = RemoteEyes(Nursery("no_such_module:made", ""))

    with pytest.raises(ModelError, match="did not start"):
        eyes.start()


def test_eyes_of_one_encoder_share_a_nursery_until_the_last_stops() -> None:
    nursery = Nursery("hostile_eyes:painted_eyes", "")
    one, other = RemoteEyes(nursery), RemoteEyes(nursery)
    for eyes in (one, other):
        eyes.start()
        eyes.start()
        eyes.burst(crops())
    assert one.pid is not None
    assert other.pid is not None
    parents = {psutil.Process(pid).ppid() for pid in (one.pid, other.pid)}

    one.stop()
    one.stop()

    (parent,) = parents
    assert len(other.burst(crops()).probes) == 6
    other.stop()
    assert gone(parent)
    assert nursery.running == 0


BRAIN = """
import time
from brain.nursery import Nursery
from brain.remote_eyes import RemoteEyes
eyes = RemoteEyes(Nursery("hostile_eyes:painted_eyes", ""))
eyes.start()
eyes.frame(0, b"no picture")
print(eyes.pid, flush=True)
time.sleep(60)
"""


def test_nothing_is_left_of_a_brain_that_is_killed() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    with subprocess.Popen(
        [sys.executable, "-c", BRAIN], stdout=subprocess.PIPE, env=environment
    ) as brain:
        assert brain.stdout is not None
        pid = int(brain.stdout.readline())
        nursery = psutil.Process(pid).ppid()
        assert nursery != brain.pid

        brain.kill()

        assert gone(pid)
        assert gone(nursery)


@pytest.fixture(scope="module")
def real_eyes() -> Iterator[RemoteEyes]:
    """YuNet and SFace in a real process."""
    made = RemoteEyes(Nursery(eyes_made.MAKER, SFACE))
    try:
        made.start()
    except ModelError as error:
        pytest.skip(str(error))
    yield made
    made.stop()


def test_the_real_networks_run_without_a_file_or_a_thread_more(real_eyes: RemoteEyes) -> None:
    here = eyes_made.made(SFACE)
    here.start()
    rng = np.random.default_rng(4)
    rough = rng.integers(40, 215, (40, 40, 3), dtype=np.uint8)
    picture = jpeg.encode(np.asarray(cv2.resize(rough, (160, 160)), np.uint8))
    burst = [Crop(jpeg=picture, points=POINTS_OF_CROP, at_ms=at) for at in range(6)]  # type: ignore[arg-type]

    there, beside = real_eyes.burst(burst, 0), here.burst(burst, 0)

    assert there.probes.shape == (6, 128)
    assert np.array_equal(there.probes, beside.probes)
    assert psutil.Process(psutil.Process(real_eyes.pid).ppid()).num_threads() == 1


def mutated(picture: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, cut out, doubled or cut off, wherever."""
    data = bytearray(picture)
    for _ in range(int(rng.integers(1, 6))):
        at, length = int(rng.integers(0, len(data))), int(rng.integers(1, 40))
        match int(rng.integers(0, 6)):
            case 0 | 1:
                data[at] = int(rng.integers(0, 256))
            case 2:
                data[at] ^= 1 << int(rng.integers(0, 8))
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case _:
                del data[max(4, at) :]
        if len(data) < 4:
            return bytes(data)
    return bytes(data)


@pytest.mark.slow
def test_two_thousand_mutated_pictures_end_no_process(real_eyes: RemoteEyes) -> None:
    rng = np.random.default_rng(20)
    rough = rng.integers(40, 215, (20, 20, 3), dtype=np.uint8)
    sound = jpeg.encode(np.asarray(cv2.resize(rough, (160, 160)), np.uint8))
    real_eyes.burst([Crop(jpeg=sound, at_ms=0)])
    before, faults = real_eyes.pid, 0

    for _ in range(100):
        burst = [Crop(jpeg=mutated(sound, rng) or b"-", at_ms=at) for at in range(20)]
        seen = real_eyes.burst(burst)
        assert len(seen.probes) + len(seen.faults) == 20
        faults += sum(fault is Fault.BAD_PICTURE for fault in seen.faults)

    assert real_eyes.pid == before
    assert 200 < faults < 2000
