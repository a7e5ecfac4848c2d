"""Real people before the door: recorded clips as its camera, everything else as in a building.

One site runs: a broker, a brain and a door under the liveness policy `standard`, with a simulated
lock. Six people whose blinks were labelled are enrolled from one part of their clip each; then all
thirteen clips walk up to that one door, the six with another part that holds a labelled blink. So
every clip stands for the persons of all others before a gallery that knows them. At last the bursts
that went out are matched, by the brain's own code, against the gallery without each of the six.

The camera waits until each frame was looked at (`pace: every`): what is tested is who is let in,
not how fast this machine is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from living_site import DOOR, LivingSite, Opening, scene_camera

from brain.__main__ import site_keys
from brain.adapters import encoder_shelf
from brain.adapters.store_sql import SqlStore
from brain.config import BrainSettings
from brain.eyes import Eyes
from demo.observer import Observer
from demo.stage import Stage
from doorbus import messages as m
from doorbus.settings import load
from doorctl.conversation import new_transaction
from faces import jpeg, models
from faces.detect import FaceDetector
from matching.decision import Match, MatchRule, match
from matching.gallery import Gallery
from matching.sight import Seen

DATA = os.environ.get("DOORWARD_DATA")
MISSING = next(
    (why for name in ("yunet", "sface", "landmarks68") if (why := models.problem(name))), None
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.data,
    pytest.mark.timeout(600),
    pytest.mark.skipif(DATA is None, reason="DOORWARD_DATA is not set: no real clips here"),
    pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}"),
]


@dataclass(frozen=True, slots=True)
class Parts:
    """Frames of a clip, first and last, 0-based; visit and enrolment never share one.

    Attributes:
        card: the person's.
        count: frames of the enrolment.
        enrols: what is shown for the enrolment, one after the other. The door takes no frame
            that shows a second face, and the camera makes 30 frames a second of any clip, so
            each part may begin anew until all frames are there.
        visits: what walks up, once.
        blink: a labelled blink within it, the frame of its least eye opening.
    """

    card: str
    count: int
    enrols: tuple[tuple[int, int], ...]
    visits: tuple[int, int]
    blink: int


# From video/blink_labels.csv. Three clips are long enough for 200 frames of their own and a visit;
# s18 only with the visit between two parts of the enrolment. The other three enrol by 60 frames.
RESIDENTS: Mapping[str, Parts] = {
    "repeating": Parts("000000000001", 200, ((0, 199),), (200, 333), 222),
    "d13": Parts("000000000002", 200, ((110, 309),), (0, 109), 45),
    "s18": Parts("000000000003", 200, ((0, 133), (216, 281)), (134, 215), 164),
    "d18": Parts("000000000004", 60, ((0, 109),), (110, 215), 186),
    "office": Parts("000000000005", 60, ((0, 69),), (70, 129), 103),
    "talking": Parts("000000000006", 60, ((0, 99),), (100, 199), 172),
}
STRANGERS = ("d10", "d3", "d5", "d6", "d7", "d8", "whiteboard")
FRAMES_OF_STRANGERS = (0, 449)
"""Fifteen seconds. One clip is longer and blinks so often that its person would be refused ten
times, for which the door pauses; a resident comes between any two strangers for the same reason."""

QUIET_S = 1.0
MOST_S = 90.0


@dataclass(slots=True)
class Visit:
    """How it went when one clip walked up.

    Attributes:
        looks: frames in which the door saw a face.
        bursts: what it sent.
        decided: what the brain answered, in order.
        openings: of the lock.
    """

    looks: int = 0
    bursts: list[m.Burst] = field(default_factory=list)
    decided: list[m.VisitDecided] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Brain:
    """The brain's own way from a burst to a resident, with the gallery of the day."""

    eyes: Eyes
    gallery: Gallery
    rule: MatchRule

    def match(self, seen: Seen, without: str | None) -> Match:
        """Find who was seen, with one resident taken out of the gallery, or with all."""
        known = self.gallery if without is None else self.gallery.without(2, without)
        return match(seen.probes, seen.faults, known, self.rule, seen.weights)


