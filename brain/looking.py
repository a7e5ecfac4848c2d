"""What do the brain and the processes that look at pictures tell each other?

CBOR behind its length, over a pair of sockets. The brain takes an answer for what a hostile picture
may have made of it: bounded, and checked field by field.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

import cbor2
import numpy as np
from numpy.typing import NDArray

from brain.core.training import Sample
from brain.losses import LookingError, Loss
from doorbus.messages import Crop
from matching.decision import Fault
from matching.sight import Seen

MOST_REQUEST = 16 << 20
"""Bytes: forty crops of the largest size, and some."""

MOST_ANSWER = 1 << 20
"""Bytes: forty vectors of the greatest length, and some."""

LONGEST_WORDS = 200
_length = struct.Struct(">I")


def send(link: socket.socket, value: object) -> None:
    """Send one message. Raises OSError, also at the link's time limit."""
    data = cbor2.dumps(value)
    link.sendall(_length.pack(len(data)) + data)


def receive(link: socket.socket, most: int, until: float | None = None) -> Any:
    """Take one message.

    Args:
        link: where it comes.
        most: bytes that are taken.
        until: monotonic seconds; None waits for ever.

    Raises:
        EOFError: the other end is gone.
        TimeoutError: it did not come in time.
        ValueError: too long, or not CBOR.
    """
    (length,) = _length.unpack(_exactly(link, _length.size, until))
    if length > most:
        raise ValueError(f"a message of {length} bytes, at most {most} are taken")
    return cbor2.loads(_exactly(link, length, until))


def burst_request(crops: Sequence[Crop], spot_checks: int) -> dict[str, Any]:
    """Ask for `Eyes.burst`."""
    return {"crops": [(crop.jpeg, crop.points) for crop in crops], "spots": spot_checks}


def frame_request(index: int, data: bytes) -> dict[str, Any]:
    """Ask for `Eyes.frame`."""
    return {"frame": data, "index": index}


def crops_of(request: Mapping[str, Any]) -> list[Crop]:
    """The crops that `burst_request` was made of; their times stay behind."""
    # Checked already, when the burst came.
    return [
        Crop.model_construct(jpeg=jpeg, points=points, at_ms=0) for jpeg, points in request["crops"]
    ]


def seen_answer(seen: Seen) -> dict[str, Any]:
    """Answer what a burst shows."""
    return {
        "probes": _packed(seen.probes),
        "dimensions": seen.probes.shape[1],
        "weights": _packed(seen.weights),
        "faults": [fault.name for fault in seen.faults],
    }


def frame_answer(seen: Sample | Fault) -> dict[str, Any]:
    """Answer what a frame shows."""
    if isinstance(seen, Fault):
        return {"fault": seen.name}
    return {
        "embedding": _packed(seen.embedding),
        "measures": [float(seen.size_px), float(seen.sharpness), float(seen.brightness)],
        "digest": seen.digest,
    }


def read_seen(answer: Mapping[str, Any], crops: int) -> Seen:
    """What a burst of so many crops shows. Raises `LookingError`."""
    try:
        faults = tuple(Fault[name] for name in answer["faults"])
        weights = _numbers(answer["weights"])
        probes = _numbers(answer["probes"]).reshape(-1, answer["dimensions"])
    except (LookupError, TypeError, ValueError) as error:
        raise _nonsense(error) from None
    if not len(probes) == len(weights) == crops - len(faults) or (weights <= 0).any():
        raise _nonsense("the numbers of crops do not agree")
    return Seen(probes, faults, weights)


def read_frame(answer: Mapping[str, Any], index: int) -> Sample | Fault:
    """What a frame shows. Raises `LookingError`."""
    try:
        if "fault" in answer:
            return Fault[answer["fault"]]
        size_px, sharpness, brightness = map(float, answer["measures"])
        return Sample(
            index=index,
            embedding=_numbers(answer["embedding"]),
            size_px=size_px,
            sharpness=sharpness,
            brightness=brightness,
            digest=bytes(answer["digest"])[:64],
        )
    except (LookupError, TypeError, ValueError) as error:
        raise _nonsense(error) from None


def _exactly(link: socket.socket, wanted: int, until: float | None) -> bytes:
    parts: list[bytes] = []
    while wanted:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            link.settimeout(left)
        part = link.recv(min(wanted, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _packed(numbers: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(numbers, np.float32).tobytes()


def _numbers(data: object) -> NDArray[np.float32]:
    if not isinstance(data, bytes):
        raise TypeError("numbers come as bytes")
    made = np.frombuffer(data, np.float32)
    if not np.isfinite(made).all():
        raise ValueError("a number that is none")
    return made


def _nonsense(why: object) -> LookingError:
    return LookingError(Loss.FAILED, f"a process that looks at pictures answered nonsense: {why}")
