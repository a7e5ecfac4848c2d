"""What every camera promises, and what is particular to clips, live sources and scenes."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import pytest
from structlog.testing import capture_logs

from edge.adapters.camera_cv2 import Cv2Camera
from edge.adapters.camera_scene import SceneCamera
from edge.errors import CameraError
from edge.ports import Camera, Frame
from faces import models

FRAMES = 24
FPS = 12.0
GREYS = 10
"""Each frame of the drawn clip is this much lighter than the one before."""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds of a disc that wanders over a ground that grows lighter."""
    path = tmp_path / "drawn.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (160, 120))
    for number in range(FRAMES):
        image = np.full((120, 160, 3), number * GREYS, dtype=np.uint8)
        cv2.circle(image, (80 + 2 * number, 60), 8, (255, 255, 255), -1)
        writer.write(image)
    writer.release()
    return path


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.yaml"
    direct(path, "kind: empty\n")
    return path


def direct(scene: Path, text: str) -> None:
    """Replace a scene file as another process does."""
    fresh = scene.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(scene)


def number(frame: Frame | None) -> int:
    """Which frame of the drawn clip this is, by its ground."""
    assert frame is not None
    return round(float(frame.image[:20].mean()) / GREYS)


def read(camera: Camera) -> Frame:
    frame = camera.read()
    assert frame is not None
    return frame


def need_scene_models() -> None:
    for name in ("yunet", "landmarks68"):
        if problem := models.problem(name):
            pytest.skip(problem)


@pytest.fixture(params=["clip, every", "clip, live", "scene, every", "scene, live"])
def camera(request: pytest.FixtureRequest, clip: Path, scene: Path) -> Iterator[Camera]:
    makers: dict[str, Callable[[], Camera]] = {
        "clip, every": lambda: Cv2Camera(clip, pacing="every"),
        "clip, live": lambda: Cv2Camera(clip, pacing="live"),
        "scene, every": lambda: SceneCamera(scene, pacing="every"),
        "scene, live": lambda: SceneCamera(scene, pacing="live"),
    }
    if request.param.startswith("scene"):
        need_scene_models()
    made = makers[request.param]()
    yield made
    made.stop()


def test_indexes_and_times_rise(camera: Camera) -> None:
    camera.start()

    frames = [read(camera) for _ in range(8)]

    assert frames[0].index == 0
    assert all(a.index < b.index for a, b in pairwise(frames))
    assert all(a.at < b.at for a, b in pairwise(frames))


def test_a_picture_is_colour_of_one_size_and_never_touched_again(camera: Camera) -> None:
    camera.start()
    first = read(camera)
    copy = first.image.copy()

    others = [read(camera) for _ in range(3)]

    assert first.image.dtype == np.uint8
    assert first.image.shape[2] == 3
    assert {other.image.shape for other in others} == {first.image.shape}
    assert np.array_equal(first.image, copy)


def test_a_skipped_frame_has_passed_and_is_not_read_again(camera: Camera) -> None:
    camera.start()
    before = read(camera)

    skipped = [camera.skip(), camera.skip()]
    after = read(camera)

    assert skipped == [True, True]
    assert after.index >= before.index + 3
    assert after.at - before.at == pytest.approx((after.index - before.index) / camera.fps)


def test_before_start_and_after_stop_there_is_nothing_to_read(camera: Camera) -> None:
    before = camera.read()
    camera.start()
    read(camera)
    camera.stop()

    assert before is None
    assert camera.read() is None
    assert not camera.skip()


def test_stop_twice_and_stop_unstarted_are_harmless(camera: Camera) -> None:
    camera.stop()
    camera.start()
    camera.stop()
    camera.stop()


def test_a_stopped_camera_starts_again_from_the_beginning(camera: Camera) -> None:
    camera.start()
    for _ in range(3):
        read(camera)
    camera.stop()
    camera.start()

    assert read(camera).index == 0


def test_a_second_start_is_refused(camera: Camera) -> None:
    camera.start()

    with pytest.raises(CameraError, match="started already"):
        camera.start()


def test_what_is_played_says_that_it_is_simulated(camera: Camera) -> None:
    assert camera.simulated


def test_a_clip_gives_each_frame_on_its_own_time_line_and_then_none(clip: Path) -> None:
    camera = Cv2Camera(clip, pacing="every")
    camera.start()

    frames = [read(camera) for _ in range(FRAMES)]

    assert [number(frame) for frame in frames] == list(range(FRAMES))
    assert [frame.at for frame in frames] == pytest.approx([i / FPS for i in range(FRAMES)])
    assert camera.fps == pytest.approx(FPS)
    assert camera.read() is None
    assert not camera.skip()
    assert camera.read() is None
    camera.stop()


