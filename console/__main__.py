"""How is the console started? Read the configuration, serve pages until told to end.

    python -m console --config console.yaml       serve
    python -m console account --help              make and change accounts

Ends with 0 when asked to stop, 1 when the server broke, 2 where it cannot begin.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from console import extra  # noqa: F401  # says what is missing, where something is
from console.accounts import commands
from console.assembly import assemble
from console.config import ConsoleSettings
from console.serving import Server
from doorbus import logs, settings
from doorbus.errors import DoorwardError

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
    """Serve, or carry out a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    logs.configure(verbose=options.verbose, json=options.json)
    # A dump of this process would hold sessions and the broker's key.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return int(options.do(options))
    except DoorwardError as error:
        print(error, file=sys.stderr)  # noqa: T201  # for whoever started it, without a traceback
        return 2


def _run(options: argparse.Namespace) -> int:
    return asyncio.run(_serve(settings.load(options.config, ConsoleSettings)))


async def _serve(chosen: ConsoleSettings) -> int:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    console = assemble(chosen, SystemClock())
    server = Server(console.app, chosen.listen)
    async with console.running():
        try:
            await server.start()
            _log.info("the console listens; end it with SIGTERM or Ctrl-C", address=server.address)
            waits = {asyncio.create_task(told.wait()), asyncio.create_task(server.ended())}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        finally:
            console.services.live.end()
            await server.stop()
    return 0 if told.is_set() else 1


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", type=Path, help="console.yaml")
    common.add_argument("--verbose", action="store_true", help="log more")
    common.add_argument("--json", action="store_true", help="log one JSON object a line")
    parser = argparse.ArgumentParser(
        prog="python -m console",
        description="The web page of a site. Without a command it serves.",
        parents=[common],
    )
    parser.set_defaults(config=Path("console.yaml"), verbose=False, json=False, do=_run)
    verbs = parser.add_subparsers(title="commands", metavar="")
    verbs.add_parser("run", parents=[common], help="serve").set_defaults(do=_run)
    commands.add_to(verbs, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
