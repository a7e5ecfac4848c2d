"""What does the brain do with a burst, step by step, and how long does each take alone?

In this process, one step after the other on one core, with the brain's own code; what is left of
the time from burst to verdict is the broker, TLS, and waiting for each other.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.system import page
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_site import SiteKeys
from brain.core.freshness import Mark
from brain.shares import split
from brain.store_ports import AuditEntry
from doorbus import codec, signing
from doorbus import messages as m
from doorbus.topics import RECOGNIZE
from faces import jpeg, models, quality
from faces.detect import FaceDetector

ROUNDS = 15


def show(burst: m.Burst, embedding_s: float, divided_s: float, half_s: float, shares: int) -> None:
    """Print the table.

    Args:
        burst: what the door sends.
        embedding_s: the network alone on one core, seconds.
        divided_s: the same divided among `shares` threads, seconds.
        half_s: from burst to verdict, the median, seconds.
        shares: threads that look at one burst.
    """
    detector = FaceDetector(models.path("yunet"))
    detector.start()
    looks = sum(share.spot_checks for share in split(burst.crops, shares))
    key = Ed25519PrivateKey.generate()
    wire = signing.sign(
        codec.encode(RECOGNIZE, burst, "front"), RECOGNIZE, signing.Stamp("front", 1), key
    )
    images = [jpeg.decode(crop.jpeg) for crop in burst.crops]
    points = [np.array(crop.points, np.float32) for crop in burst.crops]
    pairs = list(zip(images, points, strict=True))
    divided: dict[str, Callable[[], object]] = {
        f"decode {len(images)} JPEGs, headers looked at": lambda: [
            jpeg.decode(crop.jpeg) for crop in burst.crops
        ],
        "quality of each": lambda: [quality.measure(image, face) for image, face in pairs],
        f"YuNet looks at {looks} crops": lambda: [
            detector.detect(image) for image in images[:looks]
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{folder}/doorward.sqlite", SiteKeys(bytes(32), bytes(32)))
        store.start()
        undivided: dict[str, Callable[[], object]] = {
            "check the signature": lambda: signing.verify(
                wire, RECOGNIZE, lambda _: key.public_key()
            ),
            "read the message": lambda: codec.decode(RECOGNIZE, wire),
            "look up the door, write verdict and audit to the disk": lambda: _write(store),
            "sign the verdict": lambda: signing.sign(
                wire, RECOGNIZE, signing.Stamp("front", 1), key
            ),
        }
        shared = _medians(divided)
        single = _medians(undivided)
        store.stop()
    shown = page.table("A burst's way through the brain", "", "one core", f"on {shares}")
    shown.add_row("embed", page.seconds(embedding_s), page.seconds(divided_s))
    for name, seconds in shared.items():
        shown.add_row(name, page.seconds(seconds), page.seconds(seconds / shares))
    for name, seconds in single.items():
        shown.add_row(name, page.seconds(seconds), page.seconds(seconds))
    known = divided_s + sum(shared.values()) / shares + sum(single.values())
    shown.add_row("search, broker, TLS, waiting: the rest", "", page.seconds(half_s - known))
    shown.add_row("from burst to verdict, p50", "", page.seconds(half_s))
    page.console.print(shown)


def _medians(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    found = {}
    for name, work in works.items():
        spent = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            work()
            spent.append(time.perf_counter() - began)
        found[name] = page.middle(spent)
    return found


def _write(store: SqlStore) -> None:
    """What `brain.recognition` does with the database for a visit."""
    with store.work() as work:
        work.doors.get("front")
    verdict = m.Verdict(
        visit=1, nonce="0" * 32, decision=m.Decision.GRANT, reason=m.Reason.MATCH, hold_s=5
    )
    with store.work() as work:
        work.doors.get("front")
        work.residents.by_id("r-nobody")
        work.doors.decided("front", Mark(1, 1, "0" * 32), verdict)
        work.audit.append(AuditEntry(time.time(), "door:front", "grant", None, "front", "match"))