def test_a_part_of_a_clip_begins_at_first_and_ends_after_last(clip: Path) -> None:
    camera = Cv2Camera(str(clip), pacing="every", first=5, last=8)
    camera.start()

    frames = [read(camera) for _ in range(4)]

    assert [number(frame) for frame in frames] == [5, 6, 7, 8]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert camera.read() is None
    camera.stop()


def test_a_looping_clip_begins_again_while_its_time_runs_on(clip: Path) -> None:
    camera = Cv2Camera(clip, pacing="every", loop=True, first=20)
    camera.start()

    frames = [read(camera) for _ in range(10)]

    assert [number(frame) for frame in frames] == [20, 21, 22, 23, 20, 21, 22, 23, 20, 21]
    assert [frame.at for frame in frames] == pytest.approx([i / FPS for i in range(10)])
    camera.stop()


def test_a_clip_played_live_takes_its_time_and_a_late_reader_misses_frames(clip: Path) -> None:
    camera = Cv2Camera(clip, pacing="live")
    camera.start()
    began = time.monotonic()
    for _ in range(4):
        prompt = read(camera)
    took = time.monotonic() - began
    time.sleep(0.5)

    late = read(camera)

    assert took >= prompt.at - 0.01
    assert late.index >= prompt.index + 5
    assert number(late) == late.index
    camera.stop()


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [(FRAMES, None, "it has 24 frames"), (8, 5, "comes before its first")],
)
def test_a_part_that_a_clip_does_not_have_is_refused(
    clip: Path, first: int, last: int | None, says: str
) -> None:
    camera = Cv2Camera(clip, first=first, last=last)

    with pytest.raises(CameraError, match=says) as refusal:
        camera.start()
    assert str(clip) in str(refusal.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"nowhere\.mp4.*no such file"):
        Cv2Camera(tmp_path / "nowhere.mp4").start()


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "letter.mp4").write_text("not a video")

    with pytest.raises(CameraError, match=r"letter\.mp4.*not a video"):
        Cv2Camera(tmp_path / "letter.mp4").start()


@pytest.mark.parametrize("named", [97, "97", "/dev/video97"])
def test_a_missing_device_is_named_beside_those_that_there_are(named: int | str) -> None:
    camera = Cv2Camera(named)

    assert not camera.simulated
    with pytest.raises(CameraError, match=r"camera 97 \(/dev/video97\).*no such device.*there "):
        camera.start()


def test_an_unreachable_address_is_named_without_user_and_password(unused_port: int) -> None:
    address = f"rtsp://guest:hush@127.0.0.1:{unused_port}/door?password=hush"
    camera = Cv2Camera(address)

    assert not camera.simulated
    with pytest.raises(CameraError, match=f"rtsp://127.0.0.1:{unused_port}/door") as refusal:
        camera.start()
    assert "hush" not in str(refusal.value)
    assert "guest" not in str(refusal.value)


@pytest.fixture
def unused_port() -> int:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        return server.server_port


class NetworkCamera:
    """A camera that sends JPEGs over HTTP, until told to be silent or to hang up."""

    def __init__(self) -> None:
        self.silent = threading.Event()
        self.gone = threading.Event()
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                picture = cv2.imencode(".jpg", np.full((120, 160, 3), 90, np.uint8))[1].tobytes()
                head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: "
                try:
                    while not camera.gone.wait(1 / 30):
                        if not camera.silent.is_set():
                            self.wfile.write(
                                head + b"%d\r\n\r\n" % len(picture) + picture + b"\r\n"
                            )
                except OSError:
                    return

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.address = f"http://127.0.0.1:{self._server.server_port}/door"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gone.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def test_a_network_camera_gives_a_slow_reader_its_newest_picture() -> None:
    with NetworkCamera() as network:
        camera = Cv2Camera(network.address)
        camera.start()
        first = read(camera)
        time.sleep(0.5)
        waited = time.monotonic()

        late = read(camera)

        assert late.index > first.index + 3
        assert late.at > waited - 0.2
        assert not camera.simulated
        camera.stop()


def test_frames_of_a_network_camera_pass_undecoded_in_their_own_time() -> None:
    with NetworkCamera() as network:
        camera = Cv2Camera(network.address)
        camera.start()
        before = read(camera)

        skipped = [camera.skip() for _ in range(5)]
        after = read(camera)

        assert all(skipped)
        assert after.index > before.index + 5
        assert after.at - before.at > 4 / 30
        camera.stop()


