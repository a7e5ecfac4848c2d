"""Did the lids close in the picture, or only in the landmarks?

Landmarks jitter, and jitter may look like a blink. A lid that falls changes the picture of the eye
itself: iris and white go, skin comes. So the eyes at the lids' lowest are compared with the open
eyes just before and just after, wherever they fit best within a small shift. What an eye's picture
is worth differs from camera to camera: blur makes all pictures alike, noise unlike. So the change
is counted in units of its own: what a shift by one pixel of the patch, 1/32 of the distance between
the eyes, changes in the open eye.

Each patch is compared by correlation, so that brightness and contrast do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Eyes = NDArray[np.uint8]
"""Small pictures of both eyes, the person's right one first, grey, shape (2, 14, 20); one pixel is
1/32 of the distance between the eyes, whose line lies level."""

Floats = NDArray[np.float64]

SHAPE: Final = (2, 14, 20)
SPARE: Final = 2
"""Pixels on each side of a patch that it may lie beside its place, in another picture's."""

OUTSIDE: Final[Eyes] = np.zeros(SHAPE, dtype=np.uint8)
"""Stands for eyes that reach over the picture's edge; no picture of a face is all black."""

_INSIDE: Final = slice(SPARE, -SPARE)
_CORE: Final = (SHAPE[1] - 2 * SPARE, SHAPE[2] - 2 * SPARE)


@dataclass(frozen=True, slots=True)
class LidRule:
    """What counts as lids that closed. Figures: `python -m bench.evidence`.

    Attributes:
        least: change of the picture, in shifts by one pixel. Of 60 blinks that the landmarks showed
            in living people's clips, the 19 labelled ones changed at least 1.31, all but one of
            the others at least 0.78; eyes frozen in a moving face 0.55 at most in the 7 blinks that
            landmarks showed there, and less than 0.56 in 99 of 100 of all other moments.
        contrast: least standard deviation of an open eye's patch, grey levels; in the dark nothing
            can be told.
        around_s: seconds before the lids fall from which open eyes are taken.
        open_again_s: seconds after the lids rose at which they are open again.
        most: open moments on each side that are compared, the latest of each.
    """

    least: float = 0.7
    contrast: float = 2.0
    around_s: float = 0.3
    open_again_s: float = 0.03
    most: int = 4


LIDS: Final = LidRule()


def change_around(
    moments: Sequence[tuple[float, Eyes | None]], blink: tuple[float, float, float], rule: LidRule
) -> float | None:
    """How much the eyes' picture changed in a blink, as `change` counts it.

    Args:
        moments: times in seconds, rising, and the pictures then.
        blink: when the lids began to fall, when they were lowest (one of the times) and when they
            had risen again.
        rule: which moments count as open.

    Returns:
        At least 0; None where it cannot be told: no picture of the lids at their lowest, or as
        `change` has it.
    """
    start, lowest, reopened = blink
    closed = next((eyes for at, eyes in moments if at == lowest), None)
    before = [eyes for at, eyes in moments if start - rule.around_s <= at <= start]
    after = [eyes for at, eyes in moments if at >= reopened + rule.open_again_s]
    opened = [*before[-rule.most :], *after[-rule.most :]]
    if closed is None:
        return None
    return change(closed, [eyes for eyes in opened if eyes is not None], rule.contrast)


def outside(eyes: Eyes | None) -> bool:
    """Whether these eyes reach over the picture's edge, as `OUTSIDE`."""
    return eyes is not None and not eyes.any()


def cut_off(moments: Sequence[tuple[float, Eyes | None]], start: float, rule: LidRule) -> bool:
    """Whether the eyes left the picture at any moment since just before the lids fell.

    Args:
        moments: times in seconds, and the pictures then.
        start: when the lids began to fall.
        rule: how far back open eyes are looked for.
    """
    return any(outside(eyes) for at, eyes in moments if at >= start - rule.around_s)


def change(closed: Eyes, opened: Sequence[Eyes], contrast: float) -> float | None:
    """How much the eyes' picture changed, in shifts of the open eye by one pixel.

    Args:
        closed: at the lids' lowest.
        opened: before and after.
        contrast: least standard deviation of a patch of open eyes.

    Returns:
        At least 0; None where it cannot be told: no open moments, too dark, no detail at all.
    """
    if not opened:
        return None
    pictures = np.stack(opened).astype(np.float64)
    if float(pictures.std(axis=(2, 3)).min()) < contrast:
        return None
    windows = _normal(sliding_window_view(pictures, _CORE, axis=(2, 3)))
    shut = _normal(closed.astype(np.float64)[:, _INSIDE, _INSIDE])
    # Of both eyes each, at the shift where it fits best.
    changed = 1 - _alike(windows, shut[None]).max(axis=(2, 3)).mean(axis=1)
    still = _alike(windows, windows[:, :, SPARE, SPARE])
    near, far = SPARE - 1, SPARE + 1
    one_pixel = still[:, :, (near, far, SPARE, SPARE), (SPARE, SPARE, near, far)]
    unit = 1 - float(np.median(one_pixel.mean(axis=(1, 2))))
    return None if unit < 1e-6 else float(np.median(changed)) / unit


def _normal(patches: Floats) -> Floats:
    """Patches, in the last two axes, with mean 0 and length 1; flat ones with length 0."""
    middled = patches - patches.mean(axis=(-2, -1), keepdims=True)
    length = np.sqrt((middled**2).sum(axis=(-2, -1), keepdims=True))
    return np.asarray(middled / np.maximum(length, 1e-9), dtype=np.float64)


def _alike(windows: Floats, cores: Floats) -> Floats:
    """Correlation with every window of the same eye.

    Args:
        windows: normal, shape (moments, 2, shifts, shifts, height, width).
        cores: normal, shape (moments or 1, 2, height, width).

    Returns:
        Shape (moments, 2, shifts, shifts).
    """
    return np.asarray((windows * cores[:, :, None, None]).sum(axis=(-2, -1)), dtype=np.float64)
