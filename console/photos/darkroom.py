"""How does a file that somebody sent become a photo that the brain takes, whatever is in it?

Decoded in a process of its own (`console.photos.process`), one file after the other, each no longer
than `LONGEST_S`. A process that died, hung or said nonsense is replaced.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from console.errors import ConsoleError
from console.photos.process import LENGTH, MADE, MOST_ANSWER, MOST_FILE, REFUSED

LONGEST_S: Final = 20.0
"""Seconds that one photo may take; of 30 megapixels most take less than two."""

START_S: Final = 30.0
"""Seconds until the process must answer for the first time, on a slow machine with a busy disk."""

MOST_WORDS: Final = 300
"""Characters of a refusal."""

_ROOT: Final = Path(__file__).parents[2]
_log = structlog.get_logger()


class PhotoUseless(ConsoleError):  # noqa: N818  # reads as what happened
    """A file that cannot become a photo; the text says why, to whoever sent it."""


class Darkroom:
    """Makes photos ready, in a process of its own; for the event loop's thread.

    Args of the constructor:
        command: what to run.
        longest_s: seconds that one photo may take.
    """

    def __init__(
        self,
        command: tuple[str, ...] = (sys.executable, "-m", "console.photos.process"),
        *,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._command = command
        self._longest_s = longest_s
        self._one_at_a_time = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._answered = False
        self.replaced = 0

    async def ready(self, file: bytes) -> bytes:
        """Make of a file an upright baseline JPEG of few pixels, without what a camera noted in it.

        Raises:
            PhotoUseless: it cannot be done; says what to do.
        """
        if not file:
            raise PhotoUseless("an empty file")
        if len(file) > MOST_FILE:
            raise PhotoUseless(f"larger than {MOST_FILE >> 20} MB; save it smaller")
        async with self._one_at_a_time:
            try:
                process = await self._running()
                longest_s = self._longest_s if self._answered else START_S + self._longest_s
                async with asyncio.timeout(longest_s):
                    kind, content = await _asked(process, file)
                self._answered = True
            except (
                OSError,
                EOFError,
                ValueError,
                TimeoutError,
                asyncio.IncompleteReadError,
            ) as why:
                await self._end()
                self.replaced += 1
                _log.warning("photo_process_replaced", why=type(why).__name__)
                raise PhotoUseless("cannot be decoded; save it anew as JPEG") from None
            except asyncio.CancelledError:
                await self._end()  # it is in the middle of an answer that nobody waits for
                raise
        if kind == REFUSED:
            raise PhotoUseless(content.decode(errors="replace")[:MOST_WORDS])
        return content

    async def stop(self) -> None:
        """End the process. Twice is harmless."""
        async with self._one_at_a_time:
            await self._end()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._answered = False
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT)},
                start_new_session=True,
            )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _asked(process: asyncio.subprocess.Process, file: bytes) -> tuple[bytes, bytes]:
    """What comes of a file, and which kind of thing that is."""
    source, answers = process.stdin, process.stdout
    assert source is not None and answers is not None  # noqa: S101, PT018  # pipes were asked for
    source.write(LENGTH.pack(len(file)))
    source.write(file)
    await source.drain()
    kind = await answers.readexactly(1)
    (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
    if kind not in {MADE, REFUSED} or length > MOST_ANSWER:
        raise ValueError("nonsense")
    return kind, await answers.readexactly(length)
