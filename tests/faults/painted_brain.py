"""How does a test kill a brain? It is a process of its own, and knows painted faces.

As a program: `python painted_brain.py FILE SLOW_S`. FILE is JSON: `site`, `settings` (of
`BrainSettings`). SLOW_S is how long it looks at each picture, seconds; it looks in processes of
their own, as the product does, and keeps samples of poison.
"""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.system import memory

ROOT: Final = Path(__file__).resolve().parents[2]
PATHS: Final = (".", "tests", "tests/unit", "tests/contract", "tests/integration", "tests/faults")


class BrainProcess:
    """Starts, kills and starts again a brain of its own process, on one site's data."""

    def __init__(
        self, folder: Path, site: Path, settings: Mapping[str, Any], slow_s: float = 0.0
    ) -> None:
        self._log = folder / "brain.log"
        self._file = folder / "brain.json"
        self._file.write_text(json.dumps({"site": str(site), "settings": settings}))
        self._slow_s = slow_s
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(self._file), str(self._slow_s)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PYTHONPATH": ":".join(str(ROOT / path) for path in PATHS)},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id. Only while it runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As a system does. Twice is harmless."""
        self._end(signal.SIGTERM)

    def tree_mb(self) -> float:
        """What it and its lookers take now, megabytes (PSS: shared pages count once)."""
        return memory.of_tree(self.pid).share / memory.MEGABYTE

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def main(file: Path, slow_s: float) -> None:
    """Be a brain until SIGTERM."""
    import brain_world  # noqa: PLC0415  # the parent process needs none of it
    from fault_world import SiteBuses  # noqa: PLC0415
    from vault_keys import KEYS  # noqa: PLC0415

    from brain.adapters.quarantine_disk import SealedSamples  # noqa: PLC0415
    from brain.adapters.store_sql import SqlStore  # noqa: PLC0415
    from brain.adapters.vault_frames import SealedFrames  # noqa: PLC0415
    from brain.app import Brain  # noqa: PLC0415
    from brain.config import BrainSettings  # noqa: PLC0415
    from brain.parts import Parts  # noqa: PLC0415
    from brain.remote_eyes import ProcessLookers  # noqa: PLC0415
    from doorbus.signing import load_private_key  # noqa: PLC0415
    from doorctl.site import Site  # noqa: PLC0415

    given = json.loads(file.read_text())
    site = Site.load(Path(given["site"]))
    settings = BrainSettings.model_validate(given["settings"])
    store = SqlStore(settings.database_url, KEYS)
    parts = Parts(
        store=store,
        frames=SealedFrames(settings.data_dir / "frames", store.enrolment_key),
        connect=functools.partial(SiteBuses(site).bus),
        encoder=brain_world.PaintedEncoder,
        detector=brain_world.PaintedDetector,
        clock=brain_world.TestClock(),
        key=load_private_key(site.brain / "brain.key"),
        recipe=str(slow_s),
        lookers=ProcessLookers("slow_eyes:made"),
        samples=SealedSamples(settings.quarantine, KEYS.samples),
    )
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    brain = Brain(settings, parts)
    brain.start()
    stopping.wait()
    brain.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
