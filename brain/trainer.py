"""Who looks at enrolment frames? One thread beside the matchers, which gives way to them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from brain.core.training import Sample
from brain.errors import FrameStoreError
from brain.eyes import Looks
from brain.losses import LookingError, Loss
from brain.ports import FrameStore
from matching.decision import Fault

PATIENCE_S = 1.0
"""How long one frame waits for the matchers, so that a busy hour only slows training down."""

JOIN_S = 10.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """All frames of an enrolment have been looked at.

    Attributes:
        samples: what shows one face.
        faults: one for each other frame; None where looking itself failed.
        encoder: whose vectors the samples are.
    """

    enrolment: str
    samples: tuple[Sample, ...]
    faults: tuple[Fault, ...] | None
    encoder: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    enrolment: str
    indexes: tuple[int, ...]
    finish: bool


class Trainer:
    """Looks at frames as they come, so that little is left to do when the last one is there.

    Args:
        give_way: waits for the matchers, at most so many seconds.
        done: hears the result on the trainer's thread; it must only put it somewhere.
        encoder: whose vectors the eyes make.
        broke: hears of each frame that ended what looked at it.
        seen: hears what each frame shows, on the trainer's thread; it must only put it somewhere.
    """

    def __init__(
        self,
        eyes: Looks,
        frames: FrameStore,
        give_way: Callable[[float], object],
        done: Callable[[Looked], None],
        *,
        encoder: str = "",
        broke: Callable[[bytes, LookingError], None] | None = None,
        seen: Callable[[str, int, Sample | Fault], None] | None = None,
    ) -> None:
        self._eyes = eyes
        self._frames = frames
        self._give_way = give_way
        self._done = done
        self._encoder = encoder
        self._broke = broke
        self._seen = seen
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._looks: dict[str, dict[int, Sample | Fault]] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Load the networks and start the thread. Raises `faces.errors.ModelError`."""
        self._eyes.start()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="trainer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the frame it is at. Twice is harmless."""
        if self._thread is None:
            return
        self._stopping.set()
        self._tasks.put(None)
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            _log.error("the training thread is stuck")
        self._thread = None
        self._eyes.stop()

    def look(self, enrolment: str, index: int) -> None:
        """Look at one frame when there is time."""
        with self._lock:
            self._looks.setdefault(enrolment, {})
        self._tasks.put(_Task(enrolment, (index,), finish=False))

    def train(self, enrolment: str, indexes: Sequence[int]) -> None:
        """Look at all frames, then tell."""
        with self._lock:
            self._looks.setdefault(enrolment, {})
        self._tasks.put(_Task(enrolment, tuple(indexes), finish=True))

    def forget(self, enrolment: str) -> None:
        """Drop what was seen of an enrolment; what is queued for it will do nothing."""
        with self._lock:
            self._looks.pop(enrolment, None)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                self._do(task)
            except Exception:  # noqa: BLE001  # frames may be anything; the thread must outlive them
                _log.exception("looking at an enrolment failed", enrolment=task.enrolment)
                if task.finish:
                    self._done(Looked(task.enrolment, (), None, self._encoder))

    def _do(self, task: _Task) -> None:
        for index in task.indexes:
            self._give_way(PATIENCE_S)
            looks = self._known(task.enrolment)
            if looks is None or self._stopping.is_set():
                return
            if index not in looks:
                looks[index] = look = self._look(task.enrolment, index)
                if self._seen is not None:
                    self._seen(task.enrolment, index, look)
        if task.finish:
            seen = [(self._known(task.enrolment) or {})[index] for index in task.indexes]
            self.forget(task.enrolment)
            samples = tuple(one for one in seen if isinstance(one, Sample))
            faults = tuple(one for one in seen if isinstance(one, Fault))
            self._done(Looked(task.enrolment, samples, faults, self._encoder))

    def _known(self, enrolment: str) -> dict[int, Sample | Fault] | None:
        with self._lock:
            return self._looks.get(enrolment)

    def _look(self, enrolment: str, index: int) -> Sample | Fault:
        try:
            data = self._frames.read(enrolment, index)
        except FrameStoreError as error:
            _log.warning("a frame is gone", why=str(error))
            return Fault.BAD_PICTURE
        try:
            return self._eyes.frame(index, data)
        except LookingError as error:
            if error.loss is Loss.ABSENT:
                raise  # no fault of the frame's
            _log.warning("a frame could not be looked at", enrolment=enrolment, why=str(error))
            if self._broke is not None:
                self._broke(data, error)
            return Fault.BAD_PICTURE
