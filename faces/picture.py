"""What shape pictures and landmarks have, for every module here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), uint8, blue-green-red as OpenCV has it."""

Points = NDArray[np.float32]
"""Five landmarks, shape (5, 2), x and y in pixels of the picture they belong to: right eye, left
eye, nose tip, right mouth corner, left mouth corner, as the person has them (YuNet's order). In a
picture that is not mirrored the person's right eye stands on the left side."""

Box = tuple[float, float, float, float]
"""x and y of the upper left corner, width, height, in pixels of the picture."""
