"""What becomes of a photo that an administrator uploads for an enrolment?"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter

import structlog

from brain.core.enrolment import Enrolment
from brain.core.training import Sample, TrainingRule, flaw
from brain.enrolling import Enrolling
from brain.errors import FrameStoreError
from brain.outgoing import Outgoing
from brain.ports import FrameStore
from brain.store_ports import PeopleStore
from doorbus import codec
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import EnrolmentState, PhotoLooked, PhotoRefusal, UploadFrame
from doorbus.topics import UPLOAD
from faces import jpeg
from faces.errors import JpegError
from matching.decision import Fault

MOST_REFUSED = 200
"""Files that were not taken in, after which an enrolment is refused: a script went wrong."""

_log = structlog.get_logger()


class Uploading:
    """Takes photos in, and tells what became of each; on one thread.

    Args:
        rule: what is asked of a photo.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        frames: FrameStore,
        enrolling: Enrolling,
        outgoing: Outgoing,
        rule: TrainingRule,
    ) -> None:
        self._store = store
        self._frames = frames
        self._enrolling = enrolling
        self._outgoing = outgoing
        self._rule = rule
        self._digests: dict[str, dict[bytes, int]] = {}
        self._refused: Counter[str] = Counter()

    def take(self, wire: Wire) -> None:
        """A message on `admin/frames`. Raises `MessageError` where it cannot be read."""
        if not wire.payload:
            return  # how a client has the broker forget what it retained
        if wire.retain:
            raise MessageError(
                f"{wire.topic}: retained; publish without the retain flag, and have the broker "
                f"forget this one: mosquitto_pub -r -n -t {wire.topic}"
            )
        photo = codec.decode(UPLOAD, wire)
        with self._store.work() as work:
            one = work.enrolments.by_id(photo.enrolment)
            stored = frozenset() if one is None else work.enrolments.frames(one.id).stored
        why = objection(one, photo.token)
        if one is None or why is not None:
            self._tell(photo.enrolment, None, PhotoRefusal.BAD_TOKEN, why or "")
            return
        self._keep(one, photo, stored)

    def looked(self, enrolment: str, index: int, look: Sample | Fault) -> None:
        """The trainer has looked at a picture; those of doors mean nothing here."""
        if enrolment not in self._digests:
            return
        why = flaw(look, self._rule)
        self._tell(enrolment, index, None if why is None else PhotoRefusal.BAD_PICTURE, why or "")

    def tidy(self) -> None:
        """Forget enrolments that are over; call it now and then."""
        if not self._digests and not self._refused:
            return
        with self._store.work() as work:
            for enrolment in self._digests.keys() | self._refused.keys():
                one = work.enrolments.by_id(enrolment)
                if one is None or one.state not in {
                    EnrolmentState.CAPTURING,
                    EnrolmentState.TRAINING,
                }:
                    self._digests.pop(enrolment, None)
                    self._refused.pop(enrolment, None)

    def _keep(self, one: Enrolment, photo: UploadFrame, stored: frozenset[int]) -> None:
        try:
            jpeg.check_header(photo.jpeg)
        except JpegError as error:
            self._refuse(one, str(error))
            return
        known = self._known(one.id, stored)
        digest = hashlib.sha256(photo.jpeg).digest()
        if digest in known:
            # Also a message that came twice; its photo was told of once.
            self._refuse(one, f"the same file as photo {known[digest]}")
            return
        index = max(stored, default=-1) + 1
        known[digest] = index
        try:
            self._enrolling.keep_photo(one, index, photo.jpeg)
        except FrameStoreError as error:
            del known[digest]
            _log.error("a photo cannot be kept", why=str(error))
            self._tell(
                one.id,
                None,
                PhotoRefusal.BAD_PICTURE,
                "the brain cannot keep it; see its log, send it again",
            )

    def _refuse(self, one: Enrolment, why: str) -> None:
        self._tell(one.id, None, PhotoRefusal.BAD_PICTURE, why)
        self._refused[one.id] += 1
        if self._refused[one.id] > MOST_REFUSED:
            self._enrolling.give_up(one.id, f"more than {MOST_REFUSED} files were of no use")

    def _known(self, enrolment: str, stored: frozenset[int]) -> dict[bytes, int]:
        """What came already, by digest; read again after a restart."""
        if enrolment not in self._digests:
            self._digests[enrolment] = {
                hashlib.sha256(self._frames.read(enrolment, index)).digest(): index
                for index in sorted(stored)
            }
        return self._digests[enrolment]

    def _tell(
        self, enrolment: str, index: int | None, code: PhotoRefusal | None, reason: str
    ) -> None:
        self._outgoing.event(
            PhotoLooked(
                enrolment=enrolment,
                index=index,
                usable=code is None,
                code=code,
                reason=reason[:200],
            )
        )


def objection(one: Enrolment | None, token: str) -> str | None:
    """Why a photo is not even looked at; None where the token is the enrolment's.

    The same words where there is no such enrolment and where the token is another: nobody learns
    by trying which enrolments there are.
    """
    digest = hashlib.sha256(token.encode()).hexdigest()
    if one is None or one.token is None or not hmac.compare_digest(one.token, digest):
        return "no enrolment by upload has this id and token"
    if one.state is not EnrolmentState.CAPTURING:
        return f"this enrolment is {one.state.value}; its token is void"
    return None
