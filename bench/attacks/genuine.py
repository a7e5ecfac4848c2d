"""How many visits of one person are refused because their crops are not held to be one face?

Bursts of one person: every video of YouTube Faces that shows a resident (few frames, far apart, so
harder than what a door sends), and stretches of the living people's clips. Those that would be let
in otherwise are counted, and how many of them each limit refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.attacks.splices import STRANGERS, Brain, Person, asked, unasked
from bench.recognition import bias, embeddings, networks, pictures, protocols
from bench.recognition.systems import worth
from brain.core.calibration import Target
from brain.encoder_settings import DEFAULTS, EncoderName
from brain.live_gallery import calibration
from doorbus.messages import Crop
from edge.attacks.source import Source
from faces import jpeg
from faces.encoding.unbiased import SFACE_BIAS, without_bias
from matching.decision import MatchRule, match
from matching.fusion import fuse
from matching.gallery import Gallery, Vectors
from matching.sight import Seen

MOST_REFUSED = 0.005
"""Share of one person's bursts that may be refused for not being one face."""

DRAWS = 50
"""Galleries of YouTube Faces."""

CROPS = 20
STRETCH_S = 2.0
"""Length of a burst from a clip."""

Visit = tuple[Seen, Gallery, MatchRule]


def refused(visits: Iterable[Visit]) -> Counter[str]:
    """Visits that would be let in if single crops were not held to be one face.

    Returns:
        `visits` and those `let in`; of these, by the name of each limit how many it alone refuses,
        and `refused` by all.
    """
    counts: Counter[str] = Counter()
    for seen, gallery, rule in visits:
        counts["visits"] += 1
        before = unasked(rule)
        if not _let_in(seen, gallery, before):
            continue
        counts["let in"] += 1
        counts["refused"] += not _let_in(seen, gallery, rule)
        for name, alone in _alone(before, rule).items():
            counts[name] += not _let_in(seen, gallery, alone)
    return counts


def line(name: str, counts: Mapping[str, int]) -> str:
    """One line of the table."""
    share = counts["refused"] / max(1, counts["let in"])
    by = ", ".join(f"{one} {counts[one]}" for one in ("coherence", "stray", "rival"))
    return (
        f"{name:28} {counts['visits']:6} {counts['let in']:7} {counts['refused']:8} {share:8.2%}"
        f"   {by}"
    )


HEAD = (
    f"{'bursts of one person':28} {'bursts':>6} {'let in':>7} {'refused':>8} {'share':>8}   by each"
)


def of_clips(people: Sequence[Person], brain: Brain) -> Iterator[Visit]:
    """Stretches of each person's clip, one after the other, blinks and all."""
    for person in people:
        for crops in _stretches(person.source):
            yield brain.eyes.burst(crops), brain.gallery, brain.rule


def of_videos(encoder: EncoderName) -> Iterator[Visit]:
    """Visits of YouTube Faces' residents. Raises `pictures.NoDataError` where it is not there."""
    data = pictures.ytf(pictures.folder())
    found = embeddings.found(data)
    refined = embeddings.refined(data, found)
    if encoder == "dlib":
        both = bias.unit(embeddings.vectors(data, found, networks.Dlib()))
    else:
        pairs = embeddings.vectors(data, refined, networks.SFace())
        both = without_bias(bias.unit(pairs), SFACE_BIAS)
        both[~pairs.any(axis=(1, 2))] = 0
    weights = worth(refined)
    whole = bias.unit(both.sum(axis=1))
    default = DEFAULTS[encoder]
    for draw in range(DRAWS):
        split = protocols.resampled(data, draw)
        gallery = _gallery(whole, split.enrolled)
        chosen = calibration(gallery, Target(STRANGERS, default.prior)).threshold
        # With dlib's network few galleries can keep so rare strangers out; its own default then.
        rule = asked(default, chosen if encoder == "sface" else default.threshold)
        for visit in split.mates:
            yield _burst(both, visit, weights), gallery, rule


def _gallery(whole: Vectors, enrolled: Sequence[tuple[int, ...]]) -> Gallery:
    vectors = {
        f"r{row}": fuse(whole[[file for file in files if whole[file].any()]])
        for row, files in enumerate(enrolled)
        if whole[list(files)].any()
    }
    return Gallery.build(1, whole.shape[1], vectors)


def _burst(both: Vectors, visit: tuple[int, ...], weights: NDArray[np.float32]) -> Seen:
    """As encoders see a burst: of every other crop the mirror image."""
    there = [file for file in visit if both[file].any()]
    probes = [both[file, place % 2] for place, file in enumerate(there)]
    shape = (len(there), both.shape[2])
    return Seen(np.array(probes, np.float32).reshape(shape), (), weights[there])


def _alone(before: MatchRule, rule: MatchRule) -> dict[str, MatchRule]:
    return {
        "coherence": replace(before, coherence=rule.coherence),
        "stray": replace(before, stray=rule.stray),
        "rival": replace(before, rival=rule.rival),
    }


def _let_in(seen: Seen, gallery: Gallery, rule: MatchRule) -> bool:
    found = match(seen.probes, seen.faults, gallery, rule, seen.weights)
    return found.resident is not None


def _stretches(source: Source) -> Iterator[list[Crop]]:
    step = max(1, round(STRETCH_S * source.fps / CROPS))
    for first in range(0, len(source.images) - step * (CROPS - 1), step * CROPS // 2):
        yield [
            Crop(
                jpeg=jpeg.encode(source.images[first + number * step]),
                points=None,
                at_ms=round(number * step * 1000 / source.fps),
            )
            for number in range(CROPS)
        ]
