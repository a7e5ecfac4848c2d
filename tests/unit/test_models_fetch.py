"""Fetching: from a publisher and from an index of our own, whole or not at all."""

from __future__ import annotations

import bz2
import hashlib
import io
import os
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from faces import models
from faces.errors import ModelError
from faces.manifest import Asset, Content, Kind, Manifest, Package, Transform
from faces.models import Origin, Progress, Stage

WHEEL = b"content of the wheel's member" * 1000
SOURCE = b"content of the source release's member" * 5000
# An ONNX model as small as they come: node reads "data" and "w", "w" has weights, both are inputs.
ONNX_GRAPH = b"\x0a\x09\x0a\x04data\x0a\x01w" + b"\x2a\x03\x42\x01w" + b"\x5a\x06\x0a\x04data"
PREPARED = b"\x3a" + bytes([len(ONNX_GRAPH)]) + ONNX_GRAPH
ORIGINAL = b"\x3a" + bytes([len(ONNX_GRAPH) + 5]) + ONNX_GRAPH + b"\x5a\x03\x0a\x01w"

SETUP = """
raise SystemExit("a download must not run this")
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Publisher:
    """A web server on this machine that counts what it is asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.mute = False
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append(self.path)
                if publisher.mute:
                    self.close_connection = True
                    return
                data = publisher.files.get(self.path)
                self.send_response(404 if data is None else 200)
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    thread = threading.Thread(target=publisher.server.serve_forever, args=(0.02,))
    thread.start()
    yield publisher
    publisher.server.shutdown()
    publisher.server.server_close()
    thread.join(5)


