"""What does it cost to find the nearest of many residents, beside multiplying everything?

`python -m bench.search`: one core each, interleaved, medians. Templates are drawn at random, five
around each of so many people; half of the probes are near somebody, half are strangers.
"""

from __future__ import annotations

import gc
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine, insert

from bench.recognition.goals import Goal
from bench.speed import frames
from brain.adapters import sql_tables
from brain.adapters.product_onnx import OnnxProduct
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_rows import Seals, templates
from brain.adapters.vault_site import SiteKeys
from brain.core.access import Resident
from brain.core.calibration import SFACE_PRIOR, Target
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from doorbus.memory import MemoryBroker
from faces import models
from faces.detect import FaceDetector
from faces.encoding.onnx import OnnxEncoder
from faces.picture import Image, Points
from matching.decision import MatchRule
from matching.index import Index
from matching.search import Vectors

DIMENSIONS, EACH = 128, 5
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
VISIT = 21
"""Probes of a visit: its mean and its 20 faces."""

MANY = 50_000
"""Residents of the large site."""

ONE_CORE = "OPENBLAS_NUM_THREADS"
ROUNDS = 7
STARTS = 5
WRITTEN_AT_ONCE = 1000
KEYS = SiteKeys(bytes(32), bytes(32))


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds for one size: numpy's product and the search, for one probe and for a visit."""

    size: int
    product: float
    search: float
    visit_product: float
    visit_search: float
    wrong: int


def main() -> int:
    """Print the cost curve and the goals; 1 where a goal is missed."""
    if ONE_CORE not in os.environ:
        # numpy reads it when it is imported, so that it takes another process.
        again = [sys.executable, "-m", "bench.search", *sys.argv[1:]]
        return subprocess.run(again, env=os.environ | {ONE_CORE: "1"}, check=False).returncode
    if sys.argv[1:2] == ["--memory"]:
        return _print_memory(*sys.argv[2:])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    product = OnnxProduct()
    product.start()
    print("templates   product  search  ratio   product x21  search x21  ratio   (ms)")
    lines = []
    for size in SIZES:
        line = _measure(size, product)
        lines.append(line)
        print(
            f"{size:>9} {line.product:9.2f} {line.search:7.2f} {line.search / line.product:6.2f}"
            f" {line.visit_product:13.2f} {line.visit_search:11.2f}"
            f" {line.visit_search / line.visit_product:6.2f}"
        )
    last = lines[-1]
    goals = [
        Goal("1,000,000 templates, one probe, part of numpy", last.search / last.product, 0.6),
        Goal("the same, a visit", last.visit_search / last.visit_product, 0.6),
        Goal("probes answered otherwise than by brute force", sum(one.wrong for one in lines), 0),
        *_large_site(product),
    ]
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


def _people(count: int, seed: int = 0) -> Vectors:
    """Templates, shape (count, EACH, DIMENSIONS): cosine about 0.7 to others of the same person."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((count, 1, DIMENSIONS), np.float32)
    rows = rows + np.float32(0.65) * rng.standard_normal((count, EACH, DIMENSIONS), np.float32)
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    return rows


def _probes(people: Vectors, count: int) -> Vectors:
    rng = np.random.default_rng(1)
    probes = rng.standard_normal((count, DIMENSIONS), np.float32)
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    mates = people[rng.integers(0, len(people), count // 2), 0]
    probes[::2][: len(mates)] = mates + np.float32(0.9) * probes[::2][: len(mates)]
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    return probes


def _measure(size: int, product: OnnxProduct) -> Line:
    people = _people(size // EACH)
    index = Index.build(DIMENSIONS, {f"r-{n}": rows for n, rows in enumerate(people)}, product)
    every, probes = people.reshape(-1, DIMENSIONS), _probes(people, VISIT)
    works: Sequence[Callable[[], object]] = (
        lambda: every @ probes[0],
        lambda: index.nearest(probes[:1]),
        lambda: probes @ every.T,
        lambda: index.nearest(probes),
    )
    one, found, visit, visit_found = _medians(works)
    return Line(size, one, found, visit, visit_found, _wrong(people, probes, index))


def _medians(works: Sequence[Callable[[], object]]) -> list[float]:
    """CPU milliseconds of each, done in turn."""
    spent: list[list[float]] = [[] for _ in works]
    for turn in range(ROUNDS + 1):
        for work, seconds in zip(works, spent, strict=True):
            began = time.process_time()
            work()
            if turn:
                seconds.append(time.process_time() - began)
    return [statistics.median(seconds) * 1e3 for seconds in spent]


def _wrong(people: Vectors, probes: Vectors, index: Index) -> int:
    """Probes for which the search is not what brute force in double precision says."""
    found = index.nearest(probes)
    wrong = 0
    for number, probe in enumerate(probes.astype(np.float64)):
        scores = np.concatenate(
            [(part @ probe).max(axis=1) for part in np.array_split(people, 1 + len(people) // 5000)]
        )
        first, second = np.argsort(-scores, kind="stable")[:2]
        same = (found.best[number], found.second[number]) == (first, second)
        near = abs(found.score[number] - scores[first]) < 1e-6
        wrong += not (same and near and abs(found.second_score[number] - scores[second]) < 1e-6)
    return wrong


def _large_site(product: OnnxProduct) -> list[Goal]:
    """50,000 residents from the database, as a brain that starts reads them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "doorward.sqlite"
        store = SqlStore(f"sqlite:///{file}", KEYS)
        store.start()
        people = _people(MANY)
        _write(file, people)
        store.scrub()  # what stands in the write-ahead log would not be read with the file
        gallery, whole = _memory(file)
        read: list[float] = []
        load: list[float] = []
        live = _gallery(store, product)
        for turn in range(STARTS + 1):
            raw, start = _timed(file.read_bytes), _timed(live.load)
            if turn:  # all of them with the file in the page cache
                read.append(raw)
                load.append(start)
        with store.work() as work:
            every = Index.build(DIMENSIONS, work.templates.all("bench"), product)
        add = _adding(live, people[0])
        store.stop()
    start, raw = statistics.median(load), statistics.median(read)
    probes = _probes(people, VISIT)
    crops = _crops()
    encoder = OnnxEncoder()
    encoder.start()
    fused = live.snapshot()
    embed, search, own = _medians(
        (
            lambda: encoder.encode_all(*crops),
            lambda: every.nearest(probes),
            lambda: fused.nearest(probes),
        )
    )
    print(
        f"{MANY:,} residents with {EACH} templates: a visit's search of all templates "
        f"{search:.1f} ms, of the brain's fused ones {own:.1f} ms, its embedding {embed:.0f} ms; "
        f"{gallery:.0f} MB a gallery, {whole:.0f} MB an index of all templates; adding somebody "
        f"{add * 1e3:.0f} ms, threshold and all\n"
        f"  start, medians of {STARTS}, CPU: from the database to a gallery that answers "
        f"{start:.2f} s ({min(load):.2f} to {max(load):.2f}); reading "
        f"the file {raw:.2f} s ({min(read):.2f} to {max(read):.2f})"
    )
    return [
        Goal(f"search of {MANY:,} residents, part of a visit's embedding", search / embed, 0.1),
        Goal("memory of their gallery as a brain starts with it, MB", gallery, 300),
        Goal("memory of an index of all their templates, MB", whole, 300),
        Goal("start from the database, times the read of its file", start / raw, 3),
        Goal("adding a resident, part of a start", add / start, 0.25),
    ]


