"""What does the manifest of models and portraits say?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MANIFEST = Path(__file__).with_name("manifest.yaml")
"""The manifest itself, a part of the package."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Address = Annotated[str, StringConstraints(pattern=r"^https://")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(Enum):
    """What an asset is for."""

    MODEL = "model"
    PORTRAIT = "portrait"


class Content(_Entry):
    """Exact bytes: how many, and their SHA-256 in lower-case hex."""

    size: int = Field(gt=0)
    sha256: Sha256


class Tags(_Entry):
    """Compatibility tags that make pip choose one wheel on every machine."""

    python: str
    implementation: str
    abi: str
    platform: str


class Package(_Entry):
    """One artifact of the Python index."""

    version: str
    file: FileName
    sha256: Sha256
    licence: str
    tags: Tags | None = None

    @property
    def is_wheel(self) -> bool:
        """Whether the artifact is a wheel; otherwise it is a source release."""
        return self.file.endswith(".whl")


Rewrite = Literal["sface_fold", "dlib_network", "onnx_batch"]
"""A way to make a network out of a file: the module of this package whose `rewrite` does it."""


class Transform(_Entry):
    """What is done to an original, one thing of these.

    Attributes:
        keep_inputs: drop all inputs of the ONNX graph but these.
        rewrite: make an ONNX model of it.
    """

    keep_inputs: tuple[str, ...] = ()
    rewrite: Rewrite | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Transform:
        if bool(self.keep_inputs) == (self.rewrite is not None):
            raise ValueError("a transform is either keep_inputs or rewrite")
        return self


class Asset(_Entry):
    """One file of the cache folder.

    Attributes:
        name: its key in the manifest.
        file: its file name in the cache folder.
        size: its size in bytes.
        sha256: its hash.
        kind: model or portrait.
        groups: groups that it belongs to.
        purpose: what it does, for people.
        licence: under what terms.
        notice: what whoever fetches it must be told; mostly empty.
        publisher: where its publisher keeps the original.
        packed: how the publisher compresses it.
        package: the package of the Python index that holds it; None where none does, so that only
            its publisher has it.
        member: its path in that package's artifact.
        original: the bytes before `transform`.
        transform: what makes the file out of the original.
    """

    name: str
    file: FileName
    size: int = Field(gt=0)
    sha256: Sha256
    kind: Kind
    groups: tuple[str, ...] = Field(min_length=1)
    purpose: str
    licence: str
    notice: str = ""
    publisher: Address
    packed: Literal["bz2"] | None = None
    package: str | None = None
    member: str | None = None
    original: Content | None = None
    transform: Transform | None = None

    @property
    def content(self) -> Content:
        """The bytes as they lie in the cache folder."""
        return Content(size=self.size, sha256=self.sha256)

    @property
    def published(self) -> Content:
        """The bytes as publisher and package have them."""
        return self.original or self.content

    @model_validator(mode="after")
    def _belonging_together(self) -> Asset:
        if (self.original is None) != (self.transform is None):
            raise ValueError("original and transform belong together")
        if (self.package is None) != (self.member is None):
            raise ValueError("package and member belong together")
        return self


class Manifest(_Entry):
    """All assets and the packages they can come from."""

    packages: Mapping[str, Package]
    assets: Mapping[str, Asset]

    @model_validator(mode="after")
    def _names_fit(self) -> Manifest:
        for asset in self.assets.values():
            if asset.package is not None and asset.package not in self.packages:
                raise ValueError(f"{asset.name}: no package {asset.package!r} in the manifest")
        files = [asset.file for asset in self.assets.values()]
        if len(set(files)) != len(files):
            raise ValueError("two assets share a file name")
        if clash := self.assets.keys() & self.groups():
            raise ValueError(f"names of assets and of groups: {', '.join(sorted(clash))}")
        return self

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Names of the assets in each group, in the manifest's order."""
        groups: dict[str, tuple[str, ...]] = {}
        for asset in self.assets.values():
            for group in asset.groups:
                groups[group] = (*groups.get(group, ()), asset.name)
        return groups


@cache
def read() -> Manifest:
    """Read the manifest that came with this package."""
    return parse(MANIFEST.read_text(encoding="utf-8"))


def parse(text: str) -> Manifest:
    """Check a manifest. Raises `pydantic.ValidationError` naming every mistake."""
    document = yaml.safe_load(text)
    for name, entry in document["assets"].items():
        entry["name"] = name
    return Manifest.model_validate(document)
