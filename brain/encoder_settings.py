"""Which encoder can be named in `brain.yaml`, and which limits belong to its vectors?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from brain.core.calibration import DLIB_PRIOR, SFACE_PRIOR, UNKNOWN_PRIOR, Prior
from doorbus.settings import FilePath, Settings

EncoderName = Literal["sface", "dlib", "sface-opencv", "dlib-original", "onnx", "painted"]


class NetworkSettings(Settings):
    """An encoder of the operator's own: an ONNX file that takes ArcFace's chip of 112x112 pixels.

    Attributes:
        file: the ONNX file, one input of shape (n, 3, 112, 112), one output of vectors.
        name: what to call it; its vectors are never compared with those of another content.
        dimensions: length of its vectors.
        colour: which colour comes first, `rgb` or `bgr`.
        mean: taken from every pixel's value, 0 to 255, before it is multiplied by ...
        scale: ... this.
        mirror: embed the mirror image too.
    """

    file: FilePath
    name: str = Field(pattern=r"^[a-z0-9.-]{1,40}$")
    dimensions: int = Field(default=512, ge=16, le=4096)
    colour: Literal["rgb", "bgr"] = "rgb"
    mean: float = Field(default=127.5, ge=0, le=255)
    scale: float = Field(default=1 / 127.5, gt=0, le=1)
    mirror: bool = True


@dataclass(frozen=True, slots=True)
class Cosines:
    """Limits that belong to one encoder; see MatchRule and TrainingRule for what each means."""

    threshold: float
    margin: float
    floor: float
    coherence: float
    stray: float
    rival: float
    same_person: float
    moving: float
    movement: float
    prior: Prior


DEFAULTS: dict[EncoderName, Cosines] = {
    "sface": Cosines(
        0.46,
        margin=0.05,
        floor=0.19,
        coherence=0.35,
        stray=0.6,
        rival=0.1,
        same_person=0.35,
        moving=0.012,
        movement=0.0035,
        prior=SFACE_PRIOR,
    ),
    "dlib": Cosines(
        0.94,
        margin=0.01,
        floor=0.84,
        coherence=0.905,
        stray=0.22,
        rival=0.025,
        same_person=0.90,
        moving=0.00095,
        movement=0.0003,
        prior=DLIB_PRIOR,
    ),
    "onnx": Cosines(
        0.50,
        margin=0.05,
        floor=0.15,
        coherence=0.33,
        stray=0.7,
        rival=0.1,
        same_person=0.40,
        moving=0.005,
        movement=0.0003,
        prior=UNKNOWN_PRIOR,
    ),
    "painted": Cosines(
        0.80,
        margin=0.1,
        floor=0.6,
        coherence=0.8,
        stray=0.7,
        rival=0.1,
        same_person=0.8,
        moving=1e-6,
        movement=1e-7,
        prior=UNKNOWN_PRIOR,
    ),
}
"""Set on the safe side; a gallery's own calibration is the way to better ones.

SFace on YouTube Faces by burst (87 residents, 288 bursts of strangers): no stranger above 0.49, and
no resident above 0.50 had a single crop under 0.30, which 2 of 100 crops of strangers reach. With
its bias taken out (`matching.fusion`) a cosine c becomes about (c - 0.08) / 0.92.
"""

# `coherence`, `stray` and `rival` are kept by at least 199 of 200 bursts of one person, which
# `python -m bench.attacks --only splices` counts on YouTube Faces and clips. Of 575 videos there, 1
# in 200 has less than 0.358 with SFace, 0.907 with dlib's network; the farthest stray is 0.598 and
# 0.174 (in clips 0.52 and 0.198); rivals lead by up to 0.11 and 0.028 among 1,510 residents. With a
# network that was not measured, one stranger's crop in a thousand is as near as `coherence`.

# `moving`: twenty copies of a frame, each saved anew as another JPEG, are at most 0.009 from their
# middle with SFace and 0.0009 with dlib's network; two seconds of people before cameras are 0.018
# and more with SFace, animated portraits 0.0027 and more with dlib's.

# `movement`: of 575 videos of YouTube Faces the one below it shows one frame five times; the next
# comes to 0.0073 with SFace, 0.00062 with dlib's network, and 38 bursts of two seconds of people
# before cameras (13 clips) to 0.0047 and 0.00041 at least. One frame of each clip, saved anew
# twenty times at qualities of 60 to 98, comes to 0.0011 to 0.0052 (one of 13 above 0.0035) and
# 0.0001 to 0.0008 (a third above 0.0003): this stops most copies, not all. With a network that was
# not measured it stops hardly any.

DEFAULTS |= {"sface-opencv": DEFAULTS["sface"], "dlib-original": DEFAULTS["dlib"]}
