"""Which onnxruntime runs the networks? One that tells its maker nothing.

Its official builds (1.32 for one) count uses and send them to their maker over HTTPS, from the
import on; they keep an identifier of the machine in the user's cache for it. What watches a door
sends nothing to anybody. Nobody else imports onnxruntime, on either side.
"""

from __future__ import annotations

import os

# Read when the library is loaded (its Privacy.md); a call afterwards would come too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

__all__ = ["onnxruntime"]
