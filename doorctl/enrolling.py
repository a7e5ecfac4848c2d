"""How is an enrolment followed to its end, and how do photos get into one?"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doorbus import messages as m
from doorctl.conversation import RequestRefused, new_transaction
from doorctl.photos import prepare
from doorctl.talking import Talks

SILENCE_S = 60.0
"""Seconds without news after which following an enrolment gives up; the enrolment goes on."""

_OVER = frozenset({m.EnrolmentState.TRAINED, m.EnrolmentState.REFUSED, m.EnrolmentState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Photos:
    """What became of somebody's photos.

    Attributes:
        ended: how the enrolment ended.
        sent: how many went out.
        unusable: why a photo was of no use, by file.
    """

    ended: m.EnrolmentChanged
    sent: int
    unusable: Mapping[Path, str]


def follow(conversation: Talks, enrolment: str) -> Iterator[m.EnrolmentChanged | m.PhotoLooked]:
    """What is told of one enrolment, the end last.

    Raises:
        RequestRefused: no news for `SILENCE_S`; it stays open.
    """
    deadline = time.monotonic() + SILENCE_S
    for event in conversation.events(SILENCE_S):
        if isinstance(event, m.EnrolmentChanged | m.PhotoLooked) and event.enrolment == enrolment:
            yield event
            if isinstance(event, m.EnrolmentChanged) and event.state in _OVER:
                return
            deadline = time.monotonic() + SILENCE_S
        elif time.monotonic() > deadline:
            break
    raise RequestRefused(
        f"no news of the enrolment for {SILENCE_S:.0f} s; it stays open until it expires. Is the "
        "brain well, or, at a door, is somebody standing before it, and is it online?"
    )


def distinct(files: Sequence[Path]) -> list[tuple[Path, bytes]]:
    """Photos made ready to be sent, each picture once. Raises `PhotoRefused`."""
    found: dict[bytes, tuple[Path, bytes]] = {}
    for file in files:
        photo = prepare(file)
        found.setdefault(hashlib.sha256(photo).digest(), (file, photo))
    return list(found.values())


def send_photos(
    conversation: Talks,
    card: str,
    opened: Mapping[str, Any],
    photos: Sequence[tuple[Path, bytes]],
    sent: Callable[[], object] = lambda: None,
) -> Photos:
    """Send photos to an enrolment by upload that is open for so many, and wait for its end.

    An enrolment that cannot end, since a photo was not taken in, is cancelled.

    Args:
        conversation: of an administrator.
        card: whose enrolment it is.
        opened: the data of the response that opened it.
        photos: files and what is sent of each; as many as were announced.
        sent: hears of each that went out.

    Raises:
        RequestRefused: the enrolment came to no end, or a photo was not taken in.
    """
    enrolment = str(opened["enrolment"])
    unusable: dict[Path, str] = {}
    for _, photo in photos:
        conversation.upload(m.UploadFrame(jpeg=photo, enrolment=enrolment, token=opened["token"]))
        sent()
    for event in follow(conversation, enrolment):
        if isinstance(event, m.EnrolmentChanged):
            ended = event
        elif event.index is not None and not event.usable:
            unusable[photos[event.index][0]] = event.reason
        elif event.index is None:
            # It will never be complete.
            cancel = m.Cancel(op="cancel", transaction=new_transaction(), card=card)
            conversation.ask(cancel)
            raise RequestRefused(f"a photo was not taken in: {event.reason}")
    return Photos(ended, len(photos), unusable)
