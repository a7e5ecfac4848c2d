"""What did a close look at the pixels of a face show, in plain numbers?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Border:
    """Where the straight edges of something flat were seen around the face.

    Attributes:
        left: of its left edge at the face's height, pixels of the full frame; None where there is
            none.
        right: of its right edge.
        joined: whether an edge across, above or below the face, joins them.
    """

    left: float | None = None
    right: float | None = None
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Surface:
    """One close look. A few in a second are enough.

    Attributes:
        live: how sure the texture networks are of living skin, 0 to 1; None without networks.
        ripple: how far the strongest regular pattern in the face stands above its surroundings in
            the spectrum, as a natural logarithm of the amplitude; None where the face is too small
            to tell.
        border: straight edges around the face.
    """

    live: float | None = None
    ripple: float | None = None
    border: Border = Border()
