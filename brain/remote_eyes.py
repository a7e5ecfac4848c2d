"""How does a thread of the brain look at pictures without decoding one itself?

It has a process of its own for that (`brain.looker`). A job that ends the process is not tried
again: it is denied, and the next job gets a new process.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from brain import looking
from brain.core.training import Sample
from brain.losses import LookingError, Loss
from brain.nursery import Looker, Nursery
from brain.parts import Encoding
from doorbus.messages import Crop
from matching.decision import Fault
from matching.sight import SPOT_CHECKS, Seen

BURST_S = 5.0
"""Limit for the crops of a burst. A door waits 3 s; beyond that nobody reads the answer."""

FRAME_S = 15.0
"""Limit for one frame of an enrolment, which may be a large picture."""

_log = structlog.get_logger()


class RemoteEyes:
    """As `brain.eyes.Eyes`, in another process; belongs to one thread at a time."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._looker: Looker | None = None
        self._attached = False

    @property
    def pid(self) -> int | None:
        """The process, for whoever watches it; None while there is none."""
        return None if self._looker is None else self._looker.pid

    def start(self) -> None:
        """Have the networks loaded. Raises `faces.errors.ModelError` naming file and command."""
        if not self._attached:
            self._nursery.attach()
            self._attached = True

    def stop(self) -> None:
        """End the process. Twice is harmless."""
        self._drop(None)
        if self._attached:
            self._attached = False
            self._nursery.detach()

    def burst(self, crops: Sequence[Crop], spot_checks: int = SPOT_CHECKS) -> Seen:
        """Look at a burst, or a share of it. Raises `LookingError`."""
        answer = self._ask(looking.burst_request(crops, spot_checks), BURST_S)
        try:
            return looking.read_seen(answer, len(crops))
        except LookingError as error:
            self._drop(error.loss)
            raise

    def frame(self, index: int, data: bytes) -> Sample | Fault:
        """Look at one frame of an enrolment. Raises `LookingError`."""
        answer = self._ask(looking.frame_request(index, data), FRAME_S)
        try:
            return looking.read_frame(answer, index)
        except LookingError as error:
            self._drop(error.loss)
            raise

    def _ask(self, request: object, within_s: float) -> dict[str, object]:
        if self._looker is not None and not self._looker.alive:
            self._drop(Loss.DIED)  # while it had nothing to do: no picture's fault
        if self._looker is None:
            self._looker = self._nursery.looker()
        try:
            return self._looker.ask(request, within_s)
        except LookingError as error:
            _log.warning("a process that looked at pictures is replaced", why=str(error))
            self._drop(error.loss)
            raise

    def _drop(self, loss: Loss | None) -> None:
        looker, self._looker = self._looker, None
        if looker is not None:
            looker.end()
            self._nursery.lost(loss)


class ProcessLookers:
    """Gives eyes in processes, of which those of one encoder share its networks' memory.

    Args:
        maker: see `Nursery`; the recipe is the encoder's.
    """

    def __init__(self, maker: str) -> None:
        self._maker = maker
        self._nurseries: dict[str, Nursery] = {}

    def eyes(self, encoding: Encoding) -> RemoteEyes:
        """A pair of eyes for one thread."""
        if encoding.identity not in self._nurseries:
            self._nurseries[encoding.identity] = Nursery(self._maker, encoding.recipe)
        return RemoteEyes(self._nurseries[encoding.identity])

    @property
    def running(self) -> int:
        """Processes that look at pictures."""
        return sum(nursery.running for nursery in list(self._nurseries.values()))

    def losses(self) -> dict[Loss, int]:
        """How many came to which end since the start."""
        counted = [nursery.losses() for nursery in list(self._nurseries.values())]
        return {loss: sum(one[loss] for one in counted) for loss in Loss}