def test_a_network_camera_that_hangs_up_is_an_error_naming_it() -> None:
    with NetworkCamera() as network:
        camera = Cv2Camera(network.address)
        camera.start()
        read(camera)
        network.gone.set()

        with pytest.raises(CameraError, match="no pictures come any more") as loss:
            _read_until_none(camera, [read(camera)])

        assert network.address in str(loss.value)
        camera.stop()


def test_a_read_that_waits_for_a_silent_camera_ends_soon_after_stop() -> None:
    with NetworkCamera() as network:
        camera = Cv2Camera(network.address)
        camera.start()
        answers: list[Frame | None] = [read(camera)]
        network.silent.set()
        reader = threading.Thread(target=_read_until_none, args=(camera, answers))
        reader.start()
        time.sleep(0.3)

        with capture_logs() as logs:
            camera.stop()
        reader.join(0.2)

        assert not reader.is_alive()
        assert answers[-1] is None
        assert [entry["camera"] for entry in logs] == [f"camera {network.address}"]


def _read_until_none(camera: Camera, answers: list[Frame | None]) -> None:
    while answers[-1] is not None:
        answers.append(camera.read())


def test_a_missing_scene_file_is_named_and_shown_how_to_write(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"(?s)scene\.yaml.*kind: animated.*portrait: "):
        SceneCamera(tmp_path / "scene.yaml").start()


@pytest.mark.parametrize(
    "text",
    [
        "kind: dancing",
        "- empty",
        "kind: empty\nportrait: obama",
        "kind: animated",
        "kind: animated\nportrait: nobody-of-that-name",
        "kind: clip\npath: nowhere.mp4",
        "kind: [",
        "",
    ],
)
def test_a_wrong_scene_file_is_refused_at_start(scene: Path, text: str) -> None:
    need_scene_models()
    direct(scene, text)

    with pytest.raises(CameraError, match=r"scene\.yaml|nowhere\.mp4"):
        SceneCamera(scene).start()


def test_a_wrong_replacement_is_logged_once_and_the_old_scene_goes_on(
    scene: Path, clip: Path
) -> None:
    need_scene_models()
    direct(scene, f"kind: clip\npath: {clip.name}\nloop: true\n")
    camera = SceneCamera(scene, pacing="every")
    camera.start()
    before = read(camera)
    direct(scene, "kind: dancing\n")

    with capture_logs() as logs:
        after = [read(camera) for _ in range(5)][-1]

    refusals = [entry for entry in logs if "refused" in entry["event"]]
    assert len(refusals) == 1
    assert "kind" in refusals[0]["reason"]
    assert after.image.mean() == pytest.approx(before.image.mean(), abs=3 * GREYS)
    camera.stop()


def test_a_scene_file_that_vanishes_changes_nothing(scene: Path) -> None:
    need_scene_models()
    camera = SceneCamera(scene, pacing="every")
    camera.start()
    before = read(camera)
    scene.unlink()

    after = read(camera)

    assert np.abs(after.image.astype(int) - before.image).mean() < 8
    camera.stop()


def test_a_scene_is_replaced_by_renaming_a_new_file_onto_it(scene: Path, clip: Path) -> None:
    need_scene_models()
    camera = SceneCamera(scene, pacing="every")
    camera.start()
    room = read(camera).image

    direct(scene, f"kind: clip\npath: {clip.name}\nfirst: 10\nlast: 12\n")
    played = read(camera).image
    for _ in range(15):
        over = read(camera).image

    assert played.mean() == pytest.approx(10 * GREYS, abs=8)
    assert np.abs(over.astype(int) - room).mean() < 8
    camera.stop()


def test_a_person_walks_in_and_is_gone_at_once(scene: Path) -> None:
    need_scene_models()
    if problem := models.problem("obama.jpg"):
        pytest.skip(problem)
    camera = SceneCamera(scene, pacing="every")
    camera.start()
    room = read(camera).image.astype(int)

    direct(scene, "kind: animated\nportrait: obama\n")
    seen = [np.abs(read(camera).image - room).mean() for _ in range(45)]
    direct(scene, "kind: empty\n")
    gone = np.abs(read(camera).image - room).mean()

    assert seen[0] < 8
    assert seen[15] > seen[5]
    assert seen[-1] > 20
    assert gone < 8
    camera.stop()


def test_a_simulated_camera_says_in_the_log_what_it_is(scene: Path) -> None:
    need_scene_models()
    camera = SceneCamera(scene)

    with capture_logs() as logs:
        camera.start()

    assert any("simulated" in entry["event"] for entry in logs)
    camera.stop()