def asset(name: str, content: bytes, package: str, member: str, publisher: str) -> Asset:
    made = Asset(
        name=name,
        file=f"{name}.bin",
        size=len(content),
        sha256=sha256(content),
        kind=Kind.MODEL,
        groups=("all",),
        purpose="a test",
        licence="none",
        publisher="https://publisher.invalid/",
        package=package,
        member=member,
    )
    # The manifest admits https only; a server of a test has no certificate.
    return made.model_copy(update={"publisher": f"{publisher}/{name}.bin"})


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A folder with a wheel and a source release, for pip to find."""
    folder = tmp_path / "index"
    folder.mkdir()
    info = "made_wheel-1.0.dist-info"
    with zipfile.ZipFile(folder / "made_wheel-1.0-cp39-cp39-win_amd64.whl", "w") as wheel:
        wheel.writestr("made_wheel/one.bin", WHEEL)
        wheel.writestr("made_wheel/graph.onnx", ORIGINAL)
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: made-wheel\nVersion: 1.0\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: cp39-cp39-win_amd64\n")
        wheel.writestr(f"{info}/RECORD", "")
    with tarfile.open(folder / "made_source-2.0.tar.gz", "w:gz") as release:
        for path, data in (("setup.py", SETUP.encode()), ("models/two.bin", SOURCE)):
            member = tarfile.TarInfo(f"made_source-2.0/{path}")
            member.size = len(data)
            release.addfile(member, io.BytesIO(data))
    return folder


@pytest.fixture
def manifest(
    index: Path, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Manifest:
    """A manifest of our own, an index of our own, an empty cache folder."""
    wheel = index / "made_wheel-1.0-cp39-cp39-win_amd64.whl"
    release = index / "made_source-2.0.tar.gz"
    tags = {"python": "3.9", "implementation": "cp", "abi": "cp39", "platform": "win_amd64"}
    source_member = "made_source-2.0/models/two.bin"
    graph = asset("graph", PREPARED, "made-wheel", "made_wheel/graph.onnx", publisher.address)
    original = Content(size=len(ORIGINAL), sha256=sha256(ORIGINAL))
    transform = Transform(keep_inputs=("data",))
    made = Manifest.model_construct(
        packages={
            "made-wheel": Package.model_validate(
                {
                    "version": "1.0",
                    "file": wheel.name,
                    "sha256": sha256(wheel.read_bytes()),
                    "licence": "none",
                    "tags": tags,
                }
            ),
            "made_source": Package(
                version="2.0",
                file=release.name,
                sha256=sha256(release.read_bytes()),
                licence="none",
            ),
        },
        assets={
            "one": asset("one", WHEEL, "made-wheel", "made_wheel/one.bin", publisher.address),
            "two": asset("two", SOURCE, "made_source", source_member, publisher.address),
            "graph": graph.model_copy(update={"original": original, "transform": transform}),
        },
    )
    monkeypatch.setattr(models, "read", lambda: made)
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return made


def change(manifest: Manifest, name: str, **update: object) -> None:
    assets = dict(manifest.assets)
    assets[name] = assets[name].model_copy(update=update)
    object.__setattr__(manifest, "assets", assets)


def change_package(manifest: Manifest, name: str, **update: object) -> None:
    packages = dict(manifest.packages)
    packages[name] = packages[name].model_copy(update=update)
    object.__setattr__(manifest, "packages", packages)


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.name != ".lock")


@pytest.mark.usefixtures("manifest")
def test_the_index_gives_wheel_and_source_release_without_running_either() -> None:
    fetched = models.fetch(["all"], source="index")

    assert [(one.asset.name, one.origin) for one in fetched] == [
        ("one", Origin.INDEX),
        ("two", Origin.INDEX),
        ("graph", Origin.INDEX),
    ]
    assert models.path("one").read_bytes() == WHEEL
    assert models.path("two").read_bytes() == SOURCE
    assert left_in(models.folder()) == ["graph.bin", "one.bin", "two.bin"]


@pytest.mark.usefixtures("manifest")
def test_a_file_is_prepared_after_its_original_was_checked() -> None:
    models.fetch(["graph"], source="index")

    assert models.path("graph").read_bytes() == PREPARED


def test_what_is_there_is_not_fetched_again(manifest: Manifest, publisher: Publisher) -> None:
    del manifest
    models.fetch(["one"], source="index")

    again = models.fetch(["one"], source="auto")

    assert [one.origin for one in again] == [Origin.CACHE]
    assert publisher.asked == []


@pytest.mark.usefixtures("manifest")
def test_a_damaged_file_is_fetched_again() -> None:
    models.fetch(["one"], source="index")
    (models.folder() / "one.bin").write_bytes(b"damaged")

    again = models.fetch(["one"], source="index")

    assert [one.origin for one in again] == [Origin.INDEX]
    assert models.path("one").read_bytes() == WHEEL


def test_an_artifact_with_another_hash_is_refused(manifest: Manifest) -> None:
    change_package(manifest, "made_source", sha256="0" * 64)

    with pytest.raises(ModelError, match=r"made_source==2\.0"):
        models.fetch(["two"], source="index")
    assert left_in(models.folder()) == []


@pytest.mark.parametrize("update", [{"sha256": "0" * 64}, {"size": 17}, {"size": 10**6}])
def test_a_member_with_another_hash_or_size_is_refused(
    manifest: Manifest, update: dict[str, object]
) -> None:
    change(manifest, "one", **update)

    with pytest.raises(ModelError, match=r"made_wheel/one\.bin .*expected"):
        models.fetch(["one"], source="index")
    assert left_in(models.folder()) == []


def test_a_member_that_is_not_there_is_named(manifest: Manifest) -> None:
    change(manifest, "two", member="made_source-2.0/models/three.bin")

    with pytest.raises(ModelError, match=r"made_source-2\.0\.tar\.gz holds no .*three\.bin"):
        models.fetch(["two"], source="index")


@pytest.mark.usefixtures("manifest")
def test_an_index_without_the_package_is_an_error_with_pips_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(ModelError, match=r"(?s)pip download made-wheel==1\.0 failed.*No matching"):
        models.fetch(["one"], source="index")


def test_the_publisher_is_asked_first(manifest: Manifest, publisher: Publisher) -> None:
    publisher.files = {"/one.bin": WHEEL, "/two.bin": bz2.compress(SOURCE), "/graph.bin": ORIGINAL}
    change(manifest, "two", packed="bz2")

    fetched = models.fetch(["all"], source="auto")

    assert {one.origin for one in fetched} == {Origin.PUBLISHER}
    assert models.path("one").read_bytes() == WHEEL
    assert models.path("two").read_bytes() == SOURCE
    assert models.path("graph").read_bytes() == PREPARED


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>moved</html>", id="a web page"),
        pytest.param(WHEEL[:-1], id="cut off"),
        pytest.param(WHEEL + b"x", id="more"),
        pytest.param(bytes(len(WHEEL)), id="another file"),
    ],
)
def test_a_wrong_answer_of_the_publisher_counts_for_nothing(
    manifest: Manifest, publisher: Publisher, answer: bytes
) -> None:
    del manifest
    publisher.files = {"/one.bin": answer}

    with pytest.raises(ModelError, match=rf"{publisher.address}/one\.bin .*expected"):
        models.fetch(["one"], source="publisher")
    assert left_in(models.folder()) == []
    assert [one.origin for one in models.fetch(["one"], source="auto")] == [Origin.INDEX]


def test_a_bomb_is_unpacked_no_further_than_its_stated_size(
    manifest: Manifest, publisher: Publisher
) -> None:
    publisher.files = {"/one.bin": bz2.compress(bytes(50_000_000))}
    change(manifest, "one", packed="bz2")

    with pytest.raises(ModelError, match=f"is {len(WHEEL) + 1} bytes long"):
        models.fetch(["one"], source="publisher")


def test_broken_packing_is_an_error(manifest: Manifest, publisher: Publisher) -> None:
    publisher.files = {"/one.bin": b"not bz2"}
    change(manifest, "one", packed="bz2")

    with pytest.raises(ModelError, match="cannot fetch"):
        models.fetch(["one"], source="publisher")


def test_a_publisher_that_does_not_answer_is_tried_once(
    manifest: Manifest, publisher: Publisher
) -> None:
    del manifest
    publisher.mute = True

    fetched = models.fetch(["one", "graph"], source="auto")

    assert {one.origin for one in fetched} == {Origin.INDEX}
    assert publisher.asked == ["/one.bin"]


@pytest.mark.parametrize("source", ["auto", "index"])
def test_what_only_its_publisher_has_is_told_so(
    manifest: Manifest, publisher: Publisher, source: models.Source
) -> None:
    publisher.mute = True
    change(manifest, "one", package=None, member=None)

    with pytest.raises(
        ModelError, match=rf"no package of the Python index holds one; .*{publisher.address}/one"
    ):
        models.fetch(["one"], source=source)
    assert left_in(models.folder()) == []


def test_what_only_its_publisher_has_is_fetched_there(
    manifest: Manifest, publisher: Publisher
) -> None:
    publisher.files = {"/one.bin": WHEEL}
    change(manifest, "one", package=None, member=None)

    fetched = models.fetch(["one"], source="auto")

    assert [one.origin for one in fetched] == [Origin.PUBLISHER]


def test_a_publisher_that_lacks_one_file_is_asked_for_the_next(
    manifest: Manifest, publisher: Publisher
) -> None:
    del manifest
    publisher.files = {"/graph.bin": ORIGINAL}

    fetched = models.fetch(["one", "graph"], source="auto")

    assert [one.origin for one in fetched] == [Origin.INDEX, Origin.PUBLISHER]


@pytest.mark.usefixtures("manifest")
def test_when_both_fail_both_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(ModelError, match=r"(?s)pip download.*publisher.*404"):
        models.fetch(["one"])


@pytest.mark.usefixtures("manifest")
def test_progress_tells_the_bytes_of_a_file(publisher: Publisher) -> None:
    publisher.files = {"/two.bin": SOURCE}
    heard: list[Progress] = []

    models.fetch(["two"], source="publisher", on_progress=heard.append)

    assert heard[0] == Progress("two", Stage.FETCHING, 0, len(SOURCE))
    assert heard[-2] == Progress("two", Stage.FETCHING, len(SOURCE), len(SOURCE))
    assert heard[-1] == Progress("two", Stage.READY, len(SOURCE), len(SOURCE))


@pytest.mark.usefixtures("manifest")
def test_what_a_killed_fetch_left_behind_is_cleared_away() -> None:
    remains = models.folder() / ".fetch-killed"
    remains.mkdir(parents=True)
    (remains / "half").write_bytes(b"half a file")

    models.fetch(["one"], source="index")

    assert left_in(models.folder()) == ["one.bin"]


@pytest.mark.usefixtures("manifest")
def test_several_may_fetch_at_once() -> None:
    heard: list[Progress] = []

    with ThreadPoolExecutor(3) as pool:
        tasks = [
            pool.submit(models.fetch, ["one"], source="index", on_progress=heard.append)
            for _ in range(3)
        ]
        origins = [task.result()[0].origin for task in tasks]

    assert sorted(origin.value for origin in origins) == ["cache", "cache", "index"]
    assert models.path("one").read_bytes() == WHEEL


@pytest.mark.usefixtures("manifest")
def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path / "file" / "models"))

    with pytest.raises(ModelError, match=r"cannot write models to .*file/models.*DOORWARD_MODELS"):
        models.fetch(["one"], source="index")


@pytest.mark.usefixtures("manifest")
def test_an_unknown_source_is_an_error() -> None:
    with pytest.raises(ModelError, match="unknown source 'web'"):
        models.fetch(["one"], source="web")  # type: ignore[arg-type]


@pytest.mark.usefixtures("manifest")
def test_a_missing_file_is_named_with_the_command() -> None:
    with pytest.raises(ModelError, match=r"cache/one\.bin is missing.*`doorctl models`"):
        models.path("one")
    assert "is missing" in (models.problem("one") or "")


@pytest.mark.usefixtures("manifest")
def test_a_wrong_file_is_named_with_both_hashes_and_the_command() -> None:
    models.folder().mkdir()
    wrong = bytes(len(WHEEL))
    (models.folder() / "one.bin").write_bytes(wrong)

    with pytest.raises(ModelError) as caught:
        models.path("one")

    for word in ("one.bin", sha256(wrong), sha256(WHEEL), "`doorctl models`"):
        assert word in str(caught.value)


@pytest.mark.usefixtures("manifest")
def test_a_file_changed_after_it_was_checked_is_checked_again() -> None:
    models.fetch(["one"], source="index")
    models.path("one")
    assert models.problem("one") is None

    (models.folder() / "one.bin").write_bytes(bytes(len(WHEEL)))

    assert "expected" in (models.problem("one") or "")


@pytest.mark.usefixtures("manifest")
def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(ModelError, match="no model 'four'; models: one, two, graph"):
        models.path("four")


def under_home(home: Path) -> Path:
    return home / ".local" / "share" / "doorward" / "models"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"DOORWARD_MODELS": "/a", "XDG_DATA_HOME": "/b"}, lambda _: Path("/a")),
        ({"DOORWARD_MODELS": "", "XDG_DATA_HOME": "/b"}, lambda _: Path("/b/doorward/models")),
        ({"DOORWARD_MODELS": "", "XDG_DATA_HOME": ""}, under_home),
    ],
)
def test_the_cache_folder_follows_the_environment(
    variables: dict[str, str],
    expected: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert models.folder() == expected(tmp_path)
