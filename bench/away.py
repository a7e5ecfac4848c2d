"""What does it cost a door to match by itself while the brain is away?

`python -m bench.away`: a burst of 20 crops, made of a portrait, matched as a door does it, beside
embedding its crops and nothing else; how late the lock's heartbeat gets meanwhile; what a cache
takes on disk and in memory, and what opening it takes; what looking for a PIN among many takes.
Times are of this machine's processor; a board is several times slower.

Exit code 1 where a goal is missed.
"""

from __future__ import annotations

import itertools
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorbus import cache_parcel, pins
from doorbus.cache_parcel import Parcel
from doorbus.messages import (
    BlinkSeen,
    Burst,
    CachedLife,
    CachedMatching,
    CachedResident,
    CacheTerms,
    CodeKind,
    Crop,
    Liveness,
    SecondFactor,
)
from edge.local_matching import CodeJob, FoundHere, HereJob, LocalMatching, matched, owner
from edge.resident_cache import Cached, ResidentCache
from edge.sealing import PictureSeal
from faces import crop, jpeg, models
from faces.detect import FaceDetector
from faces.encoding import known
from faces.errors import FacesError
from faces.landmarks import LandmarkRefiner
from faces.picture import Image, Points
from matching.sight import Sight

RESIDENTS: Final = (10, 1000, 10_000)
CROPS: Final = 20
REPEATS: Final = 7
DIMENSIONS: Final = 128
TURN_S: Final = 0.05
"""Seconds of a turn of the door's loop."""

LATE_S: Final = 0.5
"""Goal: the lock's heartbeat, which it misses after 1 s, is never later than this."""

OVERHEAD: Final = 1.6
"""Goal: matching takes at most so many times the processor time of embedding alone."""

GUESSED: Final = {"Pi 5": 3, "Pi 4": 7}
"""How many times slower a board may be; guessed, none was measured."""

ENCODER: Final = "bench+0"
BRAIN: Final = Ed25519PrivateKey.generate()
DOOR: Final = Ed25519PrivateKey.generate()


def main() -> int:
    """Print the table; the exit code."""
    try:
        yunet = models.path("yunet")
        picture = cv2.imread(str(models.path("obama.jpg")))
        models.path("sface_folded")
    except FacesError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if picture is None:
        sys.stderr.write("the portrait cannot be read\n")
        return 2
    cv2.setNumThreads(1)
    detector = FaceDetector(yunet)
    detector.start()
    image = np.asarray(picture, np.uint8)
    found = detector.detect(image)[0]
    burst = made_burst(image, found.box, found.points)
    before = rss_mb()
    sight = Sight(FaceDetector(yunet), known.sface(), LandmarkRefiner(yunet))
    sight.start()
    print(f"memory of the networks: {rss_mb() - before:.0f} MB")
    alone = embedding_alone(sight, burst)
    print(f"embedding {CROPS} crops and nothing else: {alone * 1000:.0f} ms of processor time")
    good = True
    for count in RESIDENTS:
        good &= one_size(count, sight, burst, alone)
    late = heartbeat(sight, burst)
    good &= late < LATE_S
    print(
        f"heartbeat while matching: at most {late * 1000:.0f} ms apart (goal {LATE_S * 1000:.0f})"
    )
    looking_for_pins()
    return 0 if good else 1


def one_size(count: int, sight: Sight, burst: Burst, alone: float) -> bool:
    """Measure with so many residents; whether matching kept to its goal."""
    parcel = sealed(count)
    half = X25519PrivateKey.generate()
    data = cache_parcel.encrypted(parcel, half.public_key().public_bytes_raw())
    with tempfile.TemporaryDirectory() as folder:
        cache = ResidentCache(Path(folder), "front", PictureSeal(DOOR), BRAIN.public_key(), ENCODER)
        cache.start(0.0)
        before, begun = rss_mb(), time.process_time()
        cache.take(cache_parcel.decrypted(data, half), 0.0)
        opening, memory = time.process_time() - begun, rss_mb() - before
        cached = cache.cached
        assert cached is not None  # it was taken
        cost = matching_cost(sight, burst, cached)
    times = cost / alone
    boards = ", ".join(f"{name} {cost * slow:.1f} s" for name, slow in GUESSED.items())
    print(
        f"{count:6,} residents: {cost * 1000:.0f} ms of processor time, {times:.2f} times "
        f"embedding (goal {OVERHEAD}); guessed {boards}; cache {len(data) / 1e6:.2f} MB, "
        f"{max(0, memory):.0f} MB more in memory, opened in {opening * 1000:.0f} ms"
    )
    return times < OVERHEAD


def matching_cost(sight: Sight, burst: Burst, cached: Cached) -> float:
    """Seconds of processor time for one burst, the median of several."""
    job = HereJob(burst, cached.gallery, cached.rule, cached.life)
    return median(lambda: matched(sight, job))


