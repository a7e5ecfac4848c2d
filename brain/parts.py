"""What is the brain made of, as `__main__` chooses it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from brain.core.calibration import Target
from brain.core.training import TrainingRule
from brain.eyes import Looks
from brain.figures import Exporter
from brain.losses import Loss
from brain.ports import Clock, Detector, Encoder, FrameStore, Landmarks, SampleStore
from brain.sessions import Connect
from brain.store_ports import PeopleStore
from matching.decision import MatchRule
from matching.search import ByteProduct


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoder, and what belongs to its vectors.

    Attributes:
        identity: name and content of its files; vectors of two identities are never compared.
        recipe: by which the very same one can be made again, should another be configured.
        make: makes one, for one thread.
        match: what is asked of a burst.
        target: what thresholds are chosen for; None where one is fixed.
        training: what is asked of an enrolment's frames.
    """

    identity: str
    recipe: str
    make: Callable[[], Encoder]
    match: MatchRule
    target: Target | None
    training: TrainingRule


class Lookers(Protocol):
    """Gives eyes that look elsewhere, where a hostile picture can do little."""

    def eyes(self, encoding: Encoding) -> Looks:
        """A pair of eyes for one thread."""
        ...

    @property
    def running(self) -> int:
        """Processes that look at pictures."""
        ...

    def losses(self) -> Mapping[Loss, int]:
        """How many came to which end since the start."""
        ...


def _none(_: str) -> Encoding | None:
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    """What `__main__` chooses.

    Attributes:
        store: the database.
        frames: where enrolment pictures lie.
        connect: makes a session at the broker.
        encoder: makes an encoder, one for each thread.
        detector: makes a detector, one for each thread.
        clock: the time.
        key: what the brain signs with.
        product: multiplies bytes for a gallery of very many; None to multiply all templates always.
        landmarks: makes what looks again at a face's points, one for each thread; None for none.
        identity: of the encoder; empty takes its name.
        recipe: by which `former` makes it again, once another is configured.
        former: makes the encoder of a recipe; None where it cannot be had any more.
        lookers: gives eyes in processes of their own; None looks within the brain's own.
        samples: keeps what broke something; None keeps nothing.
        exporter: shows figures to whoever measures; None shows none.
        plain: makes a session whose topics have no prefix, for Home Assistant; None for none.
    """

    store: PeopleStore
    frames: FrameStore
    connect: Connect
    encoder: Callable[[], Encoder]
    detector: Callable[[], Detector]
    clock: Clock
    key: Ed25519PrivateKey
    product: ByteProduct | None = None
    landmarks: Callable[[], Landmarks] | None = None
    identity: str = ""
    recipe: str = ""
    former: Callable[[str], Encoding | None] = _none
    lookers: Lookers | None = None
    samples: SampleStore | None = None
    exporter: Exporter | None = None
    plain: Connect | None = None
