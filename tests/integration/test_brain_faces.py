"""Real faces through the whole brain: enrolled by one photo's variants, recognised by others.

The portraits are fetched by `doorctl models portraits`; where they are not, these tests skip.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from brain_world import Admin, Door, World

from brain.adapters import encoder_shelf
from brain.adapters.encoder_dlib import DlibEncoder
from brain.adapters.encoder_sface import SFaceEncoder
from brain.parts import Encoding, Parts
from brain.ports import Encoder, Image
from doorbus import codec, topics
from doorbus import messages as m
from doorbus.messages import Decision, EnrolmentState, Reason
from doorctl.photos import prepare
from faces import crop, jpeg, models
from faces.detect import FaceDetector
from faces.errors import ModelError

CARD, OTHER = "000000000001", "000000000002"
ENCODERS: dict[str, Callable[[], Encoder]] = {"sface": SFaceEncoder, "dlib": DlibEncoder}


def portrait(name: str) -> Image:
    try:
        path = models.path(name)
    except ModelError as error:
        pytest.skip(str(error))
    image = cv2.imread(str(path))
    assert image is not None
    scale = min(1.0, 1280 / max(image.shape[:2]))
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale), np.uint8)


def detector() -> FaceDetector:
    try:
        made = FaceDetector(models.path("yunet"))
    except ModelError as error:
        pytest.skip(str(error))
    made.start()
    return made


def views(image: Image, face: int = 0, margin: float = 1.0) -> Iterator[bytes]:
    """The face, as a camera sees it frame after frame: moved, turned, lighter and darker."""
    found = detector().detect(image)[face]
    part, points = crop.face_crop(image, found.box, found.points, margin, 480)
    height, width = part.shape[:2]
    for number in itertools.count():
        rng = np.random.default_rng(number)
        middle = (float(points[:, 0].mean()), float(points[:, 1].mean()))
        turn = cv2.getRotationMatrix2D(middle, rng.normal(0, 6), rng.uniform(0.85, 1.1))
        matrix = np.asarray(turn, np.float64)
        matrix[:, 2] += rng.normal(0, 3, 2)
        moved = cv2.warpAffine(part, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        light = moved * rng.uniform(0.7, 1.2) + rng.normal(0, 4, moved.shape)
        yield jpeg.encode(np.clip(light, 0, 255).astype(np.uint8))


def burst_of(image: Image) -> list[bytes]:
    return list(itertools.islice(views(image, margin=0.3), 20))


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    chosen = getattr(request, "param", "sface")
    encoder = ENCODERS[chosen]
    try:
        encoder().start()
    except ModelError as error:
        pytest.skip(str(error))
    world = World(tmp_path)
    world.encoder = encoder
    world.detector = detector
    world.brain(encoder=chosen)
    yield world
    world.close()


def visit(door: Door, pictures: list[bytes], number: int) -> m.Verdict:
    """A visit whose door saw no points: the brain looks for itself."""
    burst = door.burst(pictures, number)
    bare = tuple(one.model_copy(update={"points": None}) for one in burst.crops)
    return door.visit(pictures, number, crops=bare)


@pytest.mark.slow
@pytest.mark.parametrize("world", list(ENCODERS), indirect=True)
def test_a_resident_is_let_in_by_another_photo_and_strangers_are_not(world: World) -> None:
    admin, door = world.admin(), world.door()
    frames = views(portrait("obama.jpg"))
    world.enrol(admin, door, CARD, lambda: next(frames))
    others = views(portrait("astronaut.png"))
    world.enrol(admin, door, OTHER, lambda: next(others))

    again = visit(door, burst_of(portrait("obama2.jpg")), 1)
    second = visit(door, burst_of(portrait("astronaut.png")), 2)
    stranger = visit(door, burst_of(portrait("biden.jpg")), 3)

    assert (again.decision, again.reason) == (Decision.GRANT, Reason.MATCH)
    assert second.decision is Decision.GRANT
    assert (stranger.decision, stranger.reason) == (Decision.DENY, Reason.UNKNOWN)
    assert admin.heard.of(m.VisitDecided)[0].resident != admin.heard.of(m.VisitDecided)[1].resident


def test_frames_of_two_people_make_no_resident(world: World) -> None:
    admin, door = world.admin(), world.door()
    both = [views(portrait("obama.jpg")), views(portrait("biden.jpg"))]
    turn = itertools.cycle(both)
    admin.ok("enroll", card=CARD, door="front", name="Two People")
    start = door.heard.wait(m.StartEnrolment)

    door.capture(start, lambda: next(next(turn)))

    refused = admin.heard.wait(
        m.EnrolmentChanged, lambda change: change.state is EnrolmentState.REFUSED
    )
    assert "more than one person" in refused.reason


def test_half_of_a_burst_swapped_for_the_resident_is_refused(world: World) -> None:
    admin, door = world.admin(), world.door()
    frames = views(portrait("obama.jpg"))
    world.enrol(admin, door, CARD, lambda: next(frames))

    swapped = burst_of(portrait("obama.jpg"))[:18] + burst_of(portrait("biden.jpg"))[:2]

    assert visit(door, swapped, 1).reason is Reason.NOT_ONE_PERSON


def test_the_same_person_under_a_second_card_is_pointed_out(world: World) -> None:
    admin, door = world.admin(), world.door()
    frames = views(portrait("obama.jpg"))
    first = world.enrol(admin, door, CARD, lambda: next(frames))
    again = views(portrait("obama3.jpg"))
    _enrol_again(world, admin, door, lambda: next(again))

    assert first in admin.ok("show", card=OTHER)["enrolment"]["reason"]


def test_twins_in_two_cards_are_named_and_neither_is_let_in(world: World) -> None:
    admin, door = world.admin(), world.door()
    frames, again = views(portrait("obama.jpg")), views(portrait("obama2.jpg"))
    first = world.enrol(admin, door, CARD, lambda: next(frames))
    _enrol_again(world, admin, door, lambda: next(again))

    listed = {one["card"]: one for one in admin.ok("list")["residents"]}
    visits = [
        visit(door, burst_of(portrait(name)), number)
        for number, name in enumerate(("obama.jpg", "obama2.jpg"), start=1)
    ]

    assert listed[CARD]["lookalikes"] == [listed[OTHER]["resident"]]
    assert listed[OTHER]["lookalikes"] == [first]
    assert [one.reason for one in visits] == [Reason.AMBIGUOUS] * 2


def again_and_again(picture: bytes) -> Iterator[bytes]:
    """One frame, saved anew each time with another quality: no two files are alike."""
    image = jpeg.decode(picture)
    for number in itertools.count():
        done, saved = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 70 + number % 25])
        assert done
        yield saved.tobytes() if number < 25 else picture


def test_one_frozen_frame_saved_anew_each_time_makes_no_resident(world: World) -> None:
    admin, door = world.admin(), world.door()
    copies = again_and_again(next(views(portrait("obama.jpg"))))
    admin.ok("enroll", card=CARD, door="front", name="Frozen")
    start = door.heard.wait(m.StartEnrolment)

    door.capture(start, lambda: next(copies))

    refused = admin.heard.wait(
        m.EnrolmentChanged, lambda change: change.state is EnrolmentState.REFUSED
    )
    assert "camera frozen" in refused.reason


def test_copies_of_one_picture_saved_anew_each_time_let_nobody_in(world: World) -> None:
    admin, door = world.admin(), world.door()
    frames = views(portrait("obama.jpg"))
    world.enrol(admin, door, CARD, lambda: next(frames))
    picture = next(views(portrait("obama2.jpg"), margin=0.3))

    refused = visit(door, list(itertools.islice(again_and_again(picture), 20)), 1)

    assert (refused.decision, refused.reason) == (Decision.DENY, Reason.NO_LIFE)


@pytest.mark.slow
def test_a_gallery_changes_to_another_real_encoder_and_knows_who_it_knew(tmp_path: Path) -> None:
    world = RealWorld(tmp_path)
    try:
        world.run("sface")
        admin, door = world.admin(), world.door()
        for card, name in ((CARD, "obama.jpg"), (OTHER, "astronaut.png")):
            frames = views(portrait(name))
            world.enrol(admin, door, card, functools.partial(next, frames), name=name)
        before = visit(door, burst_of(portrait("obama2.jpg")), 1)

        world.run("dlib")
        done = admin.heard.wait(m.EncoderChanging, lambda change: change.finished)
        after = visit(door, burst_of(portrait("obama2.jpg")), 2)
        stranger = visit(door, burst_of(portrait("biden.jpg")), 3)
    finally:
        world.close()

    assert done.coming.startswith("dlib-resnet-v1+")
    assert (done.done, done.left_out) == (2, ())
    assert [before.decision, after.decision] == [Decision.GRANT] * 2
    assert stranger.decision is Decision.DENY


class RealWorld(World):
    """A world whose brains have the encoders that brain.yaml names."""

    def run(self, encoder: str) -> None:
        for brain in self.brains:
            brain.stop()
        self._chosen = encoder
        self.encoder = ENCODERS[encoder]
        self.detector = detector
        try:
            self._encoding().make().start()
        except ModelError as error:
            pytest.skip(str(error))
        self.brain(encoder=encoder)

    def parts(self, parts: Parts) -> Parts:
        chosen = self._encoding()
        settings = self.settings(encoder=self._chosen)
        return replace(
            parts,
            encoder=chosen.make,
            identity=chosen.identity,
            recipe=chosen.recipe,
            former=functools.partial(encoder_shelf.former, settings),
        )

    def _encoding(self) -> Encoding:
        return encoder_shelf.configured(self.settings(encoder=self._chosen))


def _enrol_again(world: World, admin: Admin, door: Door, source: Callable[[], bytes]) -> None:
    world.enrol(admin, door, OTHER, source, name="Somebody Again")


# --- by a photo -----------------------------------------------------------------------------------


def upload(admin: Admin, card: str, *photos: str) -> m.EnrolmentChanged:
    """Enrol somebody by whole photos, as `doorctl` sends them; how it ended."""
    opened = admin.ok("enroll", card=card, name=card, source="upload", count=len(photos))
    for name in photos:
        frame = m.UploadFrame(
            jpeg=prepare(models.path(name)), enrolment=opened["enrolment"], token=opened["token"]
        )
        admin.bus.publish(codec.encode(topics.UPLOAD, frame))
    over = {EnrolmentState.TRAINED, EnrolmentState.REFUSED}
    return admin.heard.wait(
        m.EnrolmentChanged,
        lambda one: one.enrolment == opened["enrolment"] and one.state in over,
    )


@pytest.mark.slow
@pytest.mark.parametrize("world", list(ENCODERS), indirect=True)
def test_a_single_photo_lets_somebody_in_and_no_stranger(world: World) -> None:
    portrait("obama.jpg")
    admin, door = world.admin(), world.door()

    done = upload(admin, CARD, "obama.jpg")

    assert (done.state, done.templates) == (EnrolmentState.TRAINED, 1), done.reason
    assert visit(door, burst_of(portrait("obama2.jpg")), 1).decision is Decision.GRANT
    assert visit(door, burst_of(portrait("biden.jpg")), 2).decision is Decision.DENY


def test_photos_of_two_people_make_no_resident(world: World) -> None:
    portrait("obama.jpg")

    done = upload(world.admin(), CARD, "obama.jpg", "biden.jpg")

    assert done.state is EnrolmentState.REFUSED
    assert "more than one person" in done.reason