def _memory(file: Path) -> tuple[float, float]:
    """Megabytes that reading the residents of a database adds to a process of its own.

    Returns:
        for the gallery of a brain that starts, and for an index of all templates.
    """
    made = []
    for what in ("gallery", "index"):
        command = [sys.executable, "-m", "bench.search", "--memory", what, str(file)]
        made.append(float(subprocess.run(command, check=True, capture_output=True).stdout))
    return made[0], made[1]


def _print_memory(what: str, file: str) -> int:
    """What `_memory` starts."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    store = SqlStore(f"sqlite:///{file}", KEYS)
    store.start()
    product = OnnxProduct()
    product.start()
    live, process = _gallery(store, product), psutil.Process()
    before = process.memory_info().rss
    kept: Index | None = None
    if what == "gallery":
        live.load()
    else:
        with store.work() as work:
            kept = Index.build(DIMENSIONS, work.templates.all("bench"), product)
    gc.collect()
    print((process.memory_info().rss - before) / 1e6)
    del kept
    store.stop()
    return 0


def _gallery(store: SqlStore, product: OnnxProduct) -> LiveGallery:
    """As `brain.app` makes it, with nobody to tell."""
    rule = MatchRule(threshold=0.5, margin=0.05, floor=0.1)
    outgoing = Outgoing(
        Ed25519PrivateKey.generate(), MemoryBroker().bus("brain.bench"), lambda _door: None
    )
    target = Target(0.001, SFACE_PRIOR)
    return LiveGallery(
        store, "bench", DIMENSIONS, outgoing, rule=rule, target=target, product=product
    )


def _adding(live: LiveGallery, templates: Vectors) -> float:
    """CPU seconds until somebody new is looked for: index, threshold, everything."""
    spent = []
    for number in range(ROUNDS + 1):
        version = live.snapshot().version + 1
        name = f"new-{number}"
        spent.append(_timed(lambda v=version, n=name: live.put(v, n, templates)))  # type: ignore[misc]
    return statistics.median(spent[1:])


def _timed(work: Callable[[], object]) -> float:
    """CPU seconds of a piece of work."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def _write(file: Path, people: Vectors) -> None:
    engine = create_engine(f"sqlite:///{file}")
    names = [f"r-{n:032x}" for n in range(len(people))]
    with engine.begin() as connection:
        seals = Seals(connection, KEYS)
        for first in range(0, len(people), WRITTEN_AT_ONCE):
            some = names[first : first + WRITTEN_AT_ONCE]
            connection.execute(
                insert(sql_tables.resident),
                [
                    {"id": name, "enabled": True}
                    | seals.begin(Resident(name, name, f"{number:012d}"))
                    for number, name in enumerate(some, start=first)
                ],
            )
            connection.execute(
                insert(sql_tables.template),
                [
                    {
                        "resident": name,
                        "encoder": "bench",
                        "templates": EACH,
                        "vectors": seals.seal(block.tobytes(), templates(name, "bench")),
                    }
                    for name, block in zip(some, people[first:], strict=False)
                ],
            )
    engine.dispose()


def _crops() -> tuple[list[Image], list[Points]]:
    detector = FaceDetector(models.path("yunet"))
    detector.start()
    images = frames.vga(VISIT - 1)
    return list(images), [detector.detect(image)[0].points for image in images]


if __name__ == "__main__":
    sys.exit(main())
