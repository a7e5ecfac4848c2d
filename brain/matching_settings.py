"""What can be set in `brain.yaml` about how alike the faces of a burst must be?"""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from brain.core.calibration import Target
from brain.encoder_settings import Cosines
from doorbus.settings import Settings
from matching.decision import MatchRule

Cosine = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class MatchingSettings(Settings):
    """What is asked of a burst; None takes the encoder's own default.

    Attributes:
        strangers: share of strangers' visits that may be let in; the threshold is chosen for it
            from the gallery, anew with every change.
        threshold: least cosine of the fused burst to the best resident, instead of choosing it.
        margin: least lead over the second resident.
        floor: least cosine of every single crop to that resident.
        coherence: cosine within which every single crop must be of that share of the others which
            `agreement` names.
        stray: by how many radians more than half of the crops one may be away from the others.
        rival: lead of another resident in any single crop from which a burst is refused.
        agreement: share of all crops that must point to the same resident.
        least_crops: fewest usable crops.
    """

    strangers: float = Field(default=0.001, ge=1e-6, le=0.1)
    threshold: Cosine | None = None
    margin: Annotated[float, Field(ge=0, le=1)] | None = None
    floor: Cosine | None = None
    coherence: Cosine | None = None
    stray: Annotated[float, Field(gt=0, le=math.pi)] | None = None
    rival: Annotated[float, Field(gt=0, le=2)] | None = None
    agreement: float = Field(default=0.75, ge=0.5, le=1)
    least_crops: int = Field(default=5, ge=1, le=40)

    def rule(self, usual: Cosines) -> MatchRule:
        """What is asked of a burst, with the encoder's defaults filled in.

        Args:
            usual: the encoder's own limits.
        """
        return MatchRule(
            threshold=usual.threshold if self.threshold is None else self.threshold,
            margin=usual.margin if self.margin is None else self.margin,
            floor=usual.floor if self.floor is None else self.floor,
            coherence=usual.coherence if self.coherence is None else self.coherence,
            stray=usual.stray if self.stray is None else self.stray,
            rival=usual.rival if self.rival is None else self.rival,
            movement=usual.movement,
            agreement=self.agreement,
            least_crops=self.least_crops,
        )

    def target(self, usual: Cosines) -> Target | None:
        """What thresholds are chosen for; None where one is fixed.

        Args:
            usual: the encoder's own limits.
        """
        if self.threshold is not None:
            return None
        return Target(self.strangers, usual.prior)

    def without_cosines(self) -> MatchingSettings:
        """The same without the cosines that were set, which are for one encoder alone."""
        cosines = dict.fromkeys(("threshold", "margin", "floor", "coherence", "stray", "rival"))
        return self.model_copy(update=cosines)
