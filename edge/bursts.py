"""What becomes of the pictures of a visit: to the brain, or to the door's own matching?

The same burst serves both: what the brain was asked and did not answer is matched here as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import structlog

from doorbus.bus import Wire
from doorbus.errors import BusError
from doorbus.messages import Burst
from doorbus.topics import RECOGNIZE
from edge.core.away import AwayPolicy, NotJudged
from edge.core.visit_effects import JudgeCode, KeepBurst, MatchHere, SendBurst
from edge.core.visit_events import Event, MatchedHere, NotSent
from edge.eyes import Eyes
from edge.messages_out import Speaker
from edge.on_its_own import OnItsOwn
from edge.ports import Lock
from edge.trace import Trace

_log = structlog.get_logger(__name__)


class NoBurst(Exception):  # noqa: N818  # reads as what happened
    """There is no burst of this visit; the text says why."""


class Bursts:
    """Makes bursts and sends or matches them; on the loop's thread.

    Args of the constructor:
        eyes: hold the pictures.
        speaker: packs and sends.
        away: matches.
        lock: gets a heartbeat before what takes long.
        trace: where what is seen is written down.
        put: hears, from any thread, that the broker refused a burst.
    """

    def __init__(
        self,
        *,
        eyes: Eyes,
        speaker: Speaker,
        away: OnItsOwn,
        lock: Lock,
        trace: Trace,
        put: Callable[[NotSent], None],
    ) -> None:
        self._eyes = eyes
        self._speaker = speaker
        self._away = away
        self._lock = lock
        self._trace = trace
        self._put = put
        self._kept: Burst | None = None
        self._chosen: Burst | None = None

    def carry_out(
        self, wanted: SendBurst | KeepBurst | MatchHere | JudgeCode, now: float
    ) -> tuple[Event, ...]:
        """Do what a visit wants of its pictures; what the core must hear of at once."""
        match wanted:
            case SendBurst():
                return self._send(wanted)
            case KeepBurst(visit, nonce):
                return self._choose(visit, nonce)
            case MatchHere():
                return self._match_here(wanted, now)
            case JudgeCode(visit, nonce, shown):
                here = self._away.judge_code(visit, nonce, shown, now)
                return () if here is None else (here,)

    def forget(self) -> None:
        """The visit is over: its pictures go."""
        self._kept = None
        self._chosen = None

    def _choose(self, visit: int, nonce: str) -> tuple[Event, ...]:
        try:
            self._chosen, _ = self._made(visit, nonce)
        except (BusError, NoBurst) as error:
            return (NotSent(visit, str(error)),)
        return ()

    def _send(self, wanted: SendBurst) -> tuple[Event, ...]:
        visit = wanted.visit
        try:
            burst, wire = self._wanted(wanted)
            self._kept = burst if self._away.policy is AwayPolicy.FACES else None
            sending = self._speaker.publish(RECOGNIZE, wire)
        except (BusError, NoBurst) as error:
            return (NotSent(visit, str(error)),)
        sending.add_done_callback(lambda done: self._check_sent(visit, done))
        return ()

    def _match_here(self, wanted: MatchHere, now: float) -> tuple[Event, ...]:
        visit, nonce = wanted.visit, wanted.nonce
        burst, self._kept = self._kept, None
        try:
            if burst is None or (burst.visit, burst.nonce) != (visit, nonce):
                burst, _ = self._wanted(wanted)
            why = self._away.match(burst, now)
            if why is not None and wanted.kept:
                self._chosen = burst  # the brain may be asked after all
        except (BusError, NoBurst) as error:
            why = NotJudged(str(error))
        return () if why is None else (MatchedHere(visit, nonce, why),)

    def _wanted(self, wanted: SendBurst | MatchHere) -> tuple[Burst, Wire]:
        """The burst of a visit, kept or made now, with what was shown beside the face.

        Raises `NoBurst`; `TooLargeError`.
        """
        visit, nonce = wanted.visit, wanted.nonce
        chosen, self._chosen = self._chosen, None
        if not wanted.kept:
            burst, wire = self._made(visit, nonce)
        elif chosen is None or (chosen.visit, chosen.nonce) != (visit, nonce):
            raise NoBurst("the pictures in which life was seen are gone")
        else:
            burst, wire = chosen, self._speaker.encoded(chosen)
        if wanted.second is not None:
            burst = burst.model_copy(update={"second": wanted.second})
            wire = self._speaker.encoded(burst)
        return burst, wire

    def _made(self, visit: int, nonce: str) -> tuple[Burst, Wire]:
        """Raises `NoBurst`; `TooLargeError`."""
        try:
            evidenced = self._eyes.evidenced()
        except Exception as error:
            _log.exception("burst_failed", visit=visit, do="the person is asked to try again")
            raise NoBurst(f"the burst could not be made: {type(error).__name__}") from error
        if evidenced is None:
            raise NoBurst("the frames do not show the life that was seen")
        try:
            self._trace.burst(visit, [cutting.sighting for cutting in evidenced.cuttings])
            # Forty pictures take their time on a slow board, to look at again and to pack.
            self._lock.beat()
            return self._speaker.packed(visit, nonce, evidenced.cuttings, evidenced.life)
        except BusError:
            raise
        except Exception as error:
            _log.exception("burst_failed", visit=visit, do="the person is asked to try again")
            raise NoBurst(f"the burst could not be made: {type(error).__name__}") from error

    def _check_sent(self, visit: int, sending: Future[None]) -> None:
        """On the bus's thread: a burst that the broker refused has no answer to wait for."""
        error = None if sending.cancelled() else sending.exception()
        if error is not None:
            self._put(NotSent(visit, str(error)))
