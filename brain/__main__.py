"""How is the brain started? Read the configuration, choose the adapters, run until told to end."""

from __future__ import annotations

import argparse
import functools
import getpass
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import structlog

from brain import commands, exporting, migrations, statistics
from brain.adapters import encoder_shelf, encoders, eyes_made, statistics_pictures, vault_files
from brain.adapters.product_onnx import OnnxProduct
from brain.adapters.quarantine_disk import SealedSamples
from brain.adapters.store_sql import SqlStore, knows_keys
from brain.adapters.vault_frames import SealedFrames
from brain.adapters.vault_site import SiteKeys
from brain.app import Brain
from brain.config import BrainSettings
from brain.core.audit_chain import Head, read_head
from brain.figures import Exporter
from brain.parts import Parts
from brain.remote_eyes import ProcessLookers
from doorbus import logs, settings, signing
from doorbus.client import MqttBus
from doorbus.errors import DoorwardError, KeyMaterialError
from faces.errors import FacesError

WATCH_S = 1.0

MOST_DAYS = 400
"""Days of which counts of scores are kept."""

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
    """Run the brain, or carry out a command.

    The exit code is 0 after SIGTERM or SIGINT and for what went well, 1 where the brain died or the
    audit is broken, 2 where it cannot begin.
    """
    options = _parser().parse_args(arguments)
    logs.configure(verbose=options.verbose, json=options.json)
    # A dump of this process would hold keys and templates.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return int(options.do(options))
    except (DoorwardError, FacesError) as error:
        print(error, file=sys.stderr)  # noqa: T201  # for whoever started it, without a traceback
        return 2


def _run(options: argparse.Namespace) -> int:
    # A matching thread on each core is faster than OpenCV's own threads below each of them.
    cv2.setNumThreads(1)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    brain = build(settings.load(options.config, BrainSettings))
    try:
        brain.start()
        _log.info("the brain runs; end it with SIGTERM or Ctrl-C")
        while not ended.wait(WATCH_S):
            if not brain.alive:
                return 1
    finally:
        brain.stop()
    return 0


def _backup(options: argparse.Namespace) -> int:
    chosen = settings.load(options.config, BrainSettings)
    with _opened(chosen) as (_, keys):
        return commands.make_backup(chosen, options.file, keys, _say)


def _restore(options: argparse.Namespace) -> int:
    keys = None if options.any_site else _known_keys(settings.load(options.config, BrainSettings))
    return commands.put_back(
        options.file,
        options.to,
        site=keys,
        schemas=migrations.revisions(),
        opened=None if keys is None else lambda file: SqlStore(f"sqlite:///{file}", keys),
        now=time.time(),
        say=_say,
    )


def _export(options: argparse.Namespace) -> int:
    chosen = settings.load(options.config, BrainSettings)
    with _opened(chosen) as (store, _):
        frames = SealedFrames(chosen.data_dir / "frames", store.enrolment_key)
        return exporting.export(
            store, frames, options.card, options.to, clock=SystemClock(), say=_say
        )


def _verify(options: argparse.Namespace) -> int:
    with _opened(settings.load(options.config, BrainSettings)) as (store, _):
        return commands.verify(store, options.head, _say)


def _head(options: argparse.Namespace) -> int:
    with _opened(settings.load(options.config, BrainSettings)) as (store, _):
        return commands.show_head(store, _say)


def _stats(options: argparse.Namespace) -> int:
    chosen = settings.load(options.config, BrainSettings)
    with _opened(chosen) as (store, _):
        found = statistics.gather(store, time.time(), options.days, ZoneInfo(chosen.timezone))
    for line in statistics.page(found):
        _say(line)
    if not options.text:
        for file in statistics_pictures.draw(found, options.out):
            _say(f"written: {file}")
    return 0


def _samples(options: argparse.Namespace) -> int:
    chosen = settings.load(options.config, BrainSettings)
    samples = SealedSamples(chosen.quarantine, _known_keys(chosen).samples)
    if options.take is None:
        return commands.show_samples(samples, _say)
    name, file = options.take
    return commands.take_sample(samples, name, Path(file), _say)


def _make_key(options: argparse.Namespace) -> int:
    vault_files.make(options.file)
    _say(f"{options.file}: a new key; keep a copy of it in a safe place")
    return 0


def _lock_key(options: argparse.Namespace) -> int:
    passphrase = _ask("new passphrase: ")
    if sys.stdin.isatty() and _ask("once more: ") != passphrase:
        raise KeyMaterialError(f"{options.file}: these were not the same; nothing was changed")
    vault_files.lock(options.file, passphrase)
    _say(f"{options.file}: locked; the passphrase is asked for at every start")
    return 0


def build(chosen: BrainSettings) -> Brain:
    """The brain of these settings. Raises as `parts_of` does."""
    return Brain(chosen, parts_of(chosen))


