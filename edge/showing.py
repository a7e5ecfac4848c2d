"""What is shown to a door beside a face: cards and PINs to its reader, passes to its camera."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future

from doorbus import signing
from doorbus.errors import BusError
from doorbus.messages import CodeShown, SecondFactor
from doorbus.topics import CODE_SHOWN
from edge.code_ports import CodeReader, PassReader
from edge.core.visit_effects import SendCode, UsePass
from edge.core.visit_events import CodeTyped, Event, NotSent, PassShown
from edge.messages_out import Speaker
from edge.pass_desk import PassDesk
from edge.ports import Frame, Lock


class Showing:
    """Reader, pass reader and pass desk of one door; on the loop's thread but for what is said.

    Args of the constructor:
        reader: where cards and PINs come from; None for nowhere.
        pass_reader: what looks for passes; None for nothing.
        desk: judges passes.
        speaker: sends codes.
        lock: gets a heartbeat before the disk is written.
        put: hears, from any thread, of codes and of what the broker refused.
        every_s: seconds between two looks for a pass.
    """

    def __init__(
        self,
        *,
        reader: CodeReader | None,
        pass_reader: PassReader | None,
        desk: PassDesk,
        speaker: Speaker,
        lock: Lock,
        put: Callable[[CodeTyped | NotSent], None],
        every_s: float = 0.3,
    ) -> None:
        self._reader = reader
        self._pass_reader = pass_reader
        self._desk = desk
        self._speaker = speaker
        self._lock = lock
        self._put = put
        self._every_s = every_s
        self._looked_at = 0.0

    def start(self) -> None:
        """Begin to listen and to look. Raises `edge.errors.SensorError`."""
        if self._reader is not None:
            self._reader.start(self._typed)
        if self._pass_reader is not None:
            self._pass_reader.start()

    def stop(self) -> None:
        """End. Twice is harmless."""
        if self._reader is not None:
            self._reader.stop()
        if self._pass_reader is not None:
            self._pass_reader.stop()

    def look(self, frame: Frame, now: float, *, wanted: bool) -> Iterator[PassShown]:
        """Have a picture looked at now and then; the passes that were seen meanwhile.

        Args:
            frame: the newest picture.
            now: monotonic seconds.
            wanted: whether passes count in this phase; a pass seen before counts no more then.
        """
        if self._pass_reader is None:
            return
        text = self._pass_reader.take()
        if not wanted:
            return
        if now - self._looked_at >= self._every_s:
            self._looked_at = now
            self._pass_reader.show(frame.image)
        if text is not None:
            yield self._desk.judge(text)

    def carry_out(self, wanted: SendCode | UsePass) -> tuple[Event, ...]:
        """Do what a visit wants; what the core must hear of at once."""
        if isinstance(wanted, UsePass):
            # A disk may take its time to say that it has written.
            self._lock.beat()
            return (self._desk.use(wanted.pass_id),)
        shown = wanted.shown
        code = CodeShown(visit=wanted.visit, nonce=wanted.nonce, kind=shown.kind, value=shown.value)
        try:
            sending = self._speaker.say(CODE_SHOWN, code)
        except BusError as error:
            return (NotSent(wanted.visit, str(error)),)
        sending.add_done_callback(lambda done: self._check_sent(wanted.visit, done))
        return ()

    def revoke(self, ids: Collection[str]) -> None:
        """Take none of these passes any more; replaces what was revoked before."""
        self._desk.revoke(ids)

    def _typed(self, shown: SecondFactor) -> None:
        """On the reader's thread."""
        self._put(CodeTyped(shown, signing.nonce()))

    def _check_sent(self, visit: int, sending: Future[None]) -> None:
        """On the bus's thread: a code that the broker refused has no answer to wait for."""
        error = None if sending.cancelled() else sending.exception()
        if error is not None:
            self._put(NotSent(visit, str(error)))
