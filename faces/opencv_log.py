"""How is OpenCV kept from warning about what is as it should be?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cv2.utils import logging


@contextlib.contextmanager
def errors_only() -> Iterator[None]:
    """Let OpenCV log errors only; the level is the process's and is put back afterwards.

    Loading a face network, OpenCV 5 warns on every start that its new engine takes no target.
    """
    before = logging.setLogLevel(logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        logging.setLogLevel(before)