def parts_of(chosen: BrainSettings) -> Parts:
    """Choose the adapters that the settings name.

    Raises `KeyMaterialError`, `ModelError`, `BrainError`.
    """
    # What an operator may have to mend comes before what takes its time to load.
    key = signing.load_private_key(chosen.keys.brain)
    keys = site_keys(chosen)
    store = SqlStore(chosen.database_url, keys)
    product = OnnxProduct()
    product.start()
    if chosen.encoder == "painted":
        _log.warning("encoder painted: it recognises painted plates, not people; nothing is proved")
    encoding = encoder_shelf.configured(chosen)
    return Parts(
        store=store,
        frames=SealedFrames(chosen.data_dir / "frames", store.enrolment_key),
        connect=functools.partial(MqttBus, chosen.broker),
        encoder=encoding.make,
        detector=encoders.detector(chosen.encoder),
        landmarks=encoders.landmarks(chosen.encoder),
        clock=SystemClock(),
        key=key,
        product=product,
        identity=encoding.identity,
        recipe=encoding.recipe,
        former=functools.partial(encoder_shelf.former, chosen),
        lookers=ProcessLookers(eyes_made.MAKER),
        samples=SealedSamples(chosen.quarantine, keys.samples),
        exporter=_exporter(chosen),
        plain=functools.partial(MqttBus, chosen.broker.model_copy(update={"prefix": ""})),
    )


def _exporter(chosen: BrainSettings) -> Exporter | None:
    if chosen.metrics is None:
        return None
    # Loads a server that nobody needs who does not measure.
    from brain.adapters.metrics_prometheus import PrometheusExporter  # noqa: PLC0415

    return PrometheusExporter(chosen.metrics.host, chosen.metrics.port)


def site_keys(chosen: BrainSettings) -> SiteKeys:
    """Read the site's keys, asking for passphrases; make them before the first start.

    Raises `KeyMaterialError`.
    """
    new = not knows_keys(chosen.database_url)
    return vault_files.open_site(chosen.site_key, chosen.audit_key, _ask, new=new)


def _known_keys(chosen: BrainSettings) -> SiteKeys:
    return vault_files.open_site(chosen.site_key, chosen.audit_key, _ask, new=False)


@contextmanager
def _opened(chosen: BrainSettings) -> Iterator[tuple[SqlStore, SiteKeys]]:
    """The store as it is, beside a brain that may be running."""
    keys = _known_keys(chosen)
    store = SqlStore(chosen.database_url, keys)
    store.start(upgrade=False)
    try:
        yield store, keys
    finally:
        store.stop()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # what the commands are for


def _ask(words: str) -> str:
    """A passphrase, from the terminal; without one, the next line of standard input."""
    if sys.stdin is not None and not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(words)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", type=Path, help="brain.yaml")
    common.add_argument("--verbose", action="store_true", help="log more")
    common.add_argument("--json", action="store_true", help="log one JSON object a line")
    parser = argparse.ArgumentParser(
        prog="python -m brain",
        description="The server that knows the residents and decides. Without a command it runs.",
        parents=[common],
    )
    parser.set_defaults(config=Path("brain.yaml"), verbose=False, json=False, do=_run)
    verbs = parser.add_subparsers(title="commands", metavar="")
    verbs.add_parser("run", parents=[common], help="run").set_defaults(do=_run)
    backup = verbs.add_parser("backup", parents=[common], help="copy everything while it runs")
    backup.add_argument("file", type=Path, help="a new file")
    backup.set_defaults(do=_backup)
    restore = verbs.add_parser("restore", parents=[common], help="put a backup back")
    restore.add_argument("file", type=Path, help="the backup")
    restore.add_argument("--to", type=Path, required=True, help="a new folder: the next data_dir")
    restore.add_argument("--any-site", action="store_true", help="whose it is does not matter")
    restore.set_defaults(do=_restore)
    export = verbs.add_parser(
        "export", parents=[common], help="write all that is kept about one resident into a folder"
    )
    export.add_argument("--card", required=True, help="the resident's card, 12 digits")
    export.add_argument("--to", type=Path, required=True, help="a new folder")
    export.set_defaults(do=_export)
    audit = verbs.add_parser("audit", help="check the audit").add_subparsers(required=True)
    verify = audit.add_parser("verify", parents=[common], help="check every entry")
    verify.add_argument("--head", type=_noted, metavar="N:HEX", help="a head noted elsewhere")
    verify.set_defaults(do=_verify)
    audit.add_parser("head", parents=[common], help="where it ends").set_defaults(do=_head)
    stats = verbs.add_parser("stats", parents=[common], help="visits and scores, in pictures")
    stats.add_argument("--days", type=_days, default=30, help="so many, with today; 30 by default")
    stats.add_argument(
        "--out", type=Path, default=Path("doorward-stats"), help="folder for the pictures"
    )
    stats.add_argument("--text", action="store_true", help="the table alone, no pictures")
    stats.set_defaults(do=_stats)
    samples = verbs.add_parser(
        "quarantine", parents=[common], help="list messages that broke something"
    )
    samples.add_argument("--take", nargs=2, metavar=("NAME", "FILE"), help="write one into a file")
    samples.set_defaults(do=_samples, take=None)
    key = verbs.add_parser("key", help="keys of the site").add_subparsers(required=True)
    for name, do, text in (
        ("make", _make_key, "make a new one"),
        ("lock", _lock_key, "put one under a passphrase"),
    ):
        one = key.add_parser(name, parents=[common], help=text)
        one.add_argument("file", type=Path)
        one.set_defaults(do=do)
    return parser


def _days(text: str) -> int:
    try:
        days = int(text)
    except ValueError:
        days = 0
    if not 1 <= days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {MOST_DAYS}")
    return days


def _noted(text: str) -> Head:
    try:
        return read_head(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
