"""What is the brain made of, as `__main__` chooses it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from brain.core.search import ByteProduct
from brain.ports import Clock, Detector, Encoder, FrameStore
from brain.sessions import Connect
from brain.store_ports import PeopleStore


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
    """

    store: PeopleStore
    frames: FrameStore
    connect: Connect
    encoder: Callable[[], Encoder]
    detector: Callable[[], Detector]
    clock: Clock
    key: Ed25519PrivateKey
    product: ByteProduct | None = None
