"""What is done to a model's original before the networks load it?"""

from __future__ import annotations

from importlib import import_module

from faces.errors import ModelError
from faces.manifest import Transform


def prepare(original: bytes, transform: Transform) -> bytes:
    """Do what the manifest says, giving the same bytes on every machine.

    Raises:
        ModelError: the original is not what the transform is for.
    """
    # Imported when needed: whoever only asks for a model's path need not wait for numpy.
    try:
        if transform.rewrite is not None:
            prepared: bytes = import_module(f"faces.{transform.rewrite}").rewrite(original)
        else:
            inputs = import_module("faces.onnx_inputs")
            prepared = inputs.keep_inputs(original, transform.keep_inputs)
    except ValueError as error:
        raise ModelError(f"it cannot be prepared: {error}") from error
    return prepared
