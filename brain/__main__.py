"""How is the brain started? Read the configuration, choose the adapters, run until told to end."""

from __future__ import annotations

import argparse
import functools
import getpass
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import structlog

from brain.adapters import encoder_shelf, vault_files
from brain.adapters.product_onnx import OnnxProduct
from brain.adapters.store_sql import SqlStore, knows_keys
from brain.adapters.vault_frames import SealedFrames
from brain.adapters.vault_site import SiteKeys
from brain.app import Brain
from brain.config import BrainSettings
from brain.parts import Parts
from doorbus import logs, settings, signing
from doorbus.client import MqttBus
from doorbus.errors import DoorwardError
from faces import models
from faces.detect import FaceDetector
from faces.errors import FacesError
from faces.landmarks import LandmarkRefiner

WATCH_S = 1.0
_log = structlog.get_logger()


class SystemClock:
    """This machine's time."""

    def monotonic(self) -> float:
        """Seconds, never running backwards."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the brain; the exit code is 0 after SIGTERM or SIGINT, 2 where it cannot begin."""
    options = _parser().parse_args(arguments)
    logs.configure(verbose=options.verbose, json=options.json)
    # A matching thread on each core is faster than OpenCV's own threads below each of them.
    cv2.setNumThreads(1)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        brain = build(settings.load(options.config, BrainSettings))
        try:
            brain.start()
            _log.info("the brain runs; end it with SIGTERM or Ctrl-C")
            while not ended.wait(WATCH_S):
                if not brain.alive:
                    return 1
        finally:
            brain.stop()
    except (DoorwardError, FacesError) as error:
        print(error, file=sys.stderr)  # noqa: T201  # for whoever started it, without a traceback
        return 2
    return 0


def build(chosen: BrainSettings) -> Brain:
    """Choose the adapters that the settings name.

    Raises `KeyMaterialError`, `ModelError`, `BrainError`.
    """
    product = OnnxProduct()
    product.start()
    detector = functools.partial(FaceDetector, models.path("yunet"))
    encoding = encoder_shelf.configured(chosen)
    store = SqlStore(chosen.database_url, site_keys(chosen))
    return Brain(
        chosen,
        Parts(
            store=store,
            frames=SealedFrames(chosen.data_dir / "frames", store.enrolment_key),
            connect=functools.partial(MqttBus, chosen.broker),
            encoder=encoding.make,
            detector=detector,
            landmarks=functools.partial(LandmarkRefiner, models.path("yunet")),
            clock=SystemClock(),
            key=signing.load_private_key(chosen.keys.brain),
            product=product,
            identity=encoding.identity,
            recipe=encoding.recipe,
            former=functools.partial(encoder_shelf.former, chosen),
        ),
    )


def site_keys(chosen: BrainSettings) -> SiteKeys:
    """Read the site's keys, asking for passphrases; make them before the first start.

    Raises `KeyMaterialError`.
    """
    new = not knows_keys(chosen.database_url)
    return vault_files.open_site(chosen.site_key, chosen.audit_key, _ask, new=new)


def _ask(words: str) -> str:
    """A passphrase, from the terminal; without one, the next line of standard input."""
    if sys.stdin is not None and not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m brain", description="The server that knows the residents and decides."
    )
    parser.add_argument("--config", type=Path, default=Path("brain.yaml"), help="brain.yaml")
    parser.add_argument("--verbose", action="store_true", help="log more")
    parser.add_argument("--json", action="store_true", help="log one JSON object a line")
    return parser


if __name__ == "__main__":
    sys.exit(main())
