"""From which score on is a visitor let in, so that strangers rarely are?

Scores of strangers against single residents are close to normal, with nearly the same mean and
spread in every gallery of one encoder. Their upper tail is read from this gallery: every resident
is taken for a stranger to all others. Few residents say little, so that figures from open data
(`Prior`) count like so many residents more. A stranger's best score over R residents passes a
threshold t with a probability of at most R S(t), S being the tail of a single comparison
(Bonferroni's bound, close where it is small).

How far this carries is known too: what happens three times in R visits, R residents have shown (the
rule of three: what they have not shown may happen that often). Beyond that, the logarithm of S is
continued as a straight line, as the exponential tail that extreme value theory has for the normal
law (Pickands 1975); the normal law itself falls faster, so that the threshold is the higher,
careful one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

_NORMAL = NormalDist()

LEVELS = (0.99, 0.999)
"""Quantiles at which the tail's spread is read, besides the whole upper half."""

LEAST_ABOVE = 5
"""Comparisons that must lie above a quantile before it is believed."""

SHOWN = 3
"""How often something must be expected among the residents' own visits to count as shown."""

SMALLEST = 10
"""Fewer residents are taken for so many when it is asked what they have shown: the prior knows as
much, and smaller galleries than this were not tried."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What strangers' scores look like where nothing is known of a gallery; belongs to one encoder.

    Attributes:
        mean: of a stranger's score against one resident.
        spread: one standard deviation, read from the upper tail.
        weight: how many residents' word this is worth.
    """

    mean: float
    spread: float
    weight: float = 30.0


SFACE_PRIOR = Prior(mean=0.018, spread=0.096)
"""SFace with its bias taken out. Over 20 galleries each, mean and upper spread of a stranger's
score were 0.016 and 0.097 with YouTube Faces, 0.020 and 0.093 with LFW."""

DLIB_PRIOR = Prior(mean=0.853, spread=0.0285)
"""dlib's ResNet at unit length: mean 0.859 with YouTube Faces, 0.848 with LFW. The spread is read
where one stranger in 1,000 scores higher (0.028 with both), since its tail is cut short by 1."""

UNKNOWN_PRIOR = Prior(mean=0.03, spread=0.1, weight=10.0)
"""A network that was not measured: cautious for those trained with an angular margin."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a threshold is chosen for.

    Attributes:
        let_in: share of strangers' visits that may be let in.
        prior: what is known of the encoder's strangers.
    """

    let_in: float
    prior: Prior


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold and what stands behind it.

    Attributes:
        threshold: least score of a visit; above 1 nobody is let in.
        target: strangers let in, as a part of strangers' visits, that it was chosen for.
        residents: size of the gallery.
        impostors: comparisons of residents with other residents behind it.
        extrapolated: whether the target is rarer than this gallery could show.
        mean: of a stranger's score against one resident, with the prior in it.
        spread: of the same, read from the upper tail, with the prior in it.
    """

    threshold: float
    target: float
    residents: int
    impostors: int
    extrapolated: bool
    mean: float
    spread: float

    @property
    def confidence(self) -> str:
        """What an administrator is told."""
        told = f"1 stranger in {round(1 / self.target):,}"
        if not self.residents:
            return f"for {told}: nobody is enrolled, nobody is let in"
        seen = f"{self.impostors:,} comparisons of {self.residents:,} residents with each other"
        if self.impostors == 0:
            return (
                f"for {told}: from open data alone, since one resident has nobody to compare with"
            )
        if self.extrapolated:
            return f"for {told}: extrapolated from {seen}"
        return f"for {told}: from {seen}"


def calibrate(visits: Scores, owners: NDArray[np.intp], target: float, prior: Prior) -> Calibration:
    """Choose the threshold of a gallery.

    Args:
        visits: score of sample visits of residents against every resident, shape (visits,
            residents). What such a visit looks like should be what a door sends: frames fused.
        owners: which resident each visit shows, shape (visits,); that score is left out.
        target: share of strangers' visits that may be let in, above 0 and below 1.
        prior: what is known of this encoder's strangers.

    Raises:
        ValueError: a target that is no share, or scores of which no threshold can be made, since
            they are not finite.
    """
    if not 0 < target < 1:
        raise ValueError(f"a share of strangers let in of {target}, want one between 0 and 1")
    residents = visits.shape[1]
    strange = np.ones(visits.shape, np.bool_)
    strange[np.arange(len(visits)), owners] = False
    others = np.asarray(visits[strange], np.float64)
    mean, spread = _tail(others, residents, prior)
    threshold = _threshold(mean, spread, max(residents, 1), target)
    if not math.isfinite(threshold):
        raise ValueError(f"a threshold of {threshold}: scores of residents are no numbers")
    return Calibration(
        threshold=threshold,
        target=target,
        residents=residents,
        impostors=len(others),
        extrapolated=target < SHOWN / max(residents, 1),
        mean=mean,
        spread=spread,
    )


def _tail(others: NDArray[np.float64], residents: int, prior: Prior) -> tuple[float, float]:
    """Mean and upper spread, gallery and prior weighed by residents."""
    if not len(others):
        return prior.mean, prior.spread
    everybody = residents + prior.weight
    mean = (residents * float(others.mean()) + prior.weight * prior.mean) / everybody
    above = others[others > mean]
    variances = [float(((above - mean) ** 2).mean())] if len(above) else [0.0]
    variances += [
        ((float(np.quantile(others, level)) - mean) / _NORMAL.inv_cdf(level)) ** 2
        for level in LEVELS
        if len(others) * (1 - level) >= LEAST_ABOVE
    ]
    # The widest reading counts: where the tail is heavier than the normal law's, a far quantile
    # tells.
    variance = (residents * max(variances) + prior.weight * prior.spread**2) / everybody
    return mean, math.sqrt(variance)


def _threshold(mean: float, spread: float, residents: int, target: float) -> float:
    wanted = -math.log1p(-target) / residents
    reach = max(residents, SMALLEST)
    shown = max(wanted, SHOWN / reach**2)
    z = -_NORMAL.inv_cdf(min(0.5, shown))
    # The normal law's hazard is the slope of the logarithm of its tail.
    hazard = _NORMAL.pdf(z) / (0.5 * math.erfc(z / math.sqrt(2)))
    return mean + spread * (z + math.log(shown / wanted) / hazard)
