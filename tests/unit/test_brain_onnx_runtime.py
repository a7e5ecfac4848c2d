"""What does onnxruntime leave behind that a door's server would not want to send?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "module",
    [
        *("brain.adapters.encoders", "faces.encoding.onnx", "brain.adapters.product_onnx"),
        "edge.adapters.texture_onnx",
    ],
)
def test_what_runs_networks_loads_without_a_trace_of_telemetry(tmp_path: Path, module: str) -> None:
    silent = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    places = {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        "PYTHONPATH": str(PROJECT),
    }

    subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env=silent | places,
        check=True,
        timeout=60,
    )

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_only_one_module_of_the_product_imports_onnxruntime() -> None:
    importing = [
        path.relative_to(PROJECT).as_posix()
        for package in ("brain", "doorbus", "doorctl", "edge", "faces")
        for path in (PROJECT / package).rglob("*.py")
        if "\nimport onnxruntime" in path.read_text(encoding="utf-8")
    ]

    assert importing == ["faces/onnx_runtime.py"]
