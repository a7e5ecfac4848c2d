"""Has anything set this machine's clock since its boot? The kernel knows.

Whatever keeps the clock (systemd-timesyncd, chrony with `rtcsync`, ntpd, a PTP daemon) clears the
kernel's flag `STA_UNSYNC`, which is set at boot: see adjtimex(2). The kernel sets it again after
some hours without a source; a clock that was right this morning is still good enough here, so that
once seen it counts until the next boot, over restarts of the edge too.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge import durable

STA_UNSYNC: Final = 0x0040
"""<sys/timex.h>: the clock is not synchronised."""

ASK_EVERY_S: Final = 1.0
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class _Timex(ctypes.Structure):
    """`struct timex` as far as `status`; the rest is room for what the kernel fills in."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 64),
    )


def kernel_synchronised() -> bool:
    """Whether the kernel counts its clock as synchronised now; False where it cannot be asked."""
    timex = _Timex(modes=0)  # no mode: it only reads
    try:
        answer = int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)))
    except (OSError, AttributeError):
        return False
    return answer >= 0 and not timex.status & STA_UNSYNC


class KernelWallClock:
    """The `WallClock` port over the machine's clock, once it has been set since boot.

    Args of the constructor:
        memory: a file that remembers, over restarts of the edge, in which boot it was set.
        synchronised: asks the kernel.
        boot_id: the file that names this boot.
    """

    def __init__(
        self,
        memory: Path,
        *,
        synchronised: Callable[[], bool] = kernel_synchronised,
        boot_id: Path = BOOT_ID,
    ) -> None:
        self._memory = memory
        self._synchronised = synchronised
        self._boot_id = boot_id
        self._sure = False
        self._asked_at: float | None = None

    def now(self) -> datetime | None:
        """See `WallClock.now`."""
        if not self._sure:
            self._ask()
        return datetime.now(UTC) if self._sure else None

    def _ask(self) -> None:
        at = time.monotonic()
        if self._asked_at is not None and at - self._asked_at < ASK_EVERY_S:
            return
        self._asked_at = at
        boot = self._boot()
        with suppress(OSError):
            self._sure = bool(boot) and self._memory.read_bytes() == boot
        if not self._sure and self._synchronised():
            self._sure = True
            # A disk that refuses only means to ask the kernel again after a restart.
            with suppress(OSError):
                durable.write(self._memory, boot)

    def _boot(self) -> bytes:
        try:
            return self._boot_id.read_bytes()
        except OSError:
            return b""
