"""Where does the brain get onnxruntime? From the one module that loads it without telemetry."""

from __future__ import annotations

from faces.onnx_runtime import onnxruntime

__all__ = ["onnxruntime"]
