"""How does a prompt come onto a screen? A program of its own shows what it reads, one line each.

Qt ends a whole process that cannot have its display, and wants to be fed by the thread that opened
the window. So this is not the edge's process: `edge.adapters.indicator_window` starts it, and its
end takes nothing but the window away.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.lock_lines import Lines

TITLE: Final = "Doorward"
SIZE: Final = (800, 480)
READY: Final = "ready"
FEED_S: Final = 0.1
"""Seconds between two looks at the window's own business."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Show lines until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m edge.screen", description=__doc__)
    parser.add_argument("--full-screen", action="store_true")
    options = parser.parse_args(arguments)
    cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL)
    if options.full_screen:
        cv2.setWindowProperty(TITLE, cv2.WND_PROP_FULLSCREEN, cv2.WINDOW_FULLSCREEN)
    cv2.imshow(TITLE, panel(""))
    cv2.waitKey(1)
    print(READY, flush=True)  # noqa: T201  # whoever started it waits for this
    _show_lines()
    cv2.destroyAllWindows()
    return 0


def _show_lines() -> None:
    lines = Lines()
    while True:
        ready, _, _ = select.select([0], [], [], FEED_S)
        if ready:
            data = os.read(0, 4096)
            if not data:
                return
            for line in lines.feed(data):
                cv2.imshow(TITLE, panel(line.decode("utf-8", "replace")))
        cv2.waitKey(1)


def panel(text: str, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """`text` in the middle, in letters as large as fit.

    Args:
        text: words in ASCII; broken into at most two lines.
        size: width and height in pixels.

    Returns:
        shape (height, width, 3), uint8, BGR, white on dark.
    """
    width, height = size
    picture = np.full((height, width, 3), (48, 32, 24), dtype=np.uint8)
    lines = _halves(text)
    face, thickness = cv2.FONT_HERSHEY_DUPLEX, 3
    widest = max((cv2.getTextSize(line, face, 1, thickness)[0][0] for line in lines), default=1)
    scale = min(3.0, 0.9 * width / max(1, widest))
    for place, line in enumerate(lines):
        (across, up), _ = cv2.getTextSize(line, face, scale, thickness)
        middle = height * (place + 1) / (len(lines) + 1)
        at = (round((width - across) / 2), round(middle + up / 2))
        cv2.putText(picture, line, at, face, scale, (255, 255, 255), thickness, cv2.LINE_AA)
    return picture


def _halves(text: str) -> list[str]:
    words = text.split()
    if len(text) < 14 or len(words) < 2:
        return [text] if text else []
    cuts = range(1, len(words))
    best = min(cuts, key=lambda cut: abs(len(" ".join(words[:cut])) - len(" ".join(words[cut:]))))
    return [" ".join(words[:best]), " ".join(words[best:])]


if __name__ == "__main__":
    sys.exit(main())
