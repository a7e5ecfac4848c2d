"""What does it cost to find the nearest of many residents, beside multiplying everything?

`python -m bench.search`: one core each, interleaved, medians. Templates are drawn at random, five
around each of so many people; half of the probes are near somebody, half are strangers.
"""

from __future__ import annotations

import gc
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
from sqlalchemy import create_engine, insert

from bench.recognition.goals import Goal
from bench.speed import frames
from brain.adapters import sql_tables
from brain.adapters.encoder_onnx import OnnxEncoder
from brain.adapters.product_onnx import OnnxProduct
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_rows import Seals, templates
from brain.adapters.vault_site import SiteKeys
from brain.core.access import Resident
from brain.core.index import Index
from brain.core.search import Vectors
from faces import models
from faces.detect import FaceDetector
from faces.picture import Image, Points

DIMENSIONS, EACH = 128, 5
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
VISIT = 21
"""Probes of a visit: its mean and its 20 faces."""

MANY = 50_000
"""Residents of the large site."""

ONE_CORE = "OPENBLAS_NUM_THREADS"
ROUNDS = 7
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
    """50,000 residents from the database."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "doorward.sqlite"
        store = SqlStore(f"sqlite:///{file}", KEYS)
        store.start()
        people = _people(MANY)
        _write(file, people)
        process = psutil.Process()
        gc.collect()
        before = process.memory_info().rss
        read, load = [], []
        index: Index | None = None
        for _ in range(3):
            began = time.process_time()
            file.read_bytes()
            read.append(time.process_time() - began)
            index = None
            gc.collect()
            began = time.process_time()
            with store.work() as work:
                vectors = work.templates.all("bench")
            index = Index.build(DIMENSIONS, vectors, product)
            load.append(time.process_time() - began)
            del vectors
        store.stop()
    assert index is not None
    gc.collect()
    megabytes = (process.memory_info().rss - before) / 1e6
    probes = _probes(people, VISIT)
    crops = _crops()
    encoder = OnnxEncoder()
    encoder.start()
    grown, one = [index], people[0]

    def add_one() -> None:
        grown[0] = grown[0].with_resident(f"new-{grown[0].count}", one)

    embed, search, add = _medians(
        (
            lambda: encoder.encode_all(*crops),
            lambda: index.nearest(probes),
            add_one,
        )
    )
    print(
        f"{MANY:,} residents with {EACH} templates: a visit's search {search:.1f} ms, its "
        f"embedding {embed:.0f} ms; adding somebody {add:.1f} ms; {megabytes:.0f} MB; start "
        f"from the database {min(load):.2f} s, reading the file {min(read):.2f} s"
    )
    return [
        Goal(f"search of {MANY:,} residents, part of a visit's embedding", search / embed, 0.1),
        Goal("their memory, MB", megabytes, 300),
        Goal("start from the database, times the read of its file", min(load) / min(read), 3),
        Goal("adding a resident, part of building the index", add / 1e3 / min(load), 0.05),
    ]


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