@dataclass(slots=True)
class Day:
    """What happened at the door."""

    enrolled: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    residents: dict[str, str] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    after_removal: dict[str, Visit] = field(default_factory=dict)
    brain: Brain | None = None


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    folder = tmp_path_factory.mktemp("clips")
    settings = {
        "camera": scene_camera(folder, "every"),
        "liveness": {"policy": "standard"},
        "visit": {"absence_s": 0.5, "refusal_s": 2.0, "attempts": 10},
        "enrolment": {"min_interval_s": 0.0},
        "lock": {"kind": "simulated", "hold_s": 1.0},
    }
    brain = {"liveness": {"policies": ["standard"]}, "hold_s": 1.0}
    found, observer = Day(), Observer()
    with Stage(folder, {DOOR: settings}, brain) as stage:
        try:
            site = LivingSite(stage, observer)
            site.watch()
            for clip, parts in RESIDENTS.items():
                _enrol(site, found, clip, parts)
            found.brain = _brain(folder)
            for clip in _by_turns(tuple(RESIDENTS), STRANGERS):
                found.visits[clip] = _visit(site, clip)
            site.ask(m.Remove(op="remove", transaction=new_transaction(), card=_card("d13")))
            found.after_removal["d13"] = _visit(site, "d13")
        finally:
            observer.stop()
    return found


