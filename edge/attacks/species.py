"""Which attacks can be made from a living person's clip?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np

from edge.attacks.animated_portrait import animated_portrait
from edge.attacks.cut_out_eyes import cut_out_eyes
from edge.attacks.frozen_eyes import frozen_eyes
from edge.attacks.held_still import held_still
from edge.attacks.looped import looped
from edge.attacks.screen_replay import screen_replay
from edge.attacks.slide_show import slide_show
from edge.attacks.source import Source
from edge.ports import Image

Generator = Callable[[Source, np.random.Generator, float], Iterator[Image]]
"""Makes the pictures of one attack from a source, by a seed, so many seconds long."""

SPECIES: Mapping[str, Generator] = MappingProxyType(
    {
        "held-still": held_still,
        "cut-out-eyes": cut_out_eyes,
        "screen-replay": screen_replay,
        "slide-show": slide_show,
        "frozen-eyes": frozen_eyes,
        "looped": looped,
        "animated-portrait": animated_portrait,
    }
)
"""By the name that tables use."""

APART = "animated-portrait"
"""Counted by itself: the strongest, and what the demo shows as its residents."""
