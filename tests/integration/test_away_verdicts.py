"""A door on its own says of a burst what the brain says: real faces, real networks, real cache.

Portraits are fetched by `doorctl models portraits`; YouTube Faces lie in DOORWARD_DATA. Where they
are not, these tests skip.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from brain_world import Door, World, alive
from cache_door import CacheDoor
from test_brain_faces import burst_of, detector, portrait, views

from brain.core.calibration import Target
from brain.encoder_settings import DEFAULTS
from brain.live_gallery import calibration
from brain.parts import Parts
from doorbus import messages as m
from doorbus import topics
from doorbus.messages import Burst, Crop, Decision, Reason
from edge.core.away import judge, objection
from edge.local_matching import HereJob, matched
from edge.resident_cache import Cached
from faces import jpeg, models
from faces.encoding import known
from faces.errors import ModelError
from matching.decision import MatchRule, match
from matching.fusion import fuse
from matching.gallery import Gallery, Vectors
from matching.life import LifeRule
from matching.sight import Sight

CARD, OTHER = "000000000001", "000000000002"
DATA = os.environ.get("DOORWARD_DATA")
Said = tuple[Decision, Reason, str | None]

FLOAT16 = 6e-4
"""Most that rounding a template to float16 moves a cosine."""


class FacesWorld(World):
    """A world whose brain has the default encoder, under its true identity."""

    def parts(self, parts: Parts) -> Parts:
        return replace(parts, identity=known.sface_identity())


def sight() -> Sight:
    try:
        made = Sight(detector(), known.sface())
        made.start()
    except ModelError as error:
        pytest.skip(str(error))
    return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    try:
        models.path("sface_folded")
    except ModelError as error:
        pytest.skip(str(error))
    world = FacesWorld(tmp_path)
    world.encoder = known.sface
    world.detector = detector
    world.brain(encoder="sface", away={"doors": {"front": "faces"}})
    yield world
    world.close()


def said_by_the_brain(world: World, door: Door, burst: Burst) -> Said:
    watching = world.watch("brain/event")
    door.send(topics.RECOGNIZE, burst)
    decided = watching.wait(m.VisitDecided, lambda one: one.visit == burst.visit)
    verdict = door.verdict_for(burst)
    assert verdict.decision is decided.decision
    return decided.decision, decided.reason, decided.resident


def said_by_the_door(eyes: Sight, cached: Cached, burst: Burst) -> Said:
    found = matched(eyes, HereJob(burst, cached.gallery, cached.rule, cached.life))
    against = None
    if found.resident is not None:
        rules = cached.residents[found.resident].rules
        against = objection(rules, cached.calendar, cached.validity.made_at)
    judged = judge(found, against, cached.hold_s)
    who = judged.resident if judged.decision is Decision.GRANT else None
    return judged.decision, judged.reason, who


@pytest.mark.slow
def test_brain_and_door_say_the_same_of_the_same_bursts(world: World) -> None:
    admin, door = world.admin(), world.door()
    for card, name in ((CARD, "obama.jpg"), (OTHER, "astronaut.png")):
        world.enrol(admin, door, card, views(portrait(name)).__next__)
    cached = CacheDoor(
        door, world.broker.bus, world.folder / "cache", known.sface_identity()
    ).fetch()
    eyes = sight()
    resident, stranger = burst_of(portrait("obama2.jpg")), burst_of(portrait("biden.jpg"))
    astronaut = burst_of(portrait("astronaut.png"))
    bursts = {
        "a resident": resident,
        "another resident": astronaut,
        "a stranger": stranger,
        "a resident in another photo": burst_of(portrait("obama3.jpg")),
        "two residents": resident[:10] + astronaut[:10],
        "a resident with a stranger's crop": resident[:19] + stranger[:1],
        "copies of one picture": [resident[0]] * 20,
        "few pictures": resident[:3],
        "no pictures": [b"\xff\xd8 no picture"] * 20,
    }
    said = {}

    for number, (name, pictures) in enumerate(bursts.items(), 1):
        burst = without_points(door.burst(pictures, number))
        said[name] = (
            said_by_the_brain(world, door, burst),
            said_by_the_door(eyes, cached, burst),
        )

    assert {name: one for name, (one, other) in said.items() if one != other} == {}
    assert said["a resident"][1][0] is Decision.GRANT
    assert said["a stranger"][1][0] is Decision.DENY
    assert len({reason for _, (_, reason, _) in said.values()}) >= 4


def test_a_policy_that_the_brain_does_not_believe_is_not_believed_here(world: World) -> None:
    door = world.door()
    cached = CacheDoor(
        door, world.broker.bus, world.folder / "cache", known.sface_identity()
    ).fetch()
    burst = without_points(door.burst([b"\xff\xd8"] * 20, 1, liveness=alive("demo")))

    assert said_by_the_brain(world, door, burst)[1] is Reason.NO_LIFE
    assert said_by_the_door(sight(), cached, burst)[1] is Reason.NO_LIFE


def without_points(burst: Burst) -> Burst:
    """As of a door that saw no points, so that both look for themselves."""
    bare = tuple(one.model_copy(update={"points": None}) for one in burst.crops)
    return burst.model_copy(update={"crops": bare})


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.timeout(600)
@pytest.mark.skipif(DATA is None, reason="DOORWARD_DATA is not set: no YouTube Faces here")
def test_on_youtube_faces_rounded_templates_change_no_verdict() -> None:
    eyes = sight()
    people = sorted((Path(str(DATA)) / "faces" / "ytf").iterdir())[:40]
    residents = {}
    for person in people[:20]:
        first = min(person.iterdir())
        residents[person.name] = fuse(eyes.burst(crops(first)).probes)
    default = DEFAULTS["sface"]
    exact = Gallery.build(1, 128, residents)
    rule = MatchRule(
        threshold=calibration(exact, Target(0.001, default.prior)).threshold,
        margin=default.margin,
        floor=default.floor,
        coherence=default.coherence,
        stray=default.stray,
        rival=default.rival,
        movement=default.movement,
        least_crops=3,
    )
    rounded = Gallery.build(1, 128, {name: as_cached(rows) for name, rows in residents.items()})
    said, furthest = {}, 0.0

    for person in people:
        visit = max(person.iterdir())
        burst = Burst(visit=1, nonce="0" * 32, liveness=alive(), crops=crops(visit))
        seen = eyes.burst(burst.crops)
        here = matched(eyes, HereJob(burst, rounded, rule, LifeRule()))
        brain = match(seen.probes, seen.faults, exact, rule, seen.weights)
        said[person.name] = (brain, here)
        if len(seen.probes):
            moved = np.abs(exact.scores(seen.probes) - rounded.scores(seen.probes)).max()
            furthest = max(furthest, float(moved))

    assert {name for name, (one, other) in said.items() if one != other} == set()
    assert sum(one.reason is Reason.MATCH for one, _ in said.values()) >= 10
    assert sum(one.reason is not Reason.MATCH for one, _ in said.values()) >= 15
    assert furthest < FLOAT16


def crops(video: Path) -> tuple[Crop, ...]:
    """A video's pictures as crops; of those that are no plain JPEG, a copy that is."""
    pictures = [cv2.imread(str(path)) for path in sorted(video.glob("*.jpg"))]
    return tuple(
        Crop(jpeg=jpeg.encode(np.asarray(picture, np.uint8), 95), at_ms=40 * place)
        for place, picture in enumerate(pictures)
        if picture is not None
    )


def as_cached(rows: Vectors) -> Vectors:
    """A template as it comes out of a cache."""
    wide = np.frombuffer(np.asarray(rows, "<f2").tobytes(), "<f2").astype(np.float64)
    return np.asarray(wide / np.linalg.norm(wide), np.float32)[None]