def embedding_alone(sight: Sight, burst: Burst) -> float:
    """Seconds of processor time to decode nothing and look for nothing: the network alone."""
    images = [jpeg.decode(one.jpeg) for one in burst.crops]
    points = [np.array(one.points, np.float32) for one in burst.crops]
    return median(lambda: sight.encoder.encode_all(images, points))


def heartbeat(sight: Sight, burst: Burst) -> float:
    """Seconds between two turns of a loop, at most, while its door matches again and again."""
    with tempfile.TemporaryDirectory() as folder:
        cache = ResidentCache(Path(folder), "front", PictureSeal(DOOR), BRAIN.public_key(), ENCODER)
        cache.start(0.0)
        cache.take(sealed(1000), 0.0)
        cached = cache.cached
    assert cached is not None  # it was taken
    results: list[FoundHere] = []
    done = threading.Event()

    def hear(found: FoundHere) -> None:
        results.append(found)
        done.set()

    matching = LocalMatching(sight, hear)
    matching.start()
    late, last = 0.0, time.monotonic()
    try:
        for _ in range(REPEATS):
            done.clear()
            matching.submit(HereJob(burst, cached.gallery, cached.rule, cached.life))
            while not done.wait(TURN_S):
                now = time.monotonic()
                late, last = max(late, now - last), now
            last = time.monotonic()
    finally:
        matching.stop()
    return late


def looking_for_pins() -> None:
    """Print what it takes to find out that a PIN is nobody's."""
    kept = pins.hashed("314159")
    one = median(lambda: pins.matches("271828", kept))
    count = 40
    residents = tuple(
        CachedResident(salt=bytes(16), id=f"r-{number}", template=b"", pin=kept)
        for number in range(count)
    )
    begun = time.monotonic()
    shown = SecondFactor(kind=CodeKind.PIN, value="271828")
    owner(CodeJob(1, "0" * 32, shown, residents))
    seconds = time.monotonic() - begun
    print(
        f"a PIN: {one * 1000:.0f} ms of processor time a resident; nobody's among {count}: "
        f"{seconds:.2f} s on {os.cpu_count()} cores"
    )


def made_burst(image: Image, box: tuple[float, float, float, float], points: Points) -> Burst:
    """A burst of one portrait, moved, turned, lighter and darker, as cameras see people."""
    shown = itertools.islice(views(image, box, points), CROPS)
    crops = tuple(
        Crop(
            jpeg=jpeg.encode(part),
            points=tuple((float(x), float(y)) for x, y in moved),  # type: ignore[arg-type]  # five
            at_ms=40 * number,
        )
        for number, (part, moved) in enumerate(shown)
    )
    blink = BlinkSeen(start_ms=100, closed_ms=200, end_ms=300, depth=0.4)
    life = Liveness(policy="standard", blinks=(blink,), fps=30.0)
    return Burst(visit=1, nonce="0" * 32, liveness=life, crops=crops)


def views(
    image: Image, box: tuple[float, float, float, float], points: Points
) -> Iterator[tuple[Image, Points]]:
    """The face again and again, and its points."""
    part, own = crop.face_crop(image, box, points, 0.5, 300)
    height, width = part.shape[:2]
    middle = (float(own[:, 0].mean()), float(own[:, 1].mean()))
    for number in itertools.count():
        rng = np.random.default_rng(number)
        turn = cv2.getRotationMatrix2D(middle, rng.normal(0, 4), rng.uniform(0.9, 1.05))
        matrix = np.asarray(turn, np.float64)
        moved = cv2.warpAffine(part, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        light = moved * rng.uniform(0.8, 1.1) + rng.normal(0, 4, moved.shape)
        where = np.asarray(own @ matrix[:, :2].T + matrix[:, 2], np.float32)
        yield np.clip(light, 0, 255).astype(np.uint8), where


def sealed(count: int) -> Parcel:
    """A cache of so many residents who look like nobody."""
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(count, DIMENSIONS))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    records = [
        cache_parcel.record(
            CachedResident(
                salt=rng.bytes(16), id=f"r-{number:016x}", template=row.astype("<f2").tobytes()
            )
        )
        for number, row in enumerate(rows)
    ]
    terms = CacheTerms(
        door="front",
        version=1,
        made_at=time.time(),
        hours=24,
        encoder=ENCODER,
        dimensions=DIMENSIONS,
        matching=CachedMatching(
            threshold=0.46,
            margin=0.05,
            floor=0.19,
            agreement=0.75,
            least_crops=5,
            coherence=0.35,
            stray=0.6,
            rival=0.1,
            movement=0.0035,
        ),
        life=CachedLife(policies=("standard",), required=()),
        hold_s=5,
        residents=tuple(cache_parcel.digest(one) for one in records),
    )
    return cache_parcel.seal(terms, records, BRAIN)


def median(do: Callable[[], object]) -> float:
    """Seconds of this process's processor time, the median of several runs after a first."""
    do()
    times = []
    for _ in range(REPEATS):
        begun = time.process_time()
        do()
        times.append(time.process_time() - begun)
    return sorted(times)[REPEATS // 2]


def rss_mb() -> float:
    """Megabytes that this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    sys.exit(main())
