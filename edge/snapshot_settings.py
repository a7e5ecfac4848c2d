"""What does a picture on command show? The key `snapshot` of `edge.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from doorbus.settings import Settings
from edge.core.privacy import Area, Faces, PrivacyRule

Fraction = Annotated[float, Field(ge=0, le=1)]
Corners = tuple[Fraction, Fraction, Fraction, Fraction]


def _is_area(corners: Corners) -> Corners:
    left, top, right, bottom = corners
    if left >= right or top >= bottom:
        raise ValueError(
            "an area is [left, top, right, bottom] in fractions of the picture, left before right "
            "and top before bottom"
        )
    return corners


class SnapshotSettings(Settings):
    """What a picture on command shows.

    Attributes:
        mask: areas that nobody sees, each `[left, top, right, bottom]` in fractions of the picture:
            `[0, 0, 1, 0.5]` is its upper half.
        faces: `show`, `blur` or `hide`. As good as the detector that finds them; a mask is better
            where people stand always in the same place.
    """

    mask: tuple[Annotated[Corners, AfterValidator(_is_area)], ...] = Field(
        default=(), max_length=32
    )
    faces: Literal["show", "blur", "hide"] = "show"

    @property
    def rule(self) -> PrivacyRule:
        """For `edge.core.privacy`."""
        return PrivacyRule(tuple(Area(*corners) for corners in self.mask), Faces(self.faces))
