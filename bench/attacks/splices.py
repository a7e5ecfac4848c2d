"""Can one person show life and another be let in? Two people's clips, spliced around a blink.

Each splice plays through the door's own tracker, blink detector and burst choice, without anything
else that may see through it (no texture, no screen signs). A burst that comes out goes the brain's
own way: decoding, landmarks, embedding, matching against a gallery that knows both people from
other parts of their clips. A burst of both people that is accepted is a defect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import product

import numpy as np

from brain.core.calibration import Target
from brain.core.training import Sample
from brain.encoder_settings import DEFAULTS, Cosines, EncoderName
from brain.eyes import Eyes as BrainEyes
from brain.live_gallery import calibration
from doorbus.messages import Crop, Point, Reason
from edge.attacks.presentation import Outcome, Stand, play
from edge.attacks.shared_looks import SharedTracker
from edge.attacks.source import Source, shrunk, taken
from edge.attacks.splice import Manner, Moment, Splice, spliced
from edge.core.burst import BurstRule
from edge.core.liveness import POLICIES
from edge.core.visit_state import VisitRule
from edge.errors import AttackError
from edge.eyes import Evidenced
from edge.eyes import Eyes as DoorEyes
from edge.ports import FaceTracker, Image, Landmarks
from edge.recent_faces import Cutting
from faces import jpeg
from matching.decision import Match, MatchRule, match
from matching.fusion import fuse
from matching.gallery import Gallery, Vectors
from matching.sight import Seen

ENROLLED = 16
"""Pictures of each person in the gallery."""

SPLICED_SHARE = 0.6
"""Of a clip, from its beginning; people are enrolled from the rest."""

STRANGERS = 0.001
"""Share of strangers let in that the brain's threshold is chosen for, its default."""


class Known(Enum):
    """Who of the two is enrolled; of both, at least one must be for a burst to be accepted."""

    BOTH = "both enrolled"
    FIRST = "the second a stranger"
    SECOND = "the first a stranger"


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody who is enrolled and appears in splices.

    Attributes:
        name: of the clip.
        source: the part that is spliced.
        templates: embeddings from the other part, unit length, shape (n, dimensions).
    """

    name: str
    source: Source
    templates: Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Brain:
    """The brain's own way from a burst to a resident.

    Attributes:
        eyes: look at bursts.
        gallery: one fused vector for each resident, as the brain keeps it.
        default: the encoder's limits.
        rule: with the threshold that the brain chooses for this gallery.
    """

    eyes: BrainEyes
    gallery: Gallery
    default: Cosines
    rule: MatchRule

    @classmethod
    def knowing(cls, people: Sequence[Person], eyes: BrainEyes, encoder: EncoderName) -> Brain:
        """With a gallery of these people."""
        vectors = {person.name: fuse(person.templates) for person in people}
        gallery = Gallery.build(1, people[0].templates.shape[1], vectors)
        return cls._of(eyes, gallery, DEFAULTS[encoder])

    @classmethod
    def _of(cls, eyes: BrainEyes, gallery: Gallery, default: Cosines) -> Brain:
        chosen = calibration(gallery, Target(STRANGERS, default.prior))
        return cls(eyes, gallery, default, asked(default, chosen.threshold))

    def without(self, resident: str) -> Brain:
        """The same, were this one not enrolled."""
        return self._of(self.eyes, self.gallery.without(2, resident), self.default)

    def look(self, evidenced: Evidenced) -> Seen:
        """What a burst shows."""
        return self.eyes.burst(_crops(evidenced))

    def match(self, seen: Seen, *, single: bool = True) -> Match:
        """Who a burst shows.

        Args:
            seen: what the eyes made of it.
            single: whether its crops are held against each other and against other residents.
        """
        rule = self.rule if single else unasked(self.rule)
        return match(seen.probes, seen.faults, self.gallery, rule, seen.weights)


def asked(default: Cosines, threshold: float) -> MatchRule:
    """What the brain asks of a burst, with an encoder's limits."""
    return MatchRule(
        threshold,
        default.margin,
        default.floor,
        coherence=default.coherence,
        stray=default.stray,
        rival=default.rival,
    )