def _by_turns(ones: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    return [clip for pair in zip_longest(ones, others) for clip in pair if clip is not None]


def _card(clip: str) -> str:
    return RESIDENTS[clip].card


def _path(clip: str) -> Path:
    return Path(str(DATA)).resolve() / "video" / "live" / f"{clip}.mp4"


def _scene(clip: str, part: tuple[int, int], *, loop: bool) -> dict[str, Any]:
    path = str(_path(clip))
    return {"kind": "clip", "path": path, "first": part[0], "last": part[1], "loop": loop}


def _enrol(site: LivingSite, day: Day, clip: str, parts: Parts) -> None:
    mark = site.observer.mark()
    enrolment = site.enroll(clip, parts.card, parts.count)
    shown = 0
    for part in parts.enrols:
        shown += part[1] - part[0] + 1
        wanted = parts.count if part == parts.enrols[-1] else shown // 10 * 10
        site.comes(_scene(clip, part, loop=True))

        def is_stored(seen: Any, wanted: int = wanted) -> bool:
            change = seen.value
            return (
                isinstance(change, m.EnrolmentChanged)
                and change.enrolment == enrolment
                and change.stored >= min(wanted, parts.count)
            )

        site.observer.wait(is_stored, mark, MOST_S, f"{clip}: {wanted} frames are stored")
    site.goes()
    day.enrolled[clip] = site.wait_enrolled(parts.card, MOST_S)
    day.residents[clip] = site.ask(m.Show(op="show", card=parts.card))["resident"]


def _visit(site: LivingSite, clip: str) -> Visit:
    """One clip walks up, plays once, and is gone."""
    parts = RESIDENTS.get(clip)
    # Who comes while another's refusal is still shown has to blink once more; a clip cannot.
    site.wait_asleep(15)
    before, visit = len(site.openings()), Visit()
    mark = site.comes(_scene(clip, parts.visits if parts else FRAMES_OF_STRANGERS, loop=False))
    deadline, last_face = time.monotonic() + MOST_S, None
    while last_face is None or time.monotonic() - last_face < QUIET_S:
        assert time.monotonic() < deadline, f"{clip} does not come to its end"
        faces = sum(look["faces"] > 0 for look in site.looks())
        visit.looks += faces
        last_face = time.monotonic() if faces else last_face
        time.sleep(0.1)
    site.goes()
    site.wait_locked(5)
    for seen in site.observer.since(mark):
        if isinstance(seen.value, m.Burst):
            visit.bursts.append(seen.value)
        elif isinstance(seen.value, m.VisitDecided):
            visit.decided.append(seen.value)
    visit.openings = site.openings()[before:]
    return visit


def _brain(folder: Path) -> Brain:
    settings = load(folder / "site" / "brain" / "brain.yaml", BrainSettings)
    encoding = encoder_shelf.configured(settings)
    encoder = encoding.make()
    store = SqlStore(settings.database_url, site_keys(settings))
    store.start()
    try:
        with store.work() as work:
            vectors = work.templates.all(encoding.identity)
    finally:
        store.stop()
    eyes = Eyes(FaceDetector(models.path("yunet")), encoder)
    eyes.start()
    gallery = Gallery.build(1, encoder.dimensions, vectors)
    return Brain(eyes, gallery, encoding.match)


def _stills(clip: str) -> m.Burst:
    """Twenty whole frames of a clip as if its person had blinked: for who never does."""
    video = cv2.VideoCapture(str(_path(clip)))
    frames: list[m.Crop] = []
    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted = set(np.linspace(0, total - 1, 20).astype(int).tolist())
    for index in range(total):
        good, image = video.read()
        if good and index in wanted:
            scale = 640 / max(image.shape[:2])
            small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            picture = jpeg.encode(np.asarray(small, dtype=np.uint8))
            frames.append(m.Crop(jpeg=picture, points=None, at_ms=index * 33))
    video.release()
    life = m.Liveness(policy="standard", blinks=(), fps=30)
    return m.Burst(visit=0, nonce="0" * 32, liveness=life, crops=tuple(frames))


@pytest.mark.parametrize("clip", RESIDENTS)
def test_a_person_is_enrolled_from_one_part_of_a_clip(day: Day, clip: str) -> None:
    enrolment = day.enrolled[clip]

    assert (enrolment["state"], enrolment["reason"]) == ("trained", "")
    assert enrolment["stored"] == RESIDENTS[clip].count


@pytest.mark.parametrize("clip", RESIDENTS)
def test_who_was_enrolled_is_let_in_by_another_part_with_a_blink(day: Day, clip: str) -> None:
    visit, parts = day.visits[clip], RESIDENTS[clip]
    assert parts.visits[0] <= parts.blink <= parts.visits[1]
    assert all(last < parts.visits[0] or first > parts.visits[1] for first, last in parts.enrols)

    grants = [one for one in visit.decided if one.decision is m.Decision.GRANT]

    assert grants, f"{visit.looks} looks, decided: {visit.decided}"
    assert {one.resident for one in grants} == {day.residents[clip]}
    assert visit.openings


@pytest.mark.parametrize("clip", STRANGERS)
def test_nobody_else_is_let_in(day: Day, clip: str) -> None:
    visit = day.visits[clip]

    assert visit.looks > 60, "the door did not even see this person"
    assert [one for one in visit.decided if one.decision is m.Decision.GRANT] == []
    assert visit.openings == []


def test_strangers_who_blink_were_refused_for_who_they_are(day: Day) -> None:
    """Or all of them might have been kept out by a door that sees no blink at all."""
    asked = {clip for clip in STRANGERS if day.visits[clip].bursts}

    assert len(asked) >= 4, asked
    reasons = {one.reason for clip in asked for one in day.visits[clip].decided}
    assert reasons <= {m.Reason.UNKNOWN, m.Reason.AMBIGUOUS, m.Reason.NOT_ONE_PERSON}


def test_who_was_removed_is_a_stranger(day: Day) -> None:
    visit = day.after_removal["d13"]

    assert visit.bursts
    assert {one.decision for one in visit.decided} == {m.Decision.DENY}
    assert visit.openings == []


@pytest.mark.parametrize("clip", [*RESIDENTS, *STRANGERS])
def test_no_gallery_without_a_person_takes_them_for_another(day: Day, clip: str) -> None:
    own = day.residents.get(clip)
    bursts = day.visits[clip].bursts or [_stills(clip)]

    brain = day.brain
    assert brain is not None

    for burst in bursts:
        seen = brain.eyes.burst(burst.crops)
        assert brain.match(seen, without=None).resident == own
        for removed in day.residents.values():
            expected = None if removed == own else own
            assert brain.match(seen, without=removed).resident == expected


def test_the_lock_never_stayed_open_longer_than_it_was_told(day: Day) -> None:
    openings = [one for visit in day.visits.values() for one in visit.openings]

    assert openings
    assert max(one.lasted for one in openings) < 1.5
