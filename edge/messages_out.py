"""How does what the door has to say become signed messages on the bus?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import codec, signing
from doorbus.bus import Bus, Wire
from doorbus.errors import TooLargeError
from doorbus.messages import (
    Availability,
    BlinkSeen,
    Burst,
    Crop,
    EnrolFrame,
    EvidenceSeen,
    LifeFinding,
    LifeSign,
    Liveness,
    LockReport,
    Point,
    Snapshot,
    TaskName,
    TaskSet,
)
from doorbus.topics import DOOR_AVAILABILITY, LOCK_STATE, RECOGNIZE, SNAPSHOT, Topic
from edge.core.challenge import Answer, Asked
from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.core.sighting import Sighting
from edge.ports import Frame, Image, LockState
from edge.recent_faces import Cutting
from faces import jpeg
from faces.crop import face_crop

T = TypeVar("T")

QUALITIES = (90, 80, 70, 60, 50, 40)
"""JPEG qualities, tried in this order until a message is small enough."""

MOST_BYTES = 900_000
"""Bytes of a message's payload; the broker takes a little over a million with its head."""

ENROL_MARGIN = 1.0
"""Of the face on each side: three faces wide, so that a later detector has what it needs."""

ENROL_SIDE = 640
"""Most pixels of an enrolment picture's longer side."""


class Speaker:
    """Signs as one door in one boot, and publishes.

    Args of the constructor:
        stamp: the door and its epoch.
        key: the door's private key.
        bus: connected by whoever owns it.
    """

    def __init__(self, stamp: signing.Stamp, key: Ed25519PrivateKey, bus: Bus) -> None:
        self._stamp = stamp
        self._key = key
        self._bus = bus

    def say(self, topic: Topic[T], value: T) -> Future[None]:
        """Publish one message. Raises BusError as `Bus.publish` does."""
        return self.publish(topic, codec.encode(topic, value, self._stamp.door))

    def publish(self, topic: Topic[Any], wire: Wire) -> Future[None]:
        """Publish an encoded message, signed where the contract asks for it."""
        if topic.signed:
            wire = signing.sign(wire, topic, self._stamp, self._key)
        return self._bus.publish(wire)

    def lock_state(self, state: LockState) -> Future[None]:
        """Publish what the actuator did."""
        return self.say(LOCK_STATE, LockReport(state.value))

    def snapshot(self, frame: Frame, command: str) -> Future[None]:
        """Publish one picture."""
        for quality in QUALITIES:
            picture = jpeg.encode(frame.image, quality)
            if len(picture) <= MOST_BYTES:
                return self.say(SNAPSHOT, Snapshot(jpeg=picture, command=command))
        raise TooLargeError(f"a picture of {frame.image.shape} stays too large at any quality")

    def burst(
        self,
        visit: int,
        nonce: str,
        cuttings: Sequence[Cutting],
        life: Liveness,
    ) -> Future[None]:
        """Publish the frames of a visit."""
        return self.publish(RECOGNIZE, self.packed(visit, nonce, cuttings, life)[1])

    def encoded(self, burst: Burst) -> Wire:
        """A burst as it goes out, not signed."""
        return codec.encode(RECOGNIZE, burst, self._stamp.door)

    def packed(
        self, visit: int, nonce: str, cuttings: Sequence[Cutting], life: Liveness
    ) -> tuple[Burst, Wire]:
        """The frames of a visit at the best quality that fits, not signed. Raises TooLargeError."""
        for quality in QUALITIES:
            message = Burst(
                visit=visit, nonce=nonce, liveness=life, crops=_crops(cuttings, quality)
            )
            wire = codec.encode(RECOGNIZE, message, self._stamp.door)
            if len(wire.payload) <= MOST_BYTES:
                return message, wire
        raise TooLargeError(f"a burst of {len(cuttings)} faces stays too large at any quality")


def availability(door: str, state: Availability) -> Wire:
    """The birth message, or the last will: not signed, for a will is written before its time."""
    return codec.encode(DOOR_AVAILABILITY, state, door)


def liveness(
    policy: str,
    evidence: Sequence[Evidence],
    chosen: Sequence[Sighting],
    looks: Sequence[Sighting],
    models: Mapping[str, str],
    *,
    asked: Asked | None = None,
) -> Liveness:
    """What was seen of life, in milliseconds since the first chosen sighting.

    Args:
        policy: the name of the liveness policy.
        evidence: what speaks for life or against it, and what abstains, oldest first.
        chosen: the frames that are sent, oldest first.
        looks: every frame of their track that was looked at: what a blink could be seen in.
        models: which models looked.
        asked: the task that was set in this visit.
    """
    first = chosen[0].at
    seconds = looks[-1].at - looks[0].at
    blinks = [piece for piece in evidence if piece.kind is EvidenceKind.BLINK]
    newest = {(piece.kind, piece.finding): piece for piece in evidence}
    return Liveness(
        policy=policy,
        blinks=tuple(
            BlinkSeen(
                start_ms=_ms(blink.start, first),
                closed_ms=_ms(blink.at, first),
                end_ms=_ms(blink.end, first),
                depth=_share(blink.strength),
            )
            for blink in blinks[-16:]
        ),
        evidence=tuple(_seen(piece, first) for piece in newest.values()),
        task=_task(asked, first),
        fps=min(1000.0, (len(looks) - 1) / seconds) if seconds > 0 else 0.0,
        models=dict(models),
    )


def _seen(piece: Evidence, first: float) -> EvidenceSeen:
    return EvidenceSeen(
        sign=_SIGNS[piece.kind],
        finding=_FINDINGS[piece.finding],
        score=_share(piece.strength),
        start_ms=_ms(piece.start, first),
        end_ms=_ms(piece.end, first),
    )


def _task(asked: Asked | None, first: float) -> TaskSet | None:
    if asked is None or asked.at is None:
        return None
    return TaskSet(
        task=TaskName[asked.task.name],
        asked_ms=_ms(asked.at, first),
        answered=asked.answer is Answer.RIGHT,
    )


def _ms(at: float, first: float) -> int:
    return min(600_000, max(-600_000, round((at - first) * 1000)))


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


_SIGNS = {kind: LifeSign[kind.name] for kind in EvidenceKind}
_FINDINGS = {finding: LifeFinding[finding.name] for finding in Finding}


def enrolment_frame(
    image: Image, sighting: Sighting, enrolment: str, index: int, count: int
) -> EnrolFrame:
    """One picture of an enrolment: the face with a generous margin."""
    if sighting.face is None:
        raise ValueError("an enrolment frame needs a face")
    picture, _ = face_crop(
        image,
        sighting.face.box,
        np.asarray(sighting.face.points, dtype=np.float32),
        margin=ENROL_MARGIN,
        max_side=ENROL_SIDE,
    )
    return EnrolFrame(
        jpeg=jpeg.encode(picture, QUALITIES[0]), enrolment=enrolment, index=index, count=count
    )


def _crops(cuttings: Sequence[Cutting], quality: int) -> tuple[Crop, ...]:
    first = cuttings[0].sighting.at
    return tuple(
        Crop(
            jpeg=jpeg.encode(cutting.image, quality),
            points=_points(cutting),
            at_ms=round((cutting.sighting.at - first) * 1000),
        )
        for cutting in cuttings
    )


def _points(cutting: Cutting) -> tuple[Point, Point, Point, Point, Point]:
    right_eye, left_eye, nose, right_mouth, left_mouth = (
        (float(x), float(y)) for x, y in cutting.points
    )
    return right_eye, left_eye, nose, right_mouth, left_mouth