def unasked(rule: MatchRule) -> MatchRule:
    """The same without what holds single crops to be one face, but for the floor."""
    nothing = MatchRule(rule.threshold, rule.margin, rule.floor)
    return replace(nothing, agreement=rule.agreement, least_crops=rule.least_crops)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one splice.

    Attributes:
        first: who blinked.
        second: who took over.
        moment: when, seen from the blink.
        manner: how.
        shown: who is in the burst, its frames and its blink: 1, 2 or both; nobody without a burst.
        reason: the brain's, knowing both; None without a burst.
        resident: whom the brain took it for.
        let_in: whom it would be let in as, by who of the two is enrolled.
        unasked: the same, were single crops not held to be one face.
    """

    first: str
    second: str
    moment: str
    manner: str
    shown: frozenset[int]
    reason: Reason | None = None
    resident: str | None = None
    let_in: Mapping[Known, str] = field(default_factory=dict)
    unasked: Mapping[Known, str] = field(default_factory=dict)

    @property
    def defect(self) -> bool:
        """Both people in one burst, or one taken for the other, and accepted all the same."""
        return self.swapped(Known.BOTH)

    def swapped(self, known: Known, *, unasked: bool = False) -> bool:
        """The same, where not all may be enrolled."""
        resident = (self.unasked if unasked else self.let_in).get(known)
        if resident is None:
            return False
        whose = {1: self.first, 2: self.second}
        return len(self.shown) != 1 or resident != whose[next(iter(self.shown))]


def met(
    name: str, fps: float, images: Iterable[Image], tracker: FaceTracker, eyes: BrainEyes
) -> Person:
    """Somebody, from their clip. Raises `AttackError` where it shows too little of a face."""
    small = [shrunk(image) for image in images]
    cut = round(SPLICED_SHARE * len(small))
    source = taken(name, fps, small[:cut], tracker)
    places = np.linspace(cut, len(small) - 1, ENROLLED).round().astype(int)
    samples = [eyes.frame(index, jpeg.encode(small[index])) for index in places]
    vectors = [sample.embedding for sample in samples if isinstance(sample, Sample)]
    if len(vectors) < ENROLLED / 2:
        raise AttackError(f"{name}: fewer than {ENROLLED // 2} pictures to enrol")
    return Person(name, source, np.array(vectors, dtype=np.float32))


def tried(
    people: Sequence[Person],
    brain: Brain,
    tracker: FaceTracker,
    landmarks: Landmarks,
    *,
    count: int,
    seed: int,
) -> Iterator[Trial]:
    """`count` splices of two of them each, every moment, manner and blinking person as often.

    Args:
        people: all residents.
        brain: knows them.
        tracker: started; the door's.
        landmarks: started; looks again at the chosen frames.
        count: how many splices.
        seed: of who, when and how.
    """
    rng = np.random.default_rng(seed)
    ways = list(product(Moment, Manner))
    blinking = [person for person in people if person.source.shut] or list(people)
    seeing = SharedTracker(tracker)
    eyes = DoorEyes(seeing, POLICIES["standard"], BurstRule(), {}, landmarks=landmarks)
    stand = Stand("blinks alone", eyes, VisitRule())
    for number in range(count):
        first = blinking[number % len(blinking)]
        others = [person for person in people if person is not first]
        second = others[int(rng.integers(len(others)))]
        moment, manner = ways[number % len(ways)]
        splice = spliced(first.source, second.source, moment, manner, rng)
        yield _tried(first, second, splice, stand, brain)


def _tried(first: Person, second: Person, splice: Splice, stand: Stand, brain: Brain) -> Trial:
    bursts: list[Evidenced] = []
    endings = play(
        splice.images, splice.fps, [stand], on_burst=lambda _, burst: bursts.append(burst)
    )
    trial = Trial(
        first.name, second.name, splice.moment.value, splice.manner.value, frozenset[int]()
    )
    if endings[stand.name].outcome is not Outcome.ACCEPTED:
        return trial
    (burst,) = bursts
    indices = [cutting.sighting.index for cutting in burst.cuttings]
    begin = burst.cuttings[0].sighting.at
    # The blink belongs to the message as much as the frames do.
    blinks = [
        round((begin + blink.closed_ms / 1000) * splice.fps) for blink in burst.life.blinks[-1:]
    ]
    seen = brain.look(burst)
    found = brain.match(seen)
    brains = {
        Known.BOTH: brain,
        Known.FIRST: brain.without(second.name),
        Known.SECOND: brain.without(first.name),
    }
    return replace(
        trial,
        shown=splice.shows([*indices, *blinks]),
        reason=found.reason,
        resident=found.resident,
        let_in=_residents({known: one.match(seen) for known, one in brains.items()}),
        unasked=_residents({known: one.match(seen, single=False) for known, one in brains.items()}),
    )


def _residents(found: Mapping[Known, Match]) -> dict[Known, str]:
    return {known: one.resident for known, one in found.items() if one.resident is not None}


def table(trials: Sequence[Trial]) -> list[str]:
    """Who stopped how many, by moment and by manner, line by line."""
    lines = [f"{'':22} splices no burst one person both: refused accepted"]
    rows: Mapping[str, Callable[[Trial], bool]] = {
        **{f"cut {one}": _at(one) for one in sorted({trial.moment for trial in trials})},
        **{one: _by(one) for one in sorted({trial.manner for trial in trials})},
        "all": lambda _: True,
    }
    for name, belongs in rows.items():
        of = [trial for trial in trials if belongs(trial)]
        both = [trial for trial in of if len(trial.shown) > 1]
        lines.append(
            f"{name:22} {len(of):7} {sum(not trial.shown for trial in of):8} "
            f"{sum(len(trial.shown) == 1 for trial in of):10} "
            f"{sum(trial.reason is not Reason.MATCH for trial in both):13} "
            f"{sum(trial.defect for trial in of):8}"
        )
    refused = Counter(
        trial.reason.value
        for trial in trials
        if len(trial.shown) > 1 and trial.reason not in {None, Reason.MATCH}
    )
    if refused:
        lines.append(f"why the brain refused both: {_counted(refused)}")
    alone = [trial for trial in trials if len(trial.shown) == 1 and trial.reason is not None]
    if alone:
        told = Counter(trial.reason.value for trial in alone if trial.reason is not None)
        lines.append(f"what the brain said of one person: {_counted(told)}")
    return lines


def by_enrolment(trials: Sequence[Trial]) -> list[str]:
    """How many were accepted though they show both, by who is enrolled, line by line."""
    lines = [f"{'accepted of both':22} without holding crops to be one face    with it"]
    for known in Known:
        without, now = (
            sum(trial.swapped(known, unasked=unasked) for trial in trials)
            for unasked in (True, False)
        )
        lines.append(f"{known.value:22} {without:38} {now:10}")
    return lines


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def _at(moment: str) -> Callable[[Trial], bool]:
    return lambda trial: trial.moment == moment


def _by(manner: str) -> Callable[[Trial], bool]:
    return lambda trial: trial.manner == manner


def _crops(evidenced: Evidenced) -> list[Crop]:
    first = evidenced.cuttings[0].sighting.at
    return [
        Crop(
            jpeg=jpeg.encode(cutting.image),
            points=_points(cutting),
            at_ms=round((cutting.sighting.at - first) * 1000),
        )
        for cutting in evidenced.cuttings
    ]


def _points(cutting: Cutting) -> tuple[Point, Point, Point, Point, Point]:
    one, two, three, four, five = ((float(x), float(y)) for x, y in cutting.points)
    return one, two, three, four, five
